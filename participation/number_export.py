"""An organisation's own numbers as a CSV file: what the page shows, and hidden where the page hides."""

from collections.abc import Iterator
from datetime import date
from typing import cast

from app.spreadsheet import as_csv as sheet
from app.wording import label
from participation.own_numbers import Activity, Figure, Line, OwnNumbers, Span
from participation.small_numbers import Hidden, Shown
from participation.wording import age_name, span_name

COLUMNS = (
    *("table", "name", "sessions", "places", "booked"),
    *("came", "young_people", "came_back", "badges"),
)
_FIGURES = (Figure.CAME, Figure.PEOPLE, Figure.BACK, Figure.BADGES)


def as_csv(numbers: OwnNumbers, *, today: date) -> str:
    """Return each row of the page as a line; a number that is not on the page is empty."""
    return sheet([COLUMNS, *_rows(numbers, today)])


def _rows(numbers: OwnNumbers, today: date) -> Iterator[list[object]]:
    for span in Span:
        yield _row("time", span_name(span, today), numbers.spans[span])
    for line in numbers.activities:
        yield _row("activity", cast(Activity, line.scope).title, line)
    for line in numbers.months:
        yield _row("month", f"{line.scope:%Y-%m}", line)
    for age, shown in numbers.ages.items():
        yield ["age", age_name(age), *[None] * 4, _in_words(shown), None, None]


def _row(table: str, name: str, line: Line) -> list[object]:
    offered = line.offered
    shown = [_in_words(line.shown.get(figure)) for figure in _FIGURES]
    return [table, name, offered.sessions, offered.places, offered.booked, *shown]


def _in_words(value: Shown | None) -> object:
    return label(value) if isinstance(value, Hidden) else value
