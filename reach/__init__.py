"""Whom it reaches: attendance counted by area, for the local authority, safely."""

from flask import Flask
from flask_babel import format_decimal

from reach import cli, report_views
from reach.views import bp


def init_app(app: Flask) -> None:
    from reach import jobs as _jobs  # noqa: F401 - registers what a worker does

    for each in (report_views.bp, bp):
        app.register_blueprint(each)
    app.add_template_filter(format_decimal, "figure")
    cli.init_app(app)
