"""What we tell people: messages that wait to be sent, and the sending of them."""

from flask import Flask

from notices import cli
from notices.writing import templates


def init_app(app: Flask) -> None:
    app.register_blueprint(templates)
    cli.init_app(app)
