"""For duties: what an authority has to answer for, each number with the released cell it is from."""

from flask import Flask

from returns.views import bp


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
