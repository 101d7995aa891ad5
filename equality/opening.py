"""Opening many learners' answers, to be counted. The release alone imports this; a test sees to it."""

from collections.abc import Collection, Iterator
from datetime import datetime
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import BigInteger, any_, exists, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import Session

from accounts.models import User
from app.errors import Conflict
from equality import locking
from equality.answers import Answers
from equality.models import EqualityAnswer, EqualityOpening

_AT_A_TIME = 2_000


def is_anything_kept(db: Session) -> bool:
    """Say whether any learner told anything, whether or not it opens."""
    return bool(db.scalar(select(exists().where(EqualityAnswer.learner_id.is_not(None)))))


def opened(
    db: Session, learner_ids: Collection[int], *, release: str, secret: str, now: datetime
) -> Iterator[tuple[UUID, Answers]]:
    """Open the answers of these learners for one release, and write down that they were opened. Flushes.

    Who told nothing is left out. Each comes with the learner's `uuid`, in no order that says anything.

    :param learner_ids: all that the release counts: it opens once.
    :param release: names the release, the same each time it is tried.
    :param secret: the setting `EQUALITY_SECRET`.
    :raises Conflict: they were opened for this release before.
    :raises app.sealing.Locked: while going through them: one was altered. Then nothing may be counted.
    """
    noted = insert(EqualityOpening).values(release=release, opened_at=now).on_conflict_do_nothing()
    if db.scalar(noted.returning(EqualityOpening.id)) is None:
        raise Conflict(_("Answers were opened for this release before."))
    return _each(db, learner_ids, secret)


def _each(db: Session, learner_ids: Collection[int], secret: str) -> Iterator[tuple[UUID, Answers]]:
    wanted = literal(list(learner_ids), ARRAY(BigInteger))
    kept = (
        select(User.uuid, EqualityAnswer.sealed)
        .join(User, User.id == EqualityAnswer.learner_id)
        .where(EqualityAnswer.learner_id == any_(wanted))
        # A random number: the order of the table is that of telling.
        .order_by(User.uuid)
    )
    with db.execute(kept.execution_options(yield_per=_AT_A_TIME)) as found:
        for uuid, sealed in found:
            yield uuid, locking.opened(sealed, learner_uuid=uuid, secret=secret)
