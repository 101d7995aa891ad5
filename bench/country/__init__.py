"""A made-up country, as large as a real one, to measure the site on."""
