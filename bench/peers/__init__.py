"""Peers of the search: what others would write, or already have written, on the same rows."""
