"""How other hosts are asked, about a badge that somebody brings here and for all of somebody's badges."""

from flask import current_app

from accounts.attempts import count_check
from app import clock
from app.db import unit_of_work
from app.fetcher import Fetcher
from badges.resolver import FETCHER, Asking
from badges.views import issuing_host
from wallet.fetching import Ours
from wallet.hosts import HOST_FETCHER


def asking() -> Asking:
    """Return how other hosts are asked now, in our name, and counted for the device at hand."""
    return Asking(issuing_host(), clock.now(), badge_fetcher(), before_asking=_count_check)


def badge_fetcher() -> Fetcher:
    """Return what asks about badges."""
    return current_app.extensions.get("badge_fetcher", FETCHER)


def host_fetcher() -> Fetcher:
    """Return what asks another host of badges for somebody's badges."""
    return current_app.extensions.get("badge_host_fetcher", HOST_FETCHER)


def ours() -> Ours:
    """Return what this site is to other hosts."""
    settings = current_app.extensions["settings"]
    return Ours(settings.secret_key, f"{settings.public_url.rstrip('/')}/me/badges/import/back")


def _count_check() -> None:
    """Let nobody use us to knock at other hosts without end."""
    with unit_of_work() as db:
        count_check(db, now=clock.now())
