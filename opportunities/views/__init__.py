"""Pages: `discovery` for young people who look, `listings` for providers who post."""
