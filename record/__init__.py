"""What there is: every line of a learner's record, and what shows a skill."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Nothing hangs here yet."""
