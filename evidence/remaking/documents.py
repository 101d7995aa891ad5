"""Documents made anew: the pages of a PDF without all that acts, hides or tells; and plain text."""

import re
import unicodedata
import zlib
from typing import BinaryIO

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

from .findings import Made, Reason, RefusedFile
from .kinds import PDF, TEXT, type_of

_MOST_PAGES = 200
_MOST_OBJECTS = 100_000
_LARGEST_TEXT = 400_000

#: What of a page is taken over: what it shows, and how large it is. No links, notes, forms, actions.
_OF_A_PAGE = ("/MediaBox", "/CropBox", "/Rotate", "/UserUnit", "/Resources", "/Contents")
#: What nothing in the new document may have: what acts, what is attached, what tells of the author,
#: the camera or the place.
_NEVER = frozenset(
    (
        *("/Metadata", "/PieceInfo", "/LastModified", "/Private", "/OPI", "/Thumb"),
        *("/AA", "/OpenAction", "/JS", "/JavaScript", "/URI", "/Launch"),
        *("/EF", "/AF", "/EmbeddedFiles", "/RichMedia", "/Measure", "/VP", "/GPTS", "/LGIDict"),
        *("/Ref", "/StructParent", "/StructParents", "/Alternates"),
    )
)
#: Nor may a stream stand in another file.
_NEVER_OF_A_STREAM = _NEVER | {"/F", "/FFilter", "/FDecodeParms"}
#: How streams are packed.
_FLATE = "/FlateDecode"
#: So much may come out of one, and out of all.
_LARGEST_STREAM, _LARGEST_UNPACKED = 64_000_000, 300_000_000
_PART = 1_000_000
_JPEG, _JPEG_2000 = "/DCTDecode", "/JPXDecode"
#: Looks written by and for a program: a page, a script, a track, a card.
_FOR_PROGRAMS = re.compile(r"\A\W*(?:[{\[$%]|#!|BEGIN:)|<[a-z!?/]", re.IGNORECASE)


def remake(came: BinaryIO, full: BinaryIO) -> Made:
    """Write a document anew.

    :raises RefusedFile: it is neither PDF nor plain text, or broken, locked or too large.
    """
    kind = type_of(came)
    if kind == PDF:
        return _remake_pdf(came, full)
    if kind == TEXT:
        return _remake_text(came, full)
    raise RefusedFile(Reason.UNKNOWN)


def _remake_pdf(came: BinaryIO, full: BinaryIO) -> Made:
    try:
        with _opened(came) as opened, Pdf.new() as made:
            if opened.is_encrypted:
                raise RefusedFile(Reason.LOCKED)
            _take_pages(opened, made)
            _take_away(made)
            _refuse_bombs(made)
            # Made anew as a file too: whatever stood between its objects, before or behind, is gone.
            made.remove_unreferenced_resources()
            made.save(full, deterministic_id=True, fix_metadata_version=False, linearize=False)
    except pikepdf.PasswordError:
        raise RefusedFile(Reason.LOCKED) from None
    except (MemoryError, RecursionError):
        raise RefusedFile(Reason.TOO_MUCH) from None
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError, RuntimeError):
        raise RefusedFile(Reason.BROKEN) from None
    return Made(PDF)


def _opened(came: BinaryIO) -> Pdf:
    # To map it into memory would open it once more.
    return Pdf.open(came, suppress_warnings=True, access_mode=pikepdf.AccessMode.stream)


def _take_pages(opened: Pdf, made: Pdf) -> None:
    number = len(opened.pages)
    if not number:
        raise RefusedFile(Reason.BROKEN)
    if number > _MOST_PAGES or len(opened.objects) > _MOST_OBJECTS:
        raise RefusedFile(Reason.TOO_LARGE)
    for page in opened.pages:
        shown = _with_what_it_inherits(page.obj)
        for name in list(page.obj.keys()):
            if name not in (*_OF_A_PAGE, "/Type", "/Parent"):
                del page.obj[name]
        for name, value in shown.items():
            page.obj[name] = value
        made.pages.append(page)


def _with_what_it_inherits(page: Object) -> dict[str, Object]:
    found: dict[str, Object] = {}
    node, seen = page, 0
    while isinstance(node, Dictionary) and seen < 50:
        for name in _OF_A_PAGE:
            if name in node and name not in found and (name != "/Contents" or not seen):
                found[name] = node[name]
        node, seen = node.get("/Parent"), seen + 1
    return found


def _take_away(made: Pdf) -> None:
    for each in made.objects:
        _clean(each)


def _clean(top: Object) -> None:
    """Take away what may not be, also from what stands inside and not by itself."""
    waiting = [top]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Stream):
            _clean_stream(each)
        if isinstance(each, Dictionary | Stream):
            never = _NEVER_OF_A_STREAM if isinstance(each, Stream) else _NEVER
            for key in never.intersection(each.keys()):
                del each[key]
            waiting += [value for _key, value in each.items() if _is_inside(value)]
        elif isinstance(each, Array):
            waiting += [value for value in each if _is_inside(value)]


def _is_inside(value: object) -> bool:
    return isinstance(value, Dictionary | Array) and not value.is_indirect


def _clean_stream(stream: Stream) -> None:
    filters = _filters_of(stream)
    if filters.count(_FLATE) > 1:
        raise RefusedFile(Reason.TOO_MUCH)
    if filters[-1:] not in ([_JPEG], [_JPEG_2000]):
        return
    content = stream.read_raw_bytes()
    if filters[:-1] == [_FLATE]:
        content = zlib.decompressobj().decompress(content, _LARGEST_STREAM)
    elif len(filters) > 1:
        raise RefusedFile(Reason.BROKEN)
    strip = _bare_jpeg if filters[-1] == _JPEG else _bare_jpeg_2000
    stream.write(strip(content), filter=Name(filters[-1]))


def _filters_of(stream: Stream) -> list[str]:
    told = stream.get("/Filter")
    return [str(each) for each in told] if isinstance(told, Array) else [str(told)] if told else []


def _refuse_bombs(made: Pdf) -> None:
    """Refuse what unpacks to far more than anybody reads: whoever opens it would wait for that."""
    left = _LARGEST_UNPACKED
    for each in made.objects:
        if not isinstance(each, Stream) or _filters_of(each)[:1] != [_FLATE]:
            continue
        unpacking, content = zlib.decompressobj(), each.read_raw_bytes()
        while content and left > 0:
            try:
                left -= len(unpacking.decompress(content, _PART)) or len(content)
            except zlib.error:
                break
            content = unpacking.unconsumed_tail
        if left <= 0:
            raise RefusedFile(Reason.TOO_MUCH)


def _bare_jpeg(content: bytes) -> bytes:
    """Return a JPEG without what it tells of itself: only its picture, and how its colours are meant."""
    if content[:2] != b"\xff\xd8":
        raise RefusedFile(Reason.BROKEN)
    kept, at = [content[:2]], 2
    while at + 4 <= len(content):
        if content[at] != 0xFF:
            raise RefusedFile(Reason.BROKEN)
        marker = content[at + 1]
        if marker == 0xFF:  # fill
            at += 1
            continue
        length = int.from_bytes(content[at + 2 : at + 4], "big")
        if length < 2:
            raise RefusedFile(Reason.BROKEN)
        segment = content[at : at + 2 + length]
        # APP0 says how it is laid out, and APP14 (Adobe) how its colours are meant.
        is_told = 0xE1 <= marker <= 0xED or marker in (0xEF, 0xFE)
        if not is_told and not (marker == 0xE0 and not segment[4:].startswith(b"JFIF")):
            kept.append(segment)
        at += 2 + length
        if marker == 0xDA:
            kept.append(_scans(content[at:]))
            break
    return b"".join(kept)


def _scans(content: bytes) -> bytes:
    """Return what follows the first scan, up to the end of the picture, without what is told there."""
    kept, at = [], 0
    while True:
        start = at
        while True:
            at = content.find(b"\xff", at)
            if at < 0 or at + 1 >= len(content):
                return b"".join([*kept, content[start:]]) + b"\xff\xd9"
            if content[at + 1] in (0, 0xFF) or 0xD0 <= content[at + 1] <= 0xD7:
                at += 2 if content[at + 1] != 0xFF else 1
                continue
            break
        kept.append(content[start:at])
        marker = content[at + 1]
        if marker == 0xD9:
            return b"".join(kept) + b"\xff\xd9"
        length = int.from_bytes(content[at + 2 : at + 4], "big")
        if length < 2:
            raise RefusedFile(Reason.BROKEN)
        if not (0xE0 <= marker <= 0xEF or marker == 0xFE):
            kept.append(content[at : at + 2 + length])
        at += 2 + length


def _bare_jpeg_2000(content: bytes) -> bytes:
    """Return a JPEG 2000 without the boxes that tell of it."""
    if content[4:8] != b"jP  ":
        return content  # the bare stream of the picture
    kept, at = [], 0
    while at + 8 <= len(content):
        length, name = int.from_bytes(content[at : at + 4], "big"), content[at + 4 : at + 8]
        length = length or len(content) - at
        if length < 8:
            raise RefusedFile(Reason.BROKEN)
        if name in (b"jP  ", b"ftyp", b"jp2h", b"jp2c"):
            kept.append(content[at : at + length])
        at += length
    return b"".join(kept)


def _remake_text(came: BinaryIO, full: BinaryIO) -> Made:
    content = came.read(_LARGEST_TEXT + 1)
    if len(content) > _LARGEST_TEXT:
        raise RefusedFile(Reason.TOO_LARGE)
    try:
        text = content.decode().removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise RefusedFile(Reason.UNKNOWN) from None
    if _FOR_PROGRAMS.search(text) or not text.strip():
        raise RefusedFile(Reason.UNKNOWN)
    lines = unicodedata.normalize("NFC", text).splitlines()
    plain = "\n".join(_printable(line).rstrip() for line in lines).strip("\n") + "\n"
    full.write(plain.encode())
    return Made(f"{TEXT}; charset=utf-8")


def _printable(line: str) -> str:
    shown = (each for each in line if unicodedata.category(each)[0] != "C" or each == "\t")
    return "".join(shown)
