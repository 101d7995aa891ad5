"""A badge to look at: plain facts, a key of its own, and all that a verifier may ask for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from badges import clr, keys, openbadges, proof
from badges.verifier import Verification, verify

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
BASE = "https://tirnod.example"
DID = openbadges.did_web(BASE, "issuers", "pot-house")
LIST_URL = f"{BASE}/status/revocation/7"
INDEX = 94_567

#: Always the same key, so that a failure can be seen again.
PRIVATE_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
MULTIKEY = keys.multikey(PRIVATE_KEY.public_key())
METHOD = openbadges.verification_method(DID, MULTIKEY)

ISSUER = openbadges.IssuerFacts(
    did=DID,
    name="Tŷ Crochenwaith / Pot House",
    url=f"{BASE}/issuers/pot-house",
    description="A pottery by the canal.",
    image_url=f"{BASE}/issuers/pot-house/logo.png",
)
ACHIEVEMENT = openbadges.AchievementFacts(
    id=f"{BASE}/achievements/first-pot/v1",
    name="My first pot",
    description="Given to people who made a pot and fired it.",
    criteria="You:\n\n1. made a pot;\n2. **fired** it.",
    image_url=f"{BASE}/achievements/first-pot/v1/image.png",
    image_caption="A petal-shaped badge with a bowl",
    tags=("create", "clay"),
    alignments=(
        openbadges.AlignmentFacts(
            name="Creativity: Step 3",
            url="https://frameworks.example/creativity/3",
            framework="A framework of skills",
            code="CR-3",
        ),
    ),
    version="1",
    language="en-GB",
)
FACTS = openbadges.CredentialFacts(
    id=f"{BASE}/credentials/6dfd3b1e-9e0e-4c37-9a5e-0f6f0f3c8a11",
    subject_id="urn:uuid:0e4f28c4-5d6b-4a53-8a3e-1d2f3a4b5c6d",
    issuer=ISSUER,
    achievement=ACHIEVEMENT,
    awarded_at=NOW - timedelta(days=2),
    valid_from=NOW - timedelta(days=1),
    evidence=(openbadges.EvidenceFacts(narrative="Came to Pottery on 30 May 2026.", name="Visit"),),
    activity_started=NOW - timedelta(days=2, hours=2),
    activity_ended=NOW - timedelta(days=2),
    status=openbadges.StatusFacts(list_url=LIST_URL, index=INDEX),
)

#: The host puts records together, in its own name and with a key of its own.
HOST = openbadges.IssuerFacts(did=openbadges.did_web(BASE), name="Tirnod", url=BASE)
HOST_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
HOST_MULTIKEY = keys.multikey(HOST_KEY.public_key())
HOST_METHOD = openbadges.verification_method(HOST.did, HOST_MULTIKEY)


def signed(document=None, *, private_key=PRIVATE_KEY, method=METHOD, **changes):
    """Return a signed badge; `changes` are to its facts, `document` is signed as it is."""
    if document is None:
        document = openbadges.open_badge(replace(FACTS, **changes))
    return proof.sign(document, private_key=private_key, verification_method=method, created=NOW)


def did_document(**changes):
    return {**openbadges.did_document(DID, [MULTIKEY]), **changes}


def status_list(revoked=(), *, url=LIST_URL, issuer_did=DID, valid_until=None, **signing):
    return signed(
        openbadges.status_list_credential(
            url=url,
            issuer_did=issuer_did,
            revoked=revoked,
            valid_from=NOW - timedelta(hours=1),
            valid_until=valid_until or NOW + timedelta(days=7),
        ),
        **signing,
    )


def checked(document, *, issuer=None, listed=None, now=NOW) -> Verification:
    """Verify a badge in a world where `issuer` and `listed` are all that can be asked."""
    return verify(
        document,
        resolve_issuer={DID: did_document() if issuer is None else issuer}.get,
        fetch_status_list={LIST_URL: status_list() if listed is None else listed}.get,
        now=now,
    )


def badges(count, facts=FACTS):
    """Return signed badges of one learner, each for another achievement."""
    return tuple(badge(number, facts) for number in range(count))


def badge(number, facts=FACTS, **changes):
    """Return the signed badge that has this number among those of one learner."""
    achievement = replace(facts.achievement, id=f"{BASE}/achievements/pot-{number}/v1")
    index = {"status": openbadges.StatusFacts(list_url=LIST_URL, index=INDEX + number)}
    others = {"id": f"{BASE}/credentials/{number}", "achievement": achievement} | index | changes
    return signed(openbadges.open_badge(replace(facts, **others)))


def record(held=None, *, private_key=HOST_KEY, **changes):
    """Return a signed record of badges; `changes` are to its facts."""
    facts = clr.RecordFacts(
        id=f"{BASE}/records/9a0c2f2e-3f9b-4d43-a1ef-0b1f2d6f7c55",
        name="Badges / Bathodynnau",
        subject_id=FACTS.subject_id,
        issuer=HOST,
        valid_from=NOW - timedelta(hours=1),
        badges=badges(3) if held is None else tuple(held),
    )
    document = clr.learner_record(replace(facts, **changes))
    return signed(document, private_key=private_key, method=HOST_METHOD)


def host_document(**changes):
    return {**openbadges.did_document(HOST.did, [HOST_MULTIKEY]), **changes}


def checked_record(document, *, issuers=None, revoked=(), now=NOW) -> Verification:
    """Verify a record in a world of its issuer, the issuer of its badges, and one list."""
    known = {DID: did_document(), HOST.did: host_document()} | (issuers or {})
    listed = {LIST_URL: status_list(revoked)}
    return verify(document, resolve_issuer=known.get, fetch_status_list=listed.get, now=now)
