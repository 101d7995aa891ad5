"""What learners bring, made anew: nothing is kept as it came, and of what it knew only what it shows.

Runs in a process of its own (`evidence.cell`), which knows nothing of the site: so this folder
imports nothing of ours.
"""
