"""What was found made whole: cut to size, completed with what holds for the source, or refused."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from listings.service import MOST_PLACES, OLDEST, YOUNGEST
from opportunities.models import Category, OpportunityKind
from sources.found import Dated, Found, FoundPlace, Refused, Row, Sitting, Where, WrongRow
from sources.guessing import guess_category, guess_kind
from sources.plain import (
    ADDRESS_LENGTH,
    DESCRIPTION_LENGTH,
    NAME_LENGTH,
    TITLE_LENGTH,
    cut,
)

#: The night on which the clocks go back makes the longest day.
LONGEST = timedelta(hours=25)
#: More dates of one thing than anybody looks through.
MOST_SITTINGS = 400
#: How many can come, where nobody says.
USUAL_PLACES = 10
_USUAL_OLDEST = OLDEST - 1


@dataclass(frozen=True, kw_only=True)
class Defaults:
    """What holds where a list says nothing: said once, by whoever brings it in."""

    kind: OpportunityKind | None = None
    category: Category | None = None
    min_age: int | None = None
    max_age: int | None = None
    places: int | None = None
    cost_pence: int | None = None
    where: Where = field(default_factory=Where)
    #: The one date of rows that give none.
    sitting: Sitting | None = None

    @classmethod
    def of(cls, kept: dict[str, Any]) -> "Defaults":
        """Return what `as_kept` wrote."""
        kind, category = kept.get("kind"), kept.get("category")
        return cls(
            kind=OpportunityKind(kind) if kind else None,
            category=Category(category) if category else None,
            where=Where(**kept.get("where") or {}),
            sitting=_sitting_of(kept.get("sitting")),
            **{name: kept.get(name) for name in ("min_age", "max_age", "places", "cost_pence")},
        )

    def as_kept(self) -> dict[str, Any]:
        """Return it as JSON, without what was not said."""
        said = {each.name: getattr(self, each.name) for each in fields(self)}
        if self.sitting:
            said["sitting"] = [
                each.isoformat() for each in (self.sitting.starts_at, self.sitting.ends_at)
            ]
        where = {name: value for name, value in vars(self.where).items() if value}
        return {name: value for name, value in said.items() if value is not None} | {"where": where}


def _sitting_of(kept: list[str] | None) -> Sitting | None:
    if not kept:
        return None
    starts_at, ends_at = (datetime.fromisoformat(each) for each in kept)
    return Sitting(starts_at, ends_at)


def settle(row: Row, defaults: Defaults, now: datetime) -> Row:
    """Return a row that can be written as it is, or why it cannot be."""
    try:
        if isinstance(row, Found):
            return _whole(row, defaults, now)
        if isinstance(row, Dated):
            date = _possible([row.sitting], now)[0]
            return replace(row, sitting=_with_places(date, defaults.places or USUAL_PLACES))
        if isinstance(row, FoundPlace):
            return _whole_place(row)
    except WrongRow as wrong:
        return Refused(
            number=row.number,
            external_id=row.external_id,
            title=getattr(row, "title", ""),
            field=wrong.field,
            reason=str(wrong),
        )
    return row


def digest_of(row: Found | Dated | FoundPlace) -> str:
    """Return what tells two readings of a row apart: all that it says, and not where it stood."""
    said = replace(row, number=None, **({"notes": ()} if isinstance(row, Found) else {}))
    return hashlib.sha256(repr(said).encode()).hexdigest()


def _whole(row: Found, defaults: Defaults, now: datetime) -> Found:
    if not row.title:
        raise WrongRow("title", _("It has no name."))
    notes = list(row.notes)
    title = _cut(row.title, TITLE_LENGTH, _("The name was cut."), notes)
    description = _cut(row.description, DESCRIPTION_LENGTH, _("The description was cut."), notes)
    ages = _ages(row, defaults, notes)
    places = _places(row.places or defaults.places, notes)
    given = row.sittings
    if not given and not row.dates_come_apart and defaults.sitting:
        given = (defaults.sitting,)
        notes.append(_("It gives no date: taken as that of the list."))
    sittings = _possible(given, now, may_be_none=row.dates_come_apart)
    return replace(
        row,
        title=title,
        description=description or title,
        kind=row.kind or _kind(row, defaults, notes),
        category=row.category or _category(row, defaults, notes),
        **ages,
        cost_pence=_cost(row, defaults, notes),
        where=_place(row.where, defaults.where),
        places=places,
        sittings=tuple(_with_places(each, places) for each in sittings),
        words=(),
        notes=tuple(notes),
    )


def _whole_place(row: FoundPlace) -> FoundPlace:
    if not row.where.name:
        raise WrongRow("name", _("It has no name."))
    if not (row.where.postcode or row.where.has_point):
        raise WrongRow("postcode", _("It has no postcode and no point on the map."))
    return replace(row, where=_short(row.where))


def _cut(text: str, length: int, words: str, notes: list[str]) -> str:
    kept, was_longer = cut(text, length)
    if was_longer:
        notes.append(words)
    return kept


def _kind(row: Found, defaults: Defaults, notes: list[str]) -> OpportunityKind:
    if defaults.kind:
        return defaults.kind
    notes.append(_("The kind was guessed."))
    return guess_kind(row.title, row.description) or OpportunityKind.ENRICHMENT


def _category(row: Found, defaults: Defaults, notes: list[str]) -> Category:
    guessed = guess_category(row.title, row.words, row.description)
    if guessed:
        notes.append(_("What it is about was guessed."))
        return guessed
    if defaults.category is None:
        raise WrongRow("category", _("It does not say what it is about. Choose that for the list."))
    return defaults.category


def _ages(row: Found, defaults: Defaults, notes: list[str]) -> dict[str, int | None]:
    """Return the ages that may come, and those it is meant for where they are fewer."""
    if (row.min_age, row.max_age, row.suits_min_age, row.suits_max_age) == (None,) * 4:
        youngest, oldest = defaults.min_age or YOUNGEST, defaults.max_age or _USUAL_OLDEST
        if defaults.min_age is None and defaults.max_age is None:
            notes.append(
                _(
                    "It gives no ages: taken as %(from)s to %(to)s.",
                    **{"from": youngest, "to": oldest},
                )
            )
    else:
        youngest, oldest = row.min_age or YOUNGEST, row.max_age or _USUAL_OLDEST
    youngest, oldest = max(youngest, YOUNGEST), min(oldest, OLDEST)
    if youngest > oldest:
        raise WrongRow("ages", _("It is not for young people of 11 to 25."))
    suits_from = max(row.suits_min_age or youngest, youngest)
    suits_to = min(row.suits_max_age or oldest, oldest)
    if suits_from > suits_to:
        raise WrongRow("ages", _("It is not for young people of 11 to 25."))
    return {
        "min_age": youngest,
        "max_age": oldest,
        "suits_min_age": suits_from if suits_from > youngest else None,
        "suits_max_age": suits_to if suits_to < oldest else None,
    }


def _places(places: int | None, notes: list[str]) -> int:
    if places is None:
        notes.append(
            _("It does not say how many can come: taken as %(number)s.", number=USUAL_PLACES)
        )
        return USUAL_PLACES
    if not 1 <= places <= MOST_PLACES:
        raise WrongRow("places", _("Choose a number of places from 1 to 500."))
    return places


def _cost(row: Found, defaults: Defaults, notes: list[str]) -> int:
    if row.cost_pence is not None:
        return row.cost_pence
    if defaults.cost_pence is None:
        notes.append(_("It gives no price: taken as free."))
    return defaults.cost_pence or 0


def _place(where: Where, usual: Where) -> Where:
    found = where if where.is_known else usual
    if not found.is_known:
        raise WrongRow("location", _("It does not say where it is."))
    if not found.postcode and not found.has_point:
        found = replace(found, usual_postcode=usual.postcode)
    return _short(found)


def _short(where: Where) -> Where:
    name = where.name or where.address or where.postcode or _("Where it is on the map")
    return replace(
        where, name=cut(name, NAME_LENGTH)[0], address=cut(where.address, ADDRESS_LENGTH)[0]
    )


def _possible(
    sittings: Iterable[Sitting], now: datetime, *, may_be_none: bool = False
) -> list[Sitting]:
    """Return the dates to come.

    :raises WrongRow: there are none, or one makes no session.
    """
    given = list(sittings)
    for each in given:
        if each.ends_at <= each.starts_at:
            raise WrongRow("end", _("It ends before it starts."))
        if each.ends_at - each.starts_at > LONGEST:
            raise WrongRow("end", _("It lasts longer than a day. Give each day its own date."))
        if each.places is not None and not 0 <= each.places <= MOST_PLACES:
            raise WrongRow("places", _("Choose a number of places from 1 to 500."))
    to_come = [each for each in given if each.starts_at > now]
    if given and not to_come:
        raise WrongRow("date", _("It is over."))
    if not given and not may_be_none:
        raise WrongRow("date", _("It has no date, so nobody could book it."))
    if len(to_come) > MOST_SITTINGS:
        raise WrongRow("date", _("It has more than %(number)s dates.", number=MOST_SITTINGS))
    by_start = {each.starts_at: each for each in to_come}
    return [by_start[start] for start in sorted(by_start)]


def _with_places(sitting: Sitting, places: int) -> Sitting:
    return replace(sitting, places=places) if sitting.places is None else sitting
