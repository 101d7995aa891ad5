"""What every answer carries: security headers, CSRF, static addresses, London time."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from wsgiref.headers import Headers

from flask import Flask, Request, Response, abort, current_app, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_babel import format_date, format_datetime
from flask_babel import gettext as _
from flask_compress import Compress
from flask_wtf.csrf import CSRFProtect
from jinja2 import ChoiceLoader, PackageLoader, PrefixLoader
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

from app.clock import LONDON
from app.config import Settings

STATIC = Path(__file__).parent / "static"
#: Built assets, named by their content: kept by browsers for a year.
BUILT = STATIC / "dist"

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "manifest-src 'self'",
        "worker-src 'self'",
    )
)
#: One set for every answer; a view may narrow or replace one where its docstring says why. One that
#: a view sets empty is not sent.
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}

_FRAMED_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors {ancestors}"
)

_FOR_ALL = "public"
_SECOND = timedelta(seconds=1)

_HTTPS_HEADERS = {"Strict-Transport-Security": "max-age=63072000; includeSubDomains"}

#: What is worth compressing on the way; built assets lie there compressed already.
COMPRESSED = [
    "text/html",
    "text/csv",
    "text/javascript",
    "application/json",
    "application/geo+json",
    "application/feed+json",
    "application/atom+xml",
    "text/calendar",
    "application/vc+ld+json",
    "application/vnd.mapbox-vector-tile",
    "image/svg+xml",
]

csrf = CSRFProtect()


class NobodysCookie(SecureCookieSessionInterface):
    """Sessions in signed cookies, of which what is the same for everyone carries none.

    Flask renews a lasting session with every answer; a cache that keeps such an answer for
    everyone would hand one person's session to the next.
    """

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        # Most who search have none, and need nothing made ready to read one with.
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if not is_for_all(response):
            super().save_session(app, session, response)


class FixedHeaders:
    """WSGI layer that adds the headers which every answer carries, unless it has set its own.

    Here that is one list put behind another; a header that an answer set empty is not sent.
    """

    def __init__(self, wsgi_app: Callable, headers: Mapping[str, str]) -> None:
        self.wsgi_app = wsgi_app
        self.headers = list(headers.items())

    def __call__(self, environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable:
            given = {name for name, _value in headers}
            sent = [header for header in headers if header[1]]
            sent += [header for header in self.headers if header[0] not in given]
            return start_response(status, sent, exc_info)

        return self.wsgi_app(environ, start)


class UndeclaredRoute(RuntimeError):
    """A route that does not say who may come."""


def init_app(app: Flask) -> None:
    settings: Settings = app.extensions["settings"]
    app.config.update(
        SESSION_COOKIE_NAME="__Host-tirnod" if settings.is_https else "tirnod",
        SESSION_COOKIE_SECURE=settings.is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
        # A page asked for as somebody renews the cookie. A script or picture fetched behind it does
        # not: its answer may come after a sign-out, and would sign them in again.
        SESSION_REFRESH_EACH_REQUEST=False,
        MAX_CONTENT_LENGTH=2 * 1024 * 1024,
        WTF_CSRF_TIME_LIMIT=12 * 60 * 60,
        COMPRESS_MIMETYPES=COMPRESSED,
        # Of what browsers read, Brotli makes our pages smallest, a tenth below Zstandard's, and at
        # this level takes a millisecond.
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_BR_LEVEL=5,
    )
    app.session_interface = NobodysCookie()
    csrf.init_app(app)
    Compress(app)
    app.before_request(_refuse_nul)
    app.after_request(_add_headers)
    _load_templates(app)
    app.wsgi_app = FixedHeaders(
        app.wsgi_app, HEADERS | (_HTTPS_HEADERS if settings.is_https else {})
    )
    app.wsgi_app = _serving_static(app.wsgi_app)
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)


def open_to(view: Callable, who: object) -> Callable:
    """Write on `view` who may come. `accounts.access` has the words for it."""
    vars(view).update(open_to=who)
    return view


def refuse_undeclared_routes(app: Flask) -> None:
    """Stop the start when a route does not say who may come.

    :raises UndeclaredRoute: naming each such route.
    """
    undeclared = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if not hasattr(app.view_functions[rule.endpoint], "open_to")
    ]
    if undeclared:
        raise UndeclaredRoute(
            f"These routes do not say who may come: {', '.join(sorted(undeclared))}. "
            "Put `public` or `requires(...)` of accounts.access on each view."
        )


def let_images_in(response: Response, host: str) -> Response:
    """Let a page show images of one other host, and of none but that.

    They are fetched without anybody's cookies, and so need no leave from that host. `data:` is the
    empty picture that Leaflet puts in place of a tile it lets go.
    """
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY.replace(
        "img-src 'self'", f"img-src 'self' data: {host}"
    )
    response.headers["Cross-Origin-Embedder-Policy"] = "credentialless"
    return response


def public_url(path: str = "") -> str:
    """Return the address by which the world knows `path`, whatever host or language this request used."""
    settings: Settings = current_app.extensions["settings"]
    return settings.public_url.rstrip("/") + path


def static_url(name: str) -> str:
    """Return the address of a built asset, by its content; the same in every language."""
    return "/static/dist/" + current_app.extensions["built_assets"].get(name, name)


def asset_text(name: str) -> str:
    """Return what a built asset holds, for a file that stands alone."""
    built = current_app.extensions["built_assets"].get(name, name)
    return (Path(__file__).parent / "static" / "dist" / built).read_text("utf-8")


def saves_data() -> bool:
    """Return whether this reader asked for little data: then nothing comes that is only nice to have."""
    return request.headers.get("Save-Data", "").strip().lower() == "on"


def for_everyone(response: Response) -> Response:
    """Let pages of other sites read an answer, and frame or draw it: it is the same for everyone."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def let_be_framed(response: Response) -> Response:
    """Let pages of the sites that may embed frame an answer, which runs no script and has no form."""
    ancestors = current_app.extensions["settings"].embed_ancestors
    response.headers["Content-Security-Policy"] = _FRAMED_POLICY.format(ancestors=ancestors)
    response.headers["X-Frame-Options"] = ""
    return response


def kept_a_minute(response: Response) -> Response:
    """Let caches keep what changes with the clock for a minute, and show it while they ask again."""
    return kept_by_all(response, timedelta(minutes=1), stale=timedelta(minutes=5))


def kept_by_all(response: Response, lasting: timedelta, *, stale: timedelta) -> Response:
    """Let every cache keep what is the same for everyone, and for so long show it while asking again."""
    # As text: to have it written costs more than all else that such an answer carries.
    response.headers["Cache-Control"] = (
        f"{_FOR_ALL}, max-age={lasting // _SECOND}, stale-while-revalidate={stale // _SECOND}"
    )
    return response


def is_for_all(response: Response) -> bool:
    """Return whether caches may keep this for everyone: then it carries nothing of anybody."""
    return _FOR_ALL in response.headers.get("Cache-Control", "")


def london_date(moment: datetime | date, pattern: str = "EEE d MMM") -> str:
    """Return the day in London, in the reader's language: `Sat 28 Nov`."""
    day = moment.astimezone(LONDON) if isinstance(moment, datetime) else moment
    return format_date(day, pattern)


def london_time(moment: datetime) -> str:
    """Return the time of day in London: `10am`, `9:30am`; in Welsh on the 24-hour clock, `10:00`."""
    from app.language import current_language

    local = moment.astimezone(LONDON)
    if current_language() == "cy":
        return format_datetime(local, "HH:mm", rebase=False)
    clock = f"{local.hour % 12 or 12}" + (f":{local.minute:02}" if local.minute else "")
    return clock + ("am" if local.hour < 12 else "pm")


def money(pence: int) -> str:
    """Return a price in words a reader knows: `Free`, `£2`, `£2.50`."""
    if pence == 0:
        return _("Free")
    return f"£{pence // 100}" + (f".{pence % 100:02}" if pence % 100 else "")


def _refuse_nul() -> None:
    """Answer a zero byte in a path at once: PostgreSQL takes none, and no page has one."""
    if "\0" in request.path:
        abort(404)


def _add_headers(response: Response) -> Response:
    # What a signed-in person saw stays out of shared caches and of the back button after sign-out.
    if not is_for_all(response) and session.get("_user_id"):
        response.headers["Cache-Control"] = "no-store"
    response.headers.setdefault("Cache-Control", "no-cache")
    if response.mimetype == "text/html":
        response.vary.add("Save-Data")
    response.content_language = request.environ.get("tirnod.language", "en")
    return response


def _load_templates(app: Flask) -> None:
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_loader = ChoiceLoader(
        [
            PackageLoader("app"),
            PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
        ]
    )
    manifest = BUILT / "manifest.json"
    app.extensions["built_assets"] = json.loads(manifest.read_text()) if manifest.exists() else {}
    app.jinja_env.globals.update(
        static_url=static_url, public_url=public_url, saves_data=saves_data
    )
    app.jinja_env.filters.update(london_date=london_date, london_time=london_time, money=money)


def _serving_static(wsgi_app):
    served = WhiteNoise(
        wsgi_app,
        immutable_file_test=lambda path, _url: str(BUILT) in path,
        max_age=3600,
        add_headers_function=_for_any_page,
    )
    if BUILT.exists():
        served.add_files(str(BUILT), prefix="static/dist")
    return served


def _for_any_page(headers: Headers, _path: str, _url: str) -> None:
    # The style sheet dresses embeds too, whose frame counts as another site.
    headers["Cross-Origin-Resource-Policy"] = "cross-origin"
