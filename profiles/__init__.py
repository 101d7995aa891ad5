"""What it adds up to: a learner's own record of what they did and earned."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Hang this room on the application."""
