"""When a listing is held until an officer has looked at it. Pure: everything comes as an argument."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from flask_babel import gettext as _

from app.clock import LONDON
from app.wording import label
from listings.models import ReviewReason
from listings.screening import Finding, screen
from opportunities.models import OpportunityKind

#: Sessions that touch the hours between midnight and this one are looked at.
NIGHT_ENDS = time(6)
#: A provider with fewer listings approved or run before is new.
KNOWN_AFTER = 3
#: What a new provider may ask for without being looked at.
MOST_PLACES_WHEN_NEW = 30
_SCHOOL_LEAVING_AGE = 16


@dataclass(frozen=True)
class Sitting:
    """When something runs, and for how many."""

    starts_at: datetime
    ends_at: datetime
    places: int


def review_reasons(
    *,
    kind: OpportunityKind,
    min_age: int,
    texts: Iterable[str],
    sittings: Sequence[Sitting] = (),
    known_listings: int,
) -> list[Finding]:
    """Return why an officer has to look first, each with the words it was found by, if any.

    :param texts: all that people will read of it.
    :param known_listings: how many of the provider's other listings were approved, or have run.
    """
    found = screen(texts)
    found += [Finding(reason, "") for reason in reasons_of(sittings, known_listings=known_listings)]
    if kind is OpportunityKind.WORK_EXPERIENCE and min_age < _SCHOOL_LEAVING_AGE:
        found.append(Finding(ReviewReason.UNDER_16_AT_WORK, ""))
    return found


def reasons_of(sittings: Sequence[Sitting], *, known_listings: int) -> list[ReviewReason]:
    """Return why an officer has to look at sessions first."""
    reasons = []
    if any(sitting.places == 1 for sitting in sittings):
        reasons.append(ReviewReason.ONE_PLACE)
    if any(runs_at_night(sitting.starts_at, sitting.ends_at) for sitting in sittings):
        reasons.append(ReviewReason.NIGHT)
    most = max((sitting.places for sitting in sittings), default=0)
    if known_listings < KNOWN_AFTER and most > MOST_PLACES_WHEN_NEW:
        reasons.append(ReviewReason.NEW_AND_BIG)
    return reasons


def runs_at_night(starts_at: datetime, ends_at: datetime) -> bool:
    """Return whether any of it lies between midnight and six by London's clocks."""
    start, end = starts_at.astimezone(LONDON), ends_at.astimezone(LONDON)
    midnight = datetime.combine(start.date() + timedelta(days=1), time(0), LONDON)
    return start.time() < NIGHT_ENDS or end > midnight


def missing_gates(
    kind: OpportunityKind, placement: Mapping[str, Any] | None, today: date
) -> list[str]:
    """Return what must still be said before work experience can be published, in sentences.

    :param placement: as a version keeps it, its dates as ISO 8601 text.
    """
    if kind is not OpportunityKind.WORK_EXPERIENCE:
        return []
    said = placement or {}
    missing = []
    if (said.get("insured_until") or "") < today.isoformat():
        missing.append(_("Say until when your employers' liability insurance holds."))
    if not said.get("risks_assessed_on"):
        missing.append(_("Say when you looked at the risks with young people in mind."))
    return missing


def kinds_of(findings: Iterable[Finding]) -> list[ReviewReason]:
    """Return each reason once, in the order of finding."""
    return list(dict.fromkeys(finding.reason for finding in findings))


def sentences(reasons: Iterable[str]) -> list[str]:
    """Return reasons, as the database keeps them, in sentences for the provider and the officer."""
    return [label(ReviewReason(reason)) for reason in reasons]
