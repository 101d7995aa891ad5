"""Sending what waits, one by one, so that whatever stops it midway nothing is lost or told twice.

Each notice goes through two short transactions with the sending between them:

1. It is claimed, and the claim committed: no other sender takes it up.
2. It is handed to the mail server, while no transaction is open.
3. That it was sent, or why not, is committed.

Whoever dies between 1 and 2 has sent nothing. Whoever dies between 2 and 3 has sent something and
never said so, and no database can know which of the two it was. So a claim that is older than
`CLAIM_HOLDS` is taken up again, with the same Message-ID as before: mail systems drop the double of
a message that they have. To be told twice is then rare, and never to be told does not happen.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime

from app.db import unit_of_work
from notices import service
from notices.mailer import Mailer, NotTaken, Unreachable
from notices.models import Notice
from notices.writing import Unwritable, written


@dataclass
class Outcome:
    """What became of the notices of one run, in numbers."""

    sent: int = 0
    #: Tried, and will be tried again.
    failed: int = 0
    given_up: int = 0
    #: Why the run ended early; empty where it did not.
    stopped: str = ""

    def as_json(self) -> dict[str, int | str]:
        return asdict(self)


def send_due(now: Callable[[], datetime], mailer: Mailer) -> Iterator[Outcome]:
    """Send what may be sent, the longest due first; yield what has become of it, at first and after each.

    Commits for itself: it must not run inside a unit of work. It ends when nothing is left that may
    be sent, and at once when the mail server is out of reach: what it has not tried does not count
    as tried.

    :param now: the clock, asked before each notice: a night may begin while it runs.
    """
    outcome = Outcome()
    with unit_of_work() as db:
        outcome.given_up += service.give_up_old(db, now=now())
    yield outcome
    while not outcome.stopped and (notice := _claimed(now())):
        _send(notice, mailer, now(), outcome)
        yield outcome


def _claimed(now: datetime) -> Notice | None:
    with unit_of_work() as db:
        notice = service.claim_next(db, now=now)
        if notice is not None:
            # Read now: nothing may ask the database while the mail server is spoken to.
            db.refresh(notice, ["user"])
    return notice


def _send(notice: Notice, mailer: Mailer, now: datetime, outcome: Outcome) -> None:
    try:
        mailer.send(written(notice))
    except Unreachable as reason:
        outcome.stopped = str(reason)
        with unit_of_work() as db:
            service.put_back(db, notice)
    except Unwritable as reason:
        _give_up(notice, str(reason), now, outcome)
    except NotTaken as reason:
        if reason.is_final:
            _give_up(notice, str(reason), now, outcome)
        else:
            _try_later(notice, str(reason), now, outcome)
    else:
        outcome.sent += 1
        with unit_of_work() as db:
            service.mark_sent(db, notice, now=now)


def _give_up(notice: Notice, reason: str, now: datetime, outcome: Outcome) -> None:
    outcome.given_up += 1
    with unit_of_work() as db:
        service.give_up(db, notice, reason=reason, now=now)


def _try_later(notice: Notice, reason: str, now: datetime, outcome: Outcome) -> None:
    with unit_of_work() as db:
        service.mark_failed(db, notice, reason=reason, now=now)
    if notice.given_up_at is None:
        outcome.failed += 1
    else:
        outcome.given_up += 1
