"""English and Welsh: every page has a twin under `/cy`, at the same path."""

from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, request
from flask_babel import Babel

LANGUAGES = ("en", "cy")
_PREFIX = "/cy"
_KEY = "tirnod.language"


class WelshPrefix:
    """WSGI layer that reads `/cy/...` as the same address in Welsh.

    It moves the prefix into SCRIPT_NAME, so that `url_for` writes Welsh addresses on Welsh pages
    and no route needs to know of languages.
    """

    def __init__(self, wsgi_app: Callable) -> None:
        self.wsgi_app = wsgi_app

    def __call__(self, environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == _PREFIX or path.startswith(_PREFIX + "/"):
            environ[_KEY] = "cy"
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + _PREFIX
            environ["PATH_INFO"] = path[len(_PREFIX) :] or "/"
        return self.wsgi_app(environ, start_response)


def init_app(app: Flask) -> None:
    app.config.update(BABEL_DEFAULT_LOCALE="en", BABEL_DEFAULT_TIMEZONE="Europe/London")
    Babel(app, locale_selector=current_language)
    app.wsgi_app = WelshPrefix(app.wsgi_app)
    app.jinja_env.globals.update(
        current_language=current_language, address_in=address_in, LANGUAGES=LANGUAGES
    )


def current_language() -> str:
    """Return the language code of the page being made: `en` or `cy`."""
    return request.environ.get(_KEY, "en") if request else "en"


def address_in(language: str) -> str:
    """Return the address of this same page in another language."""
    root = request.script_root.removesuffix(_PREFIX) if current_language() == "cy" else ""
    path = request.full_path if request.query_string else request.path
    return root + (_PREFIX if language == "cy" else "") + path
