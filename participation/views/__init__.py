"""Pages: `bookings` for learners, `door` for the provider's register."""
