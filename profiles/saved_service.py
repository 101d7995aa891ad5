"""The rules of keeping searches and things for later, and of choosing suggestions."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from accounts.models import User
from app.db import lock
from app.errors import Conflict, NotFound
from geo.models import City
from opportunities.models import Opportunity
from opportunities.wish_service import tells_too_much
from profiles.models import KeptOpportunity, SavedSearch, SuggestionChoice
from profiles.saved_queries import how_many_kept, own_search, searches_of

#: More would be a list that nobody reads.
MOST_SEARCHES = 10
MOST_KEPT = 50


def choose_suggestions(
    db: Session,
    *,
    learner: User,
    is_on: bool,
    free_days: Sequence[int],
    free_evenings: bool,
    now: datetime,
) -> None:
    """Turn suggestions on or off. Off, nothing is kept of when the learner is free. Flushes."""
    lock(db, User, learner.id)
    choice = db.get(SuggestionChoice, learner.id) or SuggestionChoice(learner_id=learner.id)
    choice.is_on = is_on
    choice.free_days = sorted(set(free_days)) if is_on else []
    choice.free_evenings = is_on and free_evenings
    choice.changed_at = now
    db.add(choice)
    db.flush()


def keep_search(
    db: Session, *, owner: User, query: str, words: str, city: City | None, name: str, now: datetime
) -> SavedSearch:
    """Keep a search. Keeping the same one twice keeps one. Flushes.

    :param words: what was typed in it, which is looked at for what would tell of someone.
    :raises Conflict: it holds something like a postcode or a number, or there are ten already.
    """
    if tells_too_much(db, words):
        raise Conflict(
            _("We do not keep postcodes, numbers or addresses. Take it out of the words first.")
        )
    lock(db, User, owner.id)
    kept = searches_of(db, owner)
    city_id = city.id if city else None
    same = next((one for one in kept if (one.query, one.city_id) == (query, city_id)), None)
    if same:
        return same
    if len(kept) >= MOST_SEARCHES:
        raise Conflict(_("You keep ten searches already. Delete one first."))
    saved = SavedSearch(
        owner_id=owner.id, city_id=city_id, query=query, name=name, last_seen_at=now
    )
    db.add(saved)
    db.flush()
    return saved


def rename_search(db: Session, *, owner: User, uuid: UUID, name: str) -> None:
    """Call a search something else. Flushes.

    :raises NotFound: it is not the owner's.
    """
    _own(db, owner, uuid).name = name
    db.flush()


def ask_for_digest(
    db: Session, *, owner: User, uuid: UUID, wants_digest: bool, now: datetime
) -> None:
    """Say on the weekly page what is new for this search, from now on; or no longer. Flushes.

    :raises NotFound: it is not the owner's.
    """
    saved = _own(db, owner, uuid)
    if wants_digest and not saved.wants_digest:
        saved.last_seen_at = now
    saved.wants_digest = wants_digest
    db.flush()


def see_digest(db: Session, *, owner: User, until: datetime) -> None:
    """Take everything published up to `until` as seen. Flushes."""
    db.execute(
        update(SavedSearch)
        .where(SavedSearch.owner_id == owner.id, SavedSearch.last_seen_at < until)
        .values(last_seen_at=until)
    )


def delete_search(db: Session, *, owner: User, uuid: UUID) -> None:
    """Keep a search no longer. Deleting it twice is harmless. Flushes."""
    db.execute(delete(SavedSearch).filter_by(owner_id=owner.id, uuid=uuid))


def keep_for_later(db: Session, *, owner: User, opportunity: Opportunity, now: datetime) -> None:
    """Keep something to do later. Keeping it twice keeps it once. Flushes.

    :raises Conflict: the list is full.
    """
    lock(db, User, owner.id)
    if db.get(KeptOpportunity, (owner.id, opportunity.id)):
        return
    if how_many_kept(db, owner) >= MOST_KEPT:
        raise Conflict(_("Your list is full. Take something off it first."))
    db.add(KeptOpportunity(owner_id=owner.id, opportunity_id=opportunity.id, kept_at=now))
    db.flush()


def take_off(db: Session, *, owner: User, opportunity: Opportunity) -> None:
    """Keep something no longer. Doing it twice is harmless. Flushes."""
    db.execute(delete(KeptOpportunity).filter_by(owner_id=owner.id, opportunity_id=opportunity.id))


def _own(db: Session, owner: User, uuid: UUID) -> SavedSearch:
    saved = own_search(db, owner, uuid)
    if saved is None:
        raise NotFound(_("We cannot find that search."))
    return saved
