"""What is offered: an organisation's own listings, posted, kept right and run again."""

from flask import Flask

from listings import cli
from listings import jobs as _jobs  # noqa: F401 - registers what a worker does
from listings import wording as _wording  # noqa: F401 - names the reasons and states for the pages
from listings.views import activities, badges, still_right
from listings.views import drafts as _drafts  # noqa: F401 - hang their pages on the same blueprint
from listings.views import editing as _editing  # noqa: F401
from listings.views import officers as _officers  # noqa: F401
from listings.views import places as _places  # noqa: F401
from listings.views import prepared as _prepared  # noqa: F401
from listings.views import repeats as _repeats  # noqa: F401


def init_app(app: Flask) -> None:
    app.register_blueprint(activities.bp)
    app.register_blueprint(badges.bp)
    app.register_blueprint(still_right.bp)
    cli.init_app(app)
