"""The page for people who build something with what is here, and the file that programs read."""

import json
from typing import Any

from flask import Response, render_template, request
from flask_babel import gettext as _

from accounts.access import public
from app.db import current_db
from app.web import public_url
from geo.queries import cities
from opportunities.api import bp as api
from opportunities.openapi import LICENCE, document
from opportunities.views.discovery import bp
from opportunities.views.embeds import frame_of

#: Something to put where an address has a name, so that a line can be tried as it stands.
_QUERY = "age=14&free=1"


@api.get("/openapi.json")
@public
def show_openapi():
    """Describe the interface as OpenAPI 3.1."""
    answer = Response(json.dumps(document(public_url())), mimetype="application/json")
    answer.add_etag()
    return answer.make_conditional(request)


@bp.get("/developers")
@public
def show_developers():
    """Say how to use the interface, the feeds and the embeds, from the same description."""
    known = cities(current_db())
    return render_template(
        "opportunities/developers.html",
        calls=_calls(document(public_url())),
        licence=LICENCE,
        query=_QUERY,
        city=known[0] if known else None,
        frame=frame_of(public_url(f"/embed/list?{_QUERY}")),
        forms=[
            ("atom", "Atom"),
            ("json", "JSON Feed"),
            ("ics", _("Calendar")),
        ],
    )


def _calls(described: dict[str, Any]) -> list[dict[str, Any]]:
    """Return each call with the line that makes it and what it answers."""
    return [
        {
            **paths["get"],
            "path": path,
            "line": _line(path),
            "answers": [(code, said["description"]) for code, said in _responses(paths)],
        }
        for path, paths in described["paths"].items()
    ]


def _responses(paths: dict[str, Any]):
    return sorted(paths["get"]["responses"].items())


def _line(path: str) -> str:
    query = f"?{_QUERY}" if path == "/api/v1/opportunities" else ""
    return f'curl "{public_url(path)}{query}"'
