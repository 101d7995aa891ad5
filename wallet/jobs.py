"""Background work: badges are fetched from other hosts, and what can do nothing any more is forgotten."""

import time
from http import HTTPStatus

from app import clock
from app.db import unit_of_work
from app.errors import Refusal
from app.fetcher import Declined
from app.jobs import defer, job, regularly
from app.sealing import Locked
from badges.resolver import Asking, check_upload
from badges.views import issuing_host
from wallet import fetching
from wallet.fetch_queries import waiting_badge
from wallet.hosts import NotUnderstood, read_badges
from wallet.models import BadgeFetch, FetchEnd
from wallet.programs import forget_what_is_over
from wallet.views.asking import badge_fetcher, host_fetcher, ours

#: Others wait for a worker too, and one that is told to stop has not much longer.
MOST_SECONDS_AT_A_TIME = 10.0


@regularly("40 2 * * *")
def forget_old_leave() -> None:
    """Delete codes and tokens that are over, programs that nobody let in, and what was fetched."""
    with unit_of_work() as db:
        forget_what_is_over(db, now=clock.now())
        fetching.forget_old_fetches(db, now=clock.now())


@job
def read_from_host(fetch_id: int) -> None:
    """Read the badges that a learner said yes to. Done twice, the second time ends what broke off."""
    with unit_of_work() as db:
        taken = fetching.take_code(db, fetch_id, ours=ours())
    if taken is not None:
        _read(*taken)


@job
def check_fetched(fetch_id: int) -> None:
    """Look at the badges that were read, for a while; what is left then is another job."""
    began = time.monotonic()
    while time.monotonic() - began < MOST_SECONDS_AT_A_TIME and _look_at_next(fetch_id):
        pass
    with unit_of_work() as db:
        if not fetching.finish_if_settled(db, fetch_id):
            defer(db, "wallet.check_fetched", fetch_id=fetch_id)


def _read(fetch: BadgeFetch, code: str) -> None:
    """Ask the host, with nothing of the database held meanwhile."""
    try:
        read, is_given_back = read_badges(
            fetching.access_of(fetch.host, ours=ours()),
            fetch.host.server_url,
            code=code,
            verifier=fetching.verifier_of(fetch.uuid, ours=ours()),
            fetcher=host_fetcher(),
        )
    except (Refusal, Locked) as error:
        _end(fetch, error)
        return
    with unit_of_work() as db:
        fetching.note_read(db, fetch, read, is_given_back=is_given_back, now=clock.now())


def _end(fetch: BadgeFetch, error: Refusal | Locked) -> None:
    with unit_of_work() as db:
        if isinstance(error, Locked) or _says_it_knows_us_no_more(error):
            fetching.stop_using(db, fetch.host, now=clock.now())
        fetching.end(db, fetch, _why(error))


def _says_it_knows_us_no_more(error: Refusal) -> bool:
    return isinstance(error, Declined) and error.answered == HTTPStatus.UNAUTHORIZED


def _why(error: Refusal | Locked) -> FetchEnd:
    if isinstance(error, Locked):
        return FetchEnd.BROKEN_OFF
    if isinstance(error, Declined):
        return FetchEnd.NOT_LET_IN
    return FetchEnd.NOT_UNDERSTOOD if isinstance(error, NotUnderstood) else FetchEnd.NO_ANSWER


def _look_at_next(fetch_id: int) -> bool:
    """Look at one badge, and keep it or note why not; say whether there was one.

    Nothing is held while others are asked.
    """
    with unit_of_work() as db:
        badge = waiting_badge(db, fetch_id)
    if badge is None or badge.original is None:
        return False
    original = badge.original
    found = check_upload(original, Asking(issuing_host(), clock.now(), badge_fetcher()))
    with unit_of_work() as db:
        fetching.keep_or_refuse(db, badge, original, found, host=issuing_host(), now=clock.now())
    return True
