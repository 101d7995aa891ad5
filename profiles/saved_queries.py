"""What someone keeps: searches, and things to do later. Asked only of the owner."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from accounts.models import User
from opportunities.models import Opportunity
from opportunities.queries import Found, Order, SearchRequest, find, load
from profiles.models import KeptOpportunity, SavedSearch

#: Among how many of the newest those are looked for that someone has not seen.
_AMONG = 100
_MOST_NEW = 10


def searches_of(db: Session, owner: User) -> Sequence[SavedSearch]:
    """Return the searches that someone keeps, oldest first, each with its city."""
    own = select(SavedSearch).filter_by(owner_id=owner.id).order_by(SavedSearch.id)
    return db.scalars(own.options(joinedload(SavedSearch.city))).all()


def own_search(db: Session, owner: User, uuid: UUID) -> SavedSearch | None:
    """Return one of the searches that someone keeps."""
    return db.scalar(select(SavedSearch).filter_by(uuid=uuid, owner_id=owner.id))


def kept_by(db: Session, owner: User) -> Sequence[KeptOpportunity]:
    """Return what someone keeps for later, latest first, each with its place and provider."""
    of_opportunity = contains_eager(KeptOpportunity.opportunity)
    own = (
        select(KeptOpportunity)
        .join(KeptOpportunity.opportunity)
        .options(
            of_opportunity.joinedload(Opportunity.place, innerjoin=True),
            of_opportunity.joinedload(Opportunity.provider, innerjoin=True),
        )
        .where(KeptOpportunity.owner_id == owner.id)
        .order_by(KeptOpportunity.kept_at.desc(), KeptOpportunity.opportunity_id.desc())
    )
    return db.scalars(own).all()


def how_many_kept(db: Session, owner: User) -> int:
    """Return how many things someone keeps for later."""
    return db.scalar(select(func.count()).where(KeptOpportunity.owner_id == owner.id)) or 0


def new_since(
    db: Session, wanted: SearchRequest, *, since: datetime, until: datetime
) -> list[Found]:
    """Return what of a search was published after `since`, up to `until`, the newest first."""
    page = find(db, wanted.without(order=Order.NEWEST, limit=_AMONG))
    new = [hit for hit in page.hits if since < hit.published_at <= until]
    return load(db, new[:_MOST_NEW])
