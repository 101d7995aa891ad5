"""What stays of attendance when a learner erases their account: that somebody came, and not who."""

from uuid import UUID

from sqlalchemy import CompoundSelect, func, insert, literal, select, union_all
from sqlalchemy.orm import Session

from accounts.models import User
from participation.models import Attendance, AttendanceTrace, Booking, BookingStatus


def came_to() -> CompoundSelect:
    """Return a select of everyone who came to anything, those who are no longer here among them.

    Its columns: `person` (tells one from another, and is in no address), `session_id`, `age_band`,
    `home_lsoa_code`, `source` (an order for what began at the same time).
    """
    here = (
        select(
            User.uuid.label("person"),
            Booking.scheduled_session_id.label("session_id"),
            User.age_band.label("age_band"),
            Attendance.home_lsoa_code.label("home_lsoa_code"),
            Booking.id.label("source"),
        )
        .select_from(Attendance)
        .join(Attendance.booking)
        .join(Booking.learner)
        .where(Attendance.withdrawn_at.is_(None), Booking.status == BookingStatus.CONFIRMED)
    )
    gone = select(
        AttendanceTrace.pseudonym,
        AttendanceTrace.scheduled_session_id,
        AttendanceTrace.age_band,
        AttendanceTrace.home_lsoa_code,
        AttendanceTrace.id,
    )
    return union_all(here, gone)


def leave_traces(db: Session, learner: User, *, pseudonym: UUID) -> None:
    """Write down, without who, what providers confirmed that a learner came to. Flushes.

    :param pseudonym: random, and kept nowhere else.
    """
    names = ("confirmed_by_id", "confirmed_at", "method", "minutes", "home_lsoa_code")
    came = (
        select(
            func.gen_random_uuid(),
            Booking.scheduled_session_id,
            *(getattr(Attendance, name) for name in names),
            literal(learner.age_band),
            literal(pseudonym),
        )
        .join(Attendance.booking)
        .where(
            Booking.learner_id == learner.id,
            Attendance.withdrawn_at.is_(None),
            Booking.status == BookingStatus.CONFIRMED,
        )
    )
    columns = ["uuid", "scheduled_session_id", *names, "age_band", "pseudonym"]
    db.execute(insert(AttendanceTrace).from_select(columns, came))
