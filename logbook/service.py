"""The rules of what learners did elsewhere: theirs to say, and an adult's to say it was so."""

from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from flask_babel import gettext as _
from sqlalchemy import update
from sqlalchemy.orm import Session

from accounts.models import User
from app.clock import LONDON
from app.db import lock
from app.errors import Conflict, NotFound
from app.links import token_hash as hash_token
from app.links import token_of
from listings.screening import screen
from logbook.models import AdultsWord, LoggedActivity
from logbook.queries import (
    given_word,
    minutes_logged_on,
    open_word,
    own_logged,
    word_asked_for,
)

#: Tells these addresses from those that show a record.
LINK_KIND = "confirm"
#: So long an adult can answer.
ASKED_FOR = timedelta(days=14)
#: More than so long ago nobody remembers the day.
OLDEST = timedelta(days=3 * 365)
_DAY_MINUTES = 24 * 60


def log_activity(
    db: Session,
    *,
    learner: User,
    title: str,
    place: str,
    description: str,
    done_on: date,
    minutes: int,
    now: datetime,
) -> LoggedActivity:
    """Keep what a learner says they did elsewhere. Flushes.

    :raises Conflict: the day is yet to come or too long ago, or has not so many hours.
    """
    today = now.astimezone(LONDON).date()
    if done_on > today:
        raise Conflict(_("That day is still to come. Add it when you have done it."))
    if done_on < today - OLDEST:
        raise Conflict(_("That is more than three years ago."))
    # Held, so that two forms sent at once do not both find room in the day.
    lock(db, User, learner.id)
    if minutes_logged_on(db, learner, done_on) + minutes > _DAY_MINUTES:
        raise Conflict(_("That is more than 24 hours on one day, with what you added before."))
    activity = LoggedActivity(
        learner=learner,
        title=title,
        place=place,
        description=description,
        done_on=done_on,
        minutes=minutes,
        logged_at=now,
        words=[],
    )
    db.add(activity)
    db.flush()
    return activity


def delete_logged(db: Session, *, learner: User, uuid: UUID) -> None:
    """Delete what a learner added, and with it what adults said of it. Twice is harmless. Flushes."""
    activity = own_logged(db, learner, uuid)
    if activity is not None:
        lock(db, LoggedActivity, activity.id)
        for word in activity.words:
            db.delete(word)
        db.delete(activity)
        db.flush()


def ask_adult(db: Session, *, learner: User, uuid: UUID, secret: str, now: datetime) -> AdultsWord:
    """Make an address by which one adult can say whether it was so. Asking twice gives the same. Flushes.

    :raises NotFound: the learner added no such thing.
    :raises Conflict: somebody has said yes already.
    """
    activity = _held(db, learner, uuid)
    if given_word(activity):
        raise Conflict(_("Somebody has confirmed this already."))
    if asked := open_word(activity, now):
        return asked
    _end_open_words(db, activity, now)
    key = uuid4()
    word = AdultsWord(
        uuid=key,
        activity=activity,
        token_hash=hash_token(token_of(key, secret=secret, kind=LINK_KIND)),
        asked_at=now,
        expires_at=now + ASKED_FOR,
    )
    db.add(word)
    db.flush()
    return word


def stop_asking(db: Session, *, learner: User, uuid: UUID, now: datetime) -> None:
    """End the address that waits for an adult's answer. Twice is harmless. Flushes.

    :raises NotFound: the learner added no such thing.
    """
    _end_open_words(db, _held(db, learner, uuid), now)


def answer_as_adult(
    db: Session, *, token_hash: str, was_so: bool, name: str, role: str, now: datetime
) -> AdultsWord:
    """Keep what an adult says of it: once, and for good. Flushes.

    The learner reads the name and the role, and nothing else from this adult: so neither may hold
    a way to be reached.

    :raises NotFound: the address asks nothing, or nothing any more.
    :raises Conflict: the name or the role holds what must not stand there.
    """
    word = word_asked_for(db, token_hash)
    if word is None:
        raise NotFound(no_longer_asked())
    if screen([name, role]):
        raise Conflict(_("Write only your name and how you know them: no number, no address."))
    kept = (
        update(AdultsWord)
        .where(
            AdultsWord.id == word.id,
            AdultsWord.answered_at.is_(None),
            AdultsWord.ended_at.is_(None),
            AdultsWord.expires_at > now,
        )
        .values(answered_at=now, was_so=was_so, name=name, role=role)
        .returning(AdultsWord.id)
    )
    if db.scalar(kept) is None:
        raise NotFound(no_longer_asked())
    db.refresh(word)
    return word


def no_longer_asked() -> str:
    """Return what an address says that asks nothing any more."""
    return _("This link has been used, has ended, or was never there. Ask for a new one.")


def _held(db: Session, learner: User, uuid: UUID) -> LoggedActivity:
    activity = own_logged(db, learner, uuid)
    if activity is None:
        raise NotFound(_("We cannot find that."))
    lock(db, LoggedActivity, activity.id)
    db.refresh(activity, ["words"])
    return activity


def _end_open_words(db: Session, activity: LoggedActivity, now: datetime) -> None:
    for word in activity.words:
        if word.answered_at is None and word.ended_at is None:
            word.ended_at = now
    db.flush()
