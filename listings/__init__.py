"""What is offered: an organisation's own listings, posted, kept right and run again."""

from flask import Flask

from listings.views import activities, prepared

__all__ = ["prepared"]


def init_app(app: Flask) -> None:
    app.register_blueprint(activities.bp)
