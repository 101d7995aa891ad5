"""What worries someone: concerns that reach the council's safeguarding officers and nobody else."""

from flask import Flask

from concerns import cli
from concerns import wording as _wording  # noqa: F401 - names the kinds and acts for the pages
from concerns.views import officers, reporting


def init_app(app: Flask) -> None:
    app.register_blueprint(reporting.bp)
    app.register_blueprint(officers.bp)
    cli.init_app(app)
