"""What next: up to three things to do, each with its reasons in words. These are all the rules.

1. Nothing is suggested until the learner turns it on; off again, the days they ticked are forgotten.
2. Looked at are the nearest things within five miles of the middle of their home area that someone
   of their age band may join, on the days they ticked, and that they never booked.
3. The first suggestion goes on with a skill that they have begun: one of a badge they earned, or of
   something they booked.
4. The second is of a sort they never tried.
5. The third is the nearest that is left. Where a rule finds nothing, the nearest take its place.

Used are the area, the age band, what they booked and came to, the badges of that, and the days they
ticked: never a name, a need that they told a group, what they looked at, or what others like them do.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import format_date
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from accounts.models import User
from app.clock import LONDON
from app.wording import label
from badges.models import Skill
from opportunities.models import ScheduledSession
from opportunities.near_home import near_home
from opportunities.queries import Found, search
from opportunities.wording import METRES_IN_A_MILE, in_miles
from profiles.models import SuggestionChoice
from profiles.queries import History, history_of

_WITHIN_M = 5 * METRES_IN_A_MILE
_AMONG = 50
_SHOWN = 3


@dataclass(frozen=True)
class Suggestion:
    """A session to go to next, and why."""

    scheduled: ScheduledSession
    #: Sentences, the one that decided first.
    reasons: Sequence[str]


def suggestions_for(
    db: Session, learner: User, choice: SuggestionChoice | None, *, now: datetime
) -> list[Suggestion]:
    """Return what a learner may like to do next; nothing unless they turned this on."""
    if choice is None or not choice.is_on:
        return []
    known = history_of(db, learner)
    near = near_home(
        db,
        learner,
        within_m=_WITHIN_M,
        now=now,
        days=frozenset(choice.free_days),
        is_evening=choice.free_evenings,
        limit=_AMONG,
    )
    untried = [
        found
        for found in search(db, near)
        if found.scheduled.opportunity_id not in known.opportunity_ids
    ]
    picked: dict[int, Suggestion] = {}
    for rule in (_goes_on, _is_new, _is_near, _is_near, _is_near):
        found = next((one for one in untried if id(one) not in picked and rule(one, known)), None)
        if found and len(picked) < _SHOWN:
            reasons = dict.fromkeys(_reasons(found, known, choice, first=rule))
            picked[id(found)] = Suggestion(found.scheduled, list(reasons))
    return list(picked.values())


def _goes_on(found: Found, known: History) -> str:
    """Say which skill this goes on with, if any."""
    achievement = found.scheduled.opportunity.achievement
    practised = set(achievement.skills if achievement else ())
    begun = [label(skill) for skill in Skill if skill in practised and skill in known.skills]
    return _("It goes on with a skill you have begun: %(skill)s.", skill=begun[0]) if begun else ""


def _is_new(found: Found, known: History) -> str:
    category = found.scheduled.opportunity.category
    if category in known.categories:
        return ""
    return _("It is something new for you: %(category)s.", category=label(category))


def _is_near(found: Found, _known: History) -> str:
    return _("It is near you: %(distance)s.", distance=in_miles(found.distance_m or 0))


def _is_free_then(found: Found, choice: SuggestionChoice) -> str:
    if not (choice.free_days or choice.free_evenings):
        return ""
    day = format_date(found.scheduled.starts_at.astimezone(LONDON), "EEEE")
    return _("You said that you are free then: %(day)s.", day=day)


def _reasons(
    found: Found,
    known: History,
    choice: SuggestionChoice,
    *,
    first: Callable[[Found, History], str],
) -> list[str]:
    """Return all that speaks for this, the rule that picked it first."""
    sentences = [
        first(found, known),
        *(rule(found, known) for rule in (_goes_on, _is_new, _is_near)),
        _is_free_then(found, choice),
    ]
    return [sentence for sentence in sentences if sentence]
