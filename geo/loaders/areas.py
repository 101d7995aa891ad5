"""Areas: Lower-layer Super Output Areas of 2021, and the wards they lie in.

The areas of 2011 are refused: they overlap those of 2021, and a point would lie in two areas. What
is published for them (IoD 2019, estimates of 2020) is kept by code without their outlines.
"""

from collections.abc import Collection, Iterator
from pathlib import Path

from psycopg import Cursor
from sqlalchemy.orm import Session

from geo.loaders import kinds
from geo.loaders.files import Progress, Source, opened
from geo.loaders.merging import (
    Loaded,
    copy_in,
    copy_line,
    merge,
    one_row,
    refuse_doubles,
    whole_or_nothing,
)
from geo.loaders.postcodes import EAST, NORTH, SOUTH, WEST
from geo.loaders.shapes import Shapes, is_shapes, shapes_of
from geo.loaders.tables import ANY_CODE, AREA_CODE, Table, keeper

_COLUMNS = (
    "line int, lsoa_code text, name text, district_code text, district_name text, outline geometry"
)
_VALUES = "name, district_code, district_name, boundary, centre"
_WARD_COLUMNS = "line int, lsoa_code text, ward_code text, ward_name text"


def load_areas(
    db: Session,
    path: Path | str,
    *,
    progress: Progress | None = None,
    only_districts: Collection[str] | None = None,
) -> Loaded:
    """Bring the boundaries of areas into `area`; a lookup of their wards is passed to `load_wards`.

    Outlines that are not valid are mended, and those in another coordinate system are turned into
    WGS 84. What an area already knows of its ward stays.

    :param only_districts: leave the areas of every other district out.
    :raises WrongFile: it holds no boundaries of areas of 2021, it breaks off, or a value is
        impossible.
    """
    with opened(path) as source:
        if not is_shapes(source):
            return load_wards(db, path, progress=progress, only_districts=only_districts)
        with shapes_of(source) as shapes:
            kinds.expect(source, shapes.headings, kinds.AREAS_2021)
            lines = _Lines(shapes, only_districts)
            with whole_or_nothing(db) as cursor:
                copy_in(cursor, _COLUMNS, lines.read(progress))
                if progress:
                    progress("Writing areas", None)
                refuse_doubles(cursor, source, key="lsoa_code", called="area", unit="feature")
                _prepare(cursor, source, shapes.srid)
                loaded = merge(
                    cursor, into="area", keys="lsoa_code", values=_VALUES, rows="prepared"
                )
    return Loaded(loaded.made, loaded.updated, loaded.unchanged, lines.left_out)


def load_wards(
    db: Session,
    path: Path | str,
    *,
    progress: Progress | None = None,
    only_districts: Collection[str] | None = None,
) -> Loaded:
    """Write into areas that are loaded which ward they lie in; makes no rows.

    Areas that are not loaded are left out.

    :param only_districts: leave the areas of every other district out.
    :raises WrongFile: it is no lookup from areas of 2021 to wards, or a value is impossible.
    """
    with opened(path) as source:
        table = Table(source)
        kinds.expect(source, table.headings, kinds.WARDS_OF_AREAS, kinds.AREAS_2021)
        with whole_or_nothing(db) as cursor:
            copy_in(cursor, _WARD_COLUMNS, _ward_lines(table, progress))
            refuse_doubles(cursor, source, key="lsoa_code", called="area", unit="line")
            return _write_wards(cursor, only_districts)


class _Lines:
    """The features of a file of boundaries, as lines for COPY; counts those it leaves out."""

    def __init__(self, shapes: Shapes, only_districts: Collection[str] | None):
        self.shapes = shapes
        self.columns = kinds.AREAS_2021.found_in(shapes.headings)
        self.is_wanted = keeper(only_districts)
        self.left_out = 0

    def read(self, progress: Progress | None) -> Iterator[str]:
        for number, properties, outline in self.shapes.features("Reading areas", progress):
            code, name, district, district_name = self._cells(number, properties)
            if self.is_wanted(district):
                yield copy_line(number, code, name, district, district_name, outline.hex())
            else:
                self.left_out += 1

    def _cells(self, number: int, properties: dict[str, object]) -> list[str]:
        code, name, district, district_name = (properties[each] for each in self.columns)
        if not AREA_CODE.fullmatch(str(code)):
            self._refuse(number, 0, code, "an area code such as E01012345")
        if not ANY_CODE.fullmatch(str(district)):
            self._refuse(number, 2, district, "a district code such as E06000026")
        for column, words in ((1, name), (3, district_name)):
            if not isinstance(words, str) or not words.isprintable() or not words.strip():
                self._refuse(number, column, words, "a name")
        return [str(each).strip() for each in (code, name, district, district_name)]

    def _refuse(self, number: int, column: int, value: object, expected: str) -> None:
        self.shapes.source.refuse_cell(f"feature {number}", self.columns[column], value, expected)


def _prepare(cursor: Cursor, source: Source, srid: int) -> None:
    """Make of `incoming` the rows `prepared`, as the table keeps them."""
    cursor.execute(
        """
        CREATE TEMPORARY TABLE prepared ON COMMIT DROP AS
        SELECT line, lsoa_code, name, district_code, district_name, boundary,
               ST_PointOnSurface(boundary)::geography AS centre
        FROM (
            SELECT *, ST_Multi(CASE WHEN ST_IsValid(placed) THEN placed
                ELSE ST_CollectionExtract(ST_MakeValid(placed), 3) END) AS boundary
            FROM (SELECT *, ST_Force2D(ST_Transform(ST_SetSRID(outline, %(srid)s), 4326)) AS placed
                  FROM incoming OFFSET 0) AS placed_once
            OFFSET 0) AS mended
        """,
        {"srid": srid},
    )
    _refuse_outlines(cursor, source)
    cursor.execute("ANALYZE prepared")


def _refuse_outlines(cursor: Cursor, source: Source) -> None:
    cursor.execute(
        """
        SELECT line, lsoa_code, GeometryType(boundary), ST_AsText(ST_PointN(ST_ExteriorRing(
            ST_GeometryN(boundary, 1)), 1), 5)
        FROM prepared
        WHERE GeometryType(boundary) <> 'MULTIPOLYGON' OR ST_IsEmpty(boundary)
           OR NOT boundary @ ST_MakeEnvelope(%s, %s, %s, %s, 4326)
        ORDER BY line LIMIT 1
        """,
        (WEST, SOUTH, EAST, NORTH),
    )
    for line, code, kind, corner in cursor:
        if kind != "MULTIPOLYGON" or corner is None:
            source.refuse(f"feature {line}: area {code} has no surface.")
        source.refuse(
            f"feature {line}: area {code} lies outside the United Kingdom, at {corner}. Expected "
            "degrees of longitude and latitude, in this order, or the coordinate system named."
        )


def _ward_lines(table: Table, progress: Progress | None) -> Iterator[str]:
    code, ward, ward_name = map(table.column, kinds.WARDS_OF_AREAS.headings)
    for line, row in table.rows("Reading wards", progress):
        if not ANY_CODE.fullmatch(row[ward]):
            table.refuse(line, row, ward, "a ward code such as E05011384")
        if not row[ward_name].strip() or not row[ward_name].isprintable():
            table.refuse(line, row, ward_name, "a name")
        yield copy_line(line, table.area_code(line, row, code), row[ward], row[ward_name].strip())


def _write_wards(cursor: Cursor, only_districts: Collection[str] | None) -> Loaded:
    wanted = list(only_districts) if only_districts is not None else None
    cursor.execute("LOCK TABLE area IN SHARE ROW EXCLUSIVE MODE")
    known, left_out = one_row(
        cursor,
        """
        SELECT count(area.lsoa_code), count(*) - count(area.lsoa_code)
        FROM incoming LEFT JOIN area ON area.lsoa_code = incoming.lsoa_code
            AND (%(wanted)s::text[] IS NULL OR area.district_code = ANY(%(wanted)s::text[]))
        """,
        {"wanted": wanted},
    )
    cursor.execute(
        """
        UPDATE area SET ward_code = incoming.ward_code, ward_name = incoming.ward_name
        FROM incoming WHERE area.lsoa_code = incoming.lsoa_code
            AND (%(wanted)s::text[] IS NULL OR area.district_code = ANY(%(wanted)s::text[]))
            AND (area.ward_code, area.ward_name)
                IS DISTINCT FROM (incoming.ward_code, incoming.ward_name)
        """,
        {"wanted": wanted},
    )
    updated = cursor.rowcount
    return Loaded(updated=updated, unchanged=known - updated, left_out=left_out)
