"""Whether young people may come to an organisation now: the one place that says so.

Two officers said yes, and all that must be in place holds. Both are asked of the row at the instant
in question, so that a lapse counts from midnight in London without anybody doing anything.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_

from providers.models import Provider, ProviderStatus


class Standing(StrEnum):
    """How an organisation stands, as its own people and the council's officers are told."""

    PREPARING = "preparing"
    WAITING = "waiting"
    TRUSTED = "trusted"
    LAPSED = "lapsed"
    SUSPENDED = "suspended"
    REFUSED = "refused"


def trusted(now: datetime, provider: type[Provider] = Provider) -> ColumnElement[bool]:
    """Return the condition that `is_trusted` asks, for a statement that has `Provider` in it.

    :param provider: an alias, for a statement that has more than one organisation in it.
    """
    return and_(provider.status == ProviderStatus.VERIFIED, provider.assured_until > now)


def is_trusted(provider: Provider, now: datetime) -> bool:
    """Return whether what it offers can be found and booked, and its people may see a name."""
    return provider.status is ProviderStatus.VERIFIED and _is_assured(provider, now)


def standing_of(provider: Provider, now: datetime) -> Standing:
    """Return how an organisation stands."""
    match provider.status:
        case ProviderStatus.VERIFIED:
            return Standing.TRUSTED if _is_assured(provider, now) else Standing.LAPSED
        case ProviderStatus.APPLIED:
            return Standing.WAITING if provider.evidence_in_at else Standing.PREPARING
        case _:
            return Standing(provider.status.value)


def _is_assured(provider: Provider, now: datetime) -> bool:
    return provider.assured_until is not None and provider.assured_until > now
