"""The list of a class as a teacher keeps it: a spreadsheet, a CSV file, or cells that were pasted.

Read whole or not at all: what is wrong is said by line and column, and nothing is kept. Of a home
only the area stays; a surname has no column.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from zipfile import BadZipFile, ZipFile

from flask_babel import gettext as _
from openpyxl import load_workbook
from sqlalchemy.orm import Session

from accounts.models import YOUNG_BANDS, AgeBand
from app.screening import find
from geo.models import Area, City
from geo.queries import find_area
from sources.csv_file import open_csv
from sources.found import Refused
from sources.reading import WrongList

#: Of one class.
MOST_ROWS = 60
NAME_LENGTH = 40
#: What a workbook may grow to once it is unpacked: a class is a few kilobytes.
_MOST_UNPACKED = 20_000_000
_MOST_CELLS = 12
_WORKBOOK = b"PK\x03\x04"
#: Both languages, in small letters: what the headings of a list begin with.
_HEADINGS = {
    "name": ("name", "first", "given", "pupil", "enw"),
    "age": ("age", "oed"),
    "home": ("home", "postcode", "post code", "area", "cartref", "cod post", "ardal"),
}


@dataclass(frozen=True)
class Pupil:
    """One row: no more than an account needs."""

    name: str
    age_band: AgeBand
    home: Area


@dataclass(frozen=True)
class Wrong:
    """What cannot be used: on which line, in which column, and why."""

    line: int
    column: str
    reason: str


class WrongClass(Exception):
    """The list cannot be used as it is. Nothing of it was kept."""

    def __init__(self, wrongs: list[Wrong]):
        super().__init__(len(wrongs))
        self.wrongs = wrongs


def read_class(db: Session, content: bytes, city: City) -> list[Pupil]:
    """Return the pupils of a list.

    :param city: where areas are looked for by their names.
    :raises WrongClass: a row cannot be used, there is none, or there are too many.
    """
    pupils: list[Pupil] = []
    wrongs: list[Wrong] = []
    for line, cells in _rows(content):
        read = _pupil(db, line, cells, city)
        if isinstance(read, Pupil):
            pupils.append(read)
        else:
            wrongs.extend(read)
    if not pupils and not wrongs:
        wrongs = [Wrong(1, "", _("There is nobody in this list."))]
    if wrongs:
        raise WrongClass(wrongs)
    return pupils


def _rows(content: bytes) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Yield each row that is not empty, its cells by what they say: name, age, home."""
    table = _workbook_rows(content) if content.startswith(_WORKBOOK) else _text_rows(content)
    names: dict[str, int] | None = None
    number = 0
    for line, cells in table:
        if not any(cells):
            continue
        if names is None:
            names = _columns(line, cells)
            continue
        number += 1
        if number > MOST_ROWS:
            raise WrongClass(
                [Wrong(line, "", _("A class has %(number)s people at most.", number=MOST_ROWS))]
            )
        yield line, {name: cells[at] if at < len(cells) else "" for name, at in names.items()}


def _columns(line: int, cells: list[str]) -> dict[str, int]:
    found = {
        name: at
        for name, starts in _HEADINGS.items()
        for at, cell in reversed(list(enumerate(cells)))
        if cell.lower().startswith(starts)
    }
    if len(found) < len(_HEADINGS):
        raise WrongClass([Wrong(line, "", _("The first line has to say: First name, Age, Home."))])
    return found


def _text_rows(content: bytes) -> Iterator[tuple[int, list[str]]]:
    try:
        table = open_csv(BytesIO(content))
        yield 1, [_plain(each) for each in table.headings]
        for row in table.rows:
            if isinstance(row, Refused):
                raise WrongClass([Wrong(row.number or 0, "", row.reason)])
            line, cells = row
            yield line, [_plain(each) for each in cells.values()]
    except WrongList as error:
        raise WrongClass([Wrong(1, "", str(error))]) from error


def _workbook_rows(content: bytes) -> Iterator[tuple[int, list[str]]]:
    try:
        # Asked of the table of contents, before anything is unpacked.
        with ZipFile(BytesIO(content)) as packed:
            unpacked = sum(each.file_size for each in packed.infolist())
        if unpacked > _MOST_UNPACKED:
            raise WrongClass([Wrong(0, "", _("This file is too big for a class."))])
        book = load_workbook(BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        found = sheet.iter_rows(max_row=MOST_ROWS * 3, max_col=_MOST_CELLS, values_only=True)
        rows = [[_plain(cell) for cell in row] for row in found]
    except WrongClass:
        raise
    # Whatever a broken workbook makes of the library that reads it, it is a broken workbook.
    except (BadZipFile, KeyError, ValueError, IndexError, TypeError, OSError, SyntaxError) as error:
        raise WrongClass([Wrong(0, "", _("We cannot read this file. Save it as CSV."))]) from error
    yield from enumerate(rows, 1)


def _pupil(db: Session, line: int, cells: Mapping[str, str], city: City) -> Pupil | list[Wrong]:
    name, band, home = cells["name"], read_age(cells["age"]), None
    wrongs = []
    if not name or len(name) > NAME_LENGTH or not name.isprintable():
        wrongs.append(Wrong(line, _("First name"), _("Write a first name of up to 40 characters.")))
    elif find([name]) or re.search(r"[\d<>@]", name):
        wrongs.append(Wrong(line, _("First name"), _("Write a name, and nothing else.")))
    if band is None:
        wrongs.append(Wrong(line, _("Age"), _("Write an age from 11 to 24, like 14 or 13-15.")))
    if len(cells["home"]) <= 80:
        home = find_area(db, cells["home"], city=city) if cells["home"] else None
    if home is None:
        wrongs.append(
            Wrong(line, _("Home"), _("Write a postcode, its first half, or the name of an area."))
        )
    if wrongs or band is None or home is None:
        return wrongs
    return Pupil(name, band, home)


def read_age(written: str) -> AgeBand | None:
    """Return the age band that someone means: by the band itself, or by any age in it."""
    ages = [int(each) for each in re.findall(r"\d{1,2}", written)]
    for band in YOUNG_BANDS:
        youngest, oldest = band.ages
        if ages and len(ages) <= 2 and all(youngest <= age <= oldest for age in ages):
            return band
    return None


def _plain(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return " ".join(str(cell).split())
