"""Pages: my `data` and who sees it, the `export`, `taking_in` one from elsewhere, and `leaving`."""
