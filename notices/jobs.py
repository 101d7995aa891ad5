"""Background work of what we tell: e-mails on their way, and what is old forgotten."""

from flask import current_app

from app import clock
from app.db import unit_of_work
from app.jobs import job, regularly
from notices import service
from notices.delivery import send_due
from notices.post import mailer_of


@job
def send() -> None:
    """Send what may be sent now: deferred with what is told, so that it goes at once."""
    mailer = mailer_of(current_app.extensions["settings"])
    if mailer is not None:
        for _outcome in send_due(clock.now, mailer):
            pass


@regularly("*/5 * * * *")
def send_what_waited() -> None:
    """Send what is due by now: the night is over, or it is time for another try."""
    send()


@regularly("10 1 * * *")
def tidy() -> None:
    """Delete what was told long enough ago."""
    forget_all_old()


def forget_all_old() -> int:
    """Delete what was told long enough ago, step by step, each committed; return how many."""
    gone, step, now = 0, 1, clock.now()
    while step:
        with unit_of_work() as db:
            step = service.forget_old(db, now=now)
        gone += step
    return gone
