"""What is on: opportunities, their scheduled sessions, and the search for them."""

from flask import Flask

from opportunities import wording  # noqa: F401 - names the kinds and categories for the pages
from opportunities.views import discovery, listings


def init_app(app: Flask) -> None:
    app.register_blueprint(discovery.bp)
    app.register_blueprint(listings.bp)
