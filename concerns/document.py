"""One concern as a document: dated, complete, and with a sum by which a changed copy is seen."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from hashlib import sha256

from app.wording import label
from concerns.models import Concern
from concerns.queries import Line


def of(concern: Concern, lines: Iterable[Line], *, now: datetime) -> str:
    """Return a concern as plain text. The last line is the SHA-256 of all that stands before it.

    Times are UTC, as an inquiry wants them. What someone wrote stands indented, so that nothing in
    it can pass for a line of the record.
    """
    body = "\n".join((*_head(concern, now), *(part for line in lines for part in _entry(line)), ""))
    return f"{body}SHA-256: {sha256(body.encode()).hexdigest()}\n"


def _head(concern: Concern, now: datetime) -> Iterator[str]:
    yield f"Concern {concern.uuid}"
    yield f"Made out: {_instant(now)}"
    yield f"City: {concern.city.name}. Authority: {concern.city.authority_name}"
    yield f"About: {label(concern.kind)}. {label(concern.urgency)}"
    yield f"Raised: {_instant(concern.made_at)}. To be taken on by: {_instant(concern.due_at)}"
    for name, at in (("Taken on", concern.taken_on_at), ("Closed", concern.closed_at)):
        yield f"{name}: {_instant(at) if at else 'no'}"
    yield ""


def _entry(line: Line) -> Iterator[str]:
    by = f" by {line.by_name}" if line.by_name else ""
    yield f"{_instant(line.made_at)} {label(line.act)}{by}"
    yield from (f"    {each}" for each in line.words.splitlines())


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
