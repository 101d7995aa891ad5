"""Whom it reaches: attendance counted by area, for the local authority, safely."""

from flask import Flask
from flask_babel import format_decimal

from reach import cli
from reach.views import bp


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
    app.add_template_filter(format_decimal, "figure")
    cli.init_app(app)
