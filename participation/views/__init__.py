"""Pages: `bookings` for learners, `door` for the register, `numbers` for the organisation itself."""
