"""What some of the young people told of themselves, to be counted once a year: more than half, never all."""

from collections.abc import Sequence
from random import Random
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import User
from demo.learners import Learner
from demo.rows import copy, learn_about
from equality.answers import Answers, Ethnicity
from equality.locking import locked
from equality.models import EqualityAnswer
from equality.service import ASKED_BANDS

_WHO_TELLS = 0.6
#: Of those who tell something, how many answer any one question.
_ANSWERED = 0.9
_GROUPS = {
    Ethnicity.WHITE: 76,
    Ethnicity.ASIAN: 11,
    Ethnicity.BLACK: 5,
    Ethnicity.MIXED: 6,
    Ethnicity.OTHER: 2,
}
_SEND, _CARE = 0.17, 0.02


def tell_some(db: Session, learners: Sequence[Learner], *, secret: str, seed: str) -> None:
    """Let a share of the learners tell of themselves; the first of them, Seren, does. Flushes."""
    chance = Random(f"{seed}:told")
    asked = [each for each in learners if each.age_band in ASKED_BANDS]
    telling = asked[:1] + [each for each in asked[1:] if chance.random() < _WHO_TELLS]
    told = {each.id: _answers(each, chance) for each in telling}
    told = {id: answers for id, answers in told.items() if not answers.is_empty}
    own = select(User.id, User.uuid).where(User.id.in_(told)).order_by(User.id)
    rows = [
        {"learner_id": id, "sealed": locked(told[id], learner_uuid=uuid, secret=secret)}
        for id, uuid in db.execute(own)
    ]
    copy(db, EqualityAnswer, rows)
    learn_about(db, EqualityAnswer)


def _answers(learner: Learner, chance: Random) -> Answers:
    gets_meals = 0.05 + 0.045 * (10 - learner.home.decile)
    said: dict[str, Any] = {
        "send": chance.random() < _SEND,
        "ethnicity": chance.choices(list(_GROUPS), list(_GROUPS.values()))[0],
        "free_meals": not learner.age_band.is_adult and chance.random() < gets_meals,
        "care": chance.random() < _CARE,
    }
    return Answers(**{name: value for name, value in said.items() if chance.random() < _ANSWERED})
