"""Reading official outlines: GeoJSON, TopoJSON and GeoPackage, a part of the file at a time."""

import re
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from geo.loaders.files import Progress, Source, is_gzip

#: Features held in memory at a time. GDAL starts each part from the top of the file.
_PART = 50_000
#: Features between two reports of progress.
_STEP = 2_000
_GEOPACKAGE = b"SQLite format 3\0"
_OFFICIAL_HEADING = re.compile(rb'"((?:LSOA|MSOA|WD|LAD)[0-9]{2}(?:CD|NM))"')
_GLANCE = 1 << 20
#: British National Grid, in which the ONS publishes most of its GeoPackages.
_NATIONAL_GRID, _WGS_84 = 27700, 4326
#: What every refusal of pyogrio descends from.
_GDAL_REFUSALS = RuntimeError

#: Number of the feature from 1, its properties by heading, its outline as WKB.
Feature = tuple[int, dict[str, object], bytes]


class Shapes:
    """The first layer of a file of outlines."""

    def __init__(self, source: Source, path: Path):
        self.source, self._path = source, path
        # The first part is read at once: GDAL goes through a whole file even to tell its headings.
        self._first = self._read(0)
        about = self._first[0]
        self.headings: list[str] = list(about["fields"])
        self.srid = _srid(source, about["crs"])

    def features(self, words: str, progress: Progress | None) -> Iterator[Feature]:
        """Yield every feature.

        :param words: what is being done, for `progress`.
        :raises WrongFile: the file breaks off, or a feature has no outline.
        """
        start, part = 0, self._first
        while len(part[2]):
            for number, feature in enumerate(_features(part), start + 1):
                if progress and number % _STEP == 1:
                    progress(words, (number - start) / len(part[2]))
                if feature[1] is None:
                    self.source.refuse(f"feature {number} has no outline.")
                yield number, *feature
            start += len(part[2])
            if start % _PART:
                break
            part = self._read(start)

    def _read(self, start: int) -> tuple:
        # GDAL takes a third of a second to come: only who reads outlines waits for it.
        from pyogrio import raw

        with _gdal_said_in_a_sentence(self.source):
            return raw.read(self._path, layer=0, skip_features=start, max_features=_PART)


def _features(part: tuple) -> Iterator[tuple[dict[str, object], bytes]]:
    about, _, outlines, values = part
    names = list(about["fields"])
    for outline, *row in zip(outlines, *values, strict=True):
        yield dict(zip(names, row, strict=True)), outline


def is_shapes(source: Source) -> bool:
    """Say whether a file holds outlines rather than lines of text."""
    start = source.content.read(256)
    source.content.seek(0)
    return start.startswith(_GEOPACKAGE) or start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"


def headings_in(source: Source) -> set[str]:
    """Return the official headings that a file of outlines seems to have, at a glance.

    Opening it properly would read it from end to end.
    """
    if source.content.read(len(_GEOPACKAGE)) == _GEOPACKAGE:
        source.content.seek(0)
        with shapes_of(source) as shapes:
            return set(shapes.headings)
    source.content.seek(0)
    before = b""
    while block := source.content.read(_GLANCE):
        if found := _OFFICIAL_HEADING.findall(before + block):
            return {heading.decode() for heading in found}
        before = block[-20:]
    return set()


@contextmanager
def shapes_of(source: Source) -> Iterator[Shapes]:
    """Open a file of outlines. What is compressed is unpacked beside and checked first.

    :raises WrongFile: GDAL cannot read it.
    """
    with _unpacked(source) as path, _gdal_said_in_a_sentence(source):
        _refuse_what_breaks_off(source, path)
        yield Shapes(source, path)


@contextmanager
def _unpacked(source: Source) -> Iterator[Path]:
    if not is_gzip(source.path):
        yield source.path
        return
    # GDAL could read through the compression, but would take a cut-off end for the end.
    with tempfile.NamedTemporaryFile(prefix="tirnod-", suffix=_suffix(source)) as unpacked:
        shutil.copyfileobj(source.content, unpacked, 1 << 20)
        unpacked.flush()
        yield Path(unpacked.name)


def _suffix(source: Source) -> str:
    start = source.content.read(len(_GEOPACKAGE))
    source.content.seek(0)
    return ".gpkg" if start == _GEOPACKAGE else ".json"


def _refuse_what_breaks_off(source: Source, path: Path) -> None:
    with path.open("rb") as file:
        if file.read(len(_GEOPACKAGE)) == _GEOPACKAGE:
            return
        file.seek(max(path.stat().st_size - 256, 0))
        if not file.read().rstrip().endswith(b"}"):
            source.refuse("the outlines break off: the file is cut short. Fetch it again.")


@contextmanager
def _gdal_said_in_a_sentence(source: Source) -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        try:
            yield
        except _GDAL_REFUSALS as error:
            # GDAL names the unpacked copy, which nobody gave it.
            reason = str(error).split(": ", 1)[-1].split("; ")[0]
            source.refuse(f"the outlines cannot be read: {reason}")


def _srid(source: Source, crs: str | None) -> int:
    """Return the number of the coordinate system; none said means degrees, as GeoJSON has it."""
    if crs is None or "CRS84" in crs:
        return _WGS_84
    if "British_National_Grid" in crs or "British National Grid" in crs:
        return _NATIONAL_GRID
    authority, _, number = crs.partition(":")
    if authority != "EPSG" or not number.isdecimal():
        source.refuse("the outlines are in a coordinate system that we do not know.")
    return int(number)
