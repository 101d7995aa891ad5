"""What a document must be before it is signed or believed: the refusals that need no JSON-LD.

Each guard answers a trick or a disagreement between verifiers that was seen to work on real
software; `docs/decisions/0003-badge-proofs.md` tells which.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from badges.findings import Finding, UnsoundDocument

#: The largest document, as compact UTF-8. A record of fifty full badges is 215 KB.
LARGEST_BYTES = 256 * 1024
#: A full badge with an endorsement inside is 9 deep and has 32 objects and 220 values.
DEEPEST = 32
MOST_OBJECTS = 3_000
MOST_VALUES = 12_000
#: Each credential inside another makes us work through its vocabularies anew.
MOST_INNER_CREDENTIALS = 100
#: Beyond this JavaScript loses digits, and would read another number than we do.
LARGEST_NUMBER = 2**53 - 1

CREDENTIALS_V2 = "https://www.w3.org/ns/credentials/v2"
OPEN_BADGES_3 = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
RECORDS_2 = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"

#: The vocabularies a document may use. All are pinned at set-up; none is ever fetched.
ACCEPTED_CONTEXTS = frozenset(
    {
        CREDENTIALS_V2,
        OPEN_BADGES_3,
        RECORDS_2,
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.2.json",
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.1.json",
        "https://purl.imsglobal.org/spec/ob/v3p0/context.json",
        "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json",
    }
)

# Verifiers escape these differently, so a signature over them holds for some and not for others.
# The surrogates cannot be written as UTF-8 at all.
_UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


def without_unreadable_characters(text: str) -> str:
    """Return `text` without the characters that no badge may carry; tab and line ends stay."""
    return _UNREADABLE.sub("", text)


def read_json(source: str | bytes) -> dict[str, Any]:
    """Read one JSON object, as strictly as a signature deserves.

    :raises UnsoundDocument: it is too large, not UTF-8 or not JSON, nests too deep, says a key
        twice (readers differ on which they believe), or is not an object.
    """
    text = _as_text(source)
    try:
        document = json.loads(text, object_pairs_hook=_unique_keys, parse_constant=_not_a_number)
    except RecursionError:
        raise UnsoundDocument(Finding.TOO_DEEP) from None
    except UnsoundDocument:
        raise
    except ValueError as problem:
        raise UnsoundDocument(Finding.NOT_JSON, str(problem)) from None
    if not isinstance(document, dict):
        raise UnsoundDocument(Finding.NOT_JSON, "not an object")
    return document


def require_sound(document: Mapping[str, Any]) -> None:
    """Refuse a document that readers could understand in different ways, or drown in.

    :raises UnsoundDocument: with the first thing found.
    """
    _require_accepted(document.get("@context"))
    _require_modest(document)
    for value, _depth in _walk(document):
        _require_sound_value(value, outermost=document)
    if len(json.dumps(document, ensure_ascii=False).encode()) > LARGEST_BYTES:
        raise UnsoundDocument(Finding.TOO_LARGE)


def _require_modest(document: Mapping[str, Any]) -> None:
    objects = credentials = 0
    for values, (value, depth) in enumerate(_walk(document), start=1):
        if isinstance(value, Mapping):
            objects += 1
            credentials += "@context" in value
        if depth > DEEPEST:
            raise UnsoundDocument(Finding.TOO_DEEP)
        if (
            values > MOST_VALUES
            or objects > MOST_OBJECTS
            or credentials > MOST_INNER_CREDENTIALS + 1
        ):
            raise UnsoundDocument(Finding.TOO_LARGE, "too many parts")


def _as_text(source: str | bytes) -> str:
    if len(source) > LARGEST_BYTES:
        raise UnsoundDocument(Finding.TOO_LARGE)
    if isinstance(source, str):
        return source
    try:
        return source.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnsoundDocument(Finding.NOT_JSON, "not UTF-8") from None


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise UnsoundDocument(Finding.REPEATED_KEY)
    return found


def _not_a_number(name: str) -> NoReturn:
    raise UnsoundDocument(Finding.UNREADABLE_NUMBER, name)


def _walk(value: Any) -> Iterator[tuple[Any, int]]:
    """Yield every value with its depth, without recursion, so that no depth is too deep."""
    waiting = [(value, 1)]
    while waiting:
        value, depth = waiting.pop()
        yield value, depth
        if isinstance(value, Mapping):
            waiting.extend((part, depth + 1) for key, part in value.items() if key != "@context")
        elif isinstance(value, list):
            waiting.extend((part, depth + 1) for part in value)


def _require_sound_value(value: Any, *, outermost: Mapping[str, Any]) -> None:
    match value:
        case Mapping():
            _require_sound_keys(value, outermost)
        case str():
            _require_readable(value)
        case bool() | list():
            pass
        case int() | float():
            _require_shared_number(value)
        case _:
            raise UnsoundDocument(Finding.EMPTY_VALUE)


def _require_sound_keys(part: Mapping[str, Any], outermost: Mapping[str, Any]) -> None:
    for key in part:
        if key == "@context":
            _require_part_of(outermost["@context"], part[key])
        elif not isinstance(key, str) or not key or "@" in key or ":" in key:
            # A keyword or a full address as a key says something that readers of plain JSON
            # do not see: a badge taken back can be made to look good in that way.
            raise UnsoundDocument(Finding.STRANGE_KEY, repr(key)[:80])
        else:
            _require_readable(key)


def _require_readable(text: str) -> None:
    if _UNREADABLE.search(text):
        raise UnsoundDocument(Finding.UNREADABLE_CHARACTER, repr(text)[:80])


def _require_shared_number(number: float) -> None:
    if not math.isfinite(number) or abs(number) > LARGEST_NUMBER:
        raise UnsoundDocument(Finding.UNREADABLE_NUMBER)


def _require_accepted(contexts: Any) -> None:
    """Known vocabularies only, by address: one written into the document may rename anything."""
    if not isinstance(contexts, list) or contexts[:1] != [CREDENTIALS_V2]:
        raise UnsoundDocument(Finding.UNKNOWN_CONTEXT, "credentials/v2 comes first")
    for context in contexts:
        if not isinstance(context, str) or context not in ACCEPTED_CONTEXTS:
            raise UnsoundDocument(Finding.UNKNOWN_CONTEXT, repr(context)[:80])


def _require_part_of(outer: list[str], inner: Any) -> None:
    """A credential inside another (an endorsement) repeats its vocabularies; it may add none."""
    if not isinstance(inner, list) or any(context not in outer for context in inner):
        raise UnsoundDocument(Finding.UNKNOWN_CONTEXT, repr(inner)[:80])
