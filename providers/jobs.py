"""Background work of organisations: what runs out is said in good time."""

from app import clock
from app.db import unit_of_work
from app.jobs import regularly
from providers.reminders import remind as remind_all


@regularly("15 9 * * *")
def remind() -> None:
    """Tell organisations what runs out soon, and what has run out."""
    with unit_of_work() as db:
        remind_all(db, clock.now())
