"""The pages of what learners show, and the door for their files."""
