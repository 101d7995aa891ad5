"""Background work of pathways: the badge at the end, given and taken back as the facts have it."""

from app import clock
from app.db import unit_of_work
from app.jobs import job
from pathways.awarding import settle


@job
def look_again(learner_id: int) -> None:
    """Let a learner's badges of pathways be what their facts say."""
    with unit_of_work() as db:
        settle(db, learner_id=learner_id, now=clock.now())
