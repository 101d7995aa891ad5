"""An officer's word that an adult may not support a learner: it ends what there is, and lets nothing new."""

from datetime import datetime
from uuid import UUID, uuid4

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import Role, User
from accounts.passes import read_pass_code
from accounts.queries import user_by_email
from app.db import lock
from app.errors import Conflict, NotFound
from supporters.models import EndedBy, SupporterBlock, SupporterLink
from supporters.queries import blocks_before_officer, is_blocked, learner_before_officer


def block(
    db: Session, *, officer: User, pass_code: str, email: str, reason: str, now: datetime
) -> SupporterBlock:
    """Keep an adult from a learner of the officer's city: from the next request on, until lifted. Flushes.

    Neither is told: a page would tell an adult that the child has spoken.

    :raises Conflict: no such learner in the city, no such adult, or it is blocked already.
    """
    learner = learner_before_officer(db, officer, read_pass_code(pass_code))
    if learner is None:
        raise Conflict(_("No young person of your city has this pass."))
    adult = user_by_email(db, email)
    if adult is None or adult.role is Role.LEARNER:
        raise Conflict(_("No adult has an account with this address."))
    # The learner first, as everywhere: who is being let in waits, or is let in before and ended here.
    lock(db, User, learner.id)
    if is_blocked(db, learner, adult):
        raise Conflict(_("This is blocked already."))
    _end_links(db, learner, adult, now)
    blocked = SupporterBlock(
        uuid=uuid4(),
        learner=learner,
        adult=adult,
        officer_id=officer.id,
        officer_name=officer.name,
        reason=reason,
        blocked_at=now,
    )
    db.add(blocked)
    db.flush()
    return blocked


def lift(db: Session, *, officer: User, uuid: UUID, now: datetime) -> None:
    """Let an adult be asked again. What was ended stays ended. Twice is harmless. Flushes.

    :raises NotFound: no such block in the officer's city.
    """
    for blocked in blocks_before_officer(db, officer):
        if blocked.uuid == uuid:
            lock(db, SupporterBlock, blocked.id)
            blocked.lifted_at = blocked.lifted_at or now
            db.flush()
            return
    raise NotFound(_("We cannot find that."))


def _end_links(db: Session, learner: User, adult: User, now: datetime) -> None:
    live = select(SupporterLink).filter_by(learner_id=learner.id, adult_id=adult.id, ended_at=None)
    for link in db.scalars(live.with_for_update()):
        link.ended_at, link.ended_by = now, EndedBy.OFFICER
    db.flush()
