"""CSV files: any delimiter, any usual encoding, row by row."""

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

from flask_babel import gettext as _

from sources.found import Refused
from sources.reading import Progress, WrongList, refuse_binary, size_of

#: Longer lines are no rows of a list. Counted in characters, line ends in quotes aside.
LONGEST_LINE = 1_000_000
LONGEST_CELL = 100_000
_MOST_COLUMNS = 300
_DELIMITERS = ",;\t|"
_CHUNK = 1 << 20


@dataclass
class Table:
    """A list with headings, and its rows: for each its line, and its cells by heading."""

    headings: list[str]
    rows: Iterator[tuple[int, dict[str, str]] | Refused] = field(repr=False)


def open_csv(content: IO[bytes], progress: Progress | None = None) -> Table:
    """Return the table that a CSV file holds, to be read once, in bounded memory.

    UTF-8 and UTF-16, marked or not, and Windows-1252; commas, semicolons, tabs or bars.

    :raises WrongList: it is no such file, here or as its rows are read.
    """
    content.seek(0)
    refuse_binary(content.read(64 * 1024))
    encoding = _encoding_of(content)
    text = io.TextIOWrapper(_Open(content), encoding=encoding, newline="")
    lines = _Lines(text)
    first = lines.first()
    csv.field_size_limit(LONGEST_CELL)
    rows = csv.reader(lines, delimiter=_delimiter_of(first), strict=False)
    try:
        headings = _headings(next(rows))
    except csv.Error as error:
        raise WrongList(_in_words(error, 1)) from error
    size = size_of_quietly(content)
    return Table(headings, _rows(rows, headings, content, size, progress))


def size_of_quietly(content: IO[bytes]) -> int:
    """Return how many bytes there are, and stay where we were."""
    here = content.tell()
    size = size_of(content)
    content.seek(here)
    return max(size, 1)


def _rows(rows, headings: list[str], content: IO[bytes], size: int, progress: Progress | None):
    """Yield each row that is not empty."""
    last = 0
    while True:
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            raise WrongList(_in_words(error, rows.line_num or last + 1)) from error
        except UnicodeDecodeError as error:
            raise WrongList(
                _("Line %(line)s is not text that we can read.", line=rows.line_num + 1)
            ) from error
        last = rows.line_num
        if progress and last % 1000 == 0:
            progress(_("Reading"), min(content.tell() / size, 1.0))
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(headings) and any(cell.strip() for cell in cells[len(headings) :]):
            yield Refused(
                number=last,
                title=" ".join(cells[0].split())[:80],
                reason=_("The row has more cells than there are headings."),
            )
            continue
        yield last, dict(zip(headings, cells, strict=False))


def _headings(cells: list[str]) -> list[str]:
    if not any(cell.strip() for cell in cells):
        raise WrongList(
            _("Line 1 has no headings. The first line has to say what the columns are.")
        )
    if len(cells) > _MOST_COLUMNS:
        raise WrongList(_("There are more than %(number)s columns.", number=_MOST_COLUMNS))
    headings: list[str] = []
    for number, cell in enumerate(cells, 1):
        name = " ".join(cell.split())[:80] or _("Column %(number)s", number=number)
        while name in headings:
            name += "'"
        headings.append(name)
    return headings


def _in_words(error: csv.Error, line: int) -> str:
    if "field limit" in str(error):
        return _(
            "Line %(line)s has a cell of more than %(number)s characters. A quotation mark may be missing.",
            line=line,
            number=f"{LONGEST_CELL:,}",
        )
    return _("Line %(line)s cannot be read: %(reason)s.", line=line, reason=str(error))


def _encoding_of(content: IO[bytes]) -> str:
    """Return how the text is written. Reads it through; rewinds."""
    content.seek(0)
    first = content.read(4)
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        content.seek(0)
        return "utf-16"
    content.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := content.read(_CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    finally:
        content.seek(0)
    return "utf-8-sig"


def _delimiter_of(first: str) -> str:
    outside = "".join(first.split('"')[::2])
    counts = {each: outside.count(each) for each in _DELIMITERS}
    best = max(counts, key=lambda each: counts[each])
    return best if counts[best] else ","


class _Open(io.BufferedReader):
    """The content, which stays open when the text that is read from it is dropped."""

    def __init__(self, content: IO[bytes]):
        super().__init__(_Raw(content))


class _Raw(io.RawIOBase):
    def __init__(self, content: IO[bytes]):
        self.content = content

    def readable(self) -> bool:
        return True

    def readinto(self, into) -> int:
        found = self.content.read(len(into))
        into[: len(found)] = found
        return len(found)


class _Lines:
    """Lines of no more than a sane length, numbered as people number them."""

    def __init__(self, text: io.TextIOWrapper):
        self.text = text
        self.number = 0
        self.pushed_back: str | None = None

    def first(self) -> str:
        self.pushed_back = next(self)
        return self.pushed_back

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        if self.pushed_back is not None:
            line, self.pushed_back = self.pushed_back, None
            return line
        line = self.text.readline(LONGEST_LINE)
        self.number += 1
        if not line:
            raise StopIteration
        if len(line) >= LONGEST_LINE:
            raise WrongList(_("Line %(line)s is longer than any row of a list.", line=self.number))
        if "\0" in line:
            raise WrongList(_("Line %(line)s is not text that we can read.", line=self.number))
        return line
