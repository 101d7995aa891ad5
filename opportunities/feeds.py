"""What was found as news readers take it: Atom (RFC 4287) and JSON Feed 1.1. Calendars are `ical`'s."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID
from xml.etree import ElementTree

ATOM_TYPE = "application/atom+xml"
JSON_FEED_TYPE = "application/feed+json"
_ATOM = "http://www.w3.org/2005/Atom"


@dataclass(frozen=True)
class Entry:
    """One thing that was found."""

    uuid: UUID
    url: str
    title: str
    #: When, where and for whom, in plain words.
    text: str
    author: str
    tags: Sequence[str]
    published_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class Feed:
    """A page of a feed."""

    title: str
    #: What could not be read of the address, in sentences; empty where all could.
    note: str
    language: str
    #: Where this page is, where people see the same, and where it goes on.
    url: str
    page_url: str
    next_url: str
    rights: str
    #: When anything in it last changed.
    updated_at: datetime
    entries: Sequence[Entry]


def atom(feed: Feed) -> bytes:
    """Return a feed as Atom."""
    root = ElementTree.Element("feed", {"xmlns": _ATOM, "xml:lang": feed.language})
    _add(root, "id", feed.url)
    _add(root, "title", feed.title)
    if feed.note:
        _add(root, "subtitle", feed.note)
    _add(root, "updated", _instant(feed.updated_at))
    _add(root, "rights", feed.rights)
    _add(root, "link", rel="self", href=feed.url, type=ATOM_TYPE)
    _add(root, "link", rel="alternate", href=feed.page_url, type="text/html")
    if feed.next_url:
        _add(root, "link", rel="next", href=feed.next_url, type=ATOM_TYPE)
    for entry in feed.entries:
        _add_entry(root, entry)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)


def _add_entry(root: ElementTree.Element, entry: Entry) -> None:
    node = ElementTree.SubElement(root, "entry")
    _add(node, "id", entry.uuid.urn)
    _add(node, "title", entry.title)
    _add(node, "link", rel="alternate", href=entry.url, type="text/html")
    _add(node, "published", _instant(entry.published_at))
    _add(node, "updated", _instant(entry.updated_at))
    _add(ElementTree.SubElement(node, "author"), "name", entry.author)
    for tag in entry.tags:
        _add(node, "category", term=tag)
    _add(node, "content", entry.text, type="text")


def _add(parent: ElementTree.Element, name: str, words: str = "", **attributes: str) -> None:
    node = ElementTree.SubElement(parent, name, attributes)
    # XML has no way at all to write most control characters.
    node.text = "".join(each for each in words if each.isprintable() or each == "\n") or None


def json_feed(feed: Feed) -> bytes:
    """Return a feed as JSON Feed: https://www.jsonfeed.org/version/1.1/."""
    told = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.page_url,
        "feed_url": feed.url,
        "language": feed.language,
        "items": [_item(entry) for entry in feed.entries],
        "_licence": {"about": "https://creativecommons.org/", "url": feed.rights},
    }
    told |= {"description": feed.note} if feed.note else {}
    told |= {"next_url": feed.next_url} if feed.next_url else {}
    return json.dumps(told, ensure_ascii=False).encode()


def _item(entry: Entry) -> dict[str, object]:
    return {
        "id": entry.uuid.urn,
        "url": entry.url,
        "title": entry.title,
        "content_text": entry.text,
        "date_published": _instant(entry.published_at),
        "date_modified": _instant(entry.updated_at),
        "authors": [{"name": entry.author}],
        "tags": list(entry.tags),
    }


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
