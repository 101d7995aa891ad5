"""Does `openbadgeslib`, which nobody here wrote, say the same of our badges as we do?

It shares Python and PyLD with us, so it counts beside Digital Bazaar's JavaScript and not for it:
see `test_other_verifiers.py`. It is the one that reads tokens.
"""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from badges import keys, openbadges, tokens
from tests.badges import samples
from tests.badges.samples import DID, LIST_URL
from tests.badges.test_other_verifiers import ODDITIES

ldp = pytest.importorskip("openbadgeslib.ob3.ldp")
verifier = pytest.importorskip("openbadgeslib.ob3.verifier")

#: It knows no other time than now.
NOW = datetime.now(UTC).replace(microsecond=0)
RSA_SECRET = rsa.generate_private_key(65537, 2048)
RSA_METHOD = f"{DID}#rsa-2026"
NEWER = keys.multikey(keys.generate_key().public_key())
STATUS = samples.FACTS.status


def badge(**changes):
    facts = {
        "awarded_at": NOW - timedelta(days=2),
        "valid_from": NOW - timedelta(days=1),
        "activity_started": NOW - timedelta(days=3),
        "activity_ended": NOW - timedelta(days=2),
    }
    return samples.signed(**facts | changes)


def listed(*revoked):
    document = openbadges.status_list_credential(
        url=LIST_URL,
        issuer_did=DID,
        revoked=revoked,
        valid_from=NOW - timedelta(hours=1),
        valid_until=NOW + timedelta(days=7),
    )
    # It reads lists that are tokens; ours are, for who asks for `application/vc+jwt`.
    return as_token(document)


def said_by_it(document, *, multikeys=(samples.MULTIKEY,), revoked=()):
    """Return whether it takes a badge, a document or a token, for good."""
    did = openbadges.did_document(DID, multikeys, jwks={"rsa-2026": keys.public_jwk(RSA_SECRET)})
    pages = {
        "https://tirnod.example/issuers/pot-house/did.json": did,
        LIST_URL: listed(*revoked),
    }

    def download(url, *_given, **_more):
        page = pages[url]
        return page.encode() if isinstance(page, str) else json.dumps(page).encode()

    kind = verifier.OB3Verifier if isinstance(document, str) else ldp.OB3LdpVerifier
    checker = kind.for_issuer_did(DID, download=download)
    try:
        checker.verify(
            document,
            check_status=True,
            download=download,
            # Of a token's list it tries the issuer's first key alone, whichever the list names.
            verify_status_list=not isinstance(document, str),
        )
    except verifier.OB3VerificationError:
        return False
    return True


def as_token(document):
    unsigned = {name: part for name, part in document.items() if name != "proof"}
    return tokens.sign_token(unsigned, private_key=RSA_SECRET, method=RSA_METHOD)


WELSH = replace(
    samples.ACHIEVEMENT,
    name="Fy mhot cyntaf: ŵy, tŷ, gŵr",
    description="Ar gyfer pobl a wnaeth bot a'i danio.",
    language="cy",
)


@pytest.mark.parametrize("form", [dict, as_token], ids=["with a proof inside", "as a token"])
@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="participation"),
        pytest.param({"achievement": WELSH}, id="in Welsh"),
        pytest.param({"valid_until": NOW + timedelta(days=1)}, id="for a while"),
        *(
            pytest.param(
                {"narrative": text, "evidence": (openbadges.EvidenceFacts(narrative=text),)},
                id=name,
            )
            for name, text in ODDITIES.items()
        ),
    ],
)
def test_a_badge_of_each_kind_is_good_there_too(form, changes):
    assert said_by_it(form(badge(**changes)))


def test_a_badge_that_cannot_be_taken_back_is_good_there_too():
    assert said_by_it(badge(status=None))


@pytest.mark.parametrize("form", [dict, as_token], ids=["with a proof inside", "as a token"])
def test_what_is_not_good_is_not_good_there_either(form):
    index = samples.INDEX
    good = form(badge())

    assert not said_by_it(form(badge(valid_until=NOW - timedelta(hours=1))))
    assert not said_by_it(form(badge(valid_from=NOW + timedelta(hours=1))))
    assert not said_by_it(good, revoked=[index])
    assert said_by_it(good, revoked=[index - 1, index + 1])


def test_a_replaced_key_still_counts_and_a_withdrawn_one_does_not():
    assert said_by_it(badge(), multikeys=(NEWER, samples.MULTIKEY))
    assert not said_by_it(badge(), multikeys=(NEWER,))


def test_one_changed_word_is_noticed_there_too():
    head, _said, signature = as_token(badge()).split(".")
    other = as_token(badge(narrative="Another.")).split(".")[1]

    assert not said_by_it({**badge(), "name": "Doctor of Pottery"})
    assert not said_by_it(".".join([head, other, signature]))
