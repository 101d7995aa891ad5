"""For a reader: a chosen part of a record, for a time."""

from flask import Flask

from packs.views import projects, sharing, shown  # noqa: F401 - hang their pages on the blueprint
from packs.views.blueprint import bp


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
