"""Numbers to take away: CSV that a spreadsheet opens, and in which nothing is a formula."""

import csv
from collections.abc import Iterable
from io import StringIO

#: What a spreadsheet takes for the start of a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def as_csv(rows: Iterable[Iterable[object]]) -> str:
    """Return rows as a CSV file; `None` is an empty cell.

    Starts with a byte order mark, without which Excel misreads Welsh letters.
    """
    page = StringIO()
    writer = csv.writer(page, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows(map(_safe, row) for row in rows)
    return "\ufeff" + page.getvalue()


def _safe(value: object) -> str:
    """Return text that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
