"""RDF Dataset Canonicalization (W3C RDFC-1.0): the one text that a badge's signature is made over.

PyLD does the work, offline and with the vocabularies pinned at set-up. This file adds what PyLD
leaves out: nothing may be dropped in silence, and a hostile document may not keep us busy.
"""

import json
import re
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from math import comb
from pathlib import Path
from typing import Any, NoReturn

from pyld.canon import URDNA2015
from pyld.context_resolver import ContextResolver
from pyld.jsonld import JsonLdProcessor

from badges.findings import Finding, UnsoundDocument

#: Made at set-up from pinned packages; `index.json` says which file holds which address.
CONTEXTS = Path(__file__).parent / "contexts"
#: How many arrangements of alike nameless parts are tried. Eight such parts, each linked to each,
#: would keep PyLD busy for a minute; honest badges need none or a few.
MOST_ARRANGEMENTS = 2_000
#: How many values one property of one thing may have. PyLD compares each with each.
MOST_ALIKE = 150

_CREDENTIALS = "https://www.w3.org/2018/credentials#"
#: What a reader of the plain JSON relies on, and must therefore stand there in plain sight.
_PLAIN_FACTS = ("issuer", "validFrom", "validUntil", "credentialStatus")

# RDFC-1.0 escapes what else an address may contain, PyLD does not: `>` would end it early and
# let one address be read as several statements.
_ADDRESS = re.compile(r'[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>"{}|^`\\]*')

# PyLD's caches are not made for several threads; the interpreter would run one at a time anyway.
_one_at_a_time = threading.Lock()
_resolved_contexts: dict[str, Any] = {}


def canonical_form(document: Mapping[str, Any]) -> str:
    """Return the canonical N-Quads of a JSON-LD document that `guards.require_sound` let pass.

    :raises UnsoundDocument: a term is not defined by the document's vocabularies, an address is
        relative, malformed or a blank node's, the credential is described a second time, or the
        graph is built to keep us busy.
    """
    for url in document["@context"]:
        _pinned_context(url)  # a set-up without vocabularies is our fault, not the document's
    form = _canonicalize(document)
    _require_same_order_everywhere(form)
    return form


def _canonicalize(document: Mapping[str, Any]) -> str:
    try:
        with _one_at_a_time:
            dataset = _StrictProcessor().to_rdf(document, options())
        return _BoundedCanonicalization().main(dataset, {"format": "application/n-quads"})
    except UnsoundDocument:
        raise
    except Exception as problem:
        # PyLD stumbles over malformed documents in many ways, its own JsonLdError being one.
        raise UnsoundDocument(Finding.NOT_LINKED_DATA, repr(problem)[:200]) from None


class _StrictProcessor(JsonLdProcessor):
    """PyLD's processor, failing where it would have dropped something."""

    def __init__(self) -> None:
        super().__init__(on_property_dropped=_refuse_dropped_property)

    def expand(self, input_: Any, options: dict[str, Any]) -> list[dict[str, Any]]:
        expanded = super().expand(input_, options)
        _require_plain_graph(expanded, input_)
        return expanded


class _BoundedCanonicalization(URDNA2015):
    """URDNA2015, which RDFC-1.0 names anew, with a limit to its patience."""

    def __init__(self) -> None:
        super().__init__()
        self._arrangements = 0

    def create_hash_to_related(self, id_: str, issuer: Any) -> dict[str, list[str]]:
        related = super().create_hash_to_related(id_, issuer)
        for alike in related.values():
            self._arrangements += arrangements_of(alike)
        if self._arrangements > MOST_ARRANGEMENTS:
            raise UnsoundDocument(Finding.TOO_TANGLED)
        return related


def arrangements_of(alike: Sequence[str]) -> int:
    """Return in how many orders these can stand that can be told apart; past the limit, any larger number.

    One proof's graph is named by each of its statements: six times the same is one order, not 720.
    """
    orders = standing = 1
    for number in Counter(alike).values():
        standing += number
        orders *= comb(standing - 1, number)
        if orders > MOST_ARRANGEMENTS:
            break
    return orders


def options() -> dict[str, Any]:
    """Return how PyLD is told to work: offline, with the vocabularies pinned and kept once parsed."""
    return {
        "base": None,  # an empty one would make `example.org/base/x` of a relative `x`
        "processingMode": "json-ld-1.1",
        "documentLoader": _load_pinned,
        "contextResolver": ContextResolver(_resolved_contexts, _load_pinned),
    }


def _load_pinned(url: str, _options: Any) -> dict[str, Any]:
    # The tag tells PyLD that it may keep what it made of the document between calls.
    return {
        "contentType": "application/ld+json",
        "contextUrl": None,
        "documentUrl": url,
        "document": _pinned_context(url),
        "tag": "static",
    }


@cache
def _pinned_context(url: str) -> dict[str, Any]:
    index = json.loads((CONTEXTS / "index.json").read_text())
    return json.loads((CONTEXTS / index[url]).read_text())


def _refuse_dropped_property(name: str | None) -> NoReturn:
    raise UnsoundDocument(Finding.UNDEFINED_TERM, str(name)[:80])


def _require_plain_graph(expanded: list[dict[str, Any]], document: Mapping[str, Any]) -> None:
    """Check the document once its terms are full addresses, and before they become statements."""
    if len(expanded) != 1:
        raise UnsoundDocument(Finding.NOT_LINKED_DATA, "nothing, or more than one thing, is said")
    _require_short_sets(expanded)
    for node in _nodes(expanded):
        _require_clean_addresses(node)
    _require_single_description(expanded[0])
    _require_facts_in_plain_sight(expanded[0], document)


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, dict):
            yield value
            waiting.extend(value.values())


def _require_short_sets(expanded: list[dict[str, Any]]) -> None:
    """Count over all that is said of a thing, for that ends up in one place."""
    values: Counter[tuple[str, str]] = Counter()
    for node in _nodes(expanded):
        for name, said in node.items():
            if isinstance(said, list):
                values[str(node.get("@id", id(node))), name] += len(said)
    if values and max(values.values()) > MOST_ALIKE:
        raise UnsoundDocument(Finding.TOO_LARGE, "too many values")


def _require_clean_addresses(node: dict[str, Any]) -> None:
    types = node.get("@type", [])
    for address in [node.get("@id"), *([types] if isinstance(types, str) else types)]:
        if address not in (None, "@json") and not _ADDRESS.fullmatch(str(address)):
            raise UnsoundDocument(Finding.UNCLEAR_ADDRESS, str(address)[:80])


def _require_single_description(credential: dict[str, Any]) -> None:
    """What belongs to the credential or its status may not be said elsewhere, out of sight."""
    named = [credential, *credential.get(f"{_CREDENTIALS}credentialStatus", [])]
    watched = {node["@id"] for node in named if "@id" in node}
    described = [
        node["@id"] for node in _nodes(credential) if node.get("@id") in watched and len(node) > 1
    ]
    if len(described) != len(set(described)):
        raise UnsoundDocument(Finding.DESCRIBED_TWICE)


def _require_facts_in_plain_sight(credential: dict[str, Any], document: Mapping[str, Any]) -> None:
    for fact in _PLAIN_FACTS:
        said = document.get(fact, [])
        times = len(said) if isinstance(said, list) else 1
        if len(credential.get(_CREDENTIALS + fact, [])) != times:
            raise UnsoundDocument(Finding.HIDDEN_FACT, fact)


def _require_same_order_everywhere(form: str) -> None:
    """Refuse the rare text that JavaScript, sorting by UTF-16, puts in another order than we do."""
    lines = form.split("\n")[:-1]
    if lines != sorted(lines, key=lambda line: line.encode("utf-16-be")):
        raise UnsoundDocument(Finding.UNSTABLE_ORDER)
