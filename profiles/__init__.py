"""What it adds up to: a learner's own record of what they did and earned."""

from flask import Flask

from profiles.views import (  # noqa: F401 - hang their pages on the blueprint
    paper,
    record,
    saved,
    strengths,
    suggestions,
)
from profiles.views.blueprint import bp


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
