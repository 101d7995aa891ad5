"""What it is worth: achievements a provider defines, and the credentials learners hold."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Hang this room on the application."""
