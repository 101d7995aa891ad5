"""Pages of pathways: those of whoever goes along one, and those of the organisation that keeps it."""
