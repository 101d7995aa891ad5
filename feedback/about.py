"""What feedback is about: one thing of a learner's own, or nothing in particular."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from accounts.models import User
from app.errors import NotFound
from badges.models import AchievementCredential
from badges.queries import badges_of, own_badge
from logbook.models import LoggedActivity
from logbook.queries import logged_by, own_logged
from opportunities.models import ScheduledSession
from participation.models import Booking
from participation.queries import live_attendance

#: Of each kind, so many are offered to choose from.
_MOST = 8


@dataclass(frozen=True)
class About:
    """At most one of these. A piece of evidence is to join them."""

    booking: Booking | None = None
    logged_activity: LoggedActivity | None = None
    credential: AchievementCredential | None = None

    def columns(self) -> Mapping[str, Any]:
        """Return it as `Feedback` and `FeedbackRequest` keep it."""
        return {
            "booking": self.booking,
            "logged_activity": self.logged_activity,
            "credential": self.credential,
        }

    @property
    def title(self) -> str:
        return title_of(self)


class HasAbout(Protocol):
    """What is about something: an `About`, a `Feedback`, a `FeedbackRequest`."""

    @property
    def booking(self) -> Any: ...
    @property
    def logged_activity(self) -> Any: ...
    @property
    def credential(self) -> Any: ...


def title_of(thing: HasAbout) -> str:
    """Return what it is about, in the words of whoever named that; empty for nothing in particular."""
    if thing.booking is not None:
        return thing.booking.scheduled_session.opportunity.title
    if thing.logged_activity is not None:
        return thing.logged_activity.title
    if thing.credential is not None:
        return thing.credential.achievement.name
    return ""


def about_of(thing: HasAbout) -> About:
    """Return what something is about, so that something else can be about the same."""
    return About(thing.booking, thing.logged_activity, thing.credential)


def read_about(db: Session, learner: User, written: str) -> About:
    """Return the thing of a learner's own that a form names: `booking:…`, `logged:…`, `badge:…`.

    :raises NotFound: there is none, or it is somebody else's: the two look alike.
    """
    if not written:
        return About()
    kind, _colon, key = written.partition(":")
    try:
        uuid = UUID(key)
    except ValueError as error:
        raise NotFound(_("We cannot find that.")) from error
    found = {
        "booking": lambda: About(booking=_attended(db, learner, uuid)),
        "logged": lambda: About(logged_activity=own_logged(db, learner, uuid)),
        "badge": lambda: About(credential=own_badge(db, learner, uuid)),
    }.get(kind, About)()
    if found == About():
        raise NotFound(_("We cannot find that."))
    return found


def choices_of(db: Session, learner: User, now: datetime) -> list[tuple[str, str]]:
    """Return what a learner can ask about, the last first: what a form sends, and what they read."""
    came = [(f"booking:{each.uuid}", each) for each in _all_attended(db, learner)]
    logged = [(f"logged:{each.uuid}", each) for each in logged_by(db, learner)[:_MOST]]
    badges = [
        (f"badge:{each.uuid}", each) for each in badges_of(db, learner) if not each.revoked_at
    ]
    return [
        *((key, title_of(About(booking=each))) for key, each in came),
        *((key, title_of(About(logged_activity=each))) for key, each in logged),
        *((key, title_of(About(credential=each))) for key, each in badges[:_MOST]),
    ]


def _attended(db: Session, learner: User, uuid: UUID) -> Booking | None:
    return db.scalar(_came(learner).where(Booking.uuid == uuid))


def _all_attended(db: Session, learner: User) -> Sequence[Booking]:
    return db.scalars(
        _came(learner).order_by(ScheduledSession.starts_at.desc(), Booking.id.desc()).limit(_MOST)
    ).all()


def _came(learner: User):
    return (
        select(Booking)
        .join(Booking.scheduled_session)
        .join(ScheduledSession.opportunity)
        .where(Booking.learner_id == learner.id, live_attendance(Booking.id))
        .options(
            contains_eager(Booking.scheduled_session).contains_eager(ScheduledSession.opportunity)
        )
    )
