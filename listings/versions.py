"""What a listing says, as one value that can be kept, compared and put back."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import User
from app.web import london_date, money
from app.wording import label
from badges.models import Achievement
from geo.models import Place
from listings.models import ListingVersion, ReviewReason, VersionState
from listings.queries import last_version
from opportunities.models import (
    AttendanceMode,
    Category,
    EncounterPoint,
    Opportunity,
    OpportunityKind,
    Placement,
    Welcome,
)

Values = dict[str, Any]

_PLAIN = (
    *("title", "description", "min_age", "max_age", "suits_min_age", "suits_max_age"),
    *("cost_pence", "cost_help", "has_waiting_list", "booking_opens_days"),
    *("booking_closes_hours", "is_instant"),
)
_ENUMS = {"kind": OpportunityKind, "category": Category, "mode": AttendanceMode}
_PLACEMENT = ("role", "hours_total", "hours_a_week", "tasks", "outcomes", "expenses")
_PLACEMENT_DATES = ("insured_until", "risks_assessed_on")


def values_of(opportunity: Opportunity) -> Values:
    """Return all that a listing says but its sessions, as JSON keeps it."""
    plain = {name: getattr(opportunity, name) for name in _PLAIN}
    return plain | {
        **{name: getattr(opportunity, name).value for name in _ENUMS},
        "welcome": [str(each) for each in opportunity.welcome],
        "questions": list(opportunity.questions),
        "place": place_value(opportunity.place),
        "badge": badge_value(opportunity.achievement),
        "placement": _placement_value(opportunity.placement),
    }


def place_value(place: Place) -> dict[str, str]:
    """Return a place as a version keeps it: its key, and its name for whoever reads it later."""
    return {"uuid": str(place.uuid), "name": place.name}


def badge_value(achievement: Achievement | None) -> dict[str, str] | None:
    """Return a badge as a version keeps it."""
    return {"slug": achievement.slug, "name": achievement.name} if achievement else None


def put_back(db: Session, opportunity: Opportunity, values: Values) -> None:
    """Let a listing say what `values` say. Flushes."""
    for name in _PLAIN:
        setattr(opportunity, name, values[name])
    for name, kind in _ENUMS.items():
        setattr(opportunity, name, kind(values[name]))
    opportunity.welcome = [Welcome(each) for each in values["welcome"]]
    opportunity.questions = list(values["questions"])
    opportunity.place = db.scalars(
        select(Place).filter_by(uuid=UUID(values["place"]["uuid"]))
    ).one()
    badge = values["badge"]
    found = select(Achievement).filter_by(slug=badge["slug"]) if badge else None
    opportunity.achievement = db.scalars(found).one() if found is not None else None
    _put_placement_back(opportunity, values["placement"])
    db.flush()


def keep_version(
    db: Session,
    *,
    opportunity: Opportunity,
    values: Values,
    made_by: User | None,
    now: datetime,
    state: VersionState = VersionState.LIVE,
    reasons: list[ReviewReason] | None = None,
) -> ListingVersion:
    """Keep what a listing says as its next version. Flushes. The listing must be locked, or new."""
    before = last_version(db, opportunity)
    version = ListingVersion(
        opportunity=opportunity,
        number=before.number + 1 if before else 1,
        made_by=made_by,
        made_at=now,
        values=values,
        state=state,
        reasons=reasons or [],
    )
    db.add(version)
    db.flush()
    return version


def texts_of(values: Values) -> list[str]:
    """Return all words of a version that people will read."""
    placement = values["placement"] or {}
    return [
        *(values["title"], values["description"], values["cost_help"], *values["questions"]),
        *(placement.get(name, "") for name in ("role", "tasks", "outcomes", "expenses")),
        *placement.get("points", {}).values(),
    ]


@dataclass(frozen=True)
class Difference:
    """One thing that changed, in words."""

    name: str
    before: str
    after: str


def differences(before: Values, after: Values) -> list[Difference]:
    """Return what is different between two versions, in words and in the order of the pages."""
    first, second = dict(_said(before)), dict(_said(after))
    names = [name for name in first if name in second] + [n for n in second if n not in first]
    names += [name for name in first if name not in second]
    found = [
        Difference(name, first.get(name, nothing()), second.get(name, nothing())) for name in names
    ]
    return [each for each in found if each.before != each.after]


def nothing() -> str:
    """Return how an empty box is said."""
    return _("nothing")


def _placement_value(placement: Placement | None) -> Values | None:
    if placement is None:
        return None
    dates = {name: getattr(placement, name) for name in _PLACEMENT_DATES}
    return {
        **{name: getattr(placement, name) for name in _PLACEMENT},
        **{name: day.isoformat() if day else None for name, day in dates.items()},
        "points": dict(placement.points),
    }


def _put_placement_back(opportunity: Opportunity, values: Values | None) -> None:
    if values is None:
        opportunity.placement = None
        return
    placement = opportunity.placement or Placement()
    for name in _PLACEMENT:
        setattr(placement, name, values[name])
    for name in _PLACEMENT_DATES:
        setattr(placement, name, date.fromisoformat(values[name]) if values[name] else None)
    placement.points = dict(values["points"])
    opportunity.placement = placement


def _said(values: Values) -> Iterator[tuple[str, str]]:
    """Yield each thing that a version says, with its name, both in words."""
    for name, say in _SAYINGS:
        yield str(name), say(values) or nothing()
    placement = values["placement"]
    if placement is None:
        return
    for name, say in _PLACEMENT_SAYINGS:
        yield str(name), say(placement) or nothing()
    for point in EncounterPoint:
        said = placement["points"].get(point.value)
        yield label(point), nothing() if said is None else said or _("Yes")


def _text(name: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda values: values[name]


def _ages(values: Values) -> str:
    return _("%(youngest)s to %(oldest)s", youngest=values["min_age"], oldest=values["max_age"])


def _suits(values: Values) -> str:
    youngest, oldest = values["suits_min_age"], values["suits_max_age"]
    if youngest is None and oldest is None:
        return ""
    return _(
        "%(youngest)s to %(oldest)s",
        youngest=youngest or values["min_age"],
        oldest=oldest or values["max_age"],
    )


def days_before(days: int | None) -> str:
    """Return when booking opens, in words; nothing where it always is."""
    return ngettext("%(num)d day before", "%(num)d days before", days) if days else ""


def hours_before(hours: int | None) -> str:
    """Return when booking closes, in words; nothing where it closes at the start."""
    return ngettext("%(num)d hour before", "%(num)d hours before", hours) if hours else ""


def _hours(name: str) -> Callable[[Values], str]:
    return lambda values: (
        ngettext("%(num)d hour", "%(num)d hours", values[name]) if values[name] else ""
    )


def _day(name: str) -> Callable[[Values], str]:
    return lambda values: (
        london_date(date.fromisoformat(values[name]), "d MMMM yyyy") if values[name] else ""
    )


_SAYINGS: tuple[tuple[Any, Callable[[Values], str]], ...] = (
    (_l("Name"), _text("title")),
    (_l("What I will do there"), _text("description")),
    (_l("Kind"), lambda values: label(OpportunityKind(values["kind"]))),
    (_l("About"), lambda values: label(Category(values["category"]))),
    (_l("Ages"), _ages),
    (_l("Meant for"), _suits),
    (_l("Badge"), lambda values: values["badge"]["name"] if values["badge"] else _("No badge")),
    (_l("Place"), lambda values: values["place"]["name"]),
    (_l("Where one takes part"), lambda values: label(AttendanceMode(values["mode"]))),
    (_l("Cost"), lambda values: money(values["cost_pence"])),
    (_l("Help with the cost"), _text("cost_help")),
    (
        _l("Access and welcome"),
        lambda values: ", ".join(label(each) for each in Welcome if each in values["welcome"]),
    ),
    (_l("Waiting list"), lambda values: _("Yes") if values["has_waiting_list"] else _("No")),
    (_l("Booking opens"), lambda values: days_before(values["booking_opens_days"])),
    (_l("Booking closes"), lambda values: hours_before(values["booking_closes_hours"])),
    (
        _l("Booking"),
        lambda values: _("At once") if values["is_instant"] else _("You are asked, and answer"),
    ),
    (_l("Questions"), lambda values: " · ".join(values["questions"])),
)
_PLACEMENT_SAYINGS: tuple[tuple[Any, Callable[[Values], str]], ...] = (
    (_l("Role"), _text("role")),
    (_l("Hours in all"), _hours("hours_total")),
    (_l("Hours a week"), _hours("hours_a_week")),
    (_l("Tasks"), _text("tasks")),
    (_l("What one learns"), _text("outcomes")),
    (_l("Expenses"), _text("expenses")),
    (_l("Insured until"), _day("insured_until")),
    (_l("Risks looked at"), _day("risks_assessed_on")),
)
