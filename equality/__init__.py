"""Kept apart: what learners chose to tell about themselves, locked, for one count a year."""

from flask import Flask

from equality import cli, wording
from equality.views import bp

__all__ = ["wording"]


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
    cli.init_app(app)
