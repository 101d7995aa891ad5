"""How much there is: what is on within reach of each area, and where there is little."""

from flask import Flask

from provision import cli
from provision.views import bp


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
    cli.init_app(app)
