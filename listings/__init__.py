"""What is offered: an organisation's own listings, posted, kept right and run again."""

from flask import Flask

from listings.views import activities, badges


def init_app(app: Flask) -> None:
    app.register_blueprint(activities.bp)
    app.register_blueprint(badges.bp)
