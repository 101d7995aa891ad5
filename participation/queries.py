"""What is known of bookings and attendance. Whoever asks is named, and sees only what is theirs."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, cast
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Exists, and_, false, func, or_, select, true, tuple_
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from accounts.models import AgeBand, User
from app.clock import LONDON
from app.errors import NotAllowed, NotFound
from badges.models import AchievementCredential
from opportunities.models import Opportunity, ScheduledSession
from participation.kept_places import is_keeping, kept_until
from participation.marks import words_of
from participation.models import (
    LIVE,
    TAKES_A_PLACE,
    Absence,
    Attendance,
    AttendanceMark,
    Booking,
    BookingStatus,
    CancelReason,
    Care,
    Guest,
    Method,
    Said,
)
from participation.waiting import has_run_out
from providers.models import Provider
from providers.queries import keeps_door
from providers.standing import is_trusted

_WEEK = timedelta(days=7)
#: Those at the door see whom to ring for so long before the start and after the end, never else.
CARE_SHOWN_AROUND = timedelta(hours=24)


class Standing(StrEnum):
    """How a learner's place stands at one instant. Only a provider's word makes it `CAME`."""

    COMING = "coming"
    ASKED = "asked"
    #: The provider has said yes, and home or school has still to.
    AGREEING = "agreeing"
    WAITING = "waiting"
    OFFERED = "offered"
    UNCONFIRMED = "unconfirmed"
    CAME = "came"
    #: The session is not held, and they had a place, had asked or waited for one.
    CALLED_OFF = "called_off"
    CANCELLED = "cancelled"
    MOVED = "moved"
    DECLINED = "declined"
    #: The provider did not answer in time.
    UNANSWERED = "unanswered"
    #: A yes from home or school was refused, taken back, or did not come in time.
    NOT_AGREED = "not_agreed"
    #: The place that came free was not taken in time.
    NOT_TAKEN = "not_taken"
    #: It began, and no place had come free.
    WAITED = "waited"


#: Of these there is something left to do or to look forward to.
TO_COME = (
    Standing.COMING,
    Standing.ASKED,
    Standing.AGREEING,
    Standing.WAITING,
    Standing.OFFERED,
)


@dataclass(frozen=True)
class BookedPlace:
    """A learner's own booking, and how it stands."""

    booking: Booking
    standing: Standing
    #: Whether its provider is not trusted now: nobody should go, and nobody there can say who came.
    is_paused: bool = False


@dataclass(frozen=True)
class RegisterRow:
    """One line of the register: no more of a learner than someone at the door needs."""

    booking_uuid: UUID
    first_name: str
    age_band: AgeBand
    access_needs: str
    is_here: bool
    #: Never came before to anything of this provider. What they did elsewhere is not its business.
    is_first_time: bool
    #: Whether this session is the one that earned them the badge.
    has_new_badge: bool
    #: Somebody says that they did not come.
    is_away: bool = False
    #: Two who did not know of each other say different things.
    is_doubted: bool = False
    #: What the learner says against it, unanswered.
    learner_says: Said | None = None
    #: Whether they go home by themselves, in the day around the session, if they said so.
    leaves_alone: bool | None = None


@dataclass(frozen=True)
class Register:
    """Who has a place on a session, by first name, and who of them is here."""

    scheduled: ScheduledSession
    rows: list[RegisterRow]
    guests: list[Guest] = field(default_factory=list)
    #: Whether somebody said whom to ring.
    has_contacts: bool = False
    #: From when names are shown; empty where they are. See `participation.kept_places`.
    names_from: datetime | None = None

    @property
    def is_one_to_one(self) -> bool:
        """Whether an adult would be alone with one person under 18."""
        minors = sum(not row.age_band.is_adult for row in self.rows)
        return is_one_to_one(self.scheduled.maximum_capacity, len(self.rows), minors)

    @property
    def here(self) -> list[RegisterRow]:
        return [row for row in self.rows if row.is_here]

    @property
    def not_here(self) -> list[RegisterRow]:
        return [row for row in self.rows if not row.is_here]


def live_attendance(booking_id) -> Exists:
    """Return the condition that the provider says the learner of a booking came."""
    return (
        select(Attendance.booking_id)
        .where(Attendance.booking_id == booking_id, Attendance.withdrawn_at.is_(None))
        .exists()
    )


def place_of(
    db: Session, learner: User, scheduled: ScheduledSession, now: datetime
) -> Booking | None:
    """Return the learner's live booking on a session, if they have one: held, asked or waited for."""
    return db.scalar(
        select(Booking).where(
            Booking.learner_id == learner.id,
            Booking.scheduled_session_id == scheduled.id,
            Booking.status.in_(LIVE),
            or_(Booking.held_until.is_(None), Booking.held_until > now),
        )
    )


def booked_around(
    db: Session, learner: User, scheduled: ScheduledSession, instead_of: Booking | None = None
) -> list[ScheduledSession]:
    """Return the sessions that a learner has a place on in the year of one, and in the weeks around it.

    A place that is asked for, or offered, counts: it may become one.

    :param instead_of: a booking that one of the session would take the place of.
    """
    year = scheduled.starts_at.astimezone(LONDON).year
    begins = min(datetime(year, 1, 1, tzinfo=LONDON), scheduled.starts_at - _WEEK)
    ends = max(datetime(year + 1, 1, 1, tzinfo=LONDON), scheduled.ends_at + _WEEK)
    near = (
        select(ScheduledSession)
        .join(Booking, Booking.scheduled_session_id == ScheduledSession.id)
        .options(
            joinedload(ScheduledSession.opportunity, innerjoin=True).joinedload(
                Opportunity.provider, innerjoin=True
            )
        )
        .where(
            Booking.learner_id == learner.id,
            Booking.status.in_(TAKES_A_PLACE),
            ScheduledSession.id != scheduled.id,
            Booking.id != instead_of.id if instead_of else true(),
            ScheduledSession.ends_at > begins,
            ScheduledSession.starts_at < ends,
        )
    )
    return list(db.scalars(near))


def booking_of(db: Session, viewer: User, booking_uuid: UUID, *, now: datetime) -> BookedPlace:
    """Return the viewer's own booking with its session, place and provider.

    :raises NotFound: no such booking, or it is someone else's: the two look alike.
    """
    found = db.execute(_booked_by(viewer).where(Booking.uuid == booking_uuid)).one_or_none()
    if found is None:
        raise NotFound(_("We cannot find that booking."))
    return _booked_place(*found, now)


def bookings_of(db: Session, viewer: User, *, now: datetime) -> list[BookedPlace]:
    """Return the viewer's own bookings, latest session first, in one question."""
    found = _booked_by(viewer).order_by(ScheduledSession.starts_at.desc(), Booking.id.desc())
    return [_booked_place(*row, now) for row in db.execute(found)]


def register_of(db: Session, viewer: User, session_uuid: UUID, *, now: datetime) -> Register:
    """Return the register of a session, for someone who keeps its provider's doors.

    :raises NotFound: no such session, or not the viewer's to see: the two look alike.
    """
    scheduled = session_at_door(db, viewer, session_uuid, now=now)
    if is_keeping(scheduled, now):
        return Register(scheduled, [], names_from=kept_until(scheduled))
    found = db.execute(_rows_of(scheduled)).all()
    ids = [booking.id for booking, *_rest in found]
    away = set(db.scalars(select(Absence.booking_id).where(Absence.booking_id.in_(ids))))
    doubted = {key for key, word in words_of(db, ids).items() if word.is_doubted}
    says = open_words(db, ids)
    care = _care_of(db, scheduled, ids, now)
    rows = [
        _register_row(
            *row,
            is_away=row[0].id in away,
            is_doubted=row[0].id in doubted,
            learner_says=says[row[0].id].said if row[0].id in says else None,
            leaves_alone=care[row[0].id].leaves_alone if row[0].id in care else None,
        )
        for row in found
    ]
    has_contacts = any(one.contact_name for one in care.values())
    return Register(scheduled, rows, _guests_of(db, scheduled), has_contacts)


def session_at_door(
    db: Session, viewer: User, session_uuid: UUID, *, now: datetime
) -> ScheduledSession:
    """Return a session whose door the viewer keeps, with its opportunity, place and provider.

    :raises NotFound: no such session, or the viewer keeps no door of its provider.
    :raises NotAllowed: the provider is not trusted now, so it may see nobody's name.
    """
    of_opportunity = joinedload(ScheduledSession.opportunity, innerjoin=True)
    scheduled = db.scalar(
        select(ScheduledSession)
        .filter_by(uuid=session_uuid)
        .options(
            of_opportunity.joinedload(Opportunity.provider, innerjoin=True),
            of_opportunity.joinedload(Opportunity.place, innerjoin=True),
            of_opportunity.joinedload(Opportunity.achievement),
        )
    )
    if scheduled is None:
        raise NotFound(_("We cannot find that session."))
    refuse_strangers_at_door(db, viewer, scheduled.opportunity.provider, now)
    return scheduled


def refuse_strangers_at_door(db: Session, viewer: User, provider: Provider, now: datetime) -> None:
    """Let only people of a trusted provider near its registers.

    :raises NotFound: the viewer keeps no door of the provider; said as if nothing were there.
    :raises NotAllowed: the provider is not trusted yet, or no longer.
    """
    if not keeps_door(db, viewer, provider):
        raise NotFound(_("We cannot find that session."))
    if not is_trusted(provider, now):
        raise NotAllowed(_("Registers are closed while your organisation is not checked."))


def open_words(db: Session, booking_ids: Collection[int]) -> dict[int, AttendanceMark]:
    """Return what learners say of these bookings that nobody has answered, by booking."""
    found = select(AttendanceMark).where(
        AttendanceMark.booking_id.in_(booking_ids), is_open(AttendanceMark)
    )
    return {mark.booking_id: mark for mark in db.scalars(found)}


def own_word(db: Session, learner: User, booking_uuid: UUID) -> Said | None:
    """Return what the learner says of their own booking that nobody has answered, if anything."""
    said = (
        select(AttendanceMark.said)
        .join(Booking, AttendanceMark.booking_id == Booking.id)
        .where(
            Booking.uuid == booking_uuid,
            Booking.learner_id == learner.id,
            is_open(AttendanceMark),
        )
    )
    return db.scalar(said)


def is_open(mark: type[AttendanceMark]) -> ColumnElement[bool]:
    """Return the condition that a mark is a learner's, stands against the register, and is the last."""
    later = aliased(AttendanceMark)
    came = live_attendance(mark.booking_id)
    is_answered = (
        select(later.id)
        .where(
            later.booking_id == mark.booking_id,
            tuple_(later.said_at, later.id) > tuple_(mark.said_at, mark.id),
        )
        .exists()
    )
    return and_(
        mark.method == Method.LEARNER_SAYS,
        or_(and_(mark.said == Said.HERE, ~came), and_(mark.said == Said.AWAY, came)),
        ~is_answered,
    )


def is_care_shown(scheduled: ScheduledSession, now: datetime) -> bool:
    """Say whether those at the door may see now whom to ring, and who goes home alone."""
    return scheduled.starts_at - CARE_SHOWN_AROUND <= now <= scheduled.ends_at + CARE_SHOWN_AROUND


def is_one_to_one(capacity: int, booked: int, minors: int) -> bool:
    """Say whether an adult would be alone with one young person under 18."""
    return (booked == 1 and minors == 1) or (capacity == 1 and minors > 0)


def _care_of(
    db: Session, scheduled: ScheduledSession, ids: Collection[int], now: datetime
) -> dict[int, Care]:
    if not is_care_shown(scheduled, now):
        return {}
    return {one.booking_id: one for one in db.scalars(select(Care).where(Care.booking_id.in_(ids)))}


def _guests_of(db: Session, scheduled: ScheduledSession) -> list[Guest]:
    came = select(Guest).filter_by(scheduled_session_id=scheduled.id, removed_at=None)
    return list(db.scalars(came.order_by(Guest.id)))


def _booked_by(viewer: User):
    return (
        select(Booking, live_attendance(Booking.id))
        .join(Booking.scheduled_session)
        .join(ScheduledSession.opportunity)
        .join(Opportunity.place)
        .join(Opportunity.provider)
        .options(
            contains_eager(Booking.scheduled_session)
            .contains_eager(ScheduledSession.opportunity)
            .options(contains_eager(Opportunity.place), contains_eager(Opportunity.provider))
        )
        .where(Booking.learner_id == viewer.id)
    )


def _booked_place(booking: Booking, came: bool, now: datetime) -> BookedPlace:
    is_trusted_now = is_trusted(booking.scheduled_session.opportunity.provider, now)
    standing = Standing.CAME if came else _standing(booking, now)
    may_be_paused = standing in TO_COME or standing is Standing.UNCONFIRMED
    return BookedPlace(booking, standing, may_be_paused and not is_trusted_now)


def _standing(booking: Booking, now: datetime) -> Standing:
    """Return how a booking stands whose learner nobody says came."""
    if not booking.is_live or has_run_out(booking, now):
        return _ended(booking)
    scheduled = booking.scheduled_session
    if scheduled.cancelled_at is not None:
        return Standing.CALLED_OFF
    if booking.status is BookingStatus.CONFIRMED:
        return Standing.UNCONFIRMED if scheduled.ends_at <= now else Standing.COMING
    if booking.status is BookingStatus.WAITING and scheduled.starts_at <= now:
        return Standing.WAITED
    if booking.status is BookingStatus.ASKED and booking.waits_for_yes_since:
        return Standing.AGREEING
    return Standing(booking.status)


def _ended(booking: Booking) -> Standing:
    if booking.status is BookingStatus.DECLINED:
        return Standing.DECLINED
    if booking.status is BookingStatus.CANCELLED:
        return _given_back(booking)
    if booking.waits_for_yes_since:
        return Standing.NOT_AGREED
    return Standing.UNANSWERED if booking.asked_at else Standing.NOT_TAKEN


def _given_back(booking: Booking) -> Standing:
    if booking.cancel_reason is CancelReason.NO_YES:
        return Standing.NOT_AGREED
    return Standing.MOVED if booking.moved_to_id else Standing.CANCELLED


def _rows_of(scheduled: ScheduledSession):
    return (
        select(
            Booking,
            live_attendance(Booking.id),
            _came_before(scheduled),
            _badge_from(scheduled),
        )
        .join(Booking.learner)
        .options(contains_eager(Booking.learner))
        .where(
            Booking.scheduled_session_id == scheduled.id,
            Booking.status == BookingStatus.CONFIRMED,
        )
        .order_by(func.lower(User.name), Booking.id)
    )


def _came_before(scheduled: ScheduledSession) -> Exists:
    """Return whether the learner came to an earlier session of the same provider."""
    earlier, sitting, offer = aliased(Booking), aliased(ScheduledSession), aliased(Opportunity)
    return (
        select(earlier.id)
        .join(sitting, earlier.scheduled_session_id == sitting.id)
        .join(offer, sitting.opportunity_id == offer.id)
        .join(
            Attendance,
            and_(Attendance.booking_id == earlier.id, Attendance.withdrawn_at.is_(None)),
        )
        .where(
            earlier.learner_id == Booking.learner_id,
            offer.provider_id == scheduled.opportunity.provider_id,
            sitting.id != scheduled.id,
            sitting.starts_at < scheduled.starts_at,
        )
        .correlate(Booking)
        .exists()
    )


def _badge_from(scheduled: ScheduledSession) -> Exists:
    """Return whether this very session earned the learner its badge, in whichever version."""
    badge = scheduled.opportunity.achievement
    return (
        select(AchievementCredential.id)
        .where(
            AchievementCredential.recipient_id == Booking.learner_id,
            AchievementCredential.achievement.has(slug=badge.slug) if badge else false(),
            AchievementCredential.activity_started_at == scheduled.starts_at,
            AchievementCredential.revoked_at.is_(None),
        )
        .correlate(Booking)
        .exists()
    )


def _register_row(
    booking: Booking, is_here: bool, came_before: bool, has_badge: bool, **said: Any
) -> RegisterRow:
    return RegisterRow(
        booking_uuid=booking.uuid,
        first_name=booking.learner.name.split()[0],
        # The database holds it: every learner has an age band.
        age_band=cast(AgeBand, booking.learner.age_band),
        access_needs=booking.access_needs,
        is_here=is_here,
        is_first_time=not came_before,
        has_new_badge=is_here and has_badge,
        **said,
    )
