"""What is on: opportunities, their scheduled sessions, and the search for them."""

from flask import Flask

from opportunities import wording  # noqa: F401 - names the kinds and categories for the pages
from opportunities.views import discovery, listings, reports
from opportunities.views import opportunity as _  # noqa: F401 - hangs its pages on discovery's
from opportunities.views import tiles as _tiles  # noqa: F401 - and so do the tiles


def init_app(app: Flask) -> None:
    app.register_blueprint(discovery.bp)
    app.register_blueprint(listings.bp)
    app.register_blueprint(reports.bp)
