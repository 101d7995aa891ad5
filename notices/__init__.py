"""What we tell people: the inbox where they read it, and the e-mail that says the same."""

from flask import Flask

from notices import cli, views
from notices import jobs as _jobs  # noqa: F401 - registers what a worker does


def init_app(app: Flask) -> None:
    app.register_blueprint(views.bp)
    cli.init_app(app)
