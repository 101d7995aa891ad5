"""What learners may know of their own answers. Nobody else is told anything; see `equality.opening`."""

from collections.abc import Sequence

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from accounts.models import User
from equality.answers import Answers
from equality.locking import opened
from equality.models import EqualityAnswer, EqualityOpening


def own_answers(db: Session, learner: User, *, secret: str) -> Answers:
    """Return what a learner told, for that learner alone; empty answers where they told nothing.

    :raises app.sealing.Locked: it does not open.
    """
    sealed = db.scalar(select(EqualityAnswer.sealed).filter_by(learner_id=learner.id))
    if sealed is None:
        return Answers()
    return opened(sealed, learner_uuid=learner.uuid, secret=secret)


def has_told(db: Session, learner: User) -> bool:
    """Say to a learner whether anything is kept of them, whether or not it opens."""
    return bool(db.scalar(select(exists().where(EqualityAnswer.learner_id == learner.id))))


def openings(db: Session) -> Sequence[EqualityOpening]:
    """Return for which releases answers were opened, and when, the first first."""
    return db.scalars(select(EqualityOpening).order_by(EqualityOpening.id)).all()
