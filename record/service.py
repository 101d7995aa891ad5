"""The rules of what a learner chooses about their own record."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from accounts.models import User
from app.errors import Conflict, NotFound, Refusal
from geo.models import City
from record.models import BroughtLine, LineChoice, LineKind, RecordStrand, Sort, SufficiencyRule
from record.queries import line_named, strands_for
from record.sufficiency import Rule


def choose(
    db: Session,
    *,
    learner: User,
    kind: LineKind,
    uuid: UUID,
    is_hidden: bool,
    counts: bool,
    strand: str,
) -> None:
    """Keep what a learner chooses about one of their lines. Flushes.

    :raises NotFound: it is no line of theirs.
    :raises Conflict: their record has no such strand.
    """
    strands = strands_for(db, learner)
    line = line_named(db, learner, strands, kind, uuid)
    if line is None:
        raise NotFound(_("We cannot find that."))
    if strand not in {each.key for each in strands}:
        raise Conflict(_("Choose from the list."))
    chosen = {
        "is_hidden": is_hidden,
        "counts": counts,
        # One that was left where it fell moves along when its city lays the record out anew.
        "strand_key": None
        if strand == line.strand and not _was_moved(db, line, learner)
        else strand,
    }
    about = {"learner_id": learner.id, "kind": kind, "uuid": uuid}
    new = insert(LineChoice).values(**about, **chosen)
    db.execute(new.on_conflict_do_update(index_elements=list(about), set_=chosen))
    db.flush()


def delete_brought(db: Session, *, learner: User, uuid: UUID) -> None:
    """Delete a line that a learner brought from another site. Twice is harmless. Flushes."""
    db.execute(delete(BroughtLine).filter_by(learner_id=learner.id, uuid=uuid))
    db.execute(
        delete(LineChoice).filter_by(learner_id=learner.id, kind=LineKind.BROUGHT, uuid=uuid)
    )
    db.flush()


def lay_out(
    db: Session, *, city: City, strands: Sequence[Mapping[str, Any]], rule: Rule | None
) -> None:
    """Give a city strands of its own, and its own rule of when enough is there; none takes them away.

    Where there are strands, each sort of line has its place in exactly one of them. Flushes.

    :raises Refusal: a sort is in none, or in two, or a strand lacks a word: which.
    """
    if strands:
        _refuse_uneven(strands)
    db.execute(delete(RecordStrand).filter_by(city_id=city.id))
    db.execute(delete(SufficiencyRule).filter_by(city_id=city.id))
    for position, strand in enumerate(strands, start=1):
        db.add(RecordStrand(city_id=city.id, position=position, **strand))
    if rule:
        db.add(
            SufficiencyRule(
                city_id=city.id, points=rule.points, contexts=rule.contexts, people=rule.people
            )
        )
    db.flush()


def _was_moved(db: Session, line, learner: User) -> bool:
    kept = db.get(LineChoice, (learner.id, line.kind, line.uuid))
    return kept is not None and kept.strand_key is not None


def _refuse_uneven(strands: Sequence[Mapping[str, Any]]) -> None:
    wanted = {"key", "name", "name_cy", "about", "about_cy", "takes"}
    for number, strand in enumerate(strands, start=1):
        if missing := sorted(wanted - set(strand)):
            raise Refusal(f"Strand {number} lacks {', '.join(missing)}.")
    taken = [sort for strand in strands for sort in strand["takes"]]
    for sort in Sort:
        if taken.count(sort) != 1:
            raise Refusal(f"The sort {sort} has to be in exactly one strand.")
    if unknown := sorted(set(taken) - set(Sort)):
        raise Refusal(f"There is no sort {unknown[0]}. There are: {', '.join(Sort)}.")
