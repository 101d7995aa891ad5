"""Published lists of skills and aims, each in its editions: what badges say they correspond to."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from accounts.models import User
from app.db import lock
from app.errors import Conflict, NotAllowed, Refusal
from badges.models import Achievement, Framework, FrameworkEntry
from badges.queries import is_earned
from providers.queries import speaks_for

#: More lines would bury what a badge is about.
MOST_ALIGNMENTS = 6
#: How many lines of frameworks a search shows.
MOST_FOUND = 20
_MANY = 1_000
#: What the columns are called in ESCO's own files, and in ours.
_COLUMNS = {
    "code": ("conceptUri", "code"),
    "name": ("preferredLabel", "name"),
    "description": ("description",),
    "url": ("conceptUri", "url"),
}


def framework_named(db: Session, code: str, version: str) -> Framework | None:
    """Return one edition of a framework."""
    return db.scalar(select(Framework).filter_by(code=code, version=version))


def entries_of(db: Session, framework: Framework) -> Sequence[FrameworkEntry]:
    """Return the lines of a framework, in its own order; at most 1,000."""
    entries = select(FrameworkEntry).filter_by(framework_id=framework.id)
    return db.scalars(entries.order_by(FrameworkEntry.id).limit(_MANY)).all()


def find_entries(db: Session, words: str) -> Sequence[FrameworkEntry]:
    """Return the lines that hold all the words, the shortest first; without words, the short lists'.

    Of each framework, only the newest edition is looked at.
    """
    found = select(FrameworkEntry).where(FrameworkEntry.framework_id.in_(_newest_editions()))
    for word in words.split()[:5]:
        pattern = f"%{_escaped(word)}%"
        found = found.where(
            or_(FrameworkEntry.name.ilike(pattern), FrameworkEntry.code.ilike(pattern))
        )
    found = found.order_by(func.length(FrameworkEntry.name), FrameworkEntry.id)
    return db.scalars(found.limit(MOST_FOUND)).all()


def align(db: Session, *, achievement: Achievement, entry_id: int, by: User) -> None:
    """Say that a badge corresponds to a line of a framework. Flushes.

    :raises NotAllowed: `by` does not speak for the issuer.
    :raises Conflict: somebody has earned it, it says enough already, or there is no such line.
    """
    _hold_unearned(db, achievement, by)
    entry = db.get(FrameworkEntry, entry_id)
    if entry is None:
        raise Conflict(_("Choose from the list."))
    if entry not in achievement.alignments:
        if len(achievement.alignments) >= MOST_ALIGNMENTS:
            raise Conflict(_("%(number)s are enough. Take one away first.", number=MOST_ALIGNMENTS))
        achievement.alignments.append(entry)
    db.flush()


def unalign(db: Session, *, achievement: Achievement, entry_id: int, by: User) -> None:
    """Say it no more. Flushes.

    :raises NotAllowed: `by` does not speak for the issuer.
    :raises Conflict: somebody has earned it.
    """
    _hold_unearned(db, achievement, by)
    achievement.alignments = [entry for entry in achievement.alignments if entry.id != entry_id]
    db.flush()


def load_framework(
    db: Session, *, code: str, version: str, name: str, url: str, lines: Iterable[str]
) -> int:
    """Read one edition of a framework from CSV, ours or ESCO's, and say how many lines it has. Flushes.

    Read again, it is brought up to date; lines that are gone from the file stay, for badges may name
    them.

    :param lines: of a file whose heading names `code,name,description,url`, or ESCO's own columns.
    :raises Refusal: a column or a value is missing: which, and in which row.
    """
    framework = framework_named(db, code, version) or Framework(code=code, version=version)
    framework.name, framework.url = name, url
    db.add(framework)
    db.flush()
    count = 0
    for batch in _batches(_rows(lines)):
        values = [{"framework_id": framework.id, **row} for row in batch]
        new = insert(FrameworkEntry).values(values)
        said = {column: new.excluded[column] for column in ("name", "description", "url")}
        db.execute(new.on_conflict_do_update(index_elements=["framework_id", "code"], set_=said))
        count += len(values)
    return count


def _hold_unearned(db: Session, achievement: Achievement, by: User) -> None:
    lock(db, Achievement, achievement.id)
    if not speaks_for(db, by, achievement.issuer):
        raise NotAllowed(_("You cannot act for this organisation."))
    if is_earned(db, achievement):
        raise Conflict(_("Somebody has earned this badge, so it stays as it is."))


def _newest_editions():
    return select(func.max(Framework.id)).group_by(Framework.code).scalar_subquery()


def _escaped(word: str) -> str:
    for special in ("\\", "%", "_"):
        word = word.replace(special, "\\" + special)
    return word


def _rows(lines: Iterable[str]) -> Iterator[dict[str, str]]:
    reader = csv.DictReader(lines)
    columns = _columns(reader.fieldnames or ())
    known: set[str] = set()
    for number, row in enumerate(reader, start=2):
        read = {ours: (row.get(theirs) or "").strip() for ours, theirs in columns.items()}
        if not read["code"] or not read["name"]:
            raise Refusal(_("Row %(number)s has no code or no name.", number=number))
        if read["code"] not in known:
            known.add(read["code"])
            yield {"description": "", "url": ""} | read


def _columns(heading: Sequence[str]) -> Mapping[str, str]:
    found = {
        ours: next((each for each in theirs if each in heading), "")
        for ours, theirs in _COLUMNS.items()
    }
    for needed in ("code", "name"):
        if not found[needed]:
            wanted = " / ".join(_COLUMNS[needed])
            raise Refusal(_("The file has no column %(name)s.", name=wanted))
    return {ours: theirs for ours, theirs in found.items() if theirs}


def _batches(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _MANY:
            yield batch
            batch = []
    if batch:
        yield batch
