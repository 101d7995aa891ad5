"""Taking part: a learner's place on a session, and whether they came."""

from flask import Flask

from participation import wording  # noqa: F401 - names the states for the pages
from participation.views import bookings, door  # noqa: F401 - hang their pages on the blueprint
from participation.views.blueprint import bp


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
