"""The plain pages: how the product works, how it keeps people safe, what it does with what it knows.

Also what a browser asks of a site by itself: its sign, its manifest, and its service worker.
"""

import json
from functools import cache
from hashlib import sha256
from pathlib import Path

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    render_template,
    request,
    send_file,
    url_for,
)
from flask_babel import gettext as _

from app.errors import NotFound
from app.language import current_language
from app.web import BUILT, STATIC, open_to, static_url

bp = Blueprint("pages", __name__)

#: Each address, and the template that answers it. The endpoint is `pages.show_<name>`.
PAGES = {
    "/how-it-works": "how_it_works",
    "/help": "help",
    "/safety": "safety",
    "/accessibility": "accessibility",
    "/privacy": "privacy",
    "/privacy/short": "privacy_short",
    "/about-the-numbers": "about_the_numbers",
    "/offline": "offline",
}
#: What every page is dressed in, and what stands where a page cannot be had: kept by the service worker.
SHELL_FILES = ("site.css", "site.js", "fonts.css", "lexend.woff2", "lexend-welsh.woff2")
SHELL_PAGES = ("/offline", "/cy/offline")
INK, PAPER = "#1b1838", "#fff9ef"


def init_app(app: Flask) -> None:
    app.jinja_env.tests["page"] = is_page
    app.register_blueprint(bp)


def is_page(endpoint: str) -> bool:
    """Return whether this application has such a page, so that a link leads only to what is there."""
    return endpoint in current_app.view_functions


def _page(name: str):
    def show():
        return render_template(f"pages/{name}.html")

    return open_to(show, "anyone")


def _icon():
    """Answer with the sign that browsers show beside the title."""
    return send_file(STATIC / "icon.svg", max_age=24 * 60 * 60)


def _manifest():
    """Answer with what a phone needs to know to put the site among its apps."""
    home = f"{request.script_root}/"
    said = {
        "id": "/",
        "name": "Tirnod",
        "short_name": "Tirnod",
        "description": _("Free and low-cost things to do for young people."),
        "lang": current_language(),
        "start_url": home,
        "scope": "/",
        "display": "standalone",
        "theme_color": INK,
        "background_color": PAPER,
        "icons": [{"src": url_for(".icon"), "sizes": "any", "type": "image/svg+xml"}],
    }
    return _same_for_all(Response(json.dumps(said), mimetype="application/manifest+json"))


def _worker():
    """Answer with the service worker. Its first line says what the shell is made of today.

    It stands at the root because a service worker sees only what lies below its own address.

    :raises NotFound: nothing is built, so there is no shell to keep.
    """
    built = current_app.extensions["built_assets"].get("sw.js")
    if built is None:
        raise NotFound(_("We cannot find that page."))
    shell = {
        "mark": f"shell-{_mark_of_shell()}",
        "files": [static_url(name) for name in SHELL_FILES],
        "pages": SHELL_PAGES,
    }
    script = f"const SHELL = {json.dumps(shell)};\n{(BUILT / built).read_text()}"
    return _same_for_all(Response(script, mimetype="text/javascript"))


@cache
def _mark_of_shell() -> str:
    """Return a mark that is another one whenever any part of the shell is."""
    here = Path(__file__).parent
    made_of = (
        BUILT / "manifest.json",
        here / "templates" / "base.html",
        here / "templates" / "pages" / "offline.html",
        *sorted((here / "translations").glob("*/LC_MESSAGES/*.mo")),
    )
    return sha256(b"".join(path.read_bytes() for path in made_of)).hexdigest()[:12]


def _same_for_all(answer: Response) -> Response:
    """Let anyone keep an answer that is the same for everyone, if they ask each time whether it still holds."""
    answer.cache_control.public = True
    answer.cache_control.no_cache = True
    answer.add_etag()
    answer.make_conditional(request)
    return answer


for _address, _name in PAGES.items():
    bp.add_url_rule(_address, f"show_{_name}", _page(_name))
bp.add_url_rule("/icon.svg", "icon", open_to(_icon, "anyone"))
bp.add_url_rule("/manifest.webmanifest", "manifest", open_to(_manifest, "anyone"))
bp.add_url_rule("/sw.js", "worker", open_to(_worker, "anyone"))
