"""Questions about fetching badges from other hosts, each told whose it is to be."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from accounts.models import User
from wallet.models import BadgeFetch, BadgeHost, FetchedBadge, FetchStage, ImportedCredential

_OVER = (FetchStage.DONE, FetchStage.ENDED)


def live_host(db: Session, described: str) -> BadgeHost | None:
    """Return the host that took us on and describes itself just so."""
    return db.scalar(select(BadgeHost).filter_by(described=described, ended_at=None))


def live_fetch(db: Session, learner: User) -> BadgeFetch | None:
    """Return what is being fetched for a learner, if anything is."""
    own = select(BadgeFetch).filter_by(learner_id=learner.id)
    return db.scalar(own.where(BadgeFetch.stage.not_in(_OVER)))


def own_fetch(db: Session, learner: User, uuid: UUID) -> BadgeFetch | None:
    """Return one fetching of this learner's."""
    own = select(BadgeFetch).filter_by(uuid=uuid, learner_id=learner.id)
    return db.scalar(own.options(joinedload(BadgeFetch.host)))


def fetched_badges(db: Session, fetch: BadgeFetch) -> Sequence[FetchedBadge]:
    """Return what became of each badge that was looked at, in the order of the host."""
    settled = select(FetchedBadge).filter_by(fetch_id=fetch.id, original=None)
    small = joinedload(FetchedBadge.imported).load_only(
        ImportedCredential.uuid, ImportedCredential.name, ImportedCredential.outcome
    )
    return db.scalars(settled.options(small).order_by(FetchedBadge.position)).all()


def count_fetched(db: Session, fetch: BadgeFetch) -> int:
    """Return how many badges were read, looked at or not."""
    counted = (
        select(func.count()).select_from(FetchedBadge).where(FetchedBadge.fetch_id == fetch.id)
    )
    return db.scalar(counted) or 0


def waiting_badge(db: Session, fetch_id: int) -> FetchedBadge | None:
    """Return the next badge that nobody has looked at."""
    waiting = select(FetchedBadge).where(
        FetchedBadge.fetch_id == fetch_id, FetchedBadge.original.is_not(None)
    )
    return db.scalar(waiting.order_by(FetchedBadge.position).limit(1))
