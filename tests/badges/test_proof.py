"""The signature: W3C's published example to the byte, and any change undoes it."""

import copy
from dataclasses import replace
from datetime import datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from badges import guards, keys, multibase, openbadges, rdfc
from badges.findings import Finding, UnsoundDocument
from badges.proof import check_proof, proof_of, sign
from tests.badges import samples

PUBLIC_KEY = samples.PRIVATE_KEY.public_key()

#: Every character that a badge may carry.
TEXTS = st.text(
    st.characters(
        codec="utf-8",
        exclude_characters=[chr(c) for c in range(32) if chr(c) not in "\t\n\r"]
        + ["\x7f", "\ufffe", "\uffff"],
    ),
    min_size=1,
    max_size=60,
)
slowly = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])

# W3C Data Integrity EdDSA Cryptosuites 1.0, test vectors for eddsa-rdfc-2022: the keys, the
# credential, and the proof value, as the working group's repository publishes them.
W3C_PRIVATE = "z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq"
W3C_PUBLIC = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
W3C_EXAMPLES = "https://www.w3.org/ns/credentials/examples/v2"
W3C_CREDENTIAL = {
    "@context": [guards.CREDENTIALS_V2, W3C_EXAMPLES],
    "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
    "type": ["VerifiableCredential", "AlumniCredential"],
    "name": "Alumni Credential",
    "description": "A minimum viable example of an Alumni Credential.",
    "issuer": "https://vc.example/issuers/5678",
    "validFrom": "2023-01-01T00:00:00Z",
    "credentialSubject": {"id": "did:example:abcdefgh", "alumniOf": "The School of Examples"},
}


@pytest.fixture
def w3c_examples(monkeypatch):
    """Let the vocabulary of W3C's examples be known, for as long as a test runs."""
    vocabulary = {"@context": {"@vocab": "https://www.w3.org/ns/credentials/examples#"}}
    pinned = rdfc._pinned_context
    monkeypatch.setattr(guards, "ACCEPTED_CONTEXTS", guards.ACCEPTED_CONTEXTS | {W3C_EXAMPLES})
    monkeypatch.setattr(
        rdfc,
        "_pinned_context",
        lambda url: vocabulary if url == W3C_EXAMPLES else pinned(url),
    )
    yield
    rdfc._resolved_contexts.pop(W3C_EXAMPLES, None)


@pytest.mark.parametrize(
    ("method", "proof_value"),
    [
        pytest.param(
            f"did:key:{W3C_PUBLIC}#{W3C_PUBLIC}",
            "z2YwC8z3ap7yx1nZYCg4L3j3ApHsF8kgPdSb5xoS1VR7vPG3F561B52hYnQF9iseabecm3ijx4K1FBTQsCZahKZme",
            id="by did:key",
        ),
        pytest.param(
            f"https://vc.example/issuers/5678#{W3C_PUBLIC}",
            "z21EVs3eXERqTn4acNHT9viboqgzUaQ3kTmhPT3eA8qrVPE7CrQq78WkzctnMX5W4CrzcKnHw8V6dvy5pgWYCU5e9",
            id="by https",
        ),
    ],
)
def test_sign_gives_the_bytes_that_w3c_published(w3c_examples, method, proof_value):
    seed = multibase.decode(W3C_PRIVATE).removeprefix(b"\x80\x26")
    private_key = Ed25519PrivateKey.from_private_bytes(seed)
    assert keys.multikey(private_key.public_key()) == W3C_PUBLIC

    signed = sign(
        W3C_CREDENTIAL,
        private_key=private_key,
        verification_method=method,
        created=datetime.fromisoformat("2023-02-24T23:36:38Z"),
    )

    assert signed["proof"] == [
        {
            "type": "DataIntegrityProof",
            "cryptosuite": "eddsa-rdfc-2022",
            "created": "2023-02-24T23:36:38Z",
            "verificationMethod": method,
            "proofPurpose": "assertionMethod",
            "proofValue": proof_value,
        }
    ]
    assert check_proof(signed, keys.public_key(W3C_PUBLIC))


def test_a_signed_badge_checks_and_the_same_facts_sign_to_the_same_bytes():
    assert check_proof(samples.signed(), PUBLIC_KEY).why is Finding.SIGNATURE_HOLDS
    assert openbadges.as_bytes(samples.signed()) == openbadges.as_bytes(samples.signed())


def test_another_key_does_not_check():
    found = check_proof(samples.signed(), keys.generate_key().public_key())

    assert (found.holds, found.why) == (False, Finding.SIGNATURE_BROKEN)


@slowly
@given(text=TEXTS)
@example(text="\\u0041 \\n literally")
@example(text="_:b0 <x> .")
def test_any_allowed_text_signs_and_checks(text):
    evidence = (openbadges.EvidenceFacts(narrative=text, name=text),)
    achievement = replace(samples.ACHIEVEMENT, name=text, criteria=text, tags=(text,))

    badge = samples.signed(evidence=evidence, achievement=achievement)

    assert badge["evidence"][0]["narrative"] == text
    assert check_proof(badge, PUBLIC_KEY)


def texts_of(part, path=()):
    """Yield where every text of a document stands."""
    if isinstance(part, str):
        yield path
    for key, value in part.items() if isinstance(part, dict) else ():
        yield from texts_of(value, (*path, key))
    for key, value in enumerate(part) if isinstance(part, list) else ():
        yield from texts_of(value, (*path, key))


SIGNED = samples.signed()


@pytest.mark.parametrize("path", list(texts_of(SIGNED)), ids=lambda path: ".".join(map(str, path)))
def test_one_changed_letter_anywhere_breaks_it(path):
    changed = copy.deepcopy(SIGNED)
    part = changed
    for step in path[:-1]:
        part = part[step]
    letters = part[path[-1]]
    middle = len(letters) // 2
    other = "x" if letters[middle] != "x" else "y"
    part[path[-1]] = letters[:middle] + other + letters[middle + 1 :]

    assert not check_proof(changed, PUBLIC_KEY)


@slowly
@given(data=st.data())
def test_a_changed_byte_is_noticed_or_changes_nothing(data):
    original = openbadges.as_bytes(SIGNED)
    place = data.draw(st.integers(0, len(original) - 1))
    byte = data.draw(st.integers(0, 255))
    changed = original[:place] + bytes([byte]) + original[place + 1 :]

    try:
        document = guards.read_json(changed)
    except UnsoundDocument:
        return
    assert bool(check_proof(document, PUBLIC_KEY)) == (document == SIGNED)


def test_sign_refuses_to_sign_twice():
    with pytest.raises(ValueError, match="signed already"):
        samples.signed(samples.signed())


@pytest.mark.parametrize(
    ("proof", "why"),
    [
        ([], Finding.NO_PROOF),
        ([SIGNED["proof"][0]] * 2, Finding.UNKNOWN_PROOF),
        ("a proof", Finding.UNKNOWN_PROOF),
        ({**SIGNED["proof"][0], "cryptosuite": "eddsa-jcs-2022"}, Finding.UNKNOWN_PROOF),
        ({**SIGNED["proof"][0], "type": "Ed25519Signature2020"}, Finding.UNKNOWN_PROOF),
        ({**SIGNED["proof"][0], "proofPurpose": "authentication"}, Finding.UNKNOWN_PROOF),
        ({**SIGNED["proof"][0], "previousProof": "urn:x:y"}, Finding.UNKNOWN_PROOF),
        ({**SIGNED["proof"][0], "verificationMethod": 7}, Finding.UNKNOWN_PROOF),
        ({**SIGNED["proof"][0], "proofValue": "z"}, Finding.SIGNATURE_BROKEN),
        ({**SIGNED["proof"][0], "proofValue": "uAAAA"}, Finding.SIGNATURE_BROKEN),
        ({**SIGNED["proof"][0], "proofValue": "z0OIl"}, Finding.SIGNATURE_BROKEN),
        ({**SIGNED["proof"][0], "proofValue": 7}, Finding.SIGNATURE_BROKEN),
        ({**SIGNED["proof"][0], "proofValue": "z" + "9" * 100_000}, Finding.SIGNATURE_BROKEN),
        ({**SIGNED["proof"][0], "note": "not covered"}, Finding.UNDEFINED_TERM),
    ],
)
def test_proofs_that_prove_nothing(proof, why):
    assert check_proof({**SIGNED, "proof": proof}, PUBLIC_KEY).why is why


def test_a_proof_by_itself_and_one_that_repeats_the_vocabularies_are_read_too():
    alone = {**SIGNED, "proof": SIGNED["proof"][0]}
    repeating = {**SIGNED, "proof": {**SIGNED["proof"][0], "@context": SIGNED["@context"]}}
    shortened = {**SIGNED, "proof": {**SIGNED["proof"][0], "@context": SIGNED["@context"][:1]}}

    assert check_proof(alone, PUBLIC_KEY)
    assert check_proof(repeating, PUBLIC_KEY)
    assert check_proof(shortened, PUBLIC_KEY).why is Finding.UNKNOWN_CONTEXT
    assert proof_of(alone) == proof_of(SIGNED)


def test_a_time_without_a_zone_is_not_signed():
    with pytest.raises(ValueError, match="time zone"):
        sign(
            {"@context": [guards.CREDENTIALS_V2]},
            private_key=samples.PRIVATE_KEY,
            verification_method=samples.METHOD,
            created=datetime(2026, 1, 1),
        )
