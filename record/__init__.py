"""What there is: every line of a learner's record, and what shows a skill."""

from flask import Flask

from record import cli, strips, support, symbols, wording
from record.models import Rung
from record.views import skills, story  # noqa: F401 - hang their pages on the blueprint
from record.views.blueprint import bp


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
    support.register()
    app.jinja_env.globals.update(
        dots_of=strips.dots_of,
        ticks_of=strips.ticks_of,
        rungs=list(Rung),
        symbol_of=symbols.symbol_of,
    )
    wording.init_app(app)
    cli.init_app(app)
