"""What next: goals, what to try next, and how it ended."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Nothing hangs here yet."""
