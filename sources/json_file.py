"""Lists of flat JSON objects, read through the same mapping as a table."""

from collections.abc import Iterator
from itertools import chain, islice
from typing import IO, Any

from flask_babel import gettext as _

from sources.csv_file import Table
from sources.found import Refused
from sources.json_stream import list_within, objects
from sources.reading import Progress, WrongList

#: The headings are the names that stand in so many of the first objects.
_LOOKED_AT = 50
_MOST_COLUMNS = 300


def open_json(content: IO[bytes], progress: Progress | None = None) -> Table:
    """Return the table that a list of objects makes: each name a heading, inner ones with a dot.

    :raises WrongList: there is no list of objects in it.
    """
    entries = objects(content, (list_within(content),), progress=progress)
    first = list(islice(entries, _LOOKED_AT))
    headings: dict[str, None] = {}
    for entry in first:
        headings.update(dict.fromkeys(flat(entry) if isinstance(entry, dict) else ()))
    if not headings:
        raise WrongList(_("There is no list of objects in this file."))
    return Table(list(headings)[:_MOST_COLUMNS], _rows(chain(first, entries)))


def flat(entry: dict[str, Any], prefix: str = "", depth: int = 2) -> dict[str, str]:
    """Return the plain values of an object by name, those of objects within it by `outer.inner`."""
    found: dict[str, str] = {}
    for name, value in entry.items():
        key = f"{prefix}{name}"[:80]
        if isinstance(value, dict) and depth > 1:
            found |= flat(value, f"{key}.", depth - 1)
        elif isinstance(value, list):
            found[key] = ", ".join(
                str(each) for each in value if isinstance(each, str | int | float)
            )
        elif not isinstance(value, dict):
            found[key] = "" if value is None else str(value)
    return found


def _rows(entries: Iterator[Any]) -> Iterator[tuple[int, dict[str, str]] | Refused]:
    for number, entry in enumerate(entries, 1):
        if isinstance(entry, dict):
            yield number, flat(entry)
        else:
            yield Refused(number=number, reason=_("This entry of the list is no object."))
