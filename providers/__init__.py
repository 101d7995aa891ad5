"""By whom: organisations that offer something, and the people who speak for them."""

from flask import Flask

from providers import views, wording

__all__ = ["wording"]


def init_app(app: Flask) -> None:
    app.register_blueprint(views.bp)
