"""What I did elsewhere: a learner's own log and projects, and the word of somebody who was there."""

from flask import Flask

from logbook import wording as _wording  # noqa: F401 - names the sorts for the pages
from logbook.views import activities, projects, work  # noqa: F401 - hang their pages on the blueprint
from logbook.views.blueprint import bp


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
