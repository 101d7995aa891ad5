"""What the rooms below tell of: it is written down here, and looked at later by a worker."""

from sqlalchemy.orm import Session

from accounts.models import User
from app.jobs import defer
from badges.news import holding_changed
from participation.news import attendance_changed
from pathways.queries import has_set_out


def listen() -> None:
    """Hear of each change of what somebody came to, or holds. Twice is harmless."""
    attendance_changed.connect(look_later)
    holding_changed.connect(look_later)


def look_later(learner: User, *, db: Session) -> None:
    """Have a worker look again at all that a learner set out on, if that is anything."""
    if has_set_out(db, learner):
        defer(db, "pathways.look_again", learner_id=learner.id)
