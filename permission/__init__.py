"""Who may take part in what, and who has to agree first."""

from flask import Flask

from permission import jobs as _jobs  # noqa: F401 - registers what a worker does
from permission import wording  # noqa: F401 - names its enumerations
from permission.views import bp


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
