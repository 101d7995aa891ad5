"""Background work of plans: whether a learner went somewhere for what they mean to try."""

from app.db import unit_of_work
from app.jobs import job
from plans.looking import settle


@job
def look_again(learner_id: int) -> None:
    """Let what a learner means to try say whether they went somewhere for it."""
    with unit_of_work() as db:
        settle(db, learner_id=learner_id)
