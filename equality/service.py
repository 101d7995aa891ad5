"""The rules: who is asked, that it is told and taken back at any time, and that it can be locked anew."""

from flask_babel import gettext as _
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from accounts.models import AgeBand, Role, User
from app.errors import Conflict, NotAllowed
from app.sealing import Locked
from equality.answers import Answers
from equality.locking import locked, opened
from equality.models import EqualityAnswer

#: From 13 on a yes of their own counts; from 25 on nobody is counted, so nobody is asked.
ASKED_BANDS = (AgeBand.FROM_13_TO_15, AgeBand.FROM_16_TO_17, AgeBand.FROM_18_TO_24)


def is_asked(user: User, *, secret: str) -> bool:
    """Say whether the questions are put to somebody: to those of an age, where there is a lock."""
    return bool(secret) and user.role is Role.LEARNER and user.age_band in ASKED_BANDS


def tell(db: Session, *, learner: User, answers: Answers, secret: str) -> None:
    """Keep what a learner tells, in place of what they told before. Nothing told is nothing kept. Flushes.

    :param secret: the setting `EQUALITY_SECRET`; empty where this is not asked.
    :raises Conflict: it is not asked here.
    :raises NotAllowed: they are not of an age at which it is asked.
    """
    if not secret:
        raise Conflict(_("These questions are not asked here."))
    if not is_asked(learner, secret=secret):
        raise NotAllowed(_("These questions are for people from 13 to 24."))
    if answers.is_empty:
        return take_back(db, learner=learner)
    sealed = locked(answers, learner_uuid=learner.uuid, secret=secret)
    kept = insert(EqualityAnswer).values(learner_id=learner.id, sealed=sealed)
    db.execute(kept.on_conflict_do_update(index_elements=["learner_id"], set_={"sealed": sealed}))
    return None


def take_back(db: Session, *, learner: User) -> None:
    """Delete all that a learner told, at any age and with no secret. Doing so twice is harmless. Flushes."""
    db.execute(delete(EqualityAnswer).filter_by(learner_id=learner.id))


def reseal(db: Session, *, secret: str, old_secret: str) -> int:
    """Lock with a new secret all that was locked with another; return how many. Flushes.

    What was told since the secret changed is locked with the new one already, and stays.

    :raises Locked: one opens with neither. Then nothing is changed.
    """
    count = 0
    each_with_its_learner = select(EqualityAnswer, User.uuid).join(
        User, User.id == EqualityAnswer.learner_id
    )
    for answer, uuid in db.execute(each_with_its_learner.with_for_update(of=EqualityAnswer)):
        try:
            opened(answer.sealed, learner_uuid=uuid, secret=secret)
        except Locked:
            told = opened(answer.sealed, learner_uuid=uuid, secret=old_secret)
            answer.sealed = locked(told, learner_uuid=uuid, secret=secret)
            count += 1
    db.flush()
    return count
