"""Badges for people and for machines: what one means, who issues it, one learner's, and is it real."""

import re
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, current_app, render_template, request
from flask_babel import gettext as _
from flask_login import current_user

from accounts.access import public, signed_in_user, with_link
from accounts.attempts import count_check
from accounts.models import User
from app import clock
from app.db import current_db, unit_of_work
from app.errors import NotFound, NotYet
from app.links import kept_from_others
from app.web import csrf
from badges import facts, openbadges, signed
from badges.art import badge_svg
from badges.bake import bake_png, bake_svg, draw_png
from badges.endorsement_queries import shown_for_badge, shown_for_organisation
from badges.evidence import evidence_at
from badges.findings import UnsoundDocument
from badges.frameworks import entries_of, framework_named
from badges.guards import read_json
from badges.log import digest_of, last_line, leaf_of, line_about, lines_after, told
from badges.models import Achievement, AchievementCredential, LearnerRecord
from badges.queries import (
    achievement_named,
    achievements_of,
    badge_shown_to,
    issuer_named,
    issuer_with_status_list,
    record_shown_to,
    version_after,
)
from badges.resolver import (
    CELL,
    FETCHER,
    Asking,
    check_address,
    check_document,
    check_endorsements,
    check_upload,
    did_document,
)
from badges.service import IssuingHost
from badges.tokens import MEDIA_TYPE as TOKEN_MEDIA_TYPE
from badges.tokens import is_token
from badges.verifier import Verification
from badges.wording import in_words
from providers.models import Provider

bp = Blueprint("badges", __name__, template_folder="templates")

_OWN_FILE = re.compile(
    r"/(credentials|records)/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:\.\w+)?"
)
_HTML = "text/html"
_JSON_TYPES = (
    openbadges.MEDIA_TYPE,
    "application/vc+ld+json",
    "application/ld+json",
    "application/json",
)


def issuing_host() -> IssuingHost:
    """Return the host that this application issues badges for. No page can open its keys."""
    return IssuingHost(current_app.extensions["settings"].public_url.rstrip("/"))


@bp.get("/issuers/<slug>")
@public
def show_issuer(slug: str):
    issuer = _issuer(slug)
    if wants_json():
        return open_json(openbadges.issuer_profile(facts.issuer_facts(issuer, _base_url())))
    now = clock.now()
    with unit_of_work() as db:
        spoken = shown_for_organisation(db, issuer, now)
        checked = check_endorsements(db, spoken, host=issuing_host(), now=now)
    achievements = achievements_of(current_db(), issuer)
    return render_template(
        "badges/show_issuer.html", issuer=issuer, achievements=achievements, spoken=checked
    )


@bp.get("/issuers/<slug>/did.json")
@public
def show_did_document(slug: str):
    document = did_document(current_db(), _issuer(slug), host=issuing_host())
    # As short as the lists': a key that is no longer safe must be gone within minutes.
    return open_json(document, mimetype="application/did+json", max_age=300)


@bp.get("/achievements/<slug>/v<int:version>")
@public
def show_achievement(slug: str, version: int):
    achievement = _achievement(slug, version)
    spoken = shown_for_badge(current_db(), achievement, clock.now())
    if wants_json():
        said = [each.signed_document for each in spoken if each.signed_document]
        told = facts.achievement_facts(achievement, _base_url(), endorsements=said)
        # As short as the lists': what somebody says no more is gone within minutes.
        return open_json(openbadges.achievement(told), max_age=300)
    with unit_of_work() as db:
        checked = check_endorsements(db, spoken, host=issuing_host(), now=clock.now())
    return render_template(
        "badges/show_achievement.html",
        achievement=achievement,
        next_version=version_after(current_db(), achievement),
        spoken=checked,
    )


@bp.get("/achievements/<slug>/v<int:version>/image.<any(png, svg):kind>")
@public
def show_achievement_image(slug: str, version: int, kind: str):
    return _image(_drawn(_achievement(slug, version)), kind)


@bp.get("/frameworks/<code>/<version>")
@public
def show_framework(code: str, version: str):
    framework = framework_named(current_db(), code, version)
    if framework is None:
        raise NotFound(_("We cannot find that framework."))
    return render_template(
        "badges/show_framework.html",
        framework=framework,
        entries=entries_of(current_db(), framework),
    )


@bp.get("/credentials/<uuid:uuid>")
@with_link
def show_credential(uuid: UUID):
    credential = _badge(uuid)
    if wants_json():
        return _credential_json(credential)
    found, host, now = None, issuing_host(), clock.now()
    with unit_of_work() as db:
        if credential.signed_document is not None:
            found = check_document(db, credential.signed_document, host=host, now=now)
        spoken = shown_for_badge(db, credential.achievement, now)
        checked = check_endorsements(db, spoken, host=host, now=now)
    return render_template(
        "badges/show_credential.html", credential=credential, found=found, spoken=checked
    )


@bp.get("/credentials/<uuid:uuid>.<any(json, png, svg, jwt):kind>")
@with_link
def download_credential(uuid: UUID, kind: str):
    return credential_file(_badge(uuid), kind)


@bp.get("/evidence/<uuid:uuid>")
@with_link
def show_evidence(uuid: UUID):
    """Show what was shown for a badge, to whoever has the address, while its learner lets it."""
    evidence, badge = evidence_at(current_db(), uuid, now=clock.now())
    page = render_template("badges/show_evidence.html", evidence=evidence, badge=badge)
    return kept_from_others(page)


@bp.get("/status/revocation/<int:number>")
@public
def show_status_list(number: int):
    issuer = issuer_with_status_list(current_db(), number)
    if issuer is None:
        raise NotFound(_("We cannot find that list."))
    kept = signed.status_list_of(current_db(), issuer)
    if request.accept_mimetypes.best == TOKEN_MEDIA_TYPE:
        return _open(Response(kept.token, mimetype=TOKEN_MEDIA_TYPE), max_age=300)
    return open_json(kept.document, mimetype=openbadges.MEDIA_TYPE, max_age=300)


@bp.get("/signatures")
@public
def show_signatures():
    db = current_db()
    if wants_json():
        lines = lines_after(db, request.args.get("after", 0, type=int))
        chain = [
            {"number": line.number, "leaf": leaf_of(line), "hash": line.hash} for line in lines
        ]
        return open_json({"lines": chain}, mimetype="application/json", max_age=60)
    return _signatures_page(typed="")


@bp.post("/signatures")
@public
def find_signature():
    typed = request.form.get("text", "").strip()
    try:
        digest = _digest_typed(typed)
    except UnsoundDocument as problem:
        return _signatures_page(typed, error=in_words(problem.finding)), 422
    line = line_about(current_db(), digest)
    status = HTTPStatus.OK if line else HTTPStatus.UNPROCESSABLE_ENTITY
    return _signatures_page(typed, line=line, digest=digest), status


@bp.get("/signatures/<digest>")
@public
def show_signature(digest: str):
    line = line_about(current_db(), digest)
    if line is None:
        raise NotFound(_("No such signature stands in the log."))
    links = {"previous": line.previous, "leaf": leaf_of(line), "hash": line.hash}
    return open_json({**told(line), **links}, mimetype="application/json")


@bp.get("/verify")
@public
def verify():
    CELL.prepare()
    return render_template("badges/verify.html", found=None, typed={})


@bp.post("/verify")
@public
def check_badge():
    typed = {name: request.form.get(name, "").strip() for name in ("text", "address", "email")}
    file = request.files.get("file")
    found = _checked(file.read() if file else b"", **typed)
    status = HTTPStatus.OK if found.is_valid else HTTPStatus.UNPROCESSABLE_ENTITY
    return render_template("badges/verify.html", found=found, typed=typed), status


@bp.post("/api/v1/verify")
@csrf.exempt  # No cookie is read here: there is nobody to act in the name of.
@public
def check_badge_for_programs():
    body = (
        request.get_data()
    )  # before the form: whoever sends a badge and nothing else names no kind
    given = {name: request.form.get(name, "") for name in ("text", "address", "email")}
    file = request.files.get("file")
    if file is not None:
        body = file.read()
    elif any(given.values()):
        body = b""
    return _told(_checked(body, **given))


def credential_file(credential: AchievementCredential, kind: str) -> Response:
    """Return a badge as a file: signed JSON, a JWT, or a PNG or SVG with the JSON baked in."""
    if kind == "json":
        return _credential_json(credential)
    if kind == "jwt":
        return _credential_token(credential)
    content, svg = (
        openbadges.as_bytes(signed.document_of(credential)),
        _drawn(credential.achievement),
    )
    if kind == "svg":
        baked = Response(bake_svg(svg, content), mimetype="image/svg+xml")
    else:
        baked = Response(bake_png(draw_png(svg), content), mimetype="image/png")
    return _for_download(baked, credential, kind)


def _checked(upload: bytes, *, text: str, address: str, email: str) -> Verification:
    """Check what was brought: a file, or else what was pasted, or else what stands at an address."""
    asking = asking_now()
    upload = upload or text.encode()
    if upload or not address:
        return check_upload(upload, asking, email=email)
    own = _own_file_at(address)
    if own is not None:
        return check_upload(openbadges.as_bytes(own), asking, email=email)
    return check_address(address, asking, email=email)


def asking_now() -> Asking:
    """Return in whose name this request checks a badge, and how it asks other hosts."""
    return Asking(
        issuing_host(),
        clock.now(),
        current_app.extensions.get("badge_fetcher", FETCHER),
        before_asking=_count_check,
    )


def _own_file_at(address: str) -> openbadges.Document | None:
    """Return what we show everyone at one of our own addresses: a badge, or a record."""
    found = _OWN_FILE.fullmatch(address.removeprefix(_base_url()))
    if found is None:
        return None
    kind, uuid = found[1], UUID(found[2])
    if kind == "records":
        record = record_shown_to(current_db(), None, uuid)
        return signed_record_of(record) if record else None
    badge = badge_shown_to(current_db(), None, uuid)
    return signed.document_of(badge) if badge else None


def signed_record_of(record: LearnerRecord) -> openbadges.Document:
    """Return a learner's record with all the badges that they hold.

    :raises NotYet: it is not signed as it is now; from here on a worker knows.
    """
    with unit_of_work() as db:
        document = signed.record_of(db, record, host=issuing_host())
    if document is None:
        raise NotYet(_("This record is being signed. That takes a moment."))
    return document


def _count_check() -> None:
    """Let nobody use us to knock at other hosts without end."""
    with unit_of_work() as db:
        count_check(db, now=clock.now())


def _signatures_page(typed: str, **found: Any) -> str:
    newest = last_line(current_db())
    return render_template("badges/signatures.html", typed=typed, newest=newest, **found)


def _digest_typed(text: str) -> str:
    if re.fullmatch(r"[0-9a-f]{64}", text, re.IGNORECASE):
        return text.lower()
    return digest_of(text if is_token(text) else read_json(text))


def _told(found: Verification) -> openbadges.Document:
    """Return what was found as programs read it."""
    return {
        "kind": found.kind,
        "outcome": found.outcome,
        "issuer": {"id": found.issuer_id, "domain": found.issuer_domain},
        "checks": [
            {
                "subject": check.subject,
                "outcome": check.outcome,
                "finding": check.finding,
                "words": str(in_words(check.finding, found.kind)),
            }
            for check in found.checks
        ],
        "inside": [_told(each) for each in found.inside],
        "endorsements": [_told(each) for each in found.endorsements],
    }


def _credential_token(credential: AchievementCredential) -> Response:
    token = signed.token_of(credential)
    return _for_download(Response(token, mimetype=TOKEN_MEDIA_TYPE), credential, "jwt")


def _credential_json(credential: AchievementCredential) -> Response:
    body = openbadges.as_bytes(signed.document_of(credential))
    return _for_download(Response(body, mimetype=openbadges.MEDIA_TYPE), credential, "json")


def _for_download(response: Response, credential: AchievementCredential, kind: str) -> Response:
    name = f"{credential.achievement.slug}.{kind}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["X-Robots-Tag"] = "noindex"
    return open_to_all_origins(response) if credential.is_public else response


def open_json(
    document: openbadges.Document, *, mimetype: str = openbadges.MEDIA_TYPE, max_age: int = 3600
) -> Response:
    """Return a document that anyone may read, and keep for so many seconds."""
    return _open(Response(openbadges.as_bytes(document), mimetype=mimetype), max_age=max_age)


def _open(response: Response, *, max_age: int) -> Response:
    response.headers["Cache-Control"] = f"public, max-age={max_age}"
    response.headers["Vary"] = "Accept"
    return open_to_all_origins(response)


def open_to_all_origins(response: Response) -> Response:
    """Let a verifier in another page's script read this: it says nothing that is not public."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _image(svg: str, kind: str) -> Response:
    body, mimetype = (svg, "image/svg+xml") if kind == "svg" else (draw_png(svg), "image/png")
    response = Response(body, mimetype=mimetype)
    response.headers["Cache-Control"] = "public, max-age=86400"
    return open_to_all_origins(response)


def _drawn(achievement: Achievement) -> str:
    return badge_svg(
        achievement.slug,
        achievement.strand.value,
        level=achievement.level,
        icon=achievement.icon,
        title=achievement.name,
    )


def _badge(uuid: UUID) -> AchievementCredential:
    credential = badge_shown_to(current_db(), viewer(), uuid)
    if credential is None:
        raise NotFound(_("We cannot find that badge. Its owner may have made it private."))
    return credential


def viewer() -> User | None:
    """Return whoever is signed in."""
    return signed_in_user() if current_user.is_authenticated else None


def _issuer(slug: str) -> Provider:
    issuer = issuer_named(current_db(), slug)
    if issuer is None:
        raise NotFound(_("We cannot find that organisation."))
    return issuer


def _achievement(slug: str, version: int) -> Achievement:
    achievement = achievement_named(current_db(), slug, version)
    if achievement is None:
        raise NotFound(_("We cannot find that badge."))
    return achievement


def _base_url() -> str:
    return issuing_host().base_url


def wants_json() -> bool:
    """Return whether who asks would rather have the document than the page about it."""
    return request.accept_mimetypes.best_match([_HTML, *_JSON_TYPES], default=_HTML) != _HTML
