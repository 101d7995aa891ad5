"""Whom it reaches: attendance counted by area, for the local authority, safely."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Hang this room on the application."""
