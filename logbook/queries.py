"""What a learner did elsewhere, and what those who were there said of it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from accounts.models import User
from logbook.models import LoggedActivity, Project, ProjectEntry, Witness


def logged_by(db: Session, learner: User) -> Sequence[LoggedActivity]:
    """Return what a learner added, newest day first, each with who was asked about it."""
    own = (
        select(LoggedActivity)
        .filter_by(learner_id=learner.id)
        .options(selectinload(LoggedActivity.witnesses))
        .order_by(LoggedActivity.done_on.desc(), LoggedActivity.id.desc())
    )
    return db.scalars(own).all()


def own_logged(db: Session, learner: User, uuid: UUID) -> LoggedActivity | None:
    """Return one thing that this learner added."""
    own = select(LoggedActivity).filter_by(uuid=uuid, learner_id=learner.id)
    return db.scalar(own.options(selectinload(LoggedActivity.witnesses)))


def logged_since(
    db: Session, learner: User, since: datetime, said: Mapping[str, Any]
) -> LoggedActivity | None:
    """Return what a learner added since an instant with the very same words, day and time.

    :param said: all that they say of it, by the names of its columns.
    """
    same = {name: value for name, value in said.items() if name != "skills"}
    found = select(LoggedActivity).filter_by(learner_id=learner.id, **same)
    return db.scalar(found.where(LoggedActivity.logged_at > since).limit(1))


def minutes_logged_on(db: Session, learner: User, day: date) -> int:
    """Return how much of a day a learner has added already, in the logs of their projects too."""
    logged = select(func.sum(LoggedActivity.minutes)).filter_by(learner_id=learner.id, done_on=day)
    entries = (
        select(func.sum(ProjectEntry.minutes))
        .join(ProjectEntry.project)
        .where(Project.learner_id == learner.id, ProjectEntry.done_on == day)
    )
    return (db.scalar(logged) or 0) + (db.scalar(entries) or 0)


def witness_asked(db: Session, token_hash: str) -> Witness | None:
    """Return whom an address asks, answered or not, with what it is about and its learner."""
    asked = (
        select(Witness)
        .filter_by(token_hash=token_hash)
        .options(
            joinedload(Witness.activity).joinedload(LoggedActivity.learner),
            joinedload(Witness.project).joinedload(Project.learner),
        )
    )
    return db.scalar(asked)


def open_witness(
    activity: LoggedActivity | Project, now: datetime, *, friend: bool
) -> Witness | None:
    """Return the adult, or the friend, whose answer is waited for, if there is one."""
    asked = (each for each in activity.witnesses if each.is_friend is friend)
    return next((each for each in asked if is_open(each, now)), None)


def best_witness(activity: LoggedActivity | Project) -> Witness | None:
    """Return who said that it was so, and whose word still stands: an adult before a friend."""
    said = [each for each in activity.witnesses if each.was_so and each.ended_at is None]
    return min(said, key=lambda each: each.is_friend, default=None)


def is_open(witness: Witness, now: datetime) -> bool:
    """Return whether they can still answer."""
    return witness.ended_at is None and witness.answered_at is None and now < witness.expires_at
