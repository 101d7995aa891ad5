"""What waits for the council's officers: asked of the officer's own city and no other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Row, and_, exists, func, select
from sqlalchemy.orm import Session

from accounts.models import User
from app.clock import LONDON
from providers.models import Assurance, Provider, ProviderStatus
from providers.passport import SOON
from providers.standing import trusted

#: More than a council looks through at once; a part of the name finds the rest.
MOST_SHOWN = 100


class Pile(StrEnum):
    """What the queue is sorted into. An organisation may lie on more than one."""

    WAITING = "waiting"
    EVIDENCE = "evidence"
    RUNS_OUT = "runs_out"
    LAPSED = "lapsed"
    SUSPENDED = "suspended"
    REFUSED = "refused"
    PREPARING = "preparing"
    CHECKED = "checked"


@dataclass(frozen=True)
class Waiting:
    """An organisation on a pile: since when it lies there, and how many papers are to be looked at."""

    provider: Provider
    #: When it asked, or sent in the oldest paper that nobody has settled; empty on other piles.
    since: datetime | None
    papers: int

    def days(self, now: datetime) -> int:
        return (now - self.since).days if self.since else 0


def piles_of(db: Session, officer: User, now: datetime) -> dict[Pile, int]:
    """Return how many organisations of the officer's city lie on each pile."""
    counts = [func.count().filter(_on(pile, now)).label(pile.value) for pile in Pile]
    row = db.execute(select(*counts).where(Provider.city_id == officer.city_id)).one()
    return {pile: row[number] for number, pile in enumerate(Pile)}


def longest_wait(db: Session, officer: User, now: datetime) -> int | None:
    """Return for how many days the oldest application has waited; None where none waits."""
    oldest = select(func.min(Provider.evidence_in_at)).where(
        Provider.city_id == officer.city_id, _on(Pile.WAITING, now)
    )
    since = db.scalar(oldest)
    return (now - since).days if since else None


def on_pile(
    db: Session, officer: User, pile: Pile, now: datetime, *, name: str = ""
) -> Sequence[Waiting]:
    """Return what lies on a pile, the oldest first, or by what runs out first, or by name.

    :param name: a part of the name, in any case; at most 100 come back.
    """
    papers = _papers(now).subquery()
    found = (
        select(Provider, papers.c.since, func.coalesce(papers.c.number, 0))
        .outerjoin(papers, papers.c.provider_id == Provider.id)
        .where(Provider.city_id == officer.city_id, _on(pile, now))
        .order_by(*_order(pile, papers.c.since), Provider.name, Provider.id)
        .limit(MOST_SHOWN)
    )
    if name:
        found = found.where(Provider.name.icontains(name, autoescape=True))
    return [_waiting(pile, row) for row in db.execute(found)]


def _on(pile: Pile, now: datetime) -> ColumnElement[bool]:
    has_applied = Provider.status == ProviderStatus.APPLIED
    is_verified = Provider.status == ProviderStatus.VERIFIED
    asks = Provider.evidence_in_at.is_not(None)
    match pile:
        case Pile.WAITING:
            return and_(has_applied, asks)
        case Pile.PREPARING:
            return and_(has_applied, ~asks)
        case Pile.EVIDENCE:
            return and_(is_verified, exists().where(_to_look_at(now)))
        case Pile.RUNS_OUT:
            return and_(trusted(now), Provider.assured_until <= now + SOON)
        case Pile.LAPSED:
            return and_(is_verified, func.coalesce(Provider.assured_until <= now, True))
        case Pile.CHECKED:
            return trusted(now)
        case _:
            return Provider.status == ProviderStatus(pile.value)


def _to_look_at(now: datetime) -> ColumnElement[bool]:
    return and_(
        Assurance.provider_id == Provider.id,
        Assurance.seconded_at.is_(None),
        Assurance.refused_at.is_(None),
        Assurance.withdrawn_at.is_(None),
        Assurance.expires_on >= now.astimezone(LONDON).date(),
    )


def _papers(now: datetime):
    """Return how many papers of each organisation are to be looked at, and since when."""
    return (
        select(
            Assurance.provider_id,
            func.min(Assurance.sent_at).label("since"),
            func.count().label("number"),
        )
        .join(Assurance.provider)
        .where(_to_look_at(now))
        .group_by(Assurance.provider_id)
    )


def _order(pile: Pile, since) -> tuple:
    match pile:
        case Pile.WAITING:
            return (Provider.evidence_in_at,)
        case Pile.EVIDENCE:
            return (since,)
        case Pile.RUNS_OUT | Pile.LAPSED:
            return (Provider.assured_until.nulls_first(),)
        case _:
            return ()


def _waiting(pile: Pile, row: Row) -> Waiting:
    provider, papers_since, papers = row
    since = {Pile.WAITING: provider.evidence_in_at, Pile.EVIDENCE: papers_since}.get(pile)
    return Waiting(provider, since, papers)
