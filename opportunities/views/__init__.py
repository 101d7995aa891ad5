"""Pages: `discovery` for young people who look, `reports` and `wishes` for what they tell us."""
