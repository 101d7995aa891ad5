"""Baking: a badge's credential carried inside its picture (Open Badges 3.0, section 5.3)."""

import struct
from collections.abc import Iterator
from functools import lru_cache
from typing import Any
from xml.etree.ElementTree import Element, ParseError
from zlib import crc32

import resvg_py
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from badges.findings import Finding, UnsoundDocument
from badges.guards import read_json

#: The largest picture we look into.
LARGEST_UPLOAD_BYTES = 2 * 1024 * 1024

_PNG = b"\x89PNG\r\n\x1a\n"
_KEYWORD = b"openbadgecredential"
#: What follows the keyword: not compressed, method 0, no language, no translated keyword.
_PLAIN_TEXT = b"\0\0\0\0\0"
_OPEN_BADGES_3 = "{https://purl.imsglobal.org/ob/v3p0}credential"
_OPEN_BADGES_2 = "{http://openbadges.org}assertion"


# Drawing takes 0.1 s, and all who earned an achievement have the same picture.
@lru_cache(maxsize=128)
def draw_png(svg: str, *, size: int = 512) -> bytes:
    """Draw an SVG of ours as a square PNG, `size` pixels wide. Never for a stranger's SVG."""
    return resvg_py.svg_to_bytes(
        svg_string=str(svg), width=size, height=size, skip_system_fonts=True
    )


def bake_png(png: bytes, credential: bytes) -> bytes:
    """Return the picture with the credential's JSON inside.

    :param credential: the signed document, as `openbadges.as_bytes` writes it.
    """
    kept = [(kind, data) for kind, data in _chunks(png) if not _is_badge(kind, data)]
    end = kept.pop()
    kept += [(b"iTXt", _KEYWORD + _PLAIN_TEXT + credential), end]
    return _PNG + b"".join(_chunk(kind, data) for kind, data in kept)


def read_upload(upload: bytes) -> dict[str, Any]:
    """Return the credential in a file that someone brought: JSON, or a baked PNG or SVG.

    :raises UnsoundDocument: it is none of these, holds no badge or several, or is unsafe to read.
    """
    if len(upload) > LARGEST_UPLOAD_BYTES:
        raise UnsoundDocument(Finding.TOO_LARGE)
    if upload.startswith(_PNG):
        return read_json(_from_png(upload))
    start = upload.removeprefix(b"\xef\xbb\xbf").lstrip()[:3]
    if start.startswith(b"{"):
        return read_json(upload.strip())
    if start.startswith(b"<"):
        return read_json(_from_svg(upload))
    raise UnsoundDocument(Finding.JWT_BADGE if start == b"eyJ" else Finding.NOT_A_BADGE_FILE)


def _from_png(png: bytes) -> bytes:
    chunks = list(_chunks(png))
    baked = [data for kind, data in chunks if _is_badge(kind, data)]
    if any(data.startswith(b"openbadges\0") for kind, data in chunks if kind != b"IDAT"):
        raise UnsoundDocument(Finding.OLDER_BADGE)
    data = _only(baked)[len(_KEYWORD) + 1 :]
    if data[:1] != b"\0":
        # Inflating a stranger's text is how a small file becomes a large one.
        raise UnsoundDocument(Finding.COMPRESSED_BADGE)
    _language, _, rest = data[2:].partition(b"\0")
    _translated, found, text = rest.partition(b"\0")
    if not found:
        raise UnsoundDocument(Finding.DAMAGED_IMAGE)
    return _json_text(text)


def _from_svg(svg: bytes) -> bytes:
    try:
        root = fromstring(svg, forbid_dtd=True)
    except DefusedXmlException:
        raise UnsoundDocument(Finding.UNSAFE_IMAGE) from None
    except (ParseError, ValueError, LookupError):
        raise UnsoundDocument(Finding.NOT_A_BADGE_FILE) from None
    if next(root.iter(_OPEN_BADGES_2), None) is not None:
        raise UnsoundDocument(Finding.OLDER_BADGE)
    badge: Element = _only(list(root.iter(_OPEN_BADGES_3)))
    return _json_text((badge.get("verify") or badge.text or "").encode())


def _json_text(text: bytes) -> bytes:
    text = text.strip()
    if text.startswith(b"eyJ"):
        raise UnsoundDocument(Finding.JWT_BADGE)
    return text


def _only(found: list[Any]) -> Any:
    if not found:
        raise UnsoundDocument(Finding.NO_BADGE_INSIDE)
    if len(found) > 1:
        raise UnsoundDocument(Finding.SEVERAL_BADGES)
    return found[0]


def _is_badge(kind: bytes, data: bytes) -> bool:
    # A second badge in an older kind of text chunk is a second badge all the same.
    return kind in (b"iTXt", b"tEXt", b"zTXt") and data.startswith(_KEYWORD + b"\0")


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
