"""Taking a zip apart that a stranger may have made. It imports nothing of ours: it runs by itself."""
