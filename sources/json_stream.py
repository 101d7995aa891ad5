"""JSON read as a stream: one object at a time, never the whole of a large file."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import IO, Any

import ijson
from flask_babel import gettext as _
from ijson.common import ObjectBuilder

from sources.csv_file import size_of_quietly
from sources.reading import Progress, WrongList

_DEEPEST = 40
#: A single object with more parts than this is no entry of a list.
_MOST_PARTS = 50_000
_LONGEST_KEY = 1000
_LONGEST_NUMBER = 400
_NUMBER = re.compile(rb"[0-9]{%d}" % _LONGEST_NUMBER)


def objects(
    content: IO[bytes],
    prefixes: tuple[str, ...],
    said: dict[str, Any] | None = None,
    progress: Progress | None = None,
) -> Iterator[Any]:
    """Yield each entry of the list at one of `prefixes` (`items`, `data.items`; empty for the root).

    :param said: takes the plain values that stand beside it at the root, such as `next`.
    :raises WrongList: it is no JSON, or nests deeper than any list.
    """
    content.seek(0)
    size = size_of_quietly(content)
    starts = tuple(f"{each}.item" if each else "item" for each in prefixes)
    events = _events(content)
    count = 0
    for prefix, event, value in events:
        if prefix in starts and event not in ("end_map", "end_array"):
            yield _build(events, event, value)
            count += 1
            if progress and count % 200 == 0:
                progress(_("Reading"), min(content.tell() / size, 1.0))
        elif said is not None and "." not in prefix and event in _PLAIN:
            said[prefix] = value if not isinstance(value, str) else value[:2000]


def whole(content: IO[bytes], most_bytes: int) -> Any:
    """Return everything that a file of a sane size holds.

    :raises WrongList: it is no JSON, or too large to be read at once.
    """
    content.seek(0)
    if size_of_quietly(content) > most_bytes:
        raise WrongList(_("The file is too large to be read at once."))
    events = _events(content)
    try:
        _prefix, event, value = next(events)
    except StopIteration:
        raise WrongList(_("The file is empty.")) from None
    return _build(events, event, value)


def list_within(content: IO[bytes]) -> str:
    """Return the name of the first list of objects in a file: `items`, `data.items`, or the root.

    :raises WrongList: there is none.
    """
    content.seek(0)
    for prefix, event, _value in _events(content):
        if event == "start_map" and prefix.endswith("item") and prefix.count("item") <= 2:
            content.seek(0)
            return prefix.removesuffix("item").removesuffix(".")
    raise WrongList(_("There is no list of objects in this file."))


_PLAIN = {"string", "number", "boolean", "null"}


class _Sane:
    """A stream whose numbers have no more digits than any number has.

    Python makes no whole number of thousands of digits, and the parser, which is written in C,
    goes on as if it had: the process would be gone.
    """

    def __init__(self, content: IO[bytes]):
        self.content = content
        self.before = b""

    def read(self, size: int) -> bytes:
        chunk = self.content.read(size)
        if size and _NUMBER.search(self.before + chunk):
            raise WrongList(_("A number in it is longer than any that we read."))
        self.before = (self.before + chunk)[-_LONGEST_NUMBER:]
        return chunk


def _events(content: IO[bytes]) -> Iterator[tuple[str, str, Any]]:
    content.seek(0)
    if content.read(3) != b"\xef\xbb\xbf":
        content.seek(0)
    depth = 0
    try:
        for prefix, event, value in ijson.parse(_Sane(content)):
            if event in ("start_map", "start_array"):
                depth += 1
                if depth > _DEEPEST:
                    raise WrongList(_("It nests deeper than any list that we read."))
            elif event in ("end_map", "end_array"):
                depth -= 1
            elif event == "map_key" and len(value) > _LONGEST_KEY:
                raise WrongList(_("A name in it is longer than any that we read."))
            elif isinstance(value, Decimal):
                value = float(value)
            yield prefix, event, value
    except (ijson.JSONError, UnicodeDecodeError, ValueError) as error:
        raise WrongList(
            _("It is no JSON that we can read: %(reason)s.", reason=_short(error))
        ) from error


def _build(events: Iterator[tuple[str, str, Any]], event: str, value: Any) -> Any:
    if event in _PLAIN:
        return value
    builder = ObjectBuilder()
    builder.event(event, value)
    depth, parts = 1, 0
    while depth:
        _prefix, event, value = next(events)
        builder.event(event, value)
        depth += {"start_map": 1, "start_array": 1, "end_map": -1, "end_array": -1}.get(event, 0)
        parts += 1
        if parts > _MOST_PARTS:
            raise WrongList(_("One entry of it has more parts than any that we read."))
    return builder.value


def _short(error: Exception) -> str:
    return " ".join(str(error).split("\n")[0].split())[:120]
