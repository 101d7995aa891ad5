"""The rules of saying how it went: by a stem in one tap, in own words, or both; for oneself alone."""

from datetime import datetime, timedelta
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from accounts.models import User
from app.db import lock
from app.errors import Conflict, NotFound
from plans.about import About, Kind, about
from plans.models import Reflection, Stem
from plans.queries import own_reflection, reflections_for

#: The same words sooner after each other are a tap too many.
_DOUBLE_TAP = timedelta(minutes=2)


def reflect(
    db: Session,
    *,
    learner: User,
    kind: Kind,
    uuid: UUID,
    now: datetime,
    stem: Stem | None = None,
    words: str = "",
) -> Reflection:
    """Keep how a learner says something of their own went. A double tap keeps it once. Flushes.

    :raises NotFound: it is not theirs, or has not begun.
    :raises Conflict: they said nothing.
    """
    if stem is None and not words:
        raise Conflict(_("Tap a sentence, or write your own."))
    of = about(db, learner, kind, uuid, now=now)
    if of is None:
        raise NotFound(_("We cannot find that."))
    lock(db, User, learner.id)
    if said := _just_said(db, learner, of, stem, words, now):
        return said
    said = Reflection(learner=learner, stem=stem, words=words, said_at=now, **{of.column: of.id})
    db.add(said)
    db.flush()
    return said


def delete_reflection(db: Session, *, learner: User, uuid: UUID) -> None:
    """Delete one thing that a learner said of how it went. Twice is harmless. Flushes."""
    said = own_reflection(db, learner, uuid)
    if said is not None:
        db.delete(said)
        db.flush()


def _just_said(
    db: Session, learner: User, of: About, stem: Stem | None, words: str, now: datetime
) -> Reflection | None:
    said = reflections_for(db, learner, **{of.group: [of.id]})
    return next(
        (
            each
            for each in said
            if (each.stem, each.words) == (stem, words) and now - each.said_at < _DOUBLE_TAP
        ),
        None,
    )
