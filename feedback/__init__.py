"""What adults say: what went well and what to try next, as a dialogue."""

from flask import Flask

from feedback import (
    sections,
    wording,  # noqa: F401 - names who gives feedback
)
from feedback.views import giving, officers, own, reporting  # noqa: F401 - hang their pages
from feedback.views.blueprint import bp


def init_app(app: Flask) -> None:
    sections.register()
    app.register_blueprint(bp)
