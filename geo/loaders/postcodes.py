"""Postcodes: the live ones of the national directory, with their area and their point.

Reference data about places. What a person types is compared with it and forgotten.
"""

import re
from collections.abc import Collection, Iterator
from pathlib import Path

from sqlalchemy.orm import Session

from geo.loaders import kinds
from geo.loaders.files import Progress, opened
from geo.loaders.merging import Loaded, copy_in, merge, refuse_doubles, whole_or_nothing
from geo.loaders.tables import ANY_CODE, AREA_CODE, Table, keeper

_POSTCODE = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]? *[0-9][A-Z]{2}")
#: WGS 84 degrees that hold the United Kingdom, with room around it.
EAST, WEST, SOUTH, NORTH = 3.0, -9.0, 49.0, 62.0
#: The directory writes this latitude where it knows no point.
_NO_POINT = 99.999999
_COLUMNS = "line int, postcode text, lsoa_code text, lon float8, lat float8"


def load_postcodes(
    db: Session,
    path: Path | str,
    *,
    progress: Progress | None = None,
    only_areas: Collection[str] | None = None,
) -> Loaded:
    """Bring the live English and Welsh postcodes of a directory (ONSPD, NSPL) into `postcode`.

    Rows that have ended (`doterm`), have no point, or lie elsewhere are counted as left out.

    :param only_areas: leave the postcodes of every other area out.
    :raises WrongFile: it is no postcode directory, or a value is impossible.
    """
    with opened(path) as source:
        table = Table(source)
        kinds.expect(source, table.headings, kinds.POSTCODES)
        with whole_or_nothing(db) as cursor:
            lines = _Lines(table, only_areas)
            copy_in(cursor, _COLUMNS, lines.read(progress))
            if progress:
                progress("Writing postcodes", None)
            refuse_doubles(cursor, source, key="postcode", called="postcode", unit="line")
            loaded = merge(cursor, into="postcode", keys="postcode", values="lsoa_code, lon, lat")
    return Loaded(loaded.made, loaded.updated, loaded.unchanged, lines.left_out)


class _Lines:
    """The rows of a directory, as lines for COPY; counts those it leaves out."""

    def __init__(self, table: Table, only_areas: Collection[str] | None):
        self.table = table
        self.postcode, self.lat, self.lon, self.area = (
            table.column(heading) for heading in kinds.POSTCODES.headings
        )
        ended = kinds.find_heading("doterm", table.headings)
        self.ended = table.headings.index(ended) if ended else None
        self.is_wanted = keeper(only_areas)
        self.left_out = 0

    def read(self, progress: Progress | None) -> Iterator[str]:
        postcode, area = self.postcode, self.area
        for line, row in self.table.rows("Reading postcodes", progress):
            if not _POSTCODE.fullmatch(row[postcode]):
                self.table.refuse(line, row, postcode, "a postcode such as LS1 4AP")
            point = self._point(line, row) if self._is_kept(line, row) else None
            if point is None:
                self.left_out += 1
            else:
                yield f"{line}\t{row[postcode].replace(' ', '')}\t{row[area]}\t{point}\n"

    def _is_kept(self, line: int, row: list[str]) -> bool:
        area = row[self.area]
        if AREA_CODE.fullmatch(area):
            has_ended = self.ended is not None and row[self.ended].strip()
            return not has_ended and self.is_wanted(area)
        if area and not ANY_CODE.fullmatch(area):
            self.table.refuse(line, row, self.area, "an area code such as E01012345, or nothing")
        return False

    def _point(self, line: int, row: list[str]) -> str | None:
        """Return longitude and latitude as COPY reads them; `None` where the directory has none."""
        if not row[self.lat] and not row[self.lon]:
            return None
        lat = self._degrees(line, row, self.lat)
        lon = self._degrees(line, row, self.lon)
        if lat == _NO_POINT:
            return None
        if not (SOUTH < lat < NORTH and WEST < lon < EAST):
            wrong = self.lon if SOUTH < lat < NORTH else self.lat
            self.table.refuse(line, row, wrong, "degrees that lie in the United Kingdom")
        return f"{lon!r}\t{lat!r}"

    def _degrees(self, line: int, row: list[str], column: int) -> float:
        # Three million of these: a plain conversion, and a closer look only where it fails.
        try:
            return float(row[column])
        except ValueError:
            self.table.refuse(line, row, column, "degrees, such as 53.79648")
