"""Background work of who helps: what ended by itself is written down, and unused accounts go."""

from app import clock
from app.db import unit_of_work
from app.jobs import regularly
from supporters import service


@regularly("35 5 * * *")
def tidy() -> None:
    """End guardians' links of those who are 18, and delete class accounts that nobody opened."""
    now = clock.now()
    with unit_of_work() as db:
        service.end_for_grown_up(db, now=now)
    with unit_of_work() as db:
        service.forget_never_used(db, now=now)
