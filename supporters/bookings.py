"""What a guardian sees of a learner's bookings: what is coming, and the last that was."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from participation.queries import TO_COME, Standing, bookings_of
from supporters import sections
from supporters.models import PageKind, SupporterLink, SupportKind
from supporters.queries import supporters_of

_MOST = 10
_PAST = (Standing.CAME, Standing.UNCONFIRMED, Standing.CALLED_OFF)


def register() -> None:
    """Add what guardians see to the page of a young person."""
    sections.register(
        sections.Section(
            name="bookings",
            template="supporters/_bookings.html",
            shown=bookings_shown,
            page=PageKind.BOOKINGS,
            needs=None,
            order=10,
        )
    )
    sections.register(
        sections.Section(
            name="others",
            template="supporters/_others.html",
            shown=_others_shown,
            page=PageKind.OVERVIEW,
            needs=None,
            is_of_children=True,
            order=90,
        )
    )


def bookings_shown(db: Session, link: SupporterLink, now: datetime) -> Mapping[str, Any]:
    """Return what of a learner's bookings is to come, the next first, and what was, the last first."""
    places = bookings_of(db, link.learner, now=now)
    coming = [place for place in places if place.standing in TO_COME][::-1]
    past = [place for place in places if place.standing in _PAST]
    return {"coming": coming[:_MOST], "past": past[:_MOST]}


def _others_shown(db: Session, link: SupporterLink, now: datetime) -> Mapping[str, Any]:
    others = [each for each in supporters_of(db, link.learner, now) if each.id != link.id]
    return {"others": others, "guardian": SupportKind.GUARDIAN}
