"""Asking the organiser: a young person's question, and an answer that a whole team and the council see."""

from flask import Flask

from enquiries import wording as _wording  # noqa: F401 - names the questions and answers for the pages
from enquiries.views import asking, oversight, team


def init_app(app: Flask) -> None:
    for part in (asking, team, oversight):
        app.register_blueprint(part.bp)
