"""A pack as data: what its page says, and each signed badge whole, so that a program can check it."""

from typing import Any

from sqlalchemy.orm import Session

from app.wording import label
from badges.queries import own_badge
from packs.kinds import Form
from packs.models import Pack
from packs.queries import Contents
from record.queries import Line

#: Of what is written here. A reader that knows version 1 can read every 1.
VERSION = 1


def as_facts(
    db: Session, *, pack: Pack, about: Form, contents: Contents, hours: int | None, address: str
) -> dict[str, Any]:
    """Return what a pack says now, as plain values for JSON.

    :param address: of the pack's page, where each line can be looked at while it lasts.
    """
    return {
        "type": "TirnodPack",
        "version": VERSION,
        "id": address,
        "kind": str(pack.kind),
        "title": str(about.title),
        "name": pack.learner.name if pack.shows_name else None,
        "intro": pack.intro,
        "validUntil": pack.expires_at.isoformat(),
        "hours": hours,
        "strengths": [
            {"words": each.words, "skill": each.skill, "line": _address(address, each.key)}
            for each in contents.strengths
        ],
        "sections": [_section(each, address) for each in contents.written if each.sentences],
        "lines": [_line(line, address) for line in contents.lines],
        "evidence": [
            {"title": each.title, "kind": str(each.kind), "id": f"{address}/piece/{each.uuid}"}
            for each in contents.pieces
        ],
        "badges": _badges(db, pack, contents),
    }


def _section(written, address: str) -> dict[str, Any]:
    return {
        "title": str(written.section.title),
        "sentences": [
            {"words": each.words, "line": _address(address, each.key)} for each in written.sentences
        ],
    }


def _line(line: Line, address: str) -> dict[str, Any]:
    return {
        "id": _address(address, line.key),
        "title": line.title,
        # No finer than the page says it: a reader need not know the day.
        "month": line.at.strftime("%Y-%m"),
        "known": str(line.rung),
        "knownInWords": label(line.rung),
        "by": line.who or None,
        "minutes": line.minutes,
        "skills": [str(skill) for skill in line.skills],
    }


def _badges(db: Session, pack: Pack, contents: Contents) -> list[dict[str, Any]]:
    """Return the signed documents of the badges that are shown, each once; one not signed yet is left out."""
    came_with = [own_badge(db, pack.learner, line.badge) for line in contents.lines if line.badge]
    shown = {badge.uuid: badge for badge in (*contents.badges, *came_with) if badge}
    return [badge.signed_document for badge in shown.values() if badge.signed_document]


def _address(address: str, key: str) -> str:
    kind, _sep, uuid = key.partition("_")
    return f"{address}/line/{kind}/{uuid}"
