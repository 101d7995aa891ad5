"""Other people's lists."""
