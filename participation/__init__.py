"""Taking part: a learner's place on a session, and whether they came."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Hang this room on the application."""
