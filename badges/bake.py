"""Baking: a badge's credential, or a record, carried inside a picture (Open Badges 3.0, section 5.3)."""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from xml.etree.ElementTree import Element, ParseError
from zlib import crc32

import resvg_py
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from badges.findings import Finding, UnsoundDocument

#: The largest picture we look into.
LARGEST_UPLOAD_BYTES = 2 * 1024 * 1024

_PNG = b"\x89PNG\r\n\x1a\n"
_KEYWORD = b"openbadgecredential"
_RECORD_KEYWORD = b"clrcredential"
_OLDER_KEYWORD = b"openbadges"
#: What follows the keyword: not compressed, method 0, no language, no translated keyword.
_PLAIN_TEXT = b"\0\0\0\0\0"
_OPEN_BADGES_3 = "{https://purl.imsglobal.org/ob/v3p0}credential"
_RECORDS_2 = "{https://purl.imsglobal.org/clr/v2p0}credential"
_OPEN_BADGES_2 = "{http://openbadges.org}assertion"
_ACTIVE_PARTS = frozenset({"script", "foreignobject", "iframe", "embed", "object", "handler"})
_SCRIPT_ADDRESS = re.compile(r"\s*(javascript|vbscript|data\s*:\s*text/html)", re.IGNORECASE)


# Drawing takes 0.1 s, and all who earned an achievement have the same picture.
@lru_cache(maxsize=128)
def draw_png(svg: str, *, size: int = 512) -> bytes:
    """Draw an SVG of ours as a square PNG, `size` pixels wide. Never for a stranger's SVG."""
    return resvg_py.svg_to_bytes(
        svg_string=str(svg), width=size, height=size, skip_system_fonts=True
    )


def bake_png(png: bytes, credential: bytes, *, is_record: bool = False) -> bytes:
    """Return the picture with the credential's JSON inside.

    :param credential: the signed document, as `openbadges.as_bytes` writes it.
    """
    keyword = _RECORD_KEYWORD if is_record else _KEYWORD
    kept = [
        (kind, data)
        for kind, data in _chunks(png)
        if not any(_is_badge(kind, data, each) for each in (_KEYWORD, _RECORD_KEYWORD))
    ]
    end = kept.pop()
    kept += [(b"iTXt", keyword + _PLAIN_TEXT + credential), end]
    return _PNG + b"".join(_chunk(kind, data) for kind, data in kept)


def bake_svg(svg: str, credential: bytes, *, is_record: bool = False) -> bytes:
    """Return one of our drawings with the credential's JSON inside, as `bake_png` does."""
    place = _RECORDS_2 if is_record else _OPEN_BADGES_3
    namespace = place[1:].partition("}")[0]
    # What would end the part early is written as JSON can write it too.
    text = credential.decode().replace("]]>", "]]\\u003e")
    head, rest = svg.split(">", 1)
    inside = f"<openbadges:credential><![CDATA[{text}]]></openbadges:credential>"
    return f'{head} xmlns:openbadges="{namespace}">{inside}{rest}'.encode()


@dataclass(frozen=True)
class Opened:
    """What a file held: JSON, a compact JWS or, of an older badge, an address."""

    text: bytes
    #: Whether the picture said that it is a badge of version 1 or 2.
    is_older: bool = False


def open_upload(upload: bytes) -> Opened:
    """Return the badge in a file that someone brought: JSON, a JWT, or a baked PNG or SVG.

    :raises UnsoundDocument: it is none of these, holds no badge or several, or is unsafe to read.
    """
    if len(upload) > LARGEST_UPLOAD_BYTES:
        raise UnsoundDocument(Finding.TOO_LARGE)
    if upload.startswith(_PNG):
        return _from_png(upload)
    text = upload.removeprefix(b"\xef\xbb\xbf").strip()
    if text.startswith((b"{", b"eyJ")):
        return Opened(text)
    if text.startswith(b"<"):
        return _from_svg(upload)
    raise UnsoundDocument(Finding.NOT_A_BADGE_FILE)


def _from_png(png: bytes) -> Opened:
    chunks = list(_chunks(png))
    found = [
        Opened(_text_of(kind, data, keyword), keyword == _OLDER_KEYWORD)
        for kind, data in chunks
        for keyword in (_KEYWORD, _RECORD_KEYWORD, _OLDER_KEYWORD)
        if _is_badge(kind, data, keyword)
    ]
    return _only(found)


def _text_of(kind: bytes, data: bytes, keyword: bytes) -> bytes:
    data = data[len(keyword) + 1 :]
    if kind == b"tEXt":
        return data.strip()
    if kind == b"zTXt" or data[:1] != b"\0":
        # Inflating a stranger's text is how a small file becomes a large one.
        raise UnsoundDocument(Finding.COMPRESSED_BADGE)
    _language, _, rest = data[2:].partition(b"\0")
    _translated, found, text = rest.partition(b"\0")
    if not found:
        raise UnsoundDocument(Finding.DAMAGED_IMAGE)
    return text.strip()


def _from_svg(svg: bytes) -> Opened:
    try:
        root = fromstring(svg, forbid_dtd=True)
    except DefusedXmlException:
        raise UnsoundDocument(Finding.UNSAFE_IMAGE) from None
    except (ParseError, ValueError, LookupError, OSError):  # the last: a way of writing not loaded
        raise UnsoundDocument(Finding.NOT_A_BADGE_FILE) from None
    if any(_is_active(part) for part in root.iter()):
        raise UnsoundDocument(Finding.UNSAFE_IMAGE)
    found = [
        Opened((part.get("verify") or part.text or "").strip().encode(), tag == _OPEN_BADGES_2)
        for tag in (_OPEN_BADGES_3, _RECORDS_2, _OPEN_BADGES_2)
        for part in root.iter(tag)
    ]
    return _only(found)


def _is_active(part: Element) -> bool:
    """Return whether a part of a drawing does something: whoever passes it on passes that on."""
    name = str(part.tag).rpartition("}")[2].lower()
    if name in _ACTIVE_PARTS:
        return True
    for attribute, value in part.attrib.items():
        attribute = attribute.rpartition("}")[2].lower()
        if attribute.startswith("on") or _SCRIPT_ADDRESS.match(value):
            return True
    return False


def _only(found: list[Any]) -> Any:
    if not found:
        raise UnsoundDocument(Finding.NO_BADGE_INSIDE)
    if len(found) > 1:
        raise UnsoundDocument(Finding.SEVERAL_BADGES)
    return found[0]


def _is_badge(kind: bytes, data: bytes, keyword: bytes) -> bool:
    # A second badge in an older kind of text chunk is a second badge all the same.
    return kind in (b"iTXt", b"tEXt", b"zTXt") and data.startswith(keyword + b"\0")


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield each chunk's kind and data, the end chunk last.

    :raises UnsoundDocument: it is cut short, or a checksum is wrong.
    """
    at, kind = len(_PNG), b""
    while kind != b"IEND":
        head = png[at : at + 8]
        if len(head) < 8 or not png.startswith(_PNG):
            raise UnsoundDocument(Finding.DAMAGED_IMAGE)
        length, kind = struct.unpack(">I4s", head)
        data, stamp = png[at + 8 : at + 8 + length], png[at + 8 + length : at + 12 + length]
        if stamp != crc32(kind + data).to_bytes(4):
            raise UnsoundDocument(Finding.DAMAGED_IMAGE)
        at += 12 + length
        yield kind, data


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + crc32(kind + data).to_bytes(4)
