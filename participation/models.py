"""A learner's place on a session, and a provider's word that they came."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import AgeBand, User
from app.db import Base, CreatedAt, Id, PublicId
from geo.models import Area, City
from opportunities.models import Opportunity, ScheduledSession


class BookingStatus(StrEnum):
    """Where a booking stands. What has run out is said by `held_until`, before anyone writes it down."""

    CONFIRMED = "confirmed"
    #: The provider answers, or those who have to say yes at home and at school. A place is held
    #: until then.
    ASKED = "asked"
    #: In line for a place. Holds none.
    WAITING = "waiting"
    #: A place came free, and is held for this learner for a time.
    OFFERED = "offered"
    #: Given back, taken back or moved by the learner.
    CANCELLED = "cancelled"
    #: The provider said no.
    DECLINED = "declined"
    #: Nobody answered in time.
    LAPSED = "lapsed"


#: A learner has one booking of these on a session at most.
LIVE = (
    BookingStatus.CONFIRMED,
    BookingStatus.ASKED,
    BookingStatus.OFFERED,
    BookingStatus.WAITING,
)
#: Each of these takes up one of the places.
TAKES_A_PLACE = LIVE[:3]
#: And each of these does so only until a time.
HELD = (BookingStatus.ASKED, BookingStatus.OFFERED)


class CancelReason(StrEnum):
    """Why a place was given back. It is for the provider's planning and blames nobody."""

    ILL = "ill"
    OTHER_PLANS = "other_plans"
    TRAVEL = "travel"
    COST = "cost"
    NOT_FOR_ME = "not_for_me"
    MOVED = "moved"
    OTHER = "other"
    #: A yes from home or school was refused or taken back: not the learner's to choose.
    NO_YES = "no_yes"


class Answer(StrEnum):
    """Why a provider said no, in words that every learner may read."""

    FULL = "full"
    NOT_RIGHT_NOW = "not_right_now"
    CANNOT_MEET_NEEDS = "cannot_meet_needs"
    PREPARATION = "preparation"
    OTHER_SESSION = "other_session"


class Booking(Base):
    """One learner's place on one session, or their wish for one (OpenActive: an `OrderItem`)."""

    __tablename__ = "booking"
    __table_args__ = (
        # A cancelled place may be booked again; two live places may not be held at once.
        Index(
            "uq_booking_live",
            "learner_id",
            "scheduled_session_id",
            unique=True,
            postgresql_where=text("status IN ('confirmed', 'asked', 'offered', 'waiting')"),
        ),
        Index(
            "ix_booking_held",
            "held_until",
            postgresql_where=text("held_until IS NOT NULL"),
        ),
        Index(
            "ix_booking_waiting",
            "scheduled_session_id",
            "id",
            postgresql_where=text("status = 'waiting'"),
        ),
        CheckConstraint(
            "(held_until IS NOT NULL) = (status IN ('asked', 'offered'))", "held_until_a_time"
        ),
        CheckConstraint("(answered_at IS NULL) = (answered_by_id IS NULL)", "answered_by_someone"),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    learner_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)
    scheduled_session_id: Mapped[int] = mapped_column(ForeignKey(ScheduledSession.id), index=True)
    status: Mapped[BookingStatus] = mapped_column(default=BookingStatus.CONFIRMED)
    #: What the learner asked the provider to prepare, in their own words.
    access_needs: Mapped[str] = mapped_column(default="")
    booked_at: Mapped[CreatedAt]
    #: When the session was to start as the learner last chose it; it says what was moved since.
    booked_for: Mapped[datetime | None]
    #: Until when a place is held that still needs an answer. After that it is free, written or not.
    held_until: Mapped[datetime | None]
    #: When the provider was asked; empty where nobody had to be.
    asked_at: Mapped[datetime | None]
    #: Since when the provider has said yes, and only home or school has still to: see `chain`.
    waits_for_yes_since: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    #: Why the provider said no; empty where it did not.
    answer: Mapped[Answer | None]
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[CancelReason | None]
    #: The booking that took the place of this one.
    moved_to_id: Mapped[int | None] = mapped_column(
        ForeignKey("booking.id", ondelete="SET NULL"), index=True
    )

    learner: Mapped[User] = relationship(foreign_keys=learner_id)
    scheduled_session: Mapped[ScheduledSession] = relationship()
    moved_to: Mapped["Booking | None"] = relationship(remote_side="Booking.id")

    @property
    def is_live(self) -> bool:
        return self.status in LIVE


class KeptAnswer(Base):
    """What was answered to a form, by the key it carried: sent again, it gets the same and does nothing."""

    __tablename__ = "kept_answer"
    __table_args__ = (
        CheckConstraint("expires_at > made_at", "expires_later"),
        CheckConstraint("(booking_id IS NULL) <> (refusal IS NULL)", "one_answer"),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), primary_key=True)
    key: Mapped[UUID] = mapped_column(primary_key=True)
    #: A digest of what was asked: the same key cannot ask for something else.
    asked: Mapped[str]
    booking_id: Mapped[int | None] = mapped_column(
        ForeignKey(Booking.id, ondelete="CASCADE"), index=True
    )
    #: Why not, as it was said then, and what kind of no it was.
    refusal: Mapped[str | None]
    refusal_kind: Mapped[str | None]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)

    booking: Mapped[Booking | None] = relationship()


class Said(StrEnum):
    """What one tap at the door says of one person."""

    HERE = "here"
    #: Did not come. Somebody says so: it is never concluded from a row that nobody tapped.
    AWAY = "away"
    #: Takes back what was said: nothing is known.
    NOTHING = "nothing"


class Method(StrEnum):
    """How it was said that someone came."""

    TAP = "tap"
    EVERYONE = "everyone"
    SCAN = "scan"
    TYPED_CODE = "typed_code"
    WALK_IN = "walk_in"
    PAPER = "paper"
    LEARNER_SAYS = "learner_says"


class Attendance(Base):
    """A provider's word that the learner of a booking came. Being booked is never enough."""

    __tablename__ = "attendance"
    __table_args__ = (CheckConstraint("minutes > 0", "minutes_positive"),)

    #: One word for one booking: the database refuses a second.
    booking_id: Mapped[int] = mapped_column(
        ForeignKey(Booking.id, ondelete="CASCADE"), primary_key=True
    )
    uuid: Mapped[PublicId]
    confirmed_by_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    confirmed_at: Mapped[datetime]
    method: Mapped[Method] = mapped_column(default=Method.TAP, server_default="tap")
    minutes: Mapped[int]
    #: Where the learner lived that day, so that moving house rewrites no history.
    home_lsoa_code: Mapped[str] = mapped_column(ForeignKey(Area.lsoa_code), index=True)
    #: Undone at the door. The row stays, as the trace of who said what.
    withdrawn_at: Mapped[datetime | None]

    booking: Mapped[Booking] = relationship()
    confirmed_by: Mapped[User] = relationship()


class AttendanceTrace(Base):
    """That somebody came, once they erased their account: it counts on, and leads to nobody.

    What a provider confirmed happened. The rule of what stays is in `portable.erasing`.
    """

    __tablename__ = "attendance_trace"
    __table_args__ = (CheckConstraint("minutes > 0", "minutes_positive"),)

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    scheduled_session_id: Mapped[int] = mapped_column(
        ForeignKey(ScheduledSession.id, ondelete="CASCADE"), index=True
    )
    confirmed_by_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    confirmed_at: Mapped[datetime]
    method: Mapped[Method]
    minutes: Mapped[int]
    home_lsoa_code: Mapped[str] = mapped_column(ForeignKey(Area.lsoa_code), index=True)
    age_band: Mapped[AgeBand]
    #: The same for all that one person left, so that they are one person in every count; made as
    #: they go, and written down nowhere else.
    pseudonym: Mapped[UUID]


class Absence(Base):
    """A provider's word that the learner of a booking did not come. No row says nothing."""

    __tablename__ = "absence"

    booking_id: Mapped[int] = mapped_column(
        ForeignKey(Booking.id, ondelete="CASCADE"), primary_key=True
    )
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    recorded_at: Mapped[datetime]


class AttendanceMark(Base):
    """One thing that was said of one booking, kept for good: who, when, how, and on which phone.

    What stands follows from all that was said, in whatever order it arrived: see
    `participation.marks`.
    """

    __tablename__ = "attendance_mark"
    __table_args__ = (
        Index("ix_attendance_mark_booking_id", "booking_id", "marked_by_id", "device_uuid"),
    )

    id: Mapped[Id]
    #: Made where it was tapped, so that the same mark sent again is the same row.
    uuid: Mapped[UUID] = mapped_column(unique=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey(Booking.id, ondelete="CASCADE"))
    said: Mapped[Said]
    method: Mapped[Method]
    marked_by_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    #: A random name for one signed-in phone, until it signs out; empty for a page without a script.
    device_uuid: Mapped[UUID | None]
    #: When, by the phone's own clock: it orders what one phone says, and nothing else.
    device_at: Mapped[datetime]
    #: When, by ours, as well as the phone could tell how long ago it was.
    said_at: Mapped[datetime]
    received_at: Mapped[datetime]


class NoShowRule(Base):
    """What a city has set for who does not come, time after time. Without a row there is no rule."""

    __tablename__ = "no_show_rule"
    __table_args__ = (
        CheckConstraint("absences BETWEEN 2 AND 10", "absences_bounds"),
        CheckConstraint("within_days BETWEEN 14 AND 120", "within_days_bounds"),
        CheckConstraint("most_to_come BETWEEN 1 AND 5", "most_to_come_bounds"),
    )

    city_id: Mapped[int] = mapped_column(ForeignKey(City.id, ondelete="CASCADE"), primary_key=True)
    #: So often somebody did not come, within so many days, ...
    absences: Mapped[int]
    within_days: Mapped[int]
    #: ... and then holds so many places to come at once.
    most_to_come: Mapped[int]
    set_by_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    set_at: Mapped[datetime]


class Group(Base):
    """Young people for whom places may be kept, as a city's authority names them."""

    __tablename__ = "learner_group"
    __table_args__ = (
        CheckConstraint(
            "char_length(name) BETWEEN 1 AND 40 AND char_length(name_cy) BETWEEN 1 AND 40",
            "name_short",
        ),
        UniqueConstraint("city_id", "name"),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    city_id: Mapped[int] = mapped_column(ForeignKey(City.id, ondelete="CASCADE"))
    name: Mapped[str]
    name_cy: Mapped[str]
    made_by_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    made_at: Mapped[datetime]

    def name_in(self, language: str) -> str:
        """Return what people call the group in `en` or `cy`."""
        return self.name_cy if language == "cy" else self.name


class GroupCode(Base):
    """A code that lets young people into a group. Which code let whom in is kept nowhere."""

    __tablename__ = "group_code"
    __table_args__ = (
        CheckConstraint("most BETWEEN 1 AND 200", "most_bounds"),
        CheckConstraint("used BETWEEN 0 AND most", "used_within_most"),
        CheckConstraint("expires_at > made_at", "expires_later"),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    #: Made with a secret that the database does not hold: the table alone lets nobody in.
    code_hash: Mapped[str] = mapped_column(unique=True)
    group_id: Mapped[int] = mapped_column(ForeignKey(Group.id, ondelete="CASCADE"), index=True)
    #: How many may come in with it, and how many did. The second is shown to nobody.
    most: Mapped[int]
    used: Mapped[int] = mapped_column(default=0)
    made_by_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class GroupMember(Base):
    """That a learner is in a group: theirs alone to know. No time, no code and no officer stands with it."""

    __tablename__ = "group_member"

    learner_id: Mapped[int] = mapped_column(
        ForeignKey(User.id, ondelete="CASCADE"), primary_key=True
    )
    group_id: Mapped[int] = mapped_column(
        ForeignKey(Group.id, ondelete="CASCADE"), primary_key=True, index=True
    )

    group: Mapped[Group] = relationship()


class KeptPlaces(Base):
    """How many places of each session of something are kept for a group, and until when."""

    __tablename__ = "kept_places"
    __table_args__ = (
        CheckConstraint("places BETWEEN 1 AND 50", "places_bounds"),
        # Names and whom to ring are shown at the latest a day before.
        CheckConstraint("hours_before BETWEEN 24 AND 336", "hours_before_bounds"),
    )

    opportunity_id: Mapped[int] = mapped_column(
        ForeignKey(Opportunity.id, ondelete="CASCADE"), primary_key=True
    )
    group_id: Mapped[int] = mapped_column(ForeignKey(Group.id, ondelete="CASCADE"), index=True)
    places: Mapped[int]
    hours_before: Mapped[int]
    set_by_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    set_at: Mapped[datetime]

    group: Mapped[Group] = relationship()


class Guest(Base):
    """Someone who came without an account: counted, and never a learner."""

    __tablename__ = "guest"
    __table_args__ = (
        CheckConstraint("char_length(first_name) BETWEEN 1 AND 40", "first_name_short"),
    )

    id: Mapped[Id]
    #: Made by the page with the form: the same form sent twice adds one guest.
    uuid: Mapped[UUID] = mapped_column(unique=True)
    scheduled_session_id: Mapped[int] = mapped_column(
        ForeignKey(ScheduledSession.id, ondelete="CASCADE"), index=True
    )
    #: Deleted with the other names of the session when its register closes.
    first_name: Mapped[str | None]
    age_band: Mapped[AgeBand]
    added_by_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    added_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class Care(Base):
    """What a learner lets the people at the door know for one session. Deleted a day after it."""

    __tablename__ = "booking_care"
    __table_args__ = (
        CheckConstraint(
            "char_length(contact_name) <= 60 AND char_length(contact_phone) <= 30", "short"
        ),
        CheckConstraint("(contact_name = '') = (contact_phone = '')", "contact_is_whole"),
    )

    booking_id: Mapped[int] = mapped_column(
        ForeignKey(Booking.id, ondelete="CASCADE"), primary_key=True
    )
    contact_name: Mapped[str] = mapped_column(default="")
    contact_phone: Mapped[str] = mapped_column(default="")
    #: Whether they go home by themselves; empty where they did not say.
    leaves_alone: Mapped[bool | None]
