"""By whom: organisations that offer something, and the people who speak for them."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Hang this room on the application."""
