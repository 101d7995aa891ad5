"""Pages: `goals` with all that is planned, `items` to try, and `reflections` on how it went."""
