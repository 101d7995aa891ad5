"""Background work of rules: what somebody earned meanwhile, and what everybody had earned before."""

from typing import Any

from sqlalchemy.orm import Session

from accounts.models import User
from app import clock
from app.db import current_db, unit_of_work
from app.jobs import defer, job
from awards.rules import (
    learner_numbered,
    learners_with_enough,
    may_matter_to,
    rule_numbered,
    settle,
    settle_rule,
)
from badges.models import AchievementCredential
from badges.news import holding_changed
from participation.news import attendance_changed


@job
def look_again(learner_id: int) -> None:
    """Give one learner what rules say they earned since, and take back what they do not any more."""
    with unit_of_work() as db:
        learner = learner_numbered(db, learner_id)
        if learner is not None:
            for badge in settle(db, learner=learner, now=clock.now()):
                _tell(db, badge)


@job
def look_back(rule_id: int) -> None:
    """Give the badge of a new rule to all who had done enough before. Commits each.

    Interrupted, it is begun again, and passes over who has it already.
    """
    rule = rule_numbered(current_db(), rule_id)
    for learner_id in learners_with_enough(current_db(), rule):
        with unit_of_work() as db:
            learner, rule = learner_numbered(db, learner_id), rule_numbered(db, rule_id)
            if learner is None:
                continue
            badge = settle_rule(db, rule=rule, learner=learner, now=clock.now())
            if badge is not None and badge.revoked_at is None:
                _tell(db, badge)


def _tell(db: Session, badge: AchievementCredential) -> None:
    defer(db, "participation.tell_of_badge", credential_id=badge.id)


def _listen(learner: User, *, db: Session, **_more: Any) -> None:
    if may_matter_to(db, learner):
        defer(db, "awards.look_again", learner_id=learner.id)


for _signal in (attendance_changed, holding_changed):
    _signal.connect(_listen)
