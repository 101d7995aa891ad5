"""What next: goals, what to try next, and how it ended."""

from flask import Flask

from plans import jobs as _jobs  # noqa: F401 - registers what a worker does
from plans import wording as _wording  # noqa: F401 - names what stands in the tables
from plans.hearing import listen
from plans.views import (  # noqa: F401 - hang their pages on the blueprint
    goals,
    items,
    reflections,
)
from plans.views.blueprint import bp


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
    listen()
