"""What of all that is on is looked at, and over which weeks. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from accounts.models import YOUNG_BANDS, AgeBand
from app.clock import LONDON
from opportunities.models import Category

#: The young people that all of this is about, both inclusive.
YOUNGEST, OLDEST = YOUNG_BANDS[0].ages[0], YOUNG_BANDS[-1].ages[1]
#: Twelve weeks, about a school term, hold the rhythm of what is on each week, each fortnight and
#: each month. Half of them lie behind: what runs for good counts though its next dates are not
#: typed yet. Half lie ahead: what is new counts at once, and what has ended drops out.
WEEKS_BEHIND = WEEKS_AHEAD = 6


class Mode(StrEnum):
    """How young people travel."""

    WALK = "walk"
    BUS = "bus"
    DRIVE = "drive"


#: As the crow flies: a mile to walk, five by bus, twelve by car. A city may say otherwise.
USUAL_METRES = {Mode.WALK: 1_600, Mode.BUS: 8_000, Mode.DRIVE: 20_000}


class When(StrEnum):
    """When in the week a session starts, in London."""

    ANY = "any"
    WEEKDAY_DAY = "weekday_day"
    #: From five in the afternoon.
    WEEKDAY_EVENING = "weekday_evening"
    WEEKEND = "weekend"


@dataclass(frozen=True, kw_only=True)
class Lens:
    """What is looked at. Whatever is left as it is asks nothing."""

    #: On foot unless said otherwise: it costs nothing, and nobody has to be driven.
    mode: Mode = Mode.WALK
    category: Category | None = None
    age_band: AgeBand | None = None
    when: When = When.ANY
    is_free: bool = False
    is_step_free: bool = False

    @property
    def ages(self) -> tuple[int, int]:
        """Return the youngest and the oldest young people that are looked at, both inclusive."""
        return self.age_band.ages if self.age_band else (YOUNGEST, OLDEST)

    def share_of(self, youngest: int, oldest: int) -> float:
        """Return which share of the ages that may come to something is looked at.

        A place that is open to many ages is taken by one: so ages share it evenly, and what the
        bands have adds up to what all have.
        """
        first, last = self.ages
        shared = min(oldest, last) - max(youngest, first) + 1
        return max(shared, 0) / (oldest - youngest + 1)


@dataclass(frozen=True)
class Weeks:
    """Whole weeks of London, from a Monday on."""

    first_day: date
    count: int

    @property
    def last_day(self) -> date:
        return self.first_day + timedelta(weeks=self.count, days=-1)

    @property
    def opens_at(self) -> datetime:
        return _midnight(self.first_day)

    @property
    def closes_at(self) -> datetime:
        """Return the first instant after them."""
        return _midnight(self.last_day + timedelta(days=1))


def weeks_around(now: datetime) -> Weeks:
    """Return the weeks that are counted at an instant: they change on Mondays alone."""
    today = now.astimezone(LONDON).date()
    monday = today - timedelta(days=today.weekday())
    return Weeks(monday - timedelta(weeks=WEEKS_BEHIND), WEEKS_BEHIND + WEEKS_AHEAD)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, LONDON).astimezone(UTC)
