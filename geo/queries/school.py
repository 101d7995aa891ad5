"""Whether the schools of a city are open on a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.holidays import is_usual_holiday
from geo.models import SchoolTerm


@dataclass(frozen=True)
class SchoolCalendar:
    """The terms of one authority; beyond those that it has set, the usual weeks."""

    #: The first and the last day of each, in order.
    terms: Sequence[tuple[date, date]] = ()

    @property
    def is_own(self) -> bool:
        """Return whether the authority has set any: else all are the usual weeks."""
        return bool(self.terms)

    def is_open(self, day: date) -> bool:
        """Return whether a day lies in term. Weekends between two weeks of term do."""
        if self.terms and self.terms[0][0] <= day <= self.terms[-1][1]:
            return any(first <= day <= last for first, last in self.terms)
        return not is_usual_holiday(day)


def school_calendar(db: Session, city_id: int) -> SchoolCalendar:
    """Return when the schools of a city are open."""
    found = select(SchoolTerm.starts_on, SchoolTerm.ends_on).filter_by(city_id=city_id)
    return SchoolCalendar(
        [(starts_on, ends_on) for starts_on, ends_on in db.execute(found.order_by("starts_on"))]
    )
