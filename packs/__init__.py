"""For a reader: a chosen part of a record, for a time."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Nothing hangs here yet."""
