"""The rules of adverts: jobs and apprenticeships elsewhere, where a pathway can lead. None is ever opened."""

from datetime import date, timedelta
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import User
from app.addresses import https_page, leads_to_a_chat
from app.errors import Conflict, NotAllowed
from pathways.models import MOST_ADVERTS, MOST_DAYS_SHOWN, Pathway, PathwayAdvert
from pathways.queries import advert_of, adverts_kept
from providers.queries import speaks_for


def add_advert(
    db: Session,
    *,
    pathway: Pathway,
    added_by: User,
    title: str,
    offered_by: str,
    address: str,
    closes_on: date,
    today: date,
) -> PathwayAdvert:
    """Show an advert at the end of a pathway, in all its versions, until it closes. Flushes.

    Those that have closed make room.

    :param closes_on: the last day in London on which it is shown.
    :raises NotAllowed: `added_by` does not speak for the pathway's organisation.
    :raises Conflict: there are six, that page is there already, it is no page with a name, or it
        closes before today or in more than a year.
    """
    _hold(db, pathway, added_by)
    _refuse_strange(address, closes_on, today)
    taken = _still_open(db, pathway, today)
    if len(taken) == MOST_ADVERTS:
        raise Conflict(_("There are six already. Take one out first."))
    if any(each.address == https_page(address) for each in taken):
        raise Conflict(_("That page is here already."))
    free = set(range(1, MOST_ADVERTS + 1)) - {each.position for each in taken}
    advert = PathwayAdvert(
        slug=pathway.slug,
        position=min(free),
        title=title,
        offered_by=offered_by,
        address=https_page(address),
        closes_on=closes_on,
        added_on=today,
    )
    db.add(advert)
    db.flush()
    return advert


def drop_advert(db: Session, *, pathway: Pathway, dropped_by: User, uuid: UUID) -> None:
    """Take an advert out. Twice is harmless. Flushes.

    :raises NotAllowed: `dropped_by` does not speak for the pathway's organisation.
    """
    _hold(db, pathway, dropped_by)
    advert = advert_of(db, pathway, uuid)
    if advert is not None:
        db.delete(advert)
        db.flush()


def _still_open(db: Session, pathway: Pathway, today: date) -> list[PathwayAdvert]:
    """Return the adverts that are open, and delete the others."""
    kept = adverts_kept(db, pathway)
    for each in kept:
        if each.closes_on < today:
            db.delete(each)
    db.flush()
    return [each for each in kept if each.closes_on >= today]


def _refuse_strange(address: str, closes_on: date, today: date) -> None:
    if not https_page(address) or leads_to_a_chat(address):
        raise Conflict(_("Copy the whole address of the advert. It begins with https://"))
    if closes_on < today:
        raise Conflict(_("That day has passed."))
    if closes_on > today + timedelta(days=MOST_DAYS_SHOWN):
        raise Conflict(_("That is more than a year away."))


def _hold(db: Session, pathway: Pathway, keeper: User) -> None:
    """Let one at a time change the adverts of a pathway, who speaks for its organisation."""
    if not speaks_for(db, keeper, pathway.provider):
        raise NotAllowed(_("You cannot act for this organisation."))
    # The first version stands for all, and what whoever set out was promised is not touched.
    first = select(Pathway.id).filter_by(slug=pathway.slug, version=1)
    db.execute(first.with_for_update(key_share=True))
