"""What is held while someone takes part, so that nothing else changes it.

Locks are taken in one order everywhere, so that no two wait for each other: the key of a form, the
learner who takes part, sessions by id, their bookings by id, then badges by learner.
"""

from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from accounts.models import User
from app.errors import NotFound
from opportunities.models import Opportunity, ScheduledSession
from participation.models import Booking


def hold_learner(db: Session, learner: User) -> None:
    """Let a learner do one thing at a time until the transaction ends: rules look at all they have."""
    db.execute(select(User.id).filter_by(id=learner.id).with_for_update(key_share=True))


def locked_session(db: Session, **key) -> ScheduledSession:
    """Return a session as the database has it now, held until the transaction ends.

    :raises NotFound: there is none.
    """
    held = (
        select(ScheduledSession)
        .filter_by(**key)
        .options(
            joinedload(ScheduledSession.opportunity, innerjoin=True).joinedload(
                Opportunity.provider, innerjoin=True
            )
        )
        .with_for_update(of=ScheduledSession)
        .execution_options(populate_existing=True)
    )
    scheduled = db.scalar(held)
    if scheduled is None:
        raise NotFound(_("We cannot find that session."))
    return scheduled


def locked_bookings() -> Select[Booking]:
    """Return the question for bookings with all that a register needs; each one found is held."""
    return (
        select(Booking)
        .with_for_update(of=Booking)
        .execution_options(populate_existing=True)
        .options(
            joinedload(Booking.learner, innerjoin=True),
            joinedload(Booking.scheduled_session, innerjoin=True)
            .joinedload(ScheduledSession.opportunity, innerjoin=True)
            .options(
                joinedload(Opportunity.provider, innerjoin=True),
                joinedload(Opportunity.achievement),
            ),
        )
    )


def locked_booking(db: Session, booking_uuid: UUID) -> Booking:
    """Return a booking as the database has it now, held until the transaction ends.

    :raises NotFound: there is none.
    """
    booking = db.scalar(locked_bookings().filter_by(uuid=booking_uuid))
    if booking is None:
        raise NotFound(_("We cannot find that booking."))
    return booking
