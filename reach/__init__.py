"""Whom it reaches: attendance counted by area, for the local authority, safely."""

from flask import Flask
from flask_babel import format_decimal

from app.described import describe
from reach import api, cli, file_views, indices, openapi, public_views, regions, report_views
from reach.classes import range_of
from reach.views import bp


def init_app(app: Flask) -> None:
    from reach import jobs as _jobs  # noqa: F401 - registers what a worker does

    # The files come first: of two views of one address, Flask asks the first.
    for blueprint in (
        *(file_views.bp, api.bp, public_views.bp, public_views.embed),
        *(indices.bp, regions.bp, report_views.bp, bp),
    ):
        app.register_blueprint(blueprint)
    describe(app, openapi.operations)
    app.add_template_filter(format_decimal, "figure")
    app.add_template_filter(range_of)
    cli.init_app(app)
