"""Where it leads: the steps that an organisation lays out to a goal, and a learner's own way along them."""

from flask import Flask

from pathways import hearing, wording
from pathways import jobs as _jobs  # noqa: F401 - registers what a worker does
from pathways.views import adverts, editor, walking  # noqa: F401 - hang their pages on the blueprint
from pathways.views.blueprint import bp


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
    app.add_template_filter(wording.how_far)
    app.add_template_filter(wording.so_far)
    app.add_template_filter(wording.what_to_do)
    hearing.listen()
