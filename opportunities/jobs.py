"""Background work of what is on: what visitors said is not kept for good."""

from collections.abc import Callable
from datetime import datetime

from app import clock
from app.db import unit_of_work
from app.jobs import regularly
from opportunities.report_service import forget_closed_reports
from opportunities.wish_service import forget_old_wishes


@regularly("30 1 * * *")
def tidy() -> None:
    """Delete what visitors said long enough ago."""
    forget_old()


def forget_old() -> tuple[int, int]:
    """Delete what visitors said long enough ago; return how many wishes and reports that were."""
    now = clock.now()
    return _all(forget_old_wishes, now), _all(forget_closed_reports, now)


def _all(forget: Callable[..., int], now: datetime) -> int:
    """Forget step by step, each committed by itself, and return how many rows that were."""
    gone = 0
    while True:
        with unit_of_work() as db:
            step = forget(db, now=now)
        if not step:
            return gone
        gone += step
