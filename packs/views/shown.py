"""What whoever opens a pack sees: no sign-in, nothing that was not chosen, nothing kept by others."""

from uuid import UUID

from flask import Response, current_app, jsonify, render_template, request
from flask_babel import gettext as _

from accounts.access import with_link
from accounts.numbers import number_of
from app import clock
from app.db import current_db, unit_of_work
from app.errors import NotFound
from app.language import current_language
from app.links import kept_from_others, token_hash
from badges.models import AchievementCredential
from badges.queries import own_badge
from badges.resolver import check_document
from badges.views import credential_file, issuing_host
from evidence.serving import address_for_a_while, with_media
from logbook.project_queries import own_project
from packs import paper
from packs.data import as_data
from packs.kinds import FORMS
from packs.models import Pack
from packs.queries import Contents, contents_of, live_pack
from packs.views.blueprint import bp
from record.addresses import LINE
from record.models import LineKind
from record.queries import hours_of


@bp.get("/s/<token>")
@with_link
def show(token: str):
    pack = _live(token)
    page = render_template("packs/pack.html", **_told(pack), token=token)
    return kept_from_others(page)


@bp.get(f"/s/<token>/line/{LINE}")
@with_link
def show_line(token: str, kind: str, uuid: UUID):
    """Show one line: how it is known, and what a reader can check."""
    pack = _live(token)
    contents = contents_of(current_db(), pack)
    line = contents.line(f"{kind}_{uuid}")
    if line is None:
        raise NotFound(_("We cannot find that."))
    badge = _badge_of(pack, line)
    said = [each for part in contents.written for each in part.sentences if each.key == line.key]
    project = (
        own_project(current_db(), pack.learner, uuid) if line.kind is LineKind.PROJECT else None
    )
    page = render_template(
        "packs/line.html",
        line=line,
        badge=badge,
        pieces=contents.pieces_of(line),
        project=project,
        said=said,
        token=token,
    )
    return kept_from_others(page)


@bp.get("/s/<token>/piece/<uuid:uuid>")
@with_link
def show_piece(token: str, uuid: UUID):
    """Show one piece of evidence; its file is at an address that ends in a quarter of an hour."""
    piece = contents_of(current_db(), _live(token)).piece(uuid)
    if piece is None:
        raise NotFound(_("We cannot find that."))
    page = render_template(
        "packs/piece.html", piece=piece, address=address_for_a_while, token=token
    )
    return with_media(kept_from_others(page))


@bp.get("/s/<token>/<uuid:uuid>")
@with_link
def show_badge(token: str, uuid: UUID):
    badge = _shown_badge(token, uuid)
    with unit_of_work() as db:
        document = badge.signed_document
        found = document and check_document(db, document, host=issuing_host(), now=clock.now())
    page = render_template("packs/badge.html", badge=badge, found=found, token=token)
    return kept_from_others(page)


@bp.get("/s/<token>/<uuid:uuid>.<any(json, png, svg):kind>")
@with_link
def download_badge(token: str, uuid: UUID, kind: str):
    return kept_from_others(credential_file(_shown_badge(token, uuid), kind))


@bp.get("/s/<token>/pack.pdf")
@with_link
def download_paper(token: str):
    pack = _live(token)
    told = paper.of_pack(**_told(pack), address=request.base_url.removesuffix("/pack.pdf"))
    return kept_from_others(pdf_of(told))


@bp.get("/s/<token>/pack.json")
@with_link
def download_data(token: str):
    """Hand over what the pack shows, for programs. Each pack calls its learner something else."""
    answer = jsonify(as_data(**_told(_live(token)), secret=current_app.config["SECRET_KEY"]))
    return kept_from_others(answer)


def pdf_of(told: paper.Told) -> Response:
    """Return what is told as a PDF in the language of the page."""
    return Response(
        paper.as_pdf(told, language=current_language()),
        mimetype="application/pdf",
        headers={"Content-Disposition": 'inline; filename="tirnod.pdf"'},
    )


def _told(pack: Pack) -> dict:
    return {
        "pack": pack,
        "about": FORMS[pack.kind],
        "contents": contents_of(current_db(), pack),
        "hours": hours_of(current_db(), pack.learner) if pack.shows_hours else None,
        "number": number_of(current_db(), pack.learner) if pack.shows_number else "",
    }


def _badge_of(pack: Pack, line) -> AchievementCredential | None:
    return own_badge(current_db(), pack.learner, line.badge) if line.badge else None


def _shown_badge(token: str, uuid: UUID) -> AchievementCredential:
    """Return a badge that a pack shows: one that was chosen, or that came with a line that was."""
    pack = _live(token)
    contents = contents_of(current_db(), pack)
    chosen = {badge.uuid: badge for badge in contents.badges}
    if uuid in chosen:
        return chosen[uuid]
    badge = own_badge(current_db(), pack.learner, uuid) if _came_with(contents, uuid) else None
    if badge is None:
        raise NotFound(_("We cannot find that badge."))
    return badge


def _came_with(contents: Contents, uuid: UUID) -> bool:
    return any(line.badge == uuid for line in contents.lines)


def _live(token: str) -> Pack:
    pack = live_pack(current_db(), token_hash(token), now=clock.now())
    if pack is None:
        raise NotFound(_("This link has ended, or was never there. Ask for a new one."))
    return pack
