"""The rules of what learners did elsewhere: theirs to say, and a witness's to say it was so."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from flask_babel import gettext as _
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from accounts.models import User
from app.clock import LONDON
from app.db import lock
from app.errors import Conflict, NotFound
from app.links import token_hash as hash_token
from app.links import token_of
from badges.models import Skill
from listings.screening import screen
from logbook.models import Encounter, LoggedActivity, LoggedKind, Project, Witness
from logbook.project_queries import own_project
from logbook.queries import (
    best_witness,
    logged_by,
    logged_since,
    minutes_logged_on,
    open_witness,
    own_logged,
    witness_asked,
)

#: Tells these addresses from those that show a record.
LINK_KIND = "confirm"
#: So long a witness can answer.
ASKED_FOR = timedelta(days=14)
#: More than so long ago nobody remembers the day.
OLDEST = timedelta(days=3 * 365)
_DAY_MINUTES = 24 * 60
#: Within this, the same form sent again is a second tap and no second act.
TWO_TAPS = timedelta(minutes=1)


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
    kind: LoggedKind = LoggedKind.ACTIVITY,
    skills: Sequence[Skill] = (),
    qualification_level: int | None = None,
) -> LoggedActivity:
    """Keep what a learner says they did elsewhere. Flushes.

    :param qualification_level: of a course; of anything else it is not kept.
    :raises Conflict: the day is yet to come or too long ago, or has not so many hours.
    """
    refuse_day(db, learner, done_on, minutes, now)
    activity = LoggedActivity(
        learner=learner,
        kind=kind,
        skills=[skill for skill in Skill if skill in skills],
        title=title,
        place=place,
        description=description,
        done_on=done_on,
        minutes=minutes,
        qualification_level=qualification_level if kind is LoggedKind.COURSE else None,
        logged_at=now,
        witnesses=[],
    )
    db.add(activity)
    db.flush()
    return activity


def log_once(db: Session, *, learner: User, now: datetime, **said: Any) -> LoggedActivity:
    """Keep what a learner says they did, as `log_activity` does, and what a second tap says again only once.

    :raises Conflict: as `log_activity` does.
    """
    # Held, so that two taps at once do not both find nothing.
    lock(db, User, learner.id)
    return logged_since(db, learner, now - TWO_TAPS, said) or log_activity(
        db, learner=learner, now=now, **said
    )


def refuse_day(db: Session, learner: User, day: date, minutes: int, now: datetime) -> None:
    """Refuse a day of which a learner cannot say that they did so much. Holds the learner meanwhile.

    :raises Conflict: the day is yet to come or too long ago, or has not so many hours.
    """
    today = now.astimezone(LONDON).date()
    if day > today:
        raise Conflict(_("That day is still to come. Add it when you have done it."))
    if day < today - OLDEST:
        raise Conflict(_("That is more than three years ago."))
    # Held, so that two forms sent at once do not both find room in the day.
    lock(db, User, learner.id)
    if minutes_logged_on(db, learner, day) + minutes > _DAY_MINUTES:
        raise Conflict(_("That is more than 24 hours on one day, with what you added before."))


def delete_logged(db: Session, *, learner: User, uuid: UUID) -> None:
    """Delete what a learner added, and with it what others said of it. Twice is harmless. Flushes.

    With the last day of work at a place goes what they said of that place.
    """
    activity = own_logged(db, learner, uuid)
    if activity is not None:
        lock(db, LoggedActivity, activity.id)
        for witness in activity.witnesses:
            db.delete(witness)
        db.delete(activity)
        db.flush()
        _forget_place(db, learner, activity.place_key)


def _forget_place(db: Session, learner: User, place: str) -> None:
    days = (each for each in logged_by(db, learner) if each.kind is LoggedKind.WORK)
    if all(each.place_key != place for each in days):
        db.execute(delete(Encounter).filter_by(learner_id=learner.id, place=place))


def ask_witness(
    db: Session, *, learner: User, uuid: UUID, friend: bool, secret: str, now: datetime
) -> Witness:
    """Make an address by which one person can say whether it was so. Asking twice gives the same. Flushes.

    :param uuid: of what the learner logged, or of a project of theirs.
    :param friend: whether that is a friend, who only says yes or no; else an adult.
    :raises NotFound: the learner added no such thing.
    :raises Conflict: somebody has said yes already whose word weighs as much; or a friend is asked
        about a project, or it does not say yet what it is.
    """
    activity = _held(db, learner, uuid)
    if isinstance(activity, Project):
        _refuse_unclear(activity, friend)
    best = best_witness(activity)
    if best and (friend or not best.is_friend):
        raise Conflict(_("Somebody has confirmed this already."))
    if asked := open_witness(activity, now, friend=friend):
        return asked
    _end_open(db, activity, friend, now)
    key = uuid4()
    witness = Witness(
        uuid=key,
        activity=activity if isinstance(activity, LoggedActivity) else None,
        project=activity if isinstance(activity, Project) else None,
        is_friend=friend,
        token_hash=hash_token(token_of(key, secret=secret, kind=LINK_KIND)),
        asked_at=now,
        expires_at=now + ASKED_FOR,
    )
    db.add(witness)
    db.flush()
    return witness


def stop_asking(db: Session, *, learner: User, uuid: UUID, friend: bool, now: datetime) -> None:
    """End the address that waits for an answer. Twice is harmless. Flushes.

    :raises NotFound: the learner added no such thing.
    """
    _end_open(db, _held(db, learner, uuid), friend, now)


def answer_as_adult(
    db: Session, *, token_hash: str, was_so: bool, name: str, role: str, now: datetime
) -> Witness:
    """Keep what an adult says of it: once, and for good. Flushes.

    The learner reads the name and the role, and nothing else from this adult: so neither may hold
    a way to be reached.

    :raises NotFound: the address asks no adult, or nothing any more.
    :raises Conflict: the name or the role holds what must not stand there.
    """
    if screen([name, role]):
        raise Conflict(_("Write only your name and how you know them: no number, no address."))
    said = {"was_so": was_so, "name": name, "role": role}
    return _answer(db, token_hash, friend=False, now=now, **said)


def answer_as_friend(db: Session, *, token_hash: str, was_so: bool, now: datetime) -> Witness:
    """Keep what a friend says of it: yes or no, once, and for good. Flushes.

    :raises NotFound: the address asks no friend, or nothing any more.
    """
    return _answer(db, token_hash, friend=True, now=now, was_so=was_so)


def _answer(db: Session, token_hash: str, *, friend: bool, now: datetime, **said) -> Witness:
    witness = witness_asked(db, token_hash)
    if witness is None:
        raise NotFound(no_longer_asked())
    kept = (
        update(Witness)
        .where(
            Witness.id == witness.id,
            Witness.is_friend.is_(friend),
            Witness.answered_at.is_(None),
            Witness.ended_at.is_(None),
            Witness.expires_at > now,
        )
        .values(answered_at=now, **said)
        .returning(Witness.id)
    )
    if db.scalar(kept) is None:
        raise NotFound(no_longer_asked())
    db.refresh(witness)
    return witness


def no_longer_asked() -> str:
    """Return what an address says that asks nothing any more."""
    return _("This link has been used, has ended, or was never there. Ask for a new one.")


def _held(db: Session, learner: User, uuid: UUID) -> LoggedActivity | Project:
    activity = own_logged(db, learner, uuid) or own_project(db, learner, uuid)
    if activity is None:
        raise NotFound(_("We cannot find that."))
    lock(db, type(activity), activity.id)
    db.refresh(activity, ["witnesses"])
    return activity


def _refuse_unclear(project: Project, friend: bool) -> None:
    if friend:
        raise Conflict(_("Only an adult can confirm a project."))
    if not project.brief:
        raise Conflict(_("First write what you set out to do."))


def _end_open(db: Session, activity: LoggedActivity | Project, friend: bool, now: datetime) -> None:
    for each in activity.witnesses:
        is_open = each.answered_at is None and each.ended_at is None
        if is_open and each.is_friend is friend:
            each.ended_at = now
    db.flush()
