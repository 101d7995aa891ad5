"""Taking part: a learner's place on a session, and whether they came."""

from flask import Flask

from participation import cli
from participation import jobs as _jobs  # noqa: F401 - registers what a worker does
from participation.views import (  # noqa: F401 - hang their pages on the blueprint
    agreeing,
    asks,
    bookings,
    changes,
    door,
    joining,
    numbers,
    people,
    scanning,
    sharing,
)
from participation.views.blueprint import bp
from participation.wording import age_name, shown_number


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
    cli.init_app(app)
    app.add_template_filter(age_name)
    app.add_template_filter(shown_number)
