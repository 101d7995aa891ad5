"""Background work of asking adults: who has not answered is asked again, and addresses are forgotten."""

from flask import current_app

from app import clock
from app.db import unit_of_work
from app.jobs import regularly
from permission import service


@regularly("20 * * * *")
def follow_up() -> None:
    """Ask again who has not answered, and forget the addresses of those who have."""
    now = clock.now()
    with unit_of_work() as db:
        service.remind(db, secret=current_app.config["SECRET_KEY"], now=now)
    with unit_of_work() as db:
        service.forget_addresses(db, now=now)
