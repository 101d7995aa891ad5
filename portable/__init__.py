"""With them, and away: all that is a learner's in one file, from one site to another, and erased."""

from flask import Flask

from portable import cli, jobs, wording
from portable.views import data, export, leaving, taking_in  # noqa: F401 - hang on the blueprint
from portable.views.blueprint import bp

__all__ = ["jobs", "wording"]


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
    cli.init_app(app)
