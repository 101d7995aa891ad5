"""What if there was a session here: who would gain, worked out without writing anything. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from accounts.models import YOUNG_BANDS, AgeBand
from opportunities.models import Category
from provision import measures
from provision.lens import Lens, Mode, When
from provision.survey import AreaAccess, Survey


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A session that somebody thinks of putting on, again and again."""

    #: Empty where that is open yet.
    category: Category | None
    #: Who may come, both inclusive.
    youngest: int
    oldest: int
    #: Each time.
    places: int
    hours: float
    #: How often in a week: 0.5 is every other week.
    times: float
    #: `ANY` where that is open yet.
    when: When
    is_free: bool
    is_step_free: bool

    def lens(self, mode: Mode) -> Lens:
        """Return the lens that shows only what is like it."""
        return Lens(
            mode=mode,
            category=self.category,
            age_band=self._age_band,
            when=self.when,
            is_free=self.is_free,
            is_step_free=self.is_step_free,
        )

    @property
    def _age_band(self) -> AgeBand | None:
        """Return the band that it is for, where it is for one and no more."""
        ages = (self.youngest, self.oldest)
        return next((band for band in YOUNG_BANDS if band.ages == ages), None)

    def place_hours(self, lens: Lens) -> float:
        """Return what it offers in a week, as far as the lens shows it."""
        is_seen = (
            lens.category in (None, self.category)
            and lens.when in (When.ANY, self.when)
            and self.is_free >= lens.is_free
            and self.is_step_free >= lens.is_step_free
        )
        offered = self.places * self.hours * self.times
        return offered * lens.share_of(self.youngest, self.oldest) if is_seen else 0.0


@dataclass(frozen=True)
class Change:
    """An area before and after."""

    before: AreaAccess
    after: AreaAccess

    @property
    def gain(self) -> float:
        return self.after.access - self.before.access

    @property
    def is_newly_reached(self) -> bool:
        return self.before.access == 0 and self.after.access > 0


@dataclass(frozen=True)
class Effect:
    """What a proposal would do at the middle of one area."""

    site: AreaAccess
    #: Weekly place-hours that it adds.
    place_hours: float
    #: Every area of the city.
    changes: Sequence[Change]

    @cached_property
    def gaining(self) -> list[Change]:
        """Return the areas that gain, the largest gain first, and the more young people first."""
        gaining = [change for change in self.changes if change.gain > 0]
        return sorted(gaining, key=_largest_first)

    @property
    def young_people(self) -> int:
        """Return how many live in areas that gain."""
        return _people(self.gaining)

    @property
    def deprived(self) -> int:
        """Return how many of them live in the most deprived fifth of areas."""
        return _people([change for change in self.gaining if change.before.is_deprived])

    @property
    def newly_reached(self) -> int:
        """Return how many had nothing like it within reach, and now have."""
        return _people([change for change in self.gaining if change.is_newly_reached])

    @property
    def newly_reached_deprived(self) -> int:
        """Return how many of those live in the most deprived fifth of areas."""
        return _people(
            [each for each in self.gaining if each.is_newly_reached and each.before.is_deprived]
        )

    @cached_property
    def cold_before(self) -> list[measures.ColdSpot]:
        return measures.cold_spots([change.before for change in self.changes])

    @cached_property
    def cold_after(self) -> list[measures.ColdSpot]:
        return measures.cold_spots([change.after for change in self.changes])

    @property
    def leaves_more_short(self) -> bool:
        """Say whether more are short in cold spots than before: what is little has risen with the average."""
        before, after = (
            sum(spot.short for spot in spots) for spots in (self.cold_before, self.cold_after)
        )
        return round(after) > round(before)


def effect(survey: Survey, lsoa_code: str, place_hours: float) -> Effect:
    """Return what so many more place-hours in a week would do at the middle of an area of the city."""
    after = survey.with_also(lsoa_code, place_hours)
    changes = [Change(*pair) for pair in zip(survey.areas, after, strict=True)]
    site = next(area for area in survey.areas if area.code == lsoa_code)
    return Effect(site, place_hours, changes)


def better_of(effects: Sequence[Effect]) -> Effect | None:
    """Return the one by which more young people of the most deprived fifth gain, or else more of all.

    None where it is the same.
    """
    by_worth = sorted(effects, key=_worth, reverse=True)
    if len(by_worth) < 2 or _worth(by_worth[0]) == _worth(by_worth[1]):
        return None
    return by_worth[0]


def _worth(effect: Effect) -> tuple[int, int]:
    return effect.deprived, effect.young_people


def _largest_first(change: Change) -> tuple[float, int, str]:
    # A hair's breadth is no difference: areas in the same third of the distance gain the same.
    return -round(change.gain, 9), -(change.before.young_people or 0), change.before.code


def _people(changes: Sequence[Change]) -> int:
    return sum(change.before.young_people or 0 for change in changes)
