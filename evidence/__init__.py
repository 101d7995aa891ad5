"""What shows it: words, pictures, sound, film and files of a learner's own."""

from flask import Flask

from evidence import jobs, store  # noqa: F401 - has its jobs known
from evidence.views import pieces, receiving  # noqa: F401 - hang their pages on the blueprint
from evidence.views.blueprint import bp


def init_app(app: Flask) -> None:
    store.init_app(app)
    app.register_blueprint(bp)
