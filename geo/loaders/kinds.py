"""Telling official files apart by their headings, and saying which command takes which."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import NoReturn

from geo.loaders.files import Source

#: How many headings a sentence can carry.
_SHOWN = 8


@dataclass(frozen=True)
class Kind:
    """One kind of official file: what it is called, what takes it, and how it is known."""

    words: str
    #: `None` for files that no command takes.
    command: str | None
    #: Patterns, each of which one heading must match in full, in any case.
    headings: tuple[str, ...]

    def is_seen_in(self, headings: Collection[str]) -> bool:
        return len(self.found_in(headings)) == len(self.headings)

    def found_in(self, headings: Collection[str]) -> list[str]:
        """Return this kind's headings as a file writes them, in our order."""
        found = [find_heading(pattern, headings) for pattern in self.headings]
        return [heading for heading in found if heading is not None]


_DISTRICT = (r"LAD\d\dCD", r"LAD\d\dNM")
IMD_HEADINGS = (
    r"Index of Multiple Deprivation \(IMD\) Score",
    # One official heading is cut off at a fixed width: enough of it has to be there.
    r"Index of Multiple Deprivation \(IMD\) Rank.*",
    r"Index of Multiple Deprivation \(IMD\) Decile.*",
)
_POSTCODE = ("pcds", "lat", "long", "lsoa21(cd)?")

WARDS_OF_AREAS = Kind(
    "a lookup from areas of 2021 to wards",
    "load-areas",
    (r"LSOA21CD", r"WD\d\dCD", r"WD\d\dNM"),
)
AREAS_2021 = Kind("boundaries of areas of 2021", "load-areas", ("LSOA21CD", "LSOA21NM", *_DISTRICT))
IOD_2019 = Kind("IoD 2019, File 7", "load-deprivation", (r"LSOA code \(2011\)", *IMD_HEADINGS))
IOD_2025 = Kind("IoD 2025, File 7", "load-deprivation", (r"LSOA code \(2021\)", *IMD_HEADINGS))
# Some of these headings end in a space, and one goes on in another line.
WIMD_2019 = Kind(
    "the Welsh Index of Multiple Deprivation 2019",
    "load-deprivation",
    ("LSOA code", "WIMD 2019", "Access to Services"),
)
SIMD_2020 = Kind(
    "the Scottish Index of Multiple Deprivation 2020",
    "load-deprivation",
    ("DZ", "SIMD2020(v2)?_Rank", "SIMD2020(v2)?_Decile"),
)
NIMDM_2017 = Kind(
    "the Northern Ireland Multiple Deprivation Measure 2017",
    "load-deprivation",
    ("SOA2001", "Multiple Deprivation Measure Rank.*"),
)
CENSUS_2021 = Kind(
    "the 2021 census by age band",
    "load-population",
    (
        "LSOA21CD",
        "Aged 15 years and under",
        "Aged 16 to 24 years",
        "Aged 25 to 34 years",
        "Aged 35 to 49 years",
        "Aged 50 to 64 years",
        "Aged 65 years and over",
    ),
)
MYE_2020 = Kind(
    "population estimates by single year of age, for areas of 2011",
    "load-population",
    ("LSOA11CD", *map(str, range(90)), r"90\+"),
)
POSTCODES = Kind("the postcode directory", "load-postcodes", _POSTCODE)

#: In the order in which they are tried: what asks for more comes before what asks for less.
KINDS = (
    POSTCODES,
    IOD_2019,
    IOD_2025,
    WIMD_2019,
    SIMD_2020,
    NIMDM_2017,
    CENSUS_2021,
    MYE_2020,
    WARDS_OF_AREAS,
    Kind("a lookup from areas of 2011 to areas of 2021", None, ("LSOA11CD", "LSOA21CD")),
    AREAS_2021,
    Kind("boundaries of areas of 2011", None, ("LSOA11CD", "LSOA11NM", *_DISTRICT)),
    Kind("boundaries of middle layer areas (MSOA)", None, (r"MSOA\d\dCD",)),
    Kind("boundaries of wards", None, (r"WD\d\dCD", r"WD\d\dNM")),
    Kind("boundaries of districts", None, _DISTRICT),
    Kind("population estimates by district", None, ("Code", "Geography", "All_ages", r"90\+")),
    Kind("postcodes without coordinates", None, ("pcds", "lsoa21(cd)?")),
    Kind("postcodes of another layout", None, (r"pcds?|postcode|pcd7|pcd8",)),
    Kind("another Welsh Index of Multiple Deprivation", None, ("WIMD.*",)),
    Kind("another Scottish Index of Multiple Deprivation", None, (r"SIMD.*_Rank",)),
    Kind("figures by small area of Northern Ireland", None, (r"SOA2001",)),
)


def kind_of(headings: Collection[str]) -> Kind | None:
    """Return the kind of official file that has these headings."""
    return next((kind for kind in KINDS if kind.is_seen_in(headings)), None)


def find_heading(pattern: str, headings: Collection[str]) -> str | None:
    """Return the heading that matches `pattern` in full, in any case, whatever spaces surround it."""
    wanted = re.compile(pattern, re.IGNORECASE | re.DOTALL)
    return next((each for each in headings if wanted.fullmatch(each.strip())), None)


def expect(source: Source, headings: Collection[str], *kinds: Kind) -> Kind:
    """Return which of `kinds` the file is.

    :raises WrongFile: it is another; the reason says what was expected, what was found, what the
        file looks like and which command takes it.
    """
    found = kind_of(headings)
    return found if found in kinds else _refuse(source, headings, kinds, found)


def _refuse(
    source: Source, headings: Collection[str], kinds: tuple[Kind, ...], found: Kind | None
) -> NoReturn:
    expected = " or ".join(kind.words for kind in kinds)
    if found:
        takes = f"`flask geo {found.command}` takes it" if found.command else "no command takes it"
        source.refuse(f"expected {expected}. This looks like {found.words}; {takes}.")
    lacking = [pattern for pattern in kinds[0].headings if find_heading(pattern, headings) is None]
    source.refuse(
        f"expected {expected}. No heading {_listed(map(_readable, lacking))}; "
        f"found {_listed(headings)}."
    )


def _readable(pattern: str) -> str:
    return (
        re.sub(r"\\d\\d", "25", pattern).replace(".*", "").replace("(cd)?", "cd").replace("\\", "")
    )


def _listed(headings) -> str:
    names = [repr(name.strip()[:60]) for name in headings]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
