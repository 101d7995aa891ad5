"""Background work: what can do nothing any more is forgotten every night."""

from app import clock
from app.db import unit_of_work
from app.jobs import regularly
from wallet.programs import forget_what_is_over


@regularly("40 2 * * *")
def forget_old_leave() -> None:
    """Delete codes and tokens that are over, and programs that nobody let in."""
    with unit_of_work() as db:
        forget_what_is_over(db, now=clock.now())
