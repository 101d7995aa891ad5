"""Commands that load official files."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Hang the commands on the application."""
