"""By whom: organisations that offer something, and the people who speak for them."""

from flask import Flask

from app import clock
from app.db import current_db
from providers import cli, wording
from providers import jobs as _jobs  # noqa: F401 - registers what a worker does
from providers.acting import acting_for
from providers.models import Provider
from providers.passport import running_out
from providers.standing import is_trusted
from providers.tasks import Tasks, tasks_of
from providers.views import bp, joining, members, officers, own, people

__all__ = ["joining", "members", "officers", "own", "people", "wording"]


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
    cli.init_app(app)
    app.jinja_env.tests["trusted_at"] = is_trusted
    app.jinja_env.tests["web_address"] = own.is_web_address
    app.jinja_env.globals.update(acting_for=acting_for, tasks_of=_tasks_of, running_out=running_out)


def _tasks_of(provider: Provider) -> Tasks:
    """Return how far an organisation has come, for a page that includes its tasks."""
    return tasks_of(current_db(), provider, clock.now())
