"""The published indices of deprivation: how each file is known, and where it says what."""

import re
from dataclasses import dataclass

from geo.loaders import kinds
from geo.loaders.kinds import find_heading
from geo.loaders.tables import AREA_CODE, SMALL_AREA_CODE, Table


@dataclass(frozen=True)
class Part:
    """One index that a file holds: the whole, or a part of it that is ranked for itself."""

    #: What its name has after that of the whole: nothing, or `-idaci`.
    suffix: str
    #: Patterns of its headings; `None` where the file has no such column.
    score: str | None
    rank: str
    decile: str | None


@dataclass(frozen=True)
class Edition:
    """One edition of a nation's indices, as published."""

    name: str
    #: As a refusal calls it.
    words: str
    year: str
    kind: kinds.Kind
    code_heading: str
    #: How many areas the nation had: ranks run from 1 to this.
    areas: int
    parts: tuple[Part, ...]
    code: re.Pattern[str] = AREA_CODE
    #: Some files are published without the end of their last line. Their rows are counted instead.
    end_may_be_open: bool = False


@dataclass(frozen=True)
class Columns:
    """Where one index of a file stands."""

    index: str
    score: int | None
    rank: int
    decile: int | None
    #: A part may be published without scores; the index as a whole never is.
    score_may_be_empty: bool


def _part(suffix: str, heading: str) -> Part:
    return Part(suffix, rf"{heading} Score.*", rf"{heading} Rank.*", rf"{heading} Decile.*")


_OF_ENGLAND = (
    Part("", *kinds.IMD_HEADINGS),
    _part("-idaci", r"Income Deprivation Affecting Children Index \(IDACI\)"),
    _part("-income", "Income"),
    _part("-employment", "Employment"),
    _part("-education", "Education, Skills and Training"),
    _part("-health", "Health Deprivation and Disability"),
    _part("-crime", "Crime"),
    _part("-housing", "Barriers to Housing and Services"),
    _part("-environment", "Living Environment"),
)
EDITIONS = (
    Edition(
        *("iod2019", "IoD 2019", "2019", kinds.IOD_2019, r"LSOA code \(2011\)", 32_844, _OF_ENGLAND)
    ),
    Edition(
        *("iod2025", "IoD 2025", "2025", kinds.IOD_2025, r"LSOA code \(2021\)", 33_755, _OF_ENGLAND)
    ),
    Edition(
        *("wimd2019", "WIMD 2019", "2019", kinds.WIMD_2019, "LSOA code", 1_909),
        (Part("", None, "WIMD 2019", None),),
        end_may_be_open=True,
    ),
    Edition(
        *("simd2020", "SIMD 2020", "2020", kinds.SIMD_2020, "DZ", 6_976),
        (Part("", None, "SIMD2020(v2)?_Rank", "SIMD2020(v2)?_Decile"),),
        code=SMALL_AREA_CODE,
        end_may_be_open=True,
    ),
    Edition(
        *("nimdm2017", "NIMDM 2017", "2017", kinds.NIMDM_2017, "SOA2001", 890),
        (Part("", None, "Multiple Deprivation Measure Rank.*", None),),
        code=SMALL_AREA_CODE,
        end_may_be_open=True,
    ),
)


def columns_of(table: Table, edition: Edition) -> list[Columns]:
    """Return where each index of a file stands, the whole first; parts it lacks are left out."""
    return [
        Columns(
            index=edition.name + part.suffix,
            score=None if part.score is None else table.column(part.score),
            rank=table.column(part.rank),
            decile=None if part.decile is None else table.column(part.decile),
            score_may_be_empty=bool(part.suffix),
        )
        for part in edition.parts
        if _is_in(table, part)
    ]


def _is_in(table: Table, part: Part) -> bool:
    wanted = [each for each in (part.score, part.rank, part.decile) if each is not None]
    return all(find_heading(each, table.headings) is not None for each in wanted)
