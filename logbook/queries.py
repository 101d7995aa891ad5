"""What a learner did elsewhere, and what adults said of it."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from accounts.models import User
from logbook.models import AdultsWord, LoggedActivity


def logged_by(db: Session, learner: User) -> Sequence[LoggedActivity]:
    """Return what a learner added, newest day first, each with what adults said of it."""
    own = (
        select(LoggedActivity)
        .filter_by(learner_id=learner.id)
        .options(selectinload(LoggedActivity.words))
        .order_by(LoggedActivity.done_on.desc(), LoggedActivity.id.desc())
    )
    return db.scalars(own).all()


def own_logged(db: Session, learner: User, uuid: UUID) -> LoggedActivity | None:
    """Return one thing that this learner added."""
    own = select(LoggedActivity).filter_by(uuid=uuid, learner_id=learner.id)
    return db.scalar(own.options(selectinload(LoggedActivity.words)))


def minutes_logged_on(db: Session, learner: User, day: date) -> int:
    """Return how much of a day a learner has added already."""
    minutes = select(func.sum(LoggedActivity.minutes))
    return db.scalar(minutes.filter_by(learner_id=learner.id, done_on=day)) or 0


def word_asked_for(db: Session, token_hash: str) -> AdultsWord | None:
    """Return what an address asks an adult, answered or not, with the activity and its learner."""
    asked = (
        select(AdultsWord)
        .filter_by(token_hash=token_hash)
        .options(joinedload(AdultsWord.activity).joinedload(LoggedActivity.learner))
    )
    return db.scalar(asked)


def open_word(activity: LoggedActivity, now: datetime) -> AdultsWord | None:
    """Return the question that waits for an adult's answer, if one does."""
    return next((word for word in activity.words if is_open(word, now)), None)


def given_word(activity: LoggedActivity) -> AdultsWord | None:
    """Return who said that it was so, if somebody did."""
    return next((word for word in activity.words if word.was_so), None)


def is_open(word: AdultsWord, now: datetime) -> bool:
    """Return whether an adult can still answer."""
    return word.ended_at is None and word.answered_at is None and now < word.expires_at
