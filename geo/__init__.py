"""Where: cities, areas, the places in them, and how far apart things are."""

from flask import Flask

from geo import cli


def init_app(app: Flask) -> None:
    cli.init_app(app)
