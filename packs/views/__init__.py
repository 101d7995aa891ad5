"""Pages: `sharing` for the learner who makes a pack, `shown` for whoever opens one, `projects` for a log."""
