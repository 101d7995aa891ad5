"""A pack for programs: what its page says, and a name for its learner that no other pack knows."""

from typing import Any
from uuid import UUID

from accounts.throttle import keyed_hash
from app.clock import LONDON
from app.wording import label
from packs.kinds import Form
from packs.models import Pack
from packs.queries import Contents
from record.queries import Line
from record.wording import known_to_others


def pairwise_id(pack: Pack, *, secret: str) -> str:
    """Return what one pack calls its learner: readers of two packs cannot tell that it is the same one."""
    told = keyed_hash(
        secret, "learner of a pack", f"{pack.learner.subject_uuid.hex}.{pack.uuid.hex}"
    )
    return UUID(told[:32], version=4).urn


def as_data(
    *, pack: Pack, about: Form, contents: Contents, hours: int | None, number: str, secret: str
) -> dict[str, Any]:
    """Return what a pack shows now, as plain values. Nothing that its page does not say.

    Lines are numbered: what they are known by in the house is the same in every pack.
    """
    number_of = {line.key: at for at, line in enumerate(contents.lines, start=1)}
    return {
        "format": "tirnod-pack",
        "version": 1,
        "learner": {
            "id": pairwise_id(pack, secret=secret),
            **({"name": pack.learner.name} if pack.shows_name else {}),
            **({"uln": number} if number else {}),
        },
        "kind": pack.kind.value,
        "until": pack.expires_at.isoformat(),
        "intro": pack.intro,
        "hours": hours,
        "strengths": [
            {"words": each.words, "line": number_of[each.key]} for each in contents.strengths
        ],
        "sentences": [
            {"section": part.section.key, "words": each.words, "line": number_of[each.key]}
            for part in contents.written
            for each in part.sentences
        ],
        "lines": [_line(each, number_of[each.key]) for each in contents.lines],
        # Not the signed files: those call their learner the same everywhere, and are a page away.
        "badges": [
            {"name": each.achievement.name, "issuer": each.issuer.name} for each in contents.badges
        ],
    }


def _line(line: Line, number: int) -> dict[str, Any]:
    return {
        "line": number,
        "title": line.title,
        # No finer than the page says it: a day and an hour would tell where somebody is each week.
        "month": line.at.astimezone(LONDON).strftime("%Y-%m"),
        "rung": line.rung.value,
        "known_by": known_to_others(line),
        "skills": [str(label(skill)) for skill in line.skills],
    }
