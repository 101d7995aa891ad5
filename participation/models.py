"""A learner's place on a session, and a provider's word that they came."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import User
from app.db import Base, CreatedAt, Id, PublicId
from geo.models import Area
from opportunities.models import ScheduledSession


class BookingStatus(StrEnum):
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


class Booking(Base):
    """One learner's place on one session (OpenActive: an `OrderItem`)."""

    __tablename__ = "booking"
    __table_args__ = (
        # A cancelled place may be booked again; two live places may not be held at once.
        Index(
            "uq_booking_live",
            "learner_id",
            "scheduled_session_id",
            unique=True,
            postgresql_where=text("status = 'confirmed'"),
        ),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    learner_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    scheduled_session_id: Mapped[int] = mapped_column(ForeignKey(ScheduledSession.id), index=True)
    status: Mapped[BookingStatus] = mapped_column(default=BookingStatus.CONFIRMED)
    #: What the learner asked the provider to prepare, in their own words.
    access_needs: Mapped[str] = mapped_column(default="")
    booked_at: Mapped[CreatedAt]
    cancelled_at: Mapped[datetime | None]

    learner: Mapped[User] = relationship()
    scheduled_session: Mapped[ScheduledSession] = relationship()


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
