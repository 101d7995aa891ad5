"""Measurements of a running site, each with its bar. `script/bench` runs them."""
