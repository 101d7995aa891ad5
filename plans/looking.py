"""Whether a learner went somewhere for what they mean to try: worked out anew from who came."""

from collections.abc import Mapping, Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased, contains_eager

from accounts.models import User
from badges.models import Achievement
from evidence.models import EvidencePiece
from evidence.queries import pieces_for
from opportunities.models import Opportunity, ScheduledSession
from participation.models import Attendance, Booking
from plans.models import UNENDED, ItemState, PlanItem, PlanItemSession


def settle(db: Session, *, learner_id: int) -> None:
    """Let each item that has not ended be tried, or open, as the doors have it. Flushes.

    What has ended stays as its learner ended it, whatever is withdrawn later. Twice is harmless.
    """
    unended = (
        select(PlanItem)
        .where(PlanItem.learner_id == learner_id, PlanItem.state.in_(UNENDED))
        .order_by(PlanItem.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    look_at(db, db.scalars(unended).all())


def look_at(db: Session, items: Sequence[PlanItem]) -> None:
    """Let these items, whose rows are held and which have not ended, be tried or open. Flushes."""
    been = visits_for(db, items)
    for item in items:
        item.state = ItemState.TRIED if been[item.id] else ItemState.OPEN
    db.flush()


def visits_for(
    db: Session, items: Sequence[PlanItem]
) -> Mapping[int, Sequence[tuple[Booking, ScheduledSession]]]:
    """Return where each item's learner went that fits it, by the item's id, the latest first.

    It fits if it was picked for the item, whichever of its days it came to be, or if it practises
    the item's skill; it began after the item was made and before it ended.
    """
    found: dict[int, list[tuple[Booking, ScheduledSession]]] = {item.id: [] for item in items}
    rows = db.execute(_visits([item.id for item in items])) if items else ()
    for item_id, booking in rows:
        found[item_id].append((booking, booking.scheduled_session))
    return found


def kept_from(db: Session, learner: User, visits: Sequence[Booking]) -> list[EvidencePiece]:
    """Return the evidence that a learner kept of these visits: what is new since they tried."""
    ids = [booking.id for booking in visits]
    kept = pieces_for(db, learner, bookings=ids, only_shown=False).bookings
    return [piece for id in ids for piece in kept.get(id, ())]


def _visits(item_ids: Sequence[int]):
    of_booking = contains_eager(Booking.scheduled_session)
    return (
        select(PlanItem.id, Booking)
        .join(Booking, Booking.learner_id == PlanItem.learner_id)
        .join(Attendance, Attendance.booking_id == Booking.id)
        .join(Booking.scheduled_session)
        .join(ScheduledSession.opportunity)
        .outerjoin(Achievement, Opportunity.achievement)
        .options(of_booking.contains_eager(ScheduledSession.opportunity))
        .where(
            PlanItem.id.in_(item_ids),
            Attendance.withdrawn_at.is_(None),
            ScheduledSession.starts_at >= PlanItem.made_at,
            or_(PlanItem.closed_at.is_(None), ScheduledSession.starts_at <= PlanItem.closed_at),
            or_(_was_picked(), PlanItem.skill == Achievement.skills.any_()),
        )
        .order_by(ScheduledSession.starts_at.desc(), Booking.id.desc())
    )


def _was_picked():
    picked = aliased(ScheduledSession)
    return (
        select(PlanItemSession.plan_item_id)
        .join(picked, picked.id == PlanItemSession.scheduled_session_id)
        .where(
            PlanItemSession.plan_item_id == PlanItem.id,
            picked.opportunity_id == Opportunity.id,
        )
        .exists()
    )
