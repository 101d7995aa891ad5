"""Pages: `activities` for organisations that post."""
