"""Who came without an account: a first name and an age group, counted, and never a learner."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from accounts.models import AgeBand, User
from participation.attendance import door_refusal
from participation.models import Guest
from participation.queries import session_at_door


def add_guest(
    db: Session,
    *,
    session_uuid: UUID,
    guest_uuid: UUID,
    first_name: str,
    age_band: AgeBand,
    added_by: User,
    now: datetime,
) -> None:
    """Count a guest of a session. The same form sent twice counts one. Flushes.

    :raises NotFound: no such session, or `added_by` keeps no door of its provider.
    :raises Conflict: the register is not open.
    """
    scheduled = session_at_door(db, added_by, session_uuid, now=now)
    if (refusal := door_refusal(scheduled, now)) is not None:
        raise refusal
    row = {
        "uuid": guest_uuid,
        "scheduled_session_id": scheduled.id,
        "first_name": first_name,
        "age_band": age_band,
        "added_by_id": added_by.id,
        "added_at": now,
    }
    db.execute(insert(Guest).values(row).on_conflict_do_nothing(index_elements=["uuid"]))


def remove_guest(
    db: Session, *, session_uuid: UUID, guest_uuid: UUID, removed_by: User, now: datetime
) -> None:
    """Count a guest no more. Twice is harmless. Flushes.

    :raises NotFound: no such session, or `removed_by` keeps no door of its provider.
    :raises Conflict: the register is not open.
    """
    scheduled = session_at_door(db, removed_by, session_uuid, now=now)
    if (refusal := door_refusal(scheduled, now)) is not None:
        raise refusal
    guest = db.scalar(select(Guest).filter_by(uuid=guest_uuid, scheduled_session_id=scheduled.id))
    if guest is not None and guest.removed_at is None:
        guest.removed_at = now
        db.flush()
