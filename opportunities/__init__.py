"""What is on: opportunities, their scheduled sessions, and the search for them."""

from flask import Flask

from opportunities import api, cli, wording  # noqa: F401 - names the kinds and categories for the pages
from opportunities import jobs as _jobs  # noqa: F401 - registers what a worker does
from opportunities.views import developers as _developers  # noqa: F401 - hangs on discovery's
from opportunities.views import discovery, embeds, feeds, funds, reports, wishes
from opportunities.views import opportunity as _  # noqa: F401 - hangs its pages on discovery's
from opportunities.views import tiles as _tiles  # noqa: F401 - and so do the tiles


def init_app(app: Flask) -> None:
    for part in (discovery, api, feeds, embeds, funds, reports, wishes):
        app.register_blueprint(part.bp)
    cli.init_app(app)
