"""Build a Flask application from its settings and the features it is handed."""

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from flask import Flask

from app import cli, db, errors, health, language, pages, web, wording
from app.config import Settings


class Feature(Protocol):
    """A package that can hang itself on an application."""

    def init_app(self, app: Flask) -> None: ...


class Site(Flask):
    """A Flask application whose views all run as they are called."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        # Flask asks of each function, each time, whether it is a coroutine. None of ours is.
        return func


def build_app(settings: Settings, features: Iterable[Feature], **overrides: Any) -> Flask:
    """Assemble the ground floor, then each feature in the order given.

    The features arrive as an argument, so this floor imports none of them.

    :raises web.UndeclaredRoute: a route does not say who may come.
    """
    app = Site("app", static_folder=None)
    app.extensions["settings"] = settings
    app.config.from_mapping(SECRET_KEY=settings.secret_key, **overrides)
    for part in (db, language, web, wording, errors, pages, health, cli, *features):
        part.init_app(app)
    web.refuse_undeclared_routes(app)
    return app
