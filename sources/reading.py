"""Opening a list: what it is, and what is wrong with it as a whole."""

import io
import re
from collections.abc import Callable
from typing import IO

from flask_babel import gettext as _

from app.errors import Refusal
from sources.models import SourceKind

#: Called with what is being done and how much of it is done, from 0 to 1; `None` when unknown.
Progress = Callable[[str, float | None], None]

_BINARY = {
    b"PK\x03\x04": "zip",
    b"\x1f\x8b": "gzip",
    b"%PDF": "PDF",
    b"\xd0\xcf\x11\xe0": "Office",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"BZh": "bzip2",
    b"7z\xbc\xaf": "7z",
    b"Rar!": "RAR",
}
_FIRST = 64 * 1024


class WrongList(Refusal):
    """A list that cannot be read at all. Nothing of it was kept."""


def kind_of(content: IO[bytes], name: str = "") -> SourceKind:
    """Return what a list is, by how it begins; its name decides only between equals. Rewinds.

    :raises WrongList: it is empty, or no text.
    """
    content.seek(0)
    first = content.read(_FIRST)
    content.seek(0)
    refuse_binary(first)
    text = first.decode("utf-8-sig", "replace").lstrip()
    if re.match(r"BEGIN:V[A-Z]", text, re.IGNORECASE):
        return SourceKind.ICAL
    if text[:1] in "{[":
        return _kind_of_json(text)
    if text[:1] == "<":
        if re.match(r"<\?xml|<rss|<feed", text) and "<html" not in text[:2000].lower():
            raise WrongList(
                _("This is XML, which we do not read. We read CSV, JSON, calendars and web pages.")
            )
        return SourceKind.SCHEMA_ORG
    if name.lower().endswith((".ics", ".json", ".jsonld", ".html")):
        raise WrongList(_("The file is not what its name says. Look at it, or make it anew."))
    return SourceKind.CSV


def refuse_binary(first: bytes) -> None:
    """Refuse what is empty or no text.

    :raises WrongList: always for such a list, and says what it is.
    """
    if not first.strip():
        raise WrongList(_("The file is empty."))
    for sign, name in _BINARY.items():
        if first.startswith(sign):
            if name == "zip":
                raise WrongList(
                    _("This is a spreadsheet or a zip archive. Save it as CSV, and send that.")
                )
            raise WrongList(_("This is a %(kind)s file, not a list that we can read.", kind=name))
    if b"\0" in first and not first.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise WrongList(_("This is not a text file, so we cannot read it."))


def size_of(content: IO[bytes]) -> int:
    """Return how many bytes there are. Rewinds."""
    size = content.seek(0, io.SEEK_END)
    content.seek(0)
    return size


def _kind_of_json(text: str) -> SourceKind:
    if re.search(r'"items"\s*:\s*\[', text) and re.search(r'"(next|state|modified)"\s*:', text):
        return SourceKind.RPDE
    if re.search(r'"@?context"\s*:|"@type"\s*:', text):
        return SourceKind.SCHEMA_ORG
    if re.search(r'"(total_items|page_number|service_at_locations|contents)"\s*:', text):
        return SourceKind.OPEN_REFERRAL
    return SourceKind.JSON
