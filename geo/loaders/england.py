"""Everything for England at once, out of a folder of official files."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from geo.loaders import kinds
from geo.loaders.areas import load_areas, load_wards
from geo.loaders.deprivation import load_deprivation
from geo.loaders.files import Progress, WrongFile, opened
from geo.loaders.merging import Loaded, whole_or_nothing
from geo.loaders.population import load_population
from geo.loaders.postcodes import load_postcodes
from geo.loaders.shapes import headings_in, is_shapes
from geo.loaders.tables import Table

#: What an official file may be called, before `.gz`.
_SUFFIXES = {".csv", ".json", ".geojson", ".topojson", ".gpkg"}


@dataclass(frozen=True)
class Step:
    """One file of the load."""

    words: str
    kind: kinds.Kind
    load: Callable[..., Loaded]


#: Areas come first: wards are written into them.
STEPS = (
    Step("Areas", kinds.AREAS_2021, load_areas),
    Step("Wards of areas", kinds.WARDS_OF_AREAS, load_wards),
    Step("Deprivation, IoD 2019", kinds.IOD_2019, load_deprivation),
    Step("Deprivation, IoD 2025", kinds.IOD_2025, load_deprivation),
    Step("Population, census 2021", kinds.CENSUS_2021, load_population),
    Step("Population, mid-2020", kinds.MYE_2020, load_population),
    Step("Postcodes", kinds.POSTCODES, load_postcodes),
)
#: Without these there is no England to speak of; the others are loaded where they are found.
_NEEDED = (kinds.AREAS_2021, kinds.IOD_2025, kinds.POSTCODES)


def load_england(
    db: Session, folder: Path | str, *, progress: Progress | None = None
) -> dict[str, Loaded]:
    """Load every official file that a folder holds, all of them or none.

    Files are known by their headings, whatever they are called. Of several that fit, the largest
    is taken: the country before a city, and full outlines before simplified ones.

    :return: what each step did, in order.
    :raises WrongFile: areas, IoD 2025 or postcodes are not there, or a file is wrong.
    """
    files = find_files(Path(folder), progress)
    with whole_or_nothing(db):
        return {
            step.words: step.load(db, files[step.kind], progress=progress)
            for step in STEPS
            if step.kind in files
        }


def find_files(folder: Path, progress: Progress | None = None) -> dict[kinds.Kind, Path]:
    """Return the largest file of each kind in a folder and the folders in it.

    :raises WrongFile: areas, IoD 2025 or postcodes are not there.
    """
    found: dict[kinds.Kind, Path] = {}
    unread: list[str] = []
    for path in sorted(_candidates(folder), key=lambda path: (-path.stat().st_size, path)):
        if progress:
            progress("Looking at the files", None)
        try:
            kind = _kind_of_file(path)
        except WrongFile as reason:
            unread.append(str(reason))
        else:
            if kind:
                found.setdefault(kind, path)
    lacking = [kind.words.removeprefix("the ") for kind in _NEEDED if kind not in found]
    if lacking:
        also = f" Not readable: {' '.join(unread[:3])}" if unread else ""
        raise WrongFile(f"{folder} holds no {', and no '.join(lacking)}.{also}")
    return found


def _candidates(folder: Path) -> list[Path]:
    return [
        path
        for path in folder.rglob("*")
        if path.is_file() and Path(path.name.lower().removesuffix(".gz")).suffix in _SUFFIXES
    ]


def _kind_of_file(path: Path) -> kinds.Kind | None:
    with opened(path) as source:
        if not is_shapes(source):
            return kinds.kind_of(Table(source).headings)
        return kinds.kind_of(headings_in(source))
