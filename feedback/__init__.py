"""What adults say: what went well and what to try next, as a dialogue."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Nothing hangs here yet."""
