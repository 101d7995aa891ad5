"""Whom it reaches: attendance counted by area, for the local authority, safely."""

from flask import Flask
from flask_babel import format_decimal

from reach import cli, indices, regions
from reach.views import bp


def init_app(app: Flask) -> None:
    for each in (indices.bp, regions.bp, bp):
        app.register_blueprint(each)
    app.add_template_filter(format_decimal, "figure")
    cli.init_app(app)
