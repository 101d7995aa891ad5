"""The Open Badges 3.0 API: what programs read of a learner's badges, and add to them."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Response, jsonify, request
from flask_babel import gettext as _
from marshmallow import ValidationError

from accounts.access import public
from app import clock
from app.db import unit_of_work
from app.errors import Refusal
from app.web import csrf, for_everyone, public_url
from badges import signed
from badges.guards import OPEN_BADGES_3
from badges.models import AchievementCredential
from badges.resolver import check_upload
from badges.tokens import is_token
from badges.verifier import Outcome, Subject, Verification
from badges.views import issuing_host
from badges.wording import in_words
from wallet.access import with_token
from wallet.discovery import BASE, service_description
from wallet.models import LARGEST_BYTES, CameBy, Connection, ImportedCredential, Kept
from wallet.programs import require_live
from wallet.queries import Page, badges_for_programs
from wallet.reading import Brought, read_brought, signed_text
from wallet.schemas import LARGEST_PAGE, CredentialsQuery
from wallet.scopes import Scope
from wallet.service import keep_badge
from wallet.views.asking import asking
from wallet.views.blueprint import bp

_JSON_TYPES = ("application/json", "application/vc+ld+json", "application/ld+json")
_TOKEN_TYPE = "text/plain"


class NotKept(Refusal):
    """What a program sent is no badge that we keep."""


@bp.get(f"{BASE}/discovery")
@public
def discovery():
    answer = for_everyone(jsonify(service_description(public_url())))
    answer.headers["Cache-Control"] = "public, max-age=3600"
    return answer


@bp.get(f"{BASE}/credentials")
@with_token(Scope.READ_BADGES)
def get_credentials(connection: Connection):
    try:
        asked = CredentialsQuery().load(request.args)
    except ValidationError as error:
        problems = ", ".join(sorted(error.normalized_messages()))
        raise NotKept(_("We could not read: %(names)s.", names=problems)) from None
    asked["limit"] = min(asked["limit"], LARGEST_PAGE)
    with unit_of_work() as db:
        page = badges_for_programs(db, connection.learner, **asked)
        texts = [_as_signed(badge) for badge in page.badges]
    answer = jsonify(
        credential=[text for text in texts if not isinstance(text, str)],
        compactJwsString=[text for text in texts if isinstance(text, str)],
    )
    answer.headers["X-Total-Count"] = str(page.total)
    answer.headers["Link"] = _links(page, **asked)
    return _private(answer)


@bp.post(f"{BASE}/credentials")
@csrf.exempt  # No cookie is read here: there is nobody to act in the name of.
@with_token(Scope.ADD_BADGES)
def upsert_credential(connection: Connection):
    sent = _sent()
    found = check_upload(sent, asking())
    brought = _require_kept(sent, found)
    with unit_of_work() as db:
        # It was some seconds until here: a learner may have stopped the program meanwhile.
        learner = require_live(db, connection)
        _badge, what = keep_badge(
            db,
            learner=learner,
            brought=brought,
            came_by=CameBy.PROGRAM,
            program=connection.program,
            host=issuing_host(),
            now=clock.now(),
        )
    mimetype = _TOKEN_TYPE if is_token(sent) else "application/json"
    return _private(Response(sent, 201 if what is Kept.NEW else 200, mimetype=mimetype))


@bp.get(f"{BASE}/profile")
@with_token(Scope.READ_PROFILE)
def get_profile(connection: Connection):
    return _private(jsonify(_profile(connection)))


@bp.put(f"{BASE}/profile")
@csrf.exempt  # No cookie is read here.
@with_token(Scope.CHANGE_PROFILE)
def put_profile(connection: Connection):
    """Take the profile as it is, and nothing more: of a learner we want to know no more."""
    sent, profile = request.get_json(silent=True), _profile(connection)
    if not isinstance(sent, dict) or sent.get("id") != profile["id"]:
        raise NotKept(_("Send the whole profile, with the id that we gave it."))
    if sent.keys() - profile.keys():
        raise NotKept(_("We keep nothing of a learner but this id. Nothing was changed."))
    return _private(jsonify(profile))


def _sent() -> bytes:
    """Return the badge in the body, by the kinds that the standard names."""
    # Before the form could be: nothing here is one.
    sent = request.get_data(cache=False)
    if len(sent) > LARGEST_BYTES:
        raise NotKept(_("That badge is too big."))
    kinds = {**dict.fromkeys(_JSON_TYPES, b"{"), _TOKEN_TYPE: b"eyJ"}
    begins = kinds.get(request.mimetype)
    if begins is None:
        raise NotKept(_("Send a badge as application/json, or a signed one as text/plain."))
    if not sent.lstrip().startswith(begins):
        raise NotKept(_("That is no badge of Open Badges 3.0."))
    return sent


def _require_kept(sent: bytes, found: Verification) -> Brought:
    """Return the badge, unless a check failed: then say which, in words.

    :raises NotKept: it failed, could not be read, or is of an older version.
    """
    if found.outcome is Outcome.FAILED:
        failed = [check for check in found.checks if check.outcome is Outcome.FAILED]
        raise NotKept(" ".join(str(in_words(check.finding)) for check in failed))
    if found.document is None:
        raise NotKept(str(in_words(found.check(Subject.SHAPE).finding)))
    brought = read_brought(sent, found)
    if brought is None or brought.is_older:
        raise NotKept(_("That is no badge of Open Badges 3.0."))
    return brought


def _as_signed(badge: AchievementCredential | ImportedCredential) -> Mapping[str, Any] | str:
    if isinstance(badge, AchievementCredential):
        return signed.document_of(badge)
    text = signed_text(badge.original)
    return text if is_token(text) else json.loads(text)


def _profile(connection: Connection) -> dict[str, Any]:
    """Return what stands for a learner in badges: a random number, which names nobody."""
    return {
        "@context": [OPEN_BADGES_3],
        "id": f"urn:uuid:{connection.learner.subject_uuid}",
        "type": ["Profile"],
    }


def _links(page: Page, *, limit: int, offset: int, since: Any) -> str:
    last = max(page.total - 1, 0) // limit * limit
    offsets = {"first": 0, "last": last}
    if offset + limit < page.total:
        offsets["next"] = offset + limit
    if offset:
        offsets["prev"] = max(offset - limit, 0)
    more = {"since": since.isoformat()} if since else {}
    return ", ".join(
        f"<{public_url(f'{BASE}/credentials')}?"
        f'{urlencode({"limit": limit, "offset": at, **more})}>; rel="{name}"'
        for name, at in offsets.items()
    )


def _private(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    return answer
