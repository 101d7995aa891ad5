"""Pages: the `story` line by line, and what shows each of the `skills`."""
