"""What was released, to take away: one file for each format, all of the same cells."""
