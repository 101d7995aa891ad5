"""Tables for people to open elsewhere: our template, and the report of a reading."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from flask_babel import gettext as _

from app.wording import label
from sources.mapping import template_headings
from sources.models import ImportedRow

#: A cell that begins so is worked out by spreadsheets, and can do harm.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
_EXAMPLE = (
    *("1", "Make a pot", "You will make a pot and take it home.", "enrichment"),
    *("arts_and_culture", "11", "16", "28/11/2026", "10:00", "12:00", "12", "2.50"),
    *("Kiln Yard", "1 Kiln Lane", "Testford", "YO1 7HH", "", "", "yes", ""),
)


def harmless(value: object) -> str:
    """Return a cell that no spreadsheet works out."""
    text = "" if value is None else str(value)
    return (
        "'" + text if text.lstrip(" ").startswith(_FORMULA) or text.startswith(_FORMULA) else text
    )


def template() -> str:
    """Return our own file, with one row to write over."""
    return "".join(_lines([template_headings(), _EXAMPLE]))


def report(rows: Iterable[ImportedRow]) -> Iterator[str]:
    """Yield what became of each row, as lines of a table."""
    headings = (_("Row"), _("Number or code"), _("Name"), _("What became of it"))
    yield from _lines([(*headings, _("Column"), _("Reason"), _("Notes"))])
    for row in rows:
        notes = " ".join(row.notes)
        told = (row.number, row.external_id, row.title, label(row.verdict), row.field, row.reason)
        yield from _lines([(*told, notes)])


def _lines(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    for row in rows:
        page = io.StringIO()
        writer = csv.writer(page, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        writer.writerow([harmless(cell) for cell in row])
        yield page.getvalue()
