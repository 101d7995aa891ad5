"""What the rooms below tell of: it is written down here, and looked at later by a worker."""

from sqlalchemy.orm import Session

from accounts.models import User
from app.jobs import defer
from participation.news import attendance_changed
from plans.queries import open_items


def listen() -> None:
    """Hear of each change of what somebody came to. Twice is harmless."""
    attendance_changed.connect(look_later)


def look_later(learner: User, *, db: Session) -> None:
    """Have a worker look again at what a learner means to try, if that is anything."""
    if open_items(db, learner):
        defer(db, "plans.look_again", learner_id=learner.id)
