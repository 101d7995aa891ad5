"""Population: usual residents of the 2021 census, and the mid-year estimates of 2020."""

from collections.abc import Collection, Iterator
from pathlib import Path

from sqlalchemy.orm import Session

from geo.loaders import kinds
from geo.loaders.files import Progress, opened
from geo.loaders.merging import Loaded, copy_in, merge, refuse_doubles, whole_or_nothing
from geo.loaders.tables import Table, keeper

CENSUS_2021, MYE_2020 = "census2021", "mye2020"
#: Open-ended bands end here.
OLDEST = 120
#: Estimates are kept year by year up to this age, the oldest that any programme for young people
#: reaches, and as one band beyond it: a third of the rows, and no total lost.
OLDEST_SINGLE_YEAR = 25

#: Heading, and the ages it stands for, both included.
_CENSUS_BANDS = (
    ("Aged 15 years and under", 0, 15),
    ("Aged 16 to 24 years", 16, 24),
    ("Aged 25 to 34 years", 25, 34),
    ("Aged 35 to 49 years", 35, 49),
    ("Aged 50 to 64 years", 50, 64),
    ("Aged 65 years and over", 65, OLDEST),
)
_COLUMNS = "line int, source text, lsoa_code text, from_age int, to_age int, people int"

Band = tuple[int, int, list[int]]


def load_population(
    db: Session,
    path: Path | str,
    *,
    progress: Progress | None = None,
    only_areas: Collection[str] | None = None,
) -> Loaded:
    """Bring one publication into `population_band`, beside the others; counts rows of that table.

    The headings say which it is: the census by six age bands (areas of 2021), or the mid-year
    estimates by single year of age (areas of 2011).

    :param only_areas: leave every other area out.
    :raises WrongFile: it is neither, or a value is impossible.
    """
    with opened(path) as source:
        table = Table(source)
        kind = kinds.expect(source, table.headings, kinds.CENSUS_2021, kinds.MYE_2020)
        with whole_or_nothing(db) as cursor:
            lines = _Lines(table, kind, only_areas)
            copy_in(cursor, _COLUMNS, lines.read(progress))
            refuse_doubles(cursor, source, key="lsoa_code, from_age", called="area", unit="line")
            loaded = merge(
                cursor,
                into="population_band",
                keys="source, lsoa_code, from_age",
                values="to_age, people",
            )
    return Loaded(loaded.made, loaded.updated, loaded.unchanged, lines.left_out)


class _Lines:
    """The rows of one publication, as lines for COPY; counts the areas it leaves out."""

    def __init__(self, table: Table, kind: kinds.Kind, only_areas: Collection[str] | None):
        is_census = kind is kinds.CENSUS_2021
        self.table = table
        self.words = f"Reading {kind.words}"
        self.source = CENSUS_2021 if is_census else MYE_2020
        self.code = table.column("LSOA21CD" if is_census else "LSOA11CD")
        self.bands = _census_bands(table) if is_census else _estimate_bands(table)
        self.is_wanted = keeper(only_areas)
        self.left_out = 0

    def read(self, progress: Progress | None) -> Iterator[str]:
        table = self.table
        for line, row in table.rows(self.words, progress):
            code = table.area_code(line, row, self.code)
            counts = [self._people(line, row, columns) for _, _, columns in self.bands]
            if not self.is_wanted(code):
                self.left_out += 1
                continue
            for (first, last, _), people in zip(self.bands, counts, strict=True):
                yield f"{line}\t{self.source}\t{code}\t{first}\t{last}\t{people}\n"

    def _people(self, line: int, row: list[str], columns: list[int]) -> int:
        return sum(
            int(row[column]) if row[column].isdecimal() else self.table.count(line, row, column)
            for column in columns
        )


def _census_bands(table: Table) -> list[Band]:
    return [(first, last, [table.column(heading)]) for heading, first, last in _CENSUS_BANDS]


def _estimate_bands(table: Table) -> list[Band]:
    years = [table.column(str(age)) for age in range(90)] + [table.column(r"90\+")]
    single = [(age, age, [years[age]]) for age in range(OLDEST_SINGLE_YEAR + 1)]
    return [*single, (OLDEST_SINGLE_YEAR + 1, OLDEST, years[OLDEST_SINGLE_YEAR + 1 :])]
