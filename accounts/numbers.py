"""The one number of the state that a learner may link, and those that are never taken."""

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from accounts.models import LearnerNumber, User
from app.db import lock
from app.errors import Conflict

_WEIGHTS = range(10, 1, -1)


def is_uln(number: str) -> bool:
    """Return whether ten digits can be a Unique Learner Number: the last one checks the others.

    Learning Records Service: the nine digits, weighed from ten down to two, leave a rest by eleven;
    the tenth is ten less that rest, and none has a rest of nothing.
    """
    if len(number) != 10 or not number.isascii() or not number.isdigit() or number[0] == "0":
        return False
    rest = _rest(number)
    return rest != 0 and int(number[9]) == 10 - rest


def link_number(db: Session, *, learner: User, typed: str, now: datetime) -> LearnerNumber:
    """Keep a learner's ULN, in place of one that was kept. Flushes.

    :raises Conflict: it is none. What looks like a number of the health service, or of a school, is
        refused by its name.
    """
    number = "".join(sign for sign in typed.upper() if sign.isalnum())
    if _is_nhs_number(number):
        raise Conflict(
            _("That looks like an NHS number. We never keep those: they are for your health only.")
        )
    if _is_upn(number):
        raise Conflict(_("That looks like a UPN, which only schools may use. We never keep those."))
    if not is_uln(number):
        raise Conflict(
            _("That is not a ULN. It has 10 digits. Look on an exam slip, or ask your school.")
        )
    # Held, so that two forms sent at once write one after the other.
    lock(db, User, learner.id)
    kept = db.get(LearnerNumber, learner.id) or LearnerNumber(learner_id=learner.id)
    kept.uln, kept.linked_at = number, now
    db.add(kept)
    db.flush()
    return kept


def unlink_number(db: Session, *, learner: User) -> None:
    """Forget a learner's ULN. Twice is harmless. Flushes."""
    kept = db.get(LearnerNumber, learner.id)
    if kept is not None:
        db.delete(kept)
        db.flush()


def number_of(db: Session, learner: User) -> str:
    """Return a learner's ULN; "" where none is linked."""
    kept = db.get(LearnerNumber, learner.id)
    return kept.uln if kept else ""


def _is_nhs_number(number: str) -> bool:
    """Return whether the last digit checks the others as in an NHS number: no ULN does."""
    if len(number) != 10 or not number.isdigit():
        return False
    return int(number[9]) == (11 - _rest(number)) % 11


def _is_upn(number: str) -> bool:
    """Return whether it is made like a Unique Pupil Number: a letter, eleven digits, a digit or letter."""
    return len(number) == 13 and number[0].isalpha() and number[1:12].isdigit()


def _rest(number: str) -> int:
    return sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False)) % 11
