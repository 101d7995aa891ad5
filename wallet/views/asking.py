"""How other hosts are asked about a badge that somebody brings here."""

from flask import current_app

from accounts.attempts import count_check
from app import clock
from app.db import unit_of_work
from badges.resolver import FETCHER, Asking
from badges.views import issuing_host


def asking() -> Asking:
    """Return how other hosts are asked now, in our name, and counted for the device at hand."""
    fetcher = current_app.extensions.get("badge_fetcher", FETCHER)
    return Asking(issuing_host(), clock.now(), fetcher, before_asking=_count_check)


def _count_check() -> None:
    """Let nobody use us to knock at other hosts without end."""
    with unit_of_work() as db:
        count_check(db, now=clock.now())
