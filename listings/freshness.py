"""Asking an organisation whether what it offers is still right: twice, and then it pauses.

That it pauses is no doing of ours: `opportunities.freshness` is a rule of every search.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, contains_eager

from accounts.models import User
from app.clock import LONDON
from app.db import lock
from app.errors import Gone
from listings.freshness_models import ListingQuestion
from listings.service import confirm
from notices.kinds import MOST_LISTED, NoticeKind
from notices.service import tell
from opportunities.freshness import PAUSED_AFTER, STALE_AFTER
from opportunities.models import Opportunity, OpportunityStatus, ScheduledSession
from opportunities.still_right import answer_of, still_right_path
from providers.models import Provider
from providers.queries import speaks_for, team_of
from providers.standing import trusted

#: How long after a listing was last confirmed we ask, by turn.
LAST_TURN = 2
ASKED_AFTER = {1: STALE_AFTER, LAST_TURN: timedelta(days=150)}
#: What falls due so soon is asked along with what is due: one e-mail rather than one a day.
_ALONG = timedelta(days=7)

_OVER = _l("It is too old, or not for you any more. Sign in to see what you offer.")


class LinkIsOver(Gone):
    """The address is not ours, or too old, or its holder speaks for the organisation no more."""


def ask_whether_right(db: Session, now: datetime) -> int:
    """Write to those who speak for organisations whose listings nobody has confirmed for long.

    One e-mail to each of them about all of the organisation's listings, however many; about each
    listing once at 90 days and once at 150. Flushes; returns how many e-mails now wait to be sent.
    Run again, or twice at once, it asks nothing twice.
    """
    is_listed = Opportunity.checked_at > now - PAUSED_AFTER
    due = _unconfirmed(db, now - STALE_AFTER + _ALONG, now, is_listed)
    return sum(
        _ask_provider(db, provider, list(listings), now)
        for provider, listings in groupby(due, key=lambda each: each.provider)
    )


def listing_for_answer(db: Session, token: str, *, now: datetime) -> tuple[Opportunity, User, bool]:
    """Return the listing and the member that an address is for, and whether it still has to be said.

    :raises LinkIsOver: it works no more.
    """
    answer = answer_of(token, now=now)
    if answer is None:
        raise LinkIsOver(str(_OVER))
    opportunity = db.scalar(select(Opportunity).filter_by(uuid=answer.opportunity_uuid))
    member = db.scalar(select(User).filter_by(uuid=answer.member_uuid))
    if opportunity is None or opportunity.status is not OpportunityStatus.PUBLISHED:
        raise LinkIsOver(str(_OVER))
    if member is None or not member.is_active or not speaks_for(db, member, opportunity.provider):
        raise LinkIsOver(str(_OVER))
    return opportunity, member, opportunity.checked_at <= answer.checked_at


def confirm_by_link(db: Session, token: str, *, now: datetime) -> Opportunity:
    """Take a member's word, by their address, that a listing is still right. Flushes.

    Where somebody has confirmed it since, nothing changes.

    :raises LinkIsOver: it works no more.
    """
    opportunity, member, is_open = listing_for_answer(db, token, now=now)
    if is_open:
        confirm(db, opportunity=opportunity, confirmed_by=member, now=now)
    return opportunity


def next_to_confirm(db: Session, after: Opportunity, now: datetime) -> Opportunity | None:
    """Return another listing of the same organisation that nobody has confirmed for long."""
    of_provider = Opportunity.provider_id == after.provider_id
    stale = _unconfirmed(db, now - STALE_AFTER, now, of_provider, Opportunity.id != after.id)
    return next(iter(stale), None)


def _unconfirmed(
    db: Session, since: datetime, now: datetime, *more: ColumnElement[bool]
) -> Sequence[Opportunity]:
    """Return what has dates to come and was not confirmed since: by organisation, oldest first."""
    is_coming = (
        select(ScheduledSession.id)
        .where(
            ScheduledSession.opportunity_id == Opportunity.id,
            ScheduledSession.starts_at > now,
            ScheduledSession.cancelled_at.is_(None),
        )
        .exists()
    )
    found = (
        select(Opportunity)
        .join(Opportunity.provider)
        .options(contains_eager(Opportunity.provider))
        .where(
            Opportunity.status == OpportunityStatus.PUBLISHED,
            Opportunity.checked_at <= since,
            trusted(now),
            is_coming,
            *more,
        )
        .order_by(Provider.id, Opportunity.checked_at, Opportunity.id)
    )
    return db.scalars(found).all()


def _ask_provider(
    db: Session, provider: Provider, listings: Sequence[Opportunity], now: datetime
) -> int:
    lock(db, Provider, provider.id)
    asked = _asked_before(db, listings)
    if not _to_ask(listings, asked, now):
        return 0
    members = [
        each
        for each in (member.user for member in team_of(db, provider))
        if each.is_active and speaks_for(db, each, provider)
    ]
    turns = _to_ask(listings, asked, now + _ALONG) if members else {}
    for each, turn in turns.items():
        db.add(
            ListingQuestion(
                opportunity_id=each.id, checked_at=each.checked_at, turn=turn, asked_at=now
            )
        )
    db.flush()
    return sum(_ask_member(db, member, provider, turns, now) for member in members)


def _asked_before(db: Session, listings: Sequence[Opportunity]) -> dict[int, int]:
    """Return the last turn in which each listing was asked about, since it was last confirmed."""
    found = (
        select(ListingQuestion.opportunity_id, func.max(ListingQuestion.turn))
        .join(Opportunity, Opportunity.id == ListingQuestion.opportunity_id)
        .where(
            Opportunity.id.in_([each.id for each in listings]),
            ListingQuestion.checked_at == Opportunity.checked_at,
        )
        .group_by(ListingQuestion.opportunity_id)
    )
    return dict(tuple(row) for row in db.execute(found))


def _to_ask(
    listings: Sequence[Opportunity], asked: dict[int, int], at: datetime
) -> dict[Opportunity, int]:
    """Return which listings are to be asked about by then, each with its turn."""
    turns = {each: _turn(each, at) for each in listings}
    return {each: turn for each, turn in turns.items() if turn > asked.get(each.id, 0)}


def _turn(opportunity: Opportunity, at: datetime) -> int:
    age = at - opportunity.checked_at
    return max((turn for turn, after in ASKED_AFTER.items() if age >= after), default=0)


def _ask_member(
    db: Session, member: User, provider: Provider, turns: dict[Opportunity, int], now: datetime
) -> bool:
    first = min(each.checked_at for each in turns) + PAUSED_AFTER
    return tell(
        db,
        to=member,
        kind=NoticeKind.STILL_RIGHT,
        key=f"still-right:{provider.uuid}:{now.isoformat()}",
        values={
            "organisation": provider.name,
            "listings": [
                {"title": each.title, "path": still_right_path(each, member, now=now)}
                for each in list(turns)[:MOST_LISTED]
            ],
            "more": max(len(turns) - MOST_LISTED, 0),
            "pauses_on": first.astimezone(LONDON).date(),
            "is_last": LAST_TURN in turns.values(),
        },
        now=now,
    )
