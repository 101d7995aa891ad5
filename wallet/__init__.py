"""Carrying badges in and out: those a learner brings along, and the programs that may read and add."""

from flask import Flask


def init_app(app: Flask) -> None:
    from wallet import jobs as _jobs  # noqa: F401 - registers what a worker does
    from wallet import wording as _wording  # noqa: F401 - names our enumerations
    from wallet.views import answers_below, bp

    app.register_blueprint(bp)
    answers_below(app)
