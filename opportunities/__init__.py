"""What is on: opportunities, their scheduled sessions, and the search for them."""

from flask import Flask

from opportunities import api, wording  # noqa: F401 - names the kinds and categories for the pages
from opportunities.views import developers as _developers  # noqa: F401 - hangs on discovery's
from opportunities.views import discovery, embeds, feeds, listings, reports
from opportunities.views import opportunity as _  # noqa: F401 - hangs its pages on discovery's


def init_app(app: Flask) -> None:
    app.register_blueprint(discovery.bp)
    app.register_blueprint(api.bp)
    app.register_blueprint(feeds.bp)
    app.register_blueprint(embeds.bp)
    app.register_blueprint(listings.bp)
    app.register_blueprint(reports.bp)
