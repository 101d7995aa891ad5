"""How much there is: what is on within reach of each area, and where there is little."""

from flask import Flask

from provision import cli


def init_app(app: Flask) -> None:
    cli.init_app(app)
