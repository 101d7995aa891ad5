"""One act on several listings: what was changed, and what was not and why."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from accounts.models import User
from app.errors import Conflict, Refusal
from geo.models import Place
from listings import queries, service
from listings.changes import change_listing
from listings.versions import Values, place_value
from opportunities.models import Opportunity


class BulkAct(StrEnum):
    """What can be done with several listings at once."""

    CONFIRM = "confirm"
    PAUSE = "pause"
    RESUME = "resume"
    COST = "cost"
    PLACES = "places"
    PLACE = "place"


@dataclass
class Report:
    """What came of it, by title."""

    changed: list[str] = field(default_factory=list)
    #: With the reason, in a sentence.
    unchanged: list[tuple[str, str]] = field(default_factory=list)


def act_on_many(
    db: Session,
    *,
    uuids: Sequence[UUID],
    act: BulkAct,
    by: User,
    now: datetime,
    cost_pence: int = 0,
    places: int = 0,
    place: Place | None = None,
) -> Report:
    """Do one thing with each of several listings; one that refuses keeps no other from it. Flushes.

    Listings of other organisations are passed over without a word, as if they did not exist.

    :param places: for `PLACES`: how many each session to come has from now on, of those that
        nobody has booked.
    """
    acts: dict[BulkAct, Callable[[Opportunity], object]] = {
        BulkAct.CONFIRM: lambda each: service.confirm(
            db, opportunity=each, confirmed_by=by, now=now
        ),
        BulkAct.PAUSE: lambda each: service.pause(db, opportunity=each, paused_by=by),
        BulkAct.RESUME: lambda each: service.resume(db, opportunity=each, resumed_by=by, now=now),
        BulkAct.COST: lambda each: _change(db, each, {"cost_pence": cost_pence}, by, now),
        BulkAct.PLACES: lambda each: service.change_places(
            db, opportunity=each, places=places, changed_by=by, now=now
        ),
        BulkAct.PLACE: lambda each: _move(db, each, place, by, now),
    }
    report = Report()
    # In one order, so that two such acts do not wait for each other.
    for uuid in sorted(set(uuids)):
        opportunity = queries.own_opportunity(db, by, uuid)
        if opportunity is not None:
            _try(db, acts[act], opportunity, report)
    report.changed.sort()
    report.unchanged.sort()
    return report


def _try(
    db: Session, act: Callable[[Opportunity], object], opportunity: Opportunity, report: Report
) -> None:
    title = opportunity.title
    try:
        with db.begin_nested():
            act(opportunity)
    except Refusal as refusal:
        report.unchanged.append((title, str(refusal)))
    else:
        report.changed.append(title)


def _change(
    db: Session, opportunity: Opportunity, changed: Values, by: User, now: datetime
) -> None:
    if queries.waiting_version(db, opportunity) is not None:
        raise Conflict(_("The council is looking at it. Wait until it has."))
    before = queries.last_version(db, opportunity)
    after = change_listing(db, opportunity=opportunity, changed=changed, changed_by=by, now=now)
    if after == before or (before is None and after.number == 1):
        raise Conflict(_("It was so already."))


def _move(
    db: Session, opportunity: Opportunity, place: Place | None, by: User, now: datetime
) -> None:
    if place is None:
        raise Conflict(_("Choose where it is."))
    _change(db, opportunity, {"place": place_value(place)}, by, now)
