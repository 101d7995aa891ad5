"""Who helps: the adults that a learner let in, for what, and until when."""

from flask import Flask

from supporters import (
    bookings,
    first_yes,
    jobs,  # noqa: F401 - registers what a worker does
    wording,  # noqa: F401 - names what learners choose from
)
from supporters.views import (  # noqa: F401 - hang their pages on the blueprint
    classes,
    family,
    helping,
    joining,
    officers,
    own,
)
from supporters.views.blueprint import bp


def init_app(app: Flask) -> None:
    bookings.register()
    first_yes.init_app(app)
    app.register_blueprint(bp)
