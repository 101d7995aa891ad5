"""The pages of who helps."""
