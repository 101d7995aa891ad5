"""What is offered: an organisation's own listings, posted, kept right and run again."""

from flask import Flask

from listings import cli
from listings.views import activities, still_right


def init_app(app: Flask) -> None:
    app.register_blueprint(activities.bp)
    app.register_blueprint(still_right.bp)
    cli.init_app(app)
