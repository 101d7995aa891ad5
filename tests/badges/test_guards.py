"""What is refused before anything is signed or believed, and that refusing is quick."""

import copy
import json
import time

import pytest
from pyld.canon import permutations

from badges import guards, openbadges, rdfc
from badges.findings import Finding, UnsoundDocument
from badges.guards import read_json, require_sound, without_unreadable_characters
from badges.rdfc import canonical_form
from tests.badges import samples

BADGE = openbadges.open_badge(samples.FACTS)
#: The most that a hostile document may cost. It takes well under a second on a quiet machine.
SECONDS = 5


def altered(change):
    """Return the badge after `change` was done to a copy of it."""
    badge = copy.deepcopy(BADGE)
    change(badge)
    return badge


def refusal_of(document):
    """Return why a document is refused, by the guards or by its canonicalization; None if not."""
    try:
        require_sound(document)
        canonical_form(document)
    except UnsoundDocument as refused:
        return refused.finding
    return None


def inside(**parts):
    """Return a change that puts `parts` into the achievement."""
    return lambda badge: badge["credentialSubject"]["achievement"].update(parts)


def outside(**parts):
    return lambda badge: badge.update(parts)


def nested(depth):
    value = "x"
    for _ in range(depth):
        value = [value]
    return value


def tangled(badge):
    """Two parts with nothing to tell them apart, and in each eight more of that kind."""
    alike = {"type": ["Alignment"], "targetName": "x", "targetUrl": "https://a.example/x"}
    result = {"type": ["Result"], "alignment": [alike] * 8}
    badge["credentialSubject"]["result"] = [result] * 2


REFUSED = [
    # A vocabulary of one's own can rename what everybody else reads.
    ("an inline vocabulary", outside(**{"@context": [*BADGE["@context"], {"x": "urn:y"}]}), Finding.UNKNOWN_CONTEXT),
    ("an unknown vocabulary", outside(**{"@context": [*BADGE["@context"], "https://evil.example/v1"]}), Finding.UNKNOWN_CONTEXT),
    ("no vocabulary", lambda badge: badge.pop("@context"), Finding.UNKNOWN_CONTEXT),
    ("vocabularies in another order", lambda badge: badge["@context"].reverse(), Finding.UNKNOWN_CONTEXT),
    ("one vocabulary, not in a list", outside(**{"@context": guards.CREDENTIALS_V2}), Finding.UNKNOWN_CONTEXT),
    ("a vocabulary further in", inside(**{"@context": {"grade": "urn:grade"}}), Finding.UNKNOWN_CONTEXT),
    ("the vocabularies reset further in", inside(**{"@context": [None]}), Finding.UNKNOWN_CONTEXT),
    ("an older vocabulary further in", inside(**{"@context": ["https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.1.json"]}), Finding.UNKNOWN_CONTEXT),
    # Keys that say something to JSON-LD and nothing to a reader of JSON.
    ("a keyword", outside(**{"@id": "urn:x:y"}), Finding.STRANGE_KEY),
    ("a keyword further in", inside(**{"@type": "Achievement"}), Finding.STRANGE_KEY),
    ("a value object", inside(name={"@value": "x"}), Finding.STRANGE_KEY),
    ("a full address", outside(**{"https://www.w3.org/2018/credentials#validUntil": "2030-01-01T00:00:00Z"}), Finding.STRANGE_KEY),
    ("a short address", outside(**{"cred:validUntil": "2030-01-01T00:00:00Z"}), Finding.STRANGE_KEY),
    ("an empty key", outside(**{"": "x"}), Finding.STRANGE_KEY),
    # What a canonicalizer would drop, and so what a signature would not cover.
    ("a term nobody defined", inside(grade="Distinction"), Finding.UNDEFINED_TERM),
    ("a term at the top", outside(zz="x"), Finding.UNDEFINED_TERM),
    ("a type nobody defined", inside(type=["Achievement", "Distinction"]), Finding.UNCLEAR_ADDRESS),
    ("a relative address", inside(id="/achievements/1"), Finding.UNCLEAR_ADDRESS),
    ("a relative address that is linked", inside(image={"id": "image.png", "type": "Image"}), Finding.UNCLEAR_ADDRESS),
    ("a blank node", inside(id="_:b0"), Finding.UNCLEAR_ADDRESS),
    ("a blank node as the credential", outside(id="_:b0"), Finding.UNCLEAR_ADDRESS),
    ("an address that ends early", inside(id="urn:a> <urn:b> <urn:c> .\n<urn:a"), Finding.UNCLEAR_ADDRESS),
    ("an address with a space", inside(id="https://a.example/a b"), Finding.UNCLEAR_ADDRESS),
    ("an address that is a number", outside(id=7), Finding.NOT_LINKED_DATA),
    ("an empty value", inside(version=None), Finding.EMPTY_VALUE),
    ("a type that is an object", inside(type={"id": "urn:x:y"}), Finding.UNDEFINED_TERM),
    # The credential or its status, described where nobody looks.
    ("the credential again", outside(evidence=[{"id": BADGE["id"], "type": ["Evidence"], "narrative": "x"}]), Finding.DESCRIBED_TWICE),
    ("its subject is itself", lambda badge: badge["credentialSubject"].update(id=badge["id"]), Finding.DESCRIBED_TWICE),
    ("its status again", outside(evidence=[{"id": BADGE["credentialStatus"]["id"], "type": ["Evidence"], "narrative": "x"}]), Finding.DESCRIBED_TWICE),
    # Texts and numbers that programs read differently.
    ("a bell", inside(name="ring \x07"), Finding.UNREADABLE_CHARACTER),
    ("a null", inside(name="nul \x00"), Finding.UNREADABLE_CHARACTER),
    ("delete", inside(name="del \x7f"), Finding.UNREADABLE_CHARACTER),
    ("a non-character", inside(name="no \uffff"), Finding.UNREADABLE_CHARACTER),
    ("half a character", inside(name="half \ud83c"), Finding.UNREADABLE_CHARACTER),
    ("a bell in a key", inside(**{"na\x07me": "x"}), Finding.UNREADABLE_CHARACTER),
    ("texts that sort differently", inside(tag=["\uff21", "\U0001f3fa"]), Finding.UNSTABLE_ORDER),
    ("infinity", inside(creditsAvailable=float("inf")), Finding.UNREADABLE_NUMBER),
    ("more digits than JavaScript has", inside(creditsAvailable=2**53), Finding.UNREADABLE_NUMBER),
    # Documents made to keep us busy.
    ("a deep one", inside(tag=nested(40)), Finding.TOO_DEEP),
    ("a very deep one", inside(tag=nested(5_000)), Finding.TOO_DEEP),
    ("one of many parts", outside(evidence=[{"type": ["Evidence"]}] * 3_000), Finding.TOO_LARGE),
    ("one of many values", inside(tag=["x"] * 30_000), Finding.TOO_LARGE),
    ("one of many values of a kind", inside(tag=[str(n) for n in range(300)]), Finding.TOO_LARGE),
    ("many credentials inside", outside(endorsement=[{"@context": BADGE["@context"]}] * 101), Finding.TOO_LARGE),
    ("a long one", inside(description="x" * 300_000), Finding.TOO_LARGE),
    ("a tangle", tangled, Finding.TOO_TANGLED),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "why"), [pytest.param(change, why, id=name) for name, change, why in REFUSED]
)
def test_a_document_is_refused(change, why):
    started = time.perf_counter()

    assert refusal_of(altered(change)) is why
    assert time.perf_counter() - started < SECONDS


def test_the_badge_itself_is_not_refused():
    assert refusal_of(BADGE) is None


def test_a_few_alike_parts_are_not_a_tangle():
    twice = altered(lambda badge: badge.update(evidence=badge["evidence"] * 3))

    assert refusal_of(twice) is None


def test_a_credential_inside_may_repeat_the_vocabularies():
    endorsement = {
        "@context": BADGE["@context"],
        "id": "https://employer.example/endorsements/11",
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "name": "Well made",
        "issuer": {"id": "did:web:employer.example", "type": ["Profile"], "name": "Employer"},
        "validFrom": "2026-05-01T00:00:00Z",
        "credentialSubject": {
            "id": BADGE["credentialSubject"]["achievement"]["id"],
            "type": ["EndorsementSubject"],
            "endorsementComment": "We like it.",
        },
    }

    assert refusal_of(altered(inside(endorsement=[endorsement]))) is None


def numbered(kind, many, **parts):
    return [{"type": [kind], "id": f"urn:x:{number}", **parts} for number in range(many)]


def endorsed(depth):
    if depth == 0:
        return []
    return [
        {
            "@context": BADGE["@context"],
            "id": f"urn:x:{depth}",
            "type": ["VerifiableCredential", "EndorsementCredential"],
            "endorsement": endorsed(depth - 1),
        }
    ]


@pytest.mark.parametrize(
    "change",
    [
        # Each type brings a vocabulary of its own, which is worked through each time.
        pytest.param(outside(evidence=numbered("Evidence", 145)), id="many parts"),
        pytest.param(outside(evidence=numbered("DataIntegrityProof", 1_400)), id="dear types"),
        pytest.param(outside(endorsement=endorsed(13) * 7), id="credentials inside credentials"),
        # PyLD compares each value of a set with each: 18,000 of them took it 154 s.
        pytest.param(inside(tag=[f"{number}" for number in range(5_000)]), id="one long set"),
        pytest.param(
            outside(evidence=numbered("Achievement", 38, tag=[f"{n}" for n in range(145)])),
            id="many long sets",
        ),
        pytest.param(
            outside(
                evidence=[
                    {
                        "type": ["Achievement"],
                        "id": "urn:x:y",
                        "tag": [f"{i} {j}" for i in range(145)],
                    }
                    for j in range(38)
                ]
            ),
            id="one long set in many places",
        ),
    ],
)
def test_the_dearest_documents_we_know_are_dealt_with_in_time(change):
    document = altered(change)
    started = time.process_time()

    refusal_of(document)
    assert time.process_time() - started < SECONDS


def test_mutually_linked_blank_nodes_are_never_tried():
    """The bomb that keeps PyLD alone busy for more than 40 seconds."""
    names = [f"_:b{number}" for number in range(8)]
    knot = [
        {"id": name, "type": ["Evidence"], "related": [{"id": other} for other in names]}
        for name in names
    ]
    started = time.perf_counter()

    assert refusal_of(altered(outside(evidence=knot))) is not None
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", Finding.NOT_JSON),
        ("[]", Finding.NOT_JSON),
        ('"a text"', Finding.NOT_JSON),
        ("{", Finding.NOT_JSON),
        (b'{"a": "\xff"}', Finding.NOT_JSON),
        (b'{"a": "\xed\xa0\x80"}', Finding.NOT_JSON),
        ('{"a": 1, "a": 2}', Finding.REPEATED_KEY),
        ('{"b": {"a": 1, "a": 1}}', Finding.REPEATED_KEY),
        ('{"a": NaN}', Finding.UNREADABLE_NUMBER),
        ('{"a": -Infinity}', Finding.UNREADABLE_NUMBER),
        ('{"a": ' + "9" * 5_000 + "}", Finding.NOT_JSON),
        ('{"a": ' + "[" * 100_000 + "}", Finding.TOO_DEEP),
        ('{"a": ' * 3_000 + "1" + "}" * 3_000, Finding.TOO_DEEP),
        ('{"a": "' + "x" * 300_000 + '"}', Finding.TOO_LARGE),
    ],
)
def test_read_json_refuses(text, why):
    with pytest.raises(UnsoundDocument) as refused:
        read_json(text)

    assert refused.value.finding is why


def test_read_json_reads_what_we_write_with_or_without_a_byte_order_mark():
    written = openbadges.as_bytes(BADGE)

    assert read_json(written) == BADGE
    assert read_json(b"\xef\xbb\xbf" + written) == BADGE
    assert read_json(written.decode()) == BADGE


def test_unreadable_characters_are_left_out_of_a_badges_texts():
    assert without_unreadable_characters("a\x00b\x07c\td\ne\x7f🏺\ud800") == "abc\td\ne🏺"

    ringing = openbadges.IssuerFacts(did=samples.DID, name="Pot \x07House")
    assert openbadges.issuer_profile(ringing)["name"] == "Pot House"


def test_a_set_up_without_vocabularies_is_not_blamed_on_the_document(monkeypatch, tmp_path):
    monkeypatch.setattr(rdfc, "CONTEXTS", tmp_path)
    rdfc._pinned_context.cache_clear()

    with pytest.raises(FileNotFoundError):
        canonical_form(BADGE)


@pytest.mark.parametrize("url", sorted(guards.ACCEPTED_CONTEXTS))
def test_every_accepted_vocabulary_is_pinned(url):
    assert url in json.loads((rdfc.CONTEXTS / "index.json").read_text())


@pytest.mark.parametrize(
    ("alike", "orders"),
    [
        ("", 1),
        ("a", 1),
        ("aaaaaa", 1),
        ("ab", 2),
        ("aab", 3),
        ("aabb", 6),
        ("abc", 6),
        ("abcdef", 720),
    ],
)
def test_no_fewer_arrangements_are_counted_than_the_library_tries(alike, orders):
    assert rdfc.arrangements_of(alike) == orders
    assert sum(1 for _ in permutations(list(alike))) <= orders


def test_arrangements_beyond_the_limit_are_not_counted_to_the_end():
    assert rdfc.arrangements_of([str(number) for number in range(5_000)]) > rdfc.MOST_ARRANGEMENTS
    assert rdfc.arrangements_of(["same"] * 5_000) == 1
