"""A learner's place on a session, and a provider's word that they came."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import User
from app.db import Base, CreatedAt, Id, PublicId
from geo.models import Area
from opportunities.models import ScheduledSession


class BookingStatus(StrEnum):
    """Where a booking stands. What has run out is said by `held_until`, before anyone writes it down."""

    CONFIRMED = "confirmed"
    #: The provider answers. A place is held until then.
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
    """Why a learner gave a place back. It is for the provider's planning and blames nobody."""

    ILL = "ill"
    OTHER_PLANS = "other_plans"
    TRAVEL = "travel"
    COST = "cost"
    NOT_FOR_ME = "not_for_me"
    MOVED = "moved"
    OTHER = "other"


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
        CheckConstraint("char_length(answer_note) <= 200", "answer_note_short"),
        CheckConstraint("(answered_at IS NULL) = (answered_by_id IS NULL)", "answered_by_someone"),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    learner_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
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
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    #: Why the provider said no; empty where it did not.
    answer: Mapped[Answer | None]
    #: A short note with it, which was screened.
    answer_note: Mapped[str] = mapped_column(default="", server_default="")
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
    minutes: Mapped[int]
    #: Where the learner lived that day, so that moving house rewrites no history.
    home_lsoa_code: Mapped[str] = mapped_column(ForeignKey(Area.lsoa_code), index=True)
    #: Undone at the door. The row stays, as the trace of who said what.
    withdrawn_at: Mapped[datetime | None]

    booking: Mapped[Booking] = relationship()
    confirmed_by: Mapped[User] = relationship()
