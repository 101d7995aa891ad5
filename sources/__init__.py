"""From elsewhere: other people's lists, read row by row, and what became of each row."""

from flask import Flask

from app.fetcher import Fetcher
from sources import cli, views
from sources import jobs as _jobs  # noqa: F401 - registers what a worker does
from sources import wording as _wording  # noqa: F401 - names the kinds and verdicts for the pages


def init_app(app: Flask) -> None:
    app.extensions.setdefault("fetcher", Fetcher())
    app.register_blueprint(views.bp)
    cli.init_app(app)
