"""Reading official CSV: streaming, line by line, to the last line's end."""

import csv
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import NoReturn

from geo.loaders.files import Progress, Source
from geo.loaders.kinds import find_heading

#: The official code of a Lower-layer Super Output Area of England or Wales.
AREA_CODE = re.compile(r"[EW]01[0-9]{6}")
#: The same of any nation: a data zone of Scotland, and a small area of Northern Ireland.
SMALL_AREA_CODE = re.compile(r"[EWSN]01[0-9]{6}|N2[01][0-9]{6}|95[A-Z]{2}[0-9]{2}[A-Z][0-9]")
#: The official code of a ward, a district or any other statistical geography of the nation.
ANY_CODE = re.compile(r"[A-Z][0-9]{8}")
_NUMBER = re.compile(r"-?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)(\.[0-9]+)?([eE]-?[0-9]+)?")
#: Rows between two reports of progress.
_STEP = 20_000


class Table:
    """A CSV file under one line of headings.

    :param end_may_be_open: its last line needs no end. For a file of which it is known how many
        rows it has: some are published so.
    """

    def __init__(self, source: Source, *, end_may_be_open: bool = False):
        self.source = source
        self.end_may_be_open = end_may_be_open
        self._reader = csv.reader(self._whole_lines(source.text()), strict=True)
        self.headings = next(self._reader, [])

    def column(self, pattern: str) -> int:
        """Return the position of the heading that matches `pattern`, known to be there."""
        return self.headings.index(find_heading(pattern, self.headings) or "")

    def rows(self, words: str, progress: Progress | None) -> Iterator[tuple[int, list[str]]]:
        """Yield each row with its line number; blank lines are passed over.

        :param words: what is being done, for `progress`.
        :raises WrongFile: a row has more or fewer cells than there are headings.
        """
        width, reader = len(self.headings), self._reader
        for number, row in enumerate(reader):
            if number % _STEP == 0 and progress:
                progress(words, self.source.share_read)
            if len(row) == width and (row[0] or any(row)):
                yield reader.line_num, row
            elif any(row):
                self._refuse_width(row)

    def number(self, line: int, row: list[str], column: int) -> float:
        """Return a number; some official files write 29,199 with a comma.

        :raises WrongFile: it is none.
        """
        value = row[column].strip()
        if not _NUMBER.fullmatch(value):
            self.refuse(line, row, column, "a number")
        return float(value.replace(",", ""))

    def count(self, line: int, row: list[str], column: int) -> int:
        """Return a whole number that is not negative.

        :raises WrongFile: it is none.
        """
        value = self.number(line, row, column)
        if value < 0 or value != int(value):
            self.refuse(line, row, column, "a whole number, 0 or more")
        return int(value)

    def area_code(
        self, line: int, row: list[str], column: int, pattern: re.Pattern[str] = AREA_CODE
    ) -> str:
        """Return the official code of an area.

        :raises WrongFile: it is none.
        """
        if not pattern.fullmatch(row[column]):
            self.refuse(line, row, column, "an area code such as E01012345")
        return row[column]

    def refuse(self, line: int, row: list[str], column: int, expected: str) -> NoReturn:
        """Refuse the file for one cell.

        :raises WrongFile: always.
        """
        self.source.refuse_cell(f"line {line}", self.headings[column], row[column], expected)

    def _refuse_width(self, row: list[str]) -> NoReturn:
        self.source.refuse(
            f"line {self._reader.line_num} has {len(row)} columns where the headings have "
            f"{len(self.headings)}. The file may be cut short or damaged."
        )

    def _whole_lines(self, text: Iterable[str]) -> Iterator[str]:
        line = "\n"
        for line in text:
            if "\0" in line:
                self.source.refuse("the file is damaged: it holds bytes that no text has.")
            yield line
        # A number that was cut off is still a number: only the line's end says that it is whole.
        if not line.endswith(("\n", "\r")) and not self.end_may_be_open:
            self.source.refuse("the last line has no end: the file is cut short. Fetch it again.")


def keep_all(_code: str) -> bool:
    return True


def keeper(only: Collection[str] | None) -> Callable[[str], bool]:
    """Return a test of whether a code is wanted; every code is, where `only` is `None`."""
    return keep_all if only is None else frozenset(only).__contains__
