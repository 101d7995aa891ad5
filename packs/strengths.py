"""What to put first: skills that the chosen lines show from most sides, each with the line known best."""

from collections.abc import Sequence

from app.wording import label
from badges.models import Skill
from record.models import Rung
from record.queries import Line

_RUNGS = list(Rung)


def proposed(lines: Sequence[Line]) -> list[tuple[Skill | None, str, Line]]:
    """Return strengths to begin with, the best shown first: a skill, its words, and the line that proves it.

    No line proves two. Where skills do not suffice, what is known best follows by its own title.
    """
    found: list[tuple[Skill | None, str, Line]] = []
    for skill in sorted(Skill, key=lambda each: _weight(each, lines), reverse=True):
        used = {line.key for _skill, _words, line in found}
        proof = _best([line for line in lines if skill in line.skills and line.key not in used])
        if proof:
            found.append((skill, label(skill), proof))
    used = {line.key for _skill, _words, line in found}
    rest = sorted((line for line in lines if line.key not in used and line.title), key=_known)
    return found + [(None, line.title[:90], line) for line in reversed(rest)]


def _weight(skill: Skill, lines: Sequence[Line]) -> tuple[int, int]:
    shows = [line for line in lines if skill in line.skills and line.rung is not Rung.SAID]
    return len({line.who for line in shows}), len(shows)


def _best(lines: Sequence[Line]) -> Line | None:
    return max(lines, key=_known, default=None)


def _known(line: Line):
    return _RUNGS.index(line.rung), line.at
