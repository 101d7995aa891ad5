"""What is broken on purpose, to see that it holds."""
