"""What the reports read from the cube: each question in a session of the report role."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.db import report_db
from cube import queries
from cube.queries import Ledger, Reach, Released


@dataclass(frozen=True)
class History:
    """Every version of every period of a city, the newest first, and what they spent."""

    versions: tuple[Released, ...]
    ledger: Ledger | None

    @property
    def newest_of_each(self) -> list[Released]:
        """Return each period as last corrected."""
        return queries.newest_of_each(self.versions)

    @property
    def budget(self) -> float | None:
        return self.ledger.rho if self.ledger else None

    def spent_in(self, school_year: date) -> float:
        return self.ledger.spent.get(school_year, 0.0) if self.ledger else 0.0


def history_of(city_id: int) -> History:
    """Return what was released of a city so far."""
    with report_db() as cube:
        return History(
            versions=tuple(queries.periods_of(cube, city_id=city_id)),
            ledger=queries.ledger_of(cube, city_id=city_id),
        )


def report_of(
    city_id: int, *, period: str | None = None, release: UUID | None = None
) -> Reach | None:
    """Return what a report says: a release, and the periods before it as they were known then.

    The same release says the same for good, whatever is corrected later. `None` before any release.

    :param release: one version. Left out, it is the last of `period`, or of the latest term.
    :raises NotFound: the city released none of that name.
    """
    with report_db() as cube:
        if release is not None:
            found = queries.release_named(cube, release, city_id=city_id)
        else:
            reach = queries.reach_of(cube, city_id=city_id, period=period)
            if reach is None:
                return None
            found = reach.term
        return queries.as_released(cube, found, city_id=city_id)


def report_of_id(release_id: int) -> tuple[int, Reach] | None:
    """Return a report by the id of its release, and the id of its city; `None` without such a one."""
    with report_db() as cube:
        found = queries.release_of_id(cube, release_id)
        if found is None:
            return None
        city_id, release = found
        return city_id, queries.as_released(cube, release, city_id=city_id)
