"""What a reader of any format finds in a list: plain values that know no database."""

from dataclasses import dataclass
from datetime import datetime

from opportunities.models import AttendanceMode, Category, OpportunityKind, Welcome


@dataclass(frozen=True)
class Sitting:
    """One date, in UTC."""

    starts_at: datetime
    ends_at: datetime
    #: `None` where the list does not say.
    places: int | None = None


@dataclass(frozen=True)
class Where:
    """Where something happens, as far as the list says. WGS 84 degrees."""

    name: str = ""
    address: str = ""
    postcode: str = ""
    lon: float | None = None
    lat: float | None = None
    step_free: bool | None = None
    #: The postcode that holds for the whole list, for a name that nobody could find otherwise.
    usual_postcode: str = ""

    @property
    def is_known(self) -> bool:
        return bool(self.name or self.postcode or self.has_point)

    @property
    def has_point(self) -> bool:
        return self.lon is not None and self.lat is not None


NOWHERE = Where()


@dataclass(frozen=True, kw_only=True)
class Found:
    """An activity, with dates. What the list does not say is empty or `None`."""

    number: int | None
    external_id: str
    #: Rows that share it are dates of one activity.
    series_id: str
    title: str
    description: str = ""
    kind: OpportunityKind | None = None
    category: Category | None = None
    #: Enforced.
    min_age: int | None = None
    max_age: int | None = None
    #: For whom it is meant.
    suits_min_age: int | None = None
    suits_max_age: int | None = None
    mode: AttendanceMode = AttendanceMode.IN_PERSON
    cost_pence: int | None = None
    welcome: tuple[Welcome, ...] = ()
    where: Where = NOWHERE
    sittings: tuple[Sitting, ...] = ()
    #: Its dates come as rows of their own, as those of OpenActive's series do.
    dates_come_apart: bool = False
    places: int | None = None
    url: str = ""
    #: Words about it that are shown to nobody, to guess by.
    words: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Dated:
    """One more date of an activity that came in another row."""

    number: int | None
    external_id: str
    series_id: str
    sitting: Sitting


@dataclass(frozen=True, kw_only=True)
class FoundPlace:
    """A place, to offer things at."""

    number: int | None
    external_id: str
    where: Where


@dataclass(frozen=True, kw_only=True)
class Gone:
    """Something that the list says is taken away or called off."""

    number: int | None
    external_id: str
    title: str = ""
    #: What is said where nothing was ever taken in: refused for this. Empty: it changes nothing.
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Refused:
    """A row that cannot be taken: which column or property, and why."""

    number: int | None
    reason: str
    field: str = ""
    external_id: str = ""
    title: str = ""


Row = Found | Dated | FoundPlace | Gone | Refused


class WrongRow(ValueError):
    """What stands in one column or property cannot be used."""

    def __init__(self, field: str, reason: str):
        super().__init__(reason)
        self.field, self.reason = field, reason
