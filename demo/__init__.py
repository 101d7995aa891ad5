"""A city to try: a place with people and a history, loaded as a real one would be."""

from flask import Flask

from demo import cli


def init_app(app: Flask) -> None:
    """Hang this room on the application."""
    cli.init_app(app)
