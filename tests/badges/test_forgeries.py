"""Every trick that we know of, brought to the verifier as a stranger would: each has its reason.

All go through the process that checks what strangers bring (`badges.cell`), whose kernel limits are
4.5 seconds and 300 MB; what each took is measured there. None of them is ever called real.
"""

import base64
import copy
import gzip
import hashlib
import hmac
import json
import signal
import struct
import subprocess
import sys
import time
import zlib
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import ECKey, OKPKey

from badges import keys, openbadges, tokens
from badges.art import badge_svg
from badges.bake import bake_png, draw_png
from badges.cell import MOST_MEMORY_BYTES, MOST_SECONDS, Cell
from badges.findings import Finding
from badges.verifier import Outcome, Subject
from badges.wording import in_words
from tests.badges import samples
from tests.badges.samples import BASE, DID, LIST_URL, METHOD, NOW, signed
from tests.badges.test_guards import tangled as tangled_parts
from tests.badges.test_proof import texts_of
from tests.databases import ROOT

BADGE = signed()
UNSIGNED = openbadges.open_badge(samples.FACTS)
STRANGER = keys.generate_key()
STRANGER_KEY = keys.multikey(STRANGER.public_key())
EVIL = "did:web:evil.example"
EMPLOYER = "did:web:employer.example"
EMPLOYER_SECRET = keys.generate_key()
EMPLOYER_KEY = keys.multikey(EMPLOYER_SECRET.public_key())

RSA_SECRET = rsa.generate_private_key(65537, 2048)
RSA_METHOD = f"{DID}#rsa-2026"
EC_SECRET = ec.generate_private_key(ec.SECP256R1())
EC_METHOD = f"{DID}#p256-2026"


def public_pem(secret):
    return secret.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


RSA_JWK = keys.public_jwk(RSA_SECRET)
EC_JWK = ECKey.import_key(public_pem(EC_SECRET)).as_dict(private=False)
STRANGER_JWK = OKPKey.import_key(public_pem(STRANGER)).as_dict(private=False)
ISSUER = openbadges.did_document(
    DID, [samples.MULTIKEY], jwks={"rsa-2026": RSA_JWK, "p256-2026": EC_JWK}
)
ISSUERS = {
    DID: ISSUER,
    EVIL: openbadges.did_document(EVIL, [STRANGER_KEY]),
    EMPLOYER: openbadges.did_document(EMPLOYER, [EMPLOYER_KEY]),
}


@pytest.fixture(scope="module")
def cell():
    cell = Cell()
    yield cell
    cell.close()


def as_answer(found):
    return found if found is None or isinstance(found, bytes) else json.dumps(found).encode()


def world(issuers=(), lists=(), pages=()):
    """Return what answers in a world of `issuers`, `lists` and `pages` beside the usual ones."""
    known = {
        "issuer": ISSUERS | dict(issuers),
        "list": {LIST_URL: samples.status_list()} | dict(lists),
        "page": dict(pages),
    }
    return lambda what, address: as_answer(known[what].get(address))


def looked_at(cell, upload, **given):
    upload = upload if isinstance(upload, bytes) else openbadges.as_bytes(upload)
    return cell.look_and_measure(upload, world(**given), now=NOW)


def changed(document, *path, to):
    document = copy.deepcopy(document)
    part = document
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = to
    return document


def without(document, *names):
    return {name: part for name, part in document.items() if name not in names}


def signed_with(**parts):
    """Return a badge that its issuer signed with `parts` in it."""
    return signed({**UNSIGNED, **parts})


# Tokens.


def b64(content):
    content = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def claims(document=None, **more):
    document = document or UNSIGNED
    return {
        **document,
        "iss": DID,
        "jti": document["id"],
        "sub": document["credentialSubject"]["id"],
        "nbf": tokens.seconds(document["validFrom"]),
        **more,
    }


def token(header=None, payload=None, *, secret=RSA_SECRET, **more):
    """Return a token by hand, so that it may be as wrong as one likes."""
    header = {"alg": "RS256", "kid": RSA_METHOD, "typ": "JWT", **more} if header is None else header
    text = f"{b64(header)}.{b64(claims() if payload is None else payload)}"
    return f"{text}.{b64(signature_of(text.encode(), header.get('alg'), secret))}".encode()


def signature_of(text, algorithm, secret):
    if isinstance(secret, bytes):
        return hmac.new(secret, text, hashlib.sha256).digest()
    if isinstance(secret, rsa.RSAPrivateKey):
        return secret.sign(text, PKCS1v15(), SHA256())
    if isinstance(secret, ec.EllipticCurvePrivateKey):
        r, s = decode_dss_signature(secret.sign(text, ec.ECDSA(SHA256())))
        return r.to_bytes(32) + s.to_bytes(32)
    return secret.sign(text) if secret else b""


TOKEN = token()

# Words of others.


def endorsement(secret=EMPLOYER_SECRET, issuer=EMPLOYER, multikey=EMPLOYER_KEY, **parts):
    document = {
        "@context": UNSIGNED["@context"],
        "id": "https://employer.example/endorsements/11",
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "name": "Endorsement",
        "issuer": {"id": issuer, "type": ["Profile"], "name": "Borough Market Trust"},
        "validFrom": "2026-05-01T00:00:00Z",
        "credentialSubject": {
            "id": samples.ACHIEVEMENT.id,
            "type": ["EndorsementSubject"],
            "endorsementComment": "We recognise this badge.",
        },
        **parts,
    }
    return signed(document, private_key=secret, method=f"{issuer}#{multikey}")


def endorsed(*endorsements):
    document = copy.deepcopy(UNSIGNED)
    document["credentialSubject"]["achievement"]["endorsement"] = list(endorsements)
    return signed(document)


ENDORSEMENT = endorsement()

# What is hidden.

STATUS = BADGE["credentialStatus"]
ENDED = signed(valid_until=NOW - timedelta(hours=1))
REVOKED = {"lists": {LIST_URL: samples.status_list([samples.INDEX])}}
_CREDENTIALS = "https://www.w3.org/2018/credentials#"


def aliased(badge, term):
    context = [*badge["@context"], {"zz": {"@id": _CREDENTIALS + term, "@type": "@id"}}]
    return {**without(badge, term), "@context": context, "zz": badge[term]}


def by_full_name(badge, term):
    return {**without(badge, term), _CREDENTIALS + term: badge[term]}


def elsewhere(badge, term):
    """Return the badge with a part of it moved to where an endorsement speaks of the same id."""
    told = copy.deepcopy(ENDORSEMENT)
    told["credentialSubject"] = {"id": badge["id"], "type": ["VerifiableCredential"]}
    told["credentialSubject"][term] = badge[term]
    return {**without(badge, term), "endorsement": [told]}


def in_a_graph(badge):
    return {"@context": badge["@context"], "@graph": [without(badge, "@context")]}


def tangled(count):
    """Return parts whose names count for nothing, each linked to each: 40,320 ways to order eight."""
    names = [f"_:b{number}" for number in range(count)]
    return [
        {"id": name, "type": ["Achievement"], "endorsement": [{"id": each} for each in names]}
        for name in names
    ]


def tangle():
    badge = copy.deepcopy(BADGE)
    tangled_parts(badge)
    return badge


# Pictures.

PNG = draw_png(badge_svg("first-pot", "create"), size=64)
JSON = openbadges.as_bytes(BADGE)


def png_with(*chunks):
    made = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
    return PNG[:-12] + made + PNG[-12:]


def baked_svg(before="", after="", head="", attributes=""):
    inside = f"<openbadges:credential><![CDATA[{JSON.decode()}]]></openbadges:credential>"
    return (
        f'{head}<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0" {attributes}>'
        f"{before}{inside}{after}</svg>"
    ).encode()


def list_with(**parts):
    document = without(samples.status_list(), "proof")
    document["credentialSubject"] = {**document["credentialSubject"], **parts}
    return {"lists": {LIST_URL: signed(document)}}


def packed(content):
    return "u" + base64.urlsafe_b64encode(gzip.compress(content)).decode().rstrip("=")


def issuer_with(**parts):
    return {"issuers": {DID: {**ISSUER, **parts}}}


def method_with(**parts):
    first, *rest = ISSUER["verificationMethod"]
    return issuer_with(verificationMethod=[{**first, **parts}, *rest])


def issued_by(issuer_id, **given):
    issuer = {**UNSIGNED["issuer"], "id": issuer_id}
    return signed({**UNSIGNED, "issuer": issuer}, **given)


DID_KEY = f"did:key:{STRANGER_KEY}"
REVOCATIONS = "https://tirnod.example/revoked.json"


def with_revocations(url=REVOCATIONS):
    context = [*UNSIGNED["@context"], "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"]
    status = {"id": url, "type": "1EdTechRevocationList"}
    return signed_with(**{"@context": context, "credentialStatus": status})


# Older badges.

ASSERTION_URL = "https://old.example/assertions/1"
CLASS_URL = "https://old.example/classes/1"
OLD_ISSUER = "https://old.example/issuer"
ASSERTION = {
    "@context": "https://w3id.org/openbadges/v2",
    "type": "Assertion",
    "id": ASSERTION_URL,
    "badge": CLASS_URL,
    "recipient": {"type": "email", "hashed": True, "salt": "s", "identity": "sha256$" + "0" * 64},
    "issuedOn": "2026-05-01T00:00:00Z",
    "verification": {"type": "HostedBadge"},
}
OLD_PAGES = {
    ASSERTION_URL: ASSERTION,
    CLASS_URL: {
        "id": CLASS_URL,
        "type": "BadgeClass",
        "name": "Old pot",
        "description": "A pot.",
        "criteria": {"narrative": "Make a pot."},
        "issuer": OLD_ISSUER,
    },
    OLD_ISSUER: {"id": OLD_ISSUER, "type": "Issuer", "name": "Old Pottery"},
}


def old_world(**changes):
    pages = {"assertion": ASSERTION_URL, "badge": CLASS_URL, "issuer": OLD_ISSUER}
    return {"pages": OLD_PAGES | {pages[name]: page for name, page in changes.items()}}


KEY_URL = "https://old.example/key"
LIST_OF_OLD = "https://old.example/revoked"
SIGNED_ASSERTION = {
    **without(ASSERTION, "id"),
    "id": "urn:uuid:0e4f28c4-5d6b-4a53-8a3e-1d2f3a4b5c6d",
    "verification": {"type": "SignedBadge", "creator": KEY_URL},
}
OLD_TOKEN = token({"alg": "RS256"}, SIGNED_ASSERTION)


def signed_old_world(revoked=(), **key):
    """Return a world in which an issuer of version 2 has a key and a list of what it took back."""
    pages = {
        OLD_ISSUER: {**OLD_PAGES[OLD_ISSUER], "revocationList": LIST_OF_OLD},
        KEY_URL: {
            "id": KEY_URL,
            "owner": OLD_ISSUER,
            "publicKeyPem": public_pem(RSA_SECRET).decode(),
            **key,
        },
        LIST_OF_OLD: {
            "id": LIST_OF_OLD,
            "type": "RevocationList",
            "revokedAssertions": list(revoked),
        },
    }
    return {"pages": OLD_PAGES | pages}


S = Subject
F = Finding

#: (what it is, what is brought, the world it is brought to, the check that says so, the reason)
FORGERIES = [
    # Who signed it.
    ("a key nobody listed", signed(private_key=STRANGER, method=f"{DID}#{STRANGER_KEY}"), {}, S.ISSUER, F.KEY_NOT_LISTED),
    ("a stranger's signature under the issuer's key", signed(private_key=STRANGER), {}, S.SIGNATURE, F.SIGNATURE_BROKEN),
    ("a key that vouches for itself", signed(private_key=STRANGER, method=f"{DID_KEY}#{STRANGER_KEY}"), {}, S.ISSUER, F.KEY_NOT_LISTED),
    ("a stranger's own issuer's key", signed(private_key=STRANGER, method=f"{EVIL}#{STRANGER_KEY}"), {}, S.ISSUER, F.KEY_NOT_LISTED),
    ("another's document", BADGE, issuer_with(id=EVIL), S.ISSUER, F.ISSUER_IS_ANOTHER),
    ("a document without an id", BADGE, issuer_with(id=None), S.ISSUER, F.ISSUER_IS_ANOTHER),
    ("a key for signing in alone", BADGE, issuer_with(assertionMethod=[], authentication=[METHOD]), S.ISSUER, F.KEY_NOT_LISTED),
    ("a key that another controls", BADGE, method_with(controller=EVIL), S.ISSUER, F.KEY_NOT_LISTED),
    ("a key that was withdrawn", BADGE, method_with(revoked="2026-01-01T00:00:00Z"), S.ISSUER, F.KEY_WITHDRAWN),
    ("a key that is damaged", BADGE, method_with(publicKeyMultibase="z6Mk"), S.ISSUER, F.KEY_UNREADABLE),
    ("a key that takes for ever to read", BADGE, method_with(publicKeyMultibase="z" + "9" * 200_000), S.ISSUER, F.KEY_UNREADABLE),
    ("a key of somebody else", BADGE, method_with(publicKeyMultibase=STRANGER_KEY), S.SIGNATURE, F.SIGNATURE_BROKEN),
    ("a did:key in the name of a school", issued_by(DID_KEY, private_key=STRANGER, method=METHOD), {}, S.ISSUER, F.KEY_NOT_LISTED),
    ("an issuer without https", issued_by("http://tirnod.example/issuers/x"), {}, S.ISSUER, F.ISSUER_UNREACHABLE),
    ("an issuer that is a script", issued_by("javascript:alert(1)"), {}, S.ISSUER, F.ISSUER_UNREACHABLE),
    ("an issuer in a file", issued_by("file:///etc/passwd"), {}, S.ISSUER, F.ISSUER_UNREACHABLE),
    ("an issuer at another port", issued_by("did:web:tirnod.example%3A22:issuers:pot-house"), {}, S.ISSUER, F.ISSUER_UNREACHABLE),
    ("an issuer by way of another path", issued_by("did:web:evil.example%2F..:issuers"), {}, S.ISSUER, F.ISSUER_UNREACHABLE),
    ("an issuer with a look-alike name", issued_by("did:web:tìrnod.example:issuers:pot-house"), {}, S.ISSUER, F.ISSUER_UNREACHABLE),
    ("two issuers", {**BADGE, "issuer": [BADGE["issuer"], {"id": EVIL}]}, {}, S.SHAPE, F.PART_MISSING),
    ("no signature", UNSIGNED, {}, S.SIGNATURE, F.NO_PROOF),
    ("an empty signature", {**BADGE, "proof": []}, {}, S.SIGNATURE, F.NO_PROOF),
    ("two signatures", {**BADGE, "proof": BADGE["proof"] * 2}, {}, S.SIGNATURE, F.UNKNOWN_PROOF),
    ("a signature of another kind", changed(BADGE, "proof", 0, "cryptosuite", to="eddsa-jcs-2022"), {}, S.SIGNATURE, F.UNKNOWN_PROOF),
    ("a signature for signing in", changed(BADGE, "proof", 0, "proofPurpose", to="authentication"), {}, S.SIGNATURE, F.UNKNOWN_PROOF),
    ("a signature bound to another", changed(BADGE, "proof", 0, "previousProof", to="urn:x:y"), {}, S.SIGNATURE, F.UNKNOWN_PROOF),
    ("a signature cut short", changed(BADGE, "proof", 0, "proofValue", to=BADGE["proof"][0]["proofValue"][:-2]), {}, S.SIGNATURE, F.SIGNATURE_BROKEN),
    ("a signature of zeros", changed(BADGE, "proof", 0, "proofValue", to="z" + "1" * 64), {}, S.SIGNATURE, F.SIGNATURE_BROKEN),
    ("a signature that takes for ever to read", changed(BADGE, "proof", 0, "proofValue", to="z" + "9" * 200_000), {}, S.SIGNATURE, F.SIGNATURE_BROKEN),
    ("another badge's signature", {**signed(narrative="Another."), "proof": BADGE["proof"]}, {}, S.SIGNATURE, F.SIGNATURE_BROKEN),
    ("a note in the signature", changed(BADGE, "proof", 0, "note", to="not covered"), {}, S.SIGNATURE, F.UNDEFINED_TERM),
    ("a private key shown to all", TOKEN, issuer_with(verificationMethod=[*ISSUER["verificationMethod"][:1], {**ISSUER["verificationMethod"][1], "publicKeyJwk": {**RSA_JWK, "d": "AQAB"}}]), S.ISSUER, F.KEY_UNREADABLE),
    ("an RSA key that is too small", TOKEN, issuer_with(verificationMethod=[{**ISSUER["verificationMethod"][1], "publicKeyJwk": {"kty": "RSA", "n": b64(b"\xff" * 128), "e": "AQAB"}}]), S.ISSUER, F.KEY_UNREADABLE),
    ("an RSA key with exponent one", TOKEN, issuer_with(verificationMethod=[{**ISSUER["verificationMethod"][1], "publicKeyJwk": {**RSA_JWK, "e": "AQ"}}]), S.ISSUER, F.KEY_UNREADABLE),
    # What was taken back, or is over, and hides it.
    ("taken back", BADGE, REVOKED, S.STATUS, F.REVOKED),
    ("taken back, under another name", aliased(BADGE, "credentialStatus"), REVOKED, S.SHAPE, F.UNKNOWN_CONTEXT),
    ("taken back, under its full name", by_full_name(BADGE, "credentialStatus"), REVOKED, S.SHAPE, F.STRANGE_KEY),
    ("taken back, said elsewhere", elsewhere(BADGE, "credentialStatus"), REVOKED, S.SIGNATURE, F.DESCRIBED_TWICE),
    ("taken back, and left out", without(BADGE, "credentialStatus"), REVOKED, S.SIGNATURE, F.SIGNATURE_BROKEN),
    ("taken back, with a null for it", {**BADGE, "credentialStatus": None}, REVOKED, S.SHAPE, F.EMPTY_VALUE),
    ("taken back, with an empty list for it", {**BADGE, "credentialStatus": []}, REVOKED, S.SIGNATURE, F.SIGNATURE_BROKEN),
    ("taken back, with another's number", changed(BADGE, "credentialStatus", "statusListIndex", to="1"), REVOKED, S.SIGNATURE, F.SIGNATURE_BROKEN),
    ("taken back, with only the address left", {**BADGE, "credentialStatus": STATUS["id"]}, REVOKED, S.SIGNATURE, F.SIGNATURE_BROKEN),
    ("over", ENDED, {}, S.DATES, F.EXPIRED),
    ("over, under another name", aliased(ENDED, "validUntil"), {}, S.SHAPE, F.UNKNOWN_CONTEXT),
    ("over, under its full name", by_full_name(ENDED, "validUntil"), {}, S.SHAPE, F.STRANGE_KEY),
    ("over, said elsewhere", elsewhere(ENDED, "validUntil"), {}, S.SIGNATURE, F.DESCRIBED_TWICE),
    ("over, and left out", without(ENDED, "validUntil"), {}, S.SIGNATURE, F.SIGNATURE_BROKEN),
    ("over, by its signature", changed(BADGE, "proof", 0, "expires", to="2026-05-31T13:00:00Z"), {}, S.SIGNATURE, F.SIGNATURE_BROKEN),
    ("of tomorrow", signed(valid_from=NOW + timedelta(days=1)), {}, S.DATES, F.NOT_YET_VALID),
    ("of no day at all", signed_with(validFrom="2026-02-31T00:00:00Z"), {}, S.DATES, F.DATES_UNCLEAR),
    ("of a day in words", signed_with(validFrom="yesterday"), {}, S.DATES, F.DATES_UNCLEAR),
    # The list of those taken back.
    ("a list that nobody answers for", BADGE, {"lists": {LIST_URL: None}}, S.STATUS, F.STATUS_UNREACHABLE),
    ("a list of a stranger", BADGE, {"lists": {LIST_URL: samples.status_list(private_key=STRANGER)}}, S.STATUS, F.STATUS_LIST_FORGED),
    ("a list of another issuer", BADGE, {"lists": {LIST_URL: samples.status_list(issuer_did=EVIL, private_key=STRANGER, method=f"{EVIL}#{STRANGER_KEY}")}}, S.STATUS, F.STATUS_LIST_FORGED),
    ("a list without a signature", BADGE, {"lists": {LIST_URL: without(samples.status_list(), "proof")}}, S.STATUS, F.STATUS_LIST_FORGED),
    ("a list of last week", BADGE, {"lists": {LIST_URL: samples.status_list(valid_until=NOW)}}, S.STATUS, F.STATUS_OUT_OF_DATE),
    ("another list of the same issuer", BADGE, {"lists": {LIST_URL: samples.status_list(url=f"{BASE}/other")}}, S.STATUS, F.STATUS_LIST_FORGED),
    ("a list for another purpose", BADGE, list_with(statusPurpose="message"), S.STATUS, F.STATUS_UNCLEAR),
    ("a list that is too short", BADGE, list_with(encodedList=packed(bytes(16_383))), S.STATUS, F.STATUS_UNCLEAR),
    ("a list that is not packed", BADGE, list_with(encodedList="uAAAA"), S.STATUS, F.STATUS_UNCLEAR),
    ("a list that is no JSON", BADGE, {"lists": {LIST_URL: b"<html>"}}, S.STATUS, F.STATUS_UNREACHABLE),
    ("a list that nests for ever", BADGE, {"lists": {LIST_URL: b"[" * 500_000}}, S.STATUS, F.STATUS_UNREACHABLE),
    ("a list as a token of a stranger", BADGE, {"lists": {LIST_URL: token(payload={**without(samples.status_list(), "proof"), "iss": DID}, secret=rsa.generate_private_key(65537, 2048))}}, S.STATUS, F.STATUS_LIST_FORGED),
    ("a number beyond the list", signed_with(credentialStatus={**STATUS, "statusListIndex": "131072"}), {}, S.STATUS, F.STATUS_UNCLEAR),
    ("a number below the list", signed_with(credentialStatus={**STATUS, "statusListIndex": "-1"}), {}, S.STATUS, F.STATUS_UNCLEAR),
    ("a list of a kind nobody knows", signed_with(credentialStatus={"id": "urn:x:y", "type": "BitstringStatusList"}), {}, S.STATUS, F.STATUS_KIND_UNKNOWN),
    ("named in a plain list", with_revocations(), {"lists": {REVOCATIONS: {"id": REVOCATIONS, "issuer": DID, "revokedCredential": [{"id": BADGE["id"]}]}}}, S.STATUS, F.REVOKED),
    ("a plain list at another host", with_revocations("https://evil.example/revoked.json"), {}, S.STATUS, F.STATUS_UNCLEAR),
    ("a plain list of another issuer", with_revocations(), {"lists": {REVOCATIONS: {"id": REVOCATIONS, "issuer": EVIL, "revokedCredential": []}}}, S.STATUS, F.STATUS_LIST_FORGED),
    # Words of others.
    ("an endorsement that was changed", endorsed(changed(endorsement(), "credentialSubject", "endorsementComment", to="The best.")), {}, S.ENDORSEMENTS, F.ENDORSEMENT_BAD),
    ("an endorsement by another key", endorsed(endorsement(secret=STRANGER)), {}, S.ENDORSEMENTS, F.ENDORSEMENT_BAD),
    ("an endorsement by a key that vouches for itself", endorsed(endorsement(secret=STRANGER, issuer=DID_KEY, multikey=STRANGER_KEY)), {}, S.ENDORSEMENTS, F.ENDORSEMENT_UNCHECKED),
    ("an endorsement of something else", endorsed(endorsement(credentialSubject={"id": f"{BASE}/achievements/other/v1", "type": ["EndorsementSubject"]})), {}, S.ENDORSEMENTS, F.ENDORSEMENT_BAD),
    ("an endorsement that nobody signed", endorsed(without(endorsement(), "proof")), {}, S.ENDORSEMENTS, F.ENDORSEMENT_BAD),
    ("an endorsement that is over, and changed", endorsed(changed(endorsement(validUntil="2026-05-02T00:00:00Z"), "credentialSubject", "endorsementComment", to="The best.")), {}, S.ENDORSEMENTS, F.ENDORSEMENT_BAD),
    ("an endorsement that is over, and out of reach", endorsed(endorsement(validUntil="2026-05-02T00:00:00Z")), {"issuers": {EMPLOYER: None}}, S.ENDORSEMENTS, F.ENDORSEMENT_BAD),
    ("an endorsement out of reach", endorsed(endorsement()), {"issuers": {EMPLOYER: None}}, S.ENDORSEMENTS, F.ENDORSEMENT_UNCHECKED),
    ("an endorsement that is none", endorsed(endorsement(type=["VerifiableCredential"])), {}, S.ENDORSEMENTS, F.ENDORSEMENT_BAD),
    ("an endorsement that is endorsed", endorsed(endorsement(endorsement=[endorsement(id="https://employer.example/e/2")])), {}, S.ENDORSEMENTS, F.INNER_CREDENTIALS),
    ("more endorsements than anybody reads", endorsed(*[endorsement(id=f"https://employer.example/e/{n}") for n in range(9)]), {}, S.ENDORSEMENTS, F.INNER_CREDENTIALS),
    ("an endorsement put in afterwards", {**BADGE, "endorsement": [endorsement()]}, {}, S.SIGNATURE, F.SIGNATURE_BROKEN),
    ("an endorsement as a token without a signature", token(payload=claims({**UNSIGNED, "endorsementJwt": [token({"alg": "none"}, secret=None).decode()]})), {}, S.ENDORSEMENTS, F.ENDORSEMENT_BAD),
    # Poisoned graphs.
    ("a distinction added after signing", changed(BADGE, "credentialSubject", "achievement", "grade", to="Distinction"), {}, S.SIGNATURE, F.UNDEFINED_TERM),
    ("a type that nobody defines", changed(BADGE, "credentialSubject", "achievement", "type", to=["Achievement", "Distinction"]), {}, S.SIGNATURE, F.UNCLEAR_ADDRESS),
    ("vocabularies written into a part", changed(BADGE, "credentialSubject", "@context", to={"name": None}), {}, S.SHAPE, F.UNKNOWN_CONTEXT),
    ("vocabularies written into the badge", {**BADGE, "@context": [*BADGE["@context"], {"@vocab": "https://evil.example/#"}]}, {}, S.SHAPE, F.UNKNOWN_CONTEXT),
    ("vocabularies of a stranger", {**BADGE, "@context": [*BADGE["@context"], "https://evil.example/context.json"]}, {}, S.SHAPE, F.UNKNOWN_CONTEXT),
    ("no vocabularies", without(BADGE, "@context"), {}, S.SHAPE, F.UNKNOWN_CONTEXT),
    ("a graph inside", in_a_graph(BADGE), {}, S.SHAPE, F.STRANGE_KEY),
    ("a statement turned round", {**BADGE, "@reverse": {"credentialSubject": {"id": "urn:x:y"}}}, {}, S.SHAPE, F.STRANGE_KEY),
    ("a statement included", {**BADGE, "@included": [{"id": BADGE["id"]}]}, {}, S.SHAPE, F.STRANGE_KEY),
    ("an issuer said again inside", changed(BADGE, "credentialSubject", "achievement", "creator", to={"id": BADGE["id"], "type": ["Profile"], "name": "Evil"}), {}, S.SIGNATURE, F.DESCRIBED_TWICE),
    ("an address that is several statements", changed(BADGE, "credentialSubject", "achievement", "image", "id", to="https://a.example/> <https://b.example/> <https://c.example/"), {}, S.SIGNATURE, F.UNCLEAR_ADDRESS),
    ("an address that is not complete", changed(BADGE, "credentialSubject", "achievement", "id", to="achievements/1"), {}, S.SIGNATURE, F.UNCLEAR_ADDRESS),
    ("a part without a name of its own", changed(BADGE, "credentialSubject", "achievement", "id", to="_:b0"), {}, S.SIGNATURE, F.UNCLEAR_ADDRESS),
    ("a bell", changed(BADGE, "name", to="My first pot\x07"), {}, S.SHAPE, F.UNREADABLE_CHARACTER),
    ("half a character", JSON.replace(b"My first pot", b"My first \\ud83c"), {}, S.SHAPE, F.UNREADABLE_CHARACTER),
    ("a name said twice", JSON.replace(b'"name": "My first pot"', b'"name": "Doctor", "name": "My first pot"', 1), {}, S.SHAPE, F.REPEATED_KEY),
    ("an id said twice", JSON.replace(b'"id": "https://tirnod.example/credentials', b'"id": "urn:x:y", "id": "https://tirnod.example/credentials', 1), {}, S.SHAPE, F.REPEATED_KEY),
    ("a number beyond numbers", JSON.replace(b'"My first pot"', b"1e999", 1), {}, S.SHAPE, F.UNREADABLE_NUMBER),
    ("not a number", JSON.replace(b'"My first pot"', b"NaN", 1), {}, S.SHAPE, F.UNREADABLE_NUMBER),
    # Bombs.
    ("seven parts, each linked to each", {**BADGE, "evidence": tangled(7)}, {}, S.SIGNATURE, F.UNCLEAR_ADDRESS),
    ("nine parts, each linked to each", {**BADGE, "evidence": tangled(9)}, {}, S.SIGNATURE, F.UNCLEAR_ADDRESS),
    ("parts in parts without names, each the same", tangle(), {}, S.SIGNATURE, F.TOO_TANGLED),
    ("eighteen thousand tags", changed(BADGE, "credentialSubject", "achievement", "tag", to=[f"t{n}" for n in range(18_000)]), {}, S.SHAPE, F.TOO_LARGE),
    ("two hundred tags", changed(BADGE, "credentialSubject", "achievement", "tag", to=[f"t{n}" for n in range(200)]), {}, S.SIGNATURE, F.TOO_LARGE),
    ("thousands of parts inside parts", b'{"a":' * 3_000 + b"1" + b"}" * 3_000, {}, S.SHAPE, F.TOO_DEEP),
    ("lists in lists for ever", b'{"a":' + b"[" * 100_000, {}, S.SHAPE, F.TOO_DEEP),
    ("a text of two megabytes", b'{"a": "' + b"x" * 1_900_000 + b'"}', {}, S.SHAPE, F.TOO_LARGE),
    ("a file of three megabytes", b"{" * 3_000_000, {}, S.SHAPE, F.TOO_LARGE),
    ("a number of thousands of digits", b'{"a": ' + b"9" * 100_000 + b"}", {}, S.SHAPE, F.NOT_JSON),
    ("an issuer that nests for ever", BADGE, {"issuers": {DID: b"[" * 900_000}}, S.ISSUER, F.ISSUER_UNREACHABLE),
    ("an issuer with ten thousand keys", BADGE, issuer_with(assertionMethod=[f"{DID}#{n}" for n in range(5_000)]), S.ISSUER, F.KEY_NOT_LISTED),
    ("a picture with a bomb inside", png_with((b"iTXt", b"openbadgecredential\0\1\0\0\0" + zlib.compress(bytes(50_000_000)))), {}, S.SHAPE, F.COMPRESSED_BADGE),
    ("an older picture with a bomb inside", png_with((b"zTXt", b"openbadges\0\0" + zlib.compress(bytes(50_000_000)))), {}, S.SHAPE, F.COMPRESSED_BADGE),
    ("a picture without an end", PNG[:8] + b"\xff\xff\xff\xffIDAT", {}, S.SHAPE, F.DAMAGED_IMAGE),
    ("a picture whose sums are wrong", bake_png(PNG, JSON).replace(b"My first", b"My third"), {}, S.SHAPE, F.DAMAGED_IMAGE),
    ("a picture with two badges", png_with(*[(b"iTXt", b"openbadgecredential\0\0\0\0\0" + JSON)] * 2), {}, S.SHAPE, F.SEVERAL_BADGES),
    ("a picture with a badge of each version", png_with((b"iTXt", b"openbadgecredential\0\0\0\0\0" + JSON), (b"tEXt", b"openbadges\0" + ASSERTION_URL.encode())), {}, S.SHAPE, F.SEVERAL_BADGES),
    ("a drawing of a billion laughs", baked_svg(head='<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>', after="&b;"), {}, S.SHAPE, F.UNSAFE_IMAGE),
    ("a drawing that reads our files", baked_svg(head='<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>', after="&a;"), {}, S.SHAPE, F.UNSAFE_IMAGE),
    ("a drawing of half a million parts", b'<svg xmlns="http://www.w3.org/2000/svg">' + b"<g>" * 250_000 + b"</g>" * 250_000 + b"</svg>", {}, S.SHAPE, F.NO_BADGE_INSIDE),
    # Scripts in drawings.
    ("a drawing with a script", baked_svg("<script>alert(1)</script>"), {}, S.SHAPE, F.UNSAFE_IMAGE),
    ("a drawing with a script of another kind", baked_svg('<x:script xmlns:x="http://www.w3.org/1999/xhtml">alert(1)</x:script>'), {}, S.SHAPE, F.UNSAFE_IMAGE),
    ("a drawing that acts when it is loaded", baked_svg(attributes='onload="alert(1)"'), {}, S.SHAPE, F.UNSAFE_IMAGE),
    ("a drawing that acts in capitals", baked_svg('<g ONCLICK="alert(1)"/>'), {}, S.SHAPE, F.UNSAFE_IMAGE),
    ("a drawing with a page inside", baked_svg("<foreignObject><p>Good</p></foreignObject>"), {}, S.SHAPE, F.UNSAFE_IMAGE),
    ("a drawing with a link that acts", baked_svg('<a xlink:href=" JAVASCRIPT:alert(1)">x</a>'), {}, S.SHAPE, F.UNSAFE_IMAGE),
    ("a drawing with a link to a page of its own", baked_svg('<a href="data:text/html,x">x</a>'), {}, S.SHAPE, F.UNSAFE_IMAGE),
    ("a drawing with two badges", baked_svg("<openbadges:credential>{}</openbadges:credential>"), {}, S.SHAPE, F.SEVERAL_BADGES),
    # Tokens.
    ("a token that asks for no signature", token({"alg": "none", "kid": RSA_METHOD}, secret=None), {}, S.SHAPE, F.TOKEN_UNREADABLE),
    ("a token that asks for none, with one", token({"alg": "none", "kid": RSA_METHOD}), {}, S.SHAPE, F.TOKEN_ALGORITHM),
    ("a token that asks for NoNe", token({"alg": "NoNe", "kid": RSA_METHOD}), {}, S.SHAPE, F.TOKEN_ALGORITHM),
    ("a public key used as a password", token({"alg": "HS256", "kid": RSA_METHOD}, secret=public_pem(RSA_SECRET)), {}, S.SHAPE, F.TOKEN_ALGORITHM),
    ("a token without an algorithm", token({"kid": RSA_METHOD}), {}, S.SHAPE, F.TOKEN_ALGORITHM),
    ("a token that says RS256 of an elliptic key", token({"alg": "RS256", "kid": EC_METHOD}, secret=EC_SECRET), {}, S.SIGNATURE, F.SIGNATURE_BROKEN),
    ("a token that says ES256 of an RSA key", token({"alg": "ES256", "kid": RSA_METHOD}), {}, S.SIGNATURE, F.SIGNATURE_BROKEN),
    ("a token signed with zeros", f"{b64({'alg': 'ES256', 'kid': EC_METHOD})}.{b64(claims())}.{b64(bytes(64))}".encode(), {}, S.SIGNATURE, F.SIGNATURE_BROKEN),
    ("a token that brings its key along", token({"alg": "EdDSA", "jwk": STRANGER_JWK, "typ": "JWT"}, secret=STRANGER), {}, S.ISSUER, F.KEY_NOT_LISTED),
    ("a token that brings a second key along", token({"alg": "RS256", "kid": RSA_METHOD, "jwk": STRANGER_JWK}), {}, S.SIGNATURE, F.TOKEN_HEADER),
    ("a token that brings half a key along", token({"alg": "RS256", "jwk": {"kty": "RSA"}}), {}, S.ISSUER, F.KEY_NOT_LISTED),
    ("a token with the address of keys", token(jku="https://evil.example/keys.json"), {}, S.SHAPE, F.TOKEN_HEADER),
    ("a token with the address of a certificate", token(x5u="https://evil.example/cert.pem"), {}, S.SHAPE, F.TOKEN_HEADER),
    ("a token with a certificate", token(x5c=["MIIB"]), {}, S.SHAPE, F.TOKEN_HEADER),
    ("a token that demands something", token(crit=["exp"]), {}, S.SHAPE, F.TOKEN_HEADER),
    ("a token that is not encoded", token(b64=False, crit=["b64"]), {}, S.SHAPE, F.TOKEN_HEADER),
    ("a token that is packed", token(zip="DEF"), {}, S.SHAPE, F.TOKEN_HEADER),
    ("a token of another type", token(typ="at+jwt"), {}, S.SHAPE, F.TOKEN_HEADER),
    ("a token that names no key", token({"alg": "RS256", "typ": "JWT"}), {}, S.SHAPE, F.TOKEN_HEADER),
    ("a token that names a key in a file", token(kid="../../dev/null"), {}, S.ISSUER, F.KEY_NOT_LISTED),
    ("a token that names another's key", token({"alg": "EdDSA", "kid": f"{EVIL}#{STRANGER_KEY}"}, secret=STRANGER), {}, S.ISSUER, F.KEY_NOT_LISTED),
    ("a token that names a key that vouches for itself", token({"alg": "EdDSA", "kid": f"{DID_KEY}#{STRANGER_KEY}"}, secret=STRANGER), {}, S.ISSUER, F.KEY_NOT_LISTED),
    ("a token that names a list of keys", token(kid=[RSA_METHOD]), {}, S.SHAPE, F.TOKEN_HEADER),
    ("a token whose header says the algorithm twice", b".".join([b64(b'{"alg":"none","alg":"RS256","kid":"%s"}' % RSA_METHOD.encode()).encode(), *TOKEN.split(b".")[1:]]), {}, S.SHAPE, F.REPEATED_KEY),
    ("a token with another badge inside", b".".join([TOKEN.split(b".")[0], b64(claims({**UNSIGNED, "name": "Doctor"})).encode(), TOKEN.split(b".")[2]]), {}, S.SIGNATURE, F.SIGNATURE_BROKEN),
    ("a token with another header", b".".join([b64({"alg": "RS256", "kid": RSA_METHOD}).encode(), *TOKEN.split(b".")[1:]]), {}, S.SIGNATURE, F.SIGNATURE_BROKEN),
    ("a token without a signature", TOKEN.rsplit(b".", 1)[0] + b".", {}, S.SHAPE, F.TOKEN_UNREADABLE),
    ("a token in five parts", TOKEN + b".eA.eA", {}, S.SHAPE, F.TOKEN_UNREADABLE),
    ("a token of another issuer", token(payload=claims(iss=EVIL)), {}, S.SHAPE, F.TOKEN_DISAGREES),
    ("a token of another badge", token(payload=claims(jti="urn:x:y")), {}, S.SHAPE, F.TOKEN_DISAGREES),
    ("a token for another", token(payload=claims(sub="urn:x:y")), {}, S.SHAPE, F.TOKEN_DISAGREES),
    ("a token of another day", token(payload=claims(nbf=0)), {}, S.SHAPE, F.TOKEN_DISAGREES),
    ("a token that lasts longer than its badge", token(payload=claims(openbadges.open_badge(samples.FACTS) | {"validUntil": "2026-05-31T00:00:00Z"}, exp=4_000_000_000)), {}, S.SHAPE, F.TOKEN_DISAGREES),
    ("a token that is over", token(payload=claims({**UNSIGNED, "validUntil": "2026-05-31T00:00:00Z"})), {}, S.DATES, F.EXPIRED),
    ("a token with a badge beside the badge", token(payload=claims(vc={**UNSIGNED, "name": "Doctor"})), {}, S.SHAPE, F.TOKEN_DISAGREES),
    ("a token that was taken back", TOKEN, REVOKED, S.STATUS, F.REVOKED),
    ("a token around a badge that was changed", token(payload=claims({**BADGE, "name": "Doctor"})), {}, S.SIGNATURE, F.SIGNATURE_BROKEN),
    ("a token of an employer", token(payload={"iss": DID, "name": "Seren"}), {}, S.SHAPE, F.TOKEN_DISAGREES),
    ("a token of a megabyte", b"eyJ" + b"A" * 1_000_000 + b".eA.eA", {}, S.SHAPE, F.TOO_LARGE),
    ("a token that nests for ever", f"{b64({'alg': 'RS256', 'kid': RSA_METHOD})}.{b64(b'[' * 100_000)}.eA".encode(), {}, S.SHAPE, F.TOO_DEEP),
    # Older badges.
    ("an older badge that its site shows otherwise", {**ASSERTION, "issuedOn": "2020-01-01"}, old_world(), S.SIGNATURE, F.ISSUER_SHOWS_ANOTHER),
    ("an older badge for another than its site says", {**ASSERTION, "recipient": {**ASSERTION["recipient"], "identity": "sha256$" + "1" * 64}}, old_world(), S.SIGNATURE, F.ISSUER_SHOWS_ANOTHER),
    ("an older badge that nobody shows", ASSERTION, {}, S.SIGNATURE, F.ADDRESS_UNREACHABLE),
    ("an older badge that was taken back", ASSERTION, old_world(assertion={**ASSERTION, "revoked": True}), S.STATUS, F.REVOKED),
    ("an older badge that is over", {**ASSERTION, "expires": "2026-05-31T00:00:00Z"}, old_world(assertion={**ASSERTION, "expires": "2026-05-31T00:00:00Z"}), S.DATES, F.EXPIRED),
    ("an older badge in the name of another site", ASSERTION, {"pages": old_world(badge={**OLD_PAGES[CLASS_URL], "issuer": "https://university.example/issuer"})["pages"] | {"https://university.example/issuer": {"id": "https://university.example/issuer", "name": "A University"}}}, S.ISSUER, F.ISSUER_IS_ANOTHER),
    ("an older badge that brings its issuer along", {**ASSERTION, "badge": {**OLD_PAGES[CLASS_URL], "id": "", "issuer": {"name": "A University"}}}, old_world(), S.ISSUER, F.ISSUER_UNREACHABLE),
    ("an older badge shown without https", {**ASSERTION, "id": "http://old.example/assertions/1"}, old_world(), S.SIGNATURE, F.ADDRESS_UNREACHABLE),
    ("an older badge without a receiver", without({**ASSERTION, "recipient": {}}), old_world(), S.SHAPE, F.PART_MISSING),
    ("an older token by another key", token({"alg": "RS256"}, SIGNED_ASSERTION, secret=rsa.generate_private_key(65537, 2048)), signed_old_world(), S.SIGNATURE, F.SIGNATURE_BROKEN),
    ("an older token that asks for no signature", token({"alg": "none"}, SIGNED_ASSERTION), signed_old_world(), S.SIGNATURE, F.SIGNATURE_BROKEN),
    ("an older token with a public key for a password", token({"alg": "HS256"}, SIGNED_ASSERTION, secret=public_pem(RSA_SECRET)), signed_old_world(), S.SIGNATURE, F.SIGNATURE_BROKEN),
    ("an older token whose key is another's", OLD_TOKEN, signed_old_world(owner="https://evil.example/issuer"), S.SIGNATURE, F.KEY_NOT_LISTED),
    ("an older token with a key at another host", token({"alg": "RS256"}, {**SIGNED_ASSERTION, "verification": {"type": "SignedBadge", "creator": "https://evil.example/key"}}), signed_old_world(), S.SIGNATURE, F.NOT_LOOKED_AT),
    ("an older token that was taken back", OLD_TOKEN, signed_old_world([SIGNED_ASSERTION["id"]]), S.STATUS, F.REVOKED),
    ("an older token that was taken back for a reason", OLD_TOKEN, signed_old_world([{"id": SIGNED_ASSERTION["id"], "revocationReason": "x"}]), S.STATUS, F.REVOKED),
    # No badge at all.
    ("nothing", b"", {}, S.SHAPE, F.NOT_A_BADGE_FILE),
    ("a web page", b"<html><body>A badge</body></html>", {}, S.SHAPE, F.NO_BADGE_INSIDE),
    ("a status list", samples.status_list(), {}, S.SHAPE, F.NOT_AN_OPEN_BADGE),
    ("an endorsement by itself, changed", changed(endorsement(), "credentialSubject", "endorsementComment", to="The best."), {}, S.SIGNATURE, F.SIGNATURE_BROKEN),
    ("an endorsement by itself, by another key", endorsement(secret=STRANGER), {}, S.SIGNATURE, F.SIGNATURE_BROKEN),
    ("an endorsement by itself of nothing", endorsement(credentialSubject={"type": ["EndorsementSubject"]}), {}, S.SHAPE, F.PART_MISSING),
    ("an endorsement by itself that is endorsed", endorsement(endorsement=[endorsement(id="https://employer.example/e/2")]), {}, S.ENDORSEMENTS, F.INNER_CREDENTIALS),
    ("a badge that is an endorsement too", signed_with(type=["VerifiableCredential", "OpenBadgeCredential", "EndorsementCredential"]), {}, S.SHAPE, F.NOT_AN_OPEN_BADGE),
    ("a badge that is a record too", signed_with(**{"@context": samples.record()["@context"], "type": ["VerifiableCredential", "OpenBadgeCredential", "ClrCredential"]}), {}, S.SHAPE, F.NOT_AN_OPEN_BADGE),
    ("a badge without a meaning", signed_with(credentialSubject={"id": "urn:x:y"}), {}, S.SHAPE, F.PART_MISSING),
]  # fmt: skip


@pytest.mark.parametrize(
    ("brought", "given", "subject", "finding"),
    [pytest.param(*forgery, id=name) for name, *forgery in FORGERIES],
)
def test_no_forgery_is_called_real_and_each_has_its_reason(cell, brought, given, subject, finding):
    verification, spent = looked_at(cell, brought, **given)

    assert verification.check(subject).finding is finding
    assert verification.outcome in (Outcome.FAILED, Outcome.UNCHECKED)
    assert str(in_words(finding)).endswith(".")
    if finding is not Finding.TOO_MUCH_WORK:
        assert spent.processor_seconds < MOST_SECONDS
        assert spent.memory_bytes < MOST_MEMORY_BYTES


def test_a_badge_is_as_good_as_before_when_somebody_speaks_for_it_no_more(cell):
    over = endorsement(validUntil="2026-05-02T00:00:00Z")

    for brought in (endorsed(over), endorsed(over, endorsement(id="https://employer.example/e/2"))):
        verification, _spent = looked_at(cell, brought)

        assert verification.is_valid
        assert verification.check(Subject.ENDORSEMENTS).finding is Finding.ENDORSEMENT_OVER
        assert not verification.endorsements[0].is_valid


def test_there_are_more_forgeries_than_anybody_asked_for():
    assert len({name for name, *_rest in FORGERIES}) == len(FORGERIES) >= 150


#: What is said of a badge of which one letter was changed, where it is not that it was changed.
OTHER_REASONS = {
    ("@context", 0): Finding.UNKNOWN_CONTEXT,
    ("@context", 1): Finding.UNKNOWN_CONTEXT,
    ("type", 0): Finding.NOT_AN_OPEN_BADGE,
    ("type", 1): Finding.NOT_AN_OPEN_BADGE,
    ("issuer", "id"): Finding.ISSUER_UNREACHABLE,
    ("proof", 0, "type"): Finding.UNKNOWN_PROOF,
    ("proof", 0, "cryptosuite"): Finding.UNKNOWN_PROOF,
    ("proof", 0, "proofPurpose"): Finding.UNKNOWN_PROOF,
    ("proof", 0, "verificationMethod"): Finding.KEY_NOT_LISTED,
}


@pytest.mark.parametrize("path", list(texts_of(BADGE)), ids=lambda path: ".".join(map(str, path)))
def test_one_changed_letter_in_any_field_is_noticed(cell, path):
    letters = BADGE
    for step in path:
        letters = letters[step]
    middle = len(letters) // 2
    other = "x" if letters[middle] != "x" else "y"
    tampered = changed(BADGE, *path, to=letters[:middle] + other + letters[middle + 1 :])

    verification, _spent = looked_at(cell, tampered)

    reasons = {
        check.finding for check in verification.checks if check.outcome is not Outcome.PASSED
    }
    # A type that no vocabulary defines takes the terms with it that only it defines.
    of_types = {Finding.UNCLEAR_ADDRESS, Finding.UNDEFINED_TERM} if "type" in path[-2:] else set()
    assert reasons & ({OTHER_REASONS.get(path, Finding.SIGNATURE_BROKEN)} | of_types)
    assert not verification.is_valid


@pytest.mark.parametrize("claim", sorted(UNSIGNED))
def test_a_token_with_any_part_taken_out_is_noticed(cell, claim):
    head, _said, signature = TOKEN.split(b".")
    said = without(claims(), claim)

    verification, _spent = looked_at(cell, b".".join([head, b64(said).encode(), signature]))

    assert verification.outcome is Outcome.FAILED


HONEST = [
    ("with a proof inside", BADGE, {}),
    ("baked into a picture", bake_png(PNG, JSON), {}),
    ("baked into a drawing", baked_svg('<g class="on" data-on="x"/>'), {}),
    ("as a token, RS256", TOKEN, {}),
    ("as a token, ES256", token({"alg": "ES256", "kid": EC_METHOD, "typ": "JWT"}, secret=EC_SECRET), {}),
    ("as a token, EdDSA", token({"alg": "EdDSA", "kid": METHOD, "typ": "vc+jwt", "cty": "vc"}, secret=samples.PRIVATE_KEY), {}),
    ("as a token that brings a listed key along", token({"alg": "RS256", "jwk": RSA_JWK, "typ": "JWT"}), {}),
    ("as a token around a signed badge", token(payload=claims(BADGE)), {}),
    ("with its list as a token", BADGE, {"lists": {LIST_URL: token(payload={**without(samples.status_list(), "proof"), "iss": DID})}}),
    ("with a plain list", with_revocations(), {"lists": {REVOCATIONS: {"id": REVOCATIONS, "issuer": DID, "revokedCredential": [{"id": "urn:x:y"}]}}}),
    ("endorsed", endorsed(endorsement()), {}),
    ("of a version before", ASSERTION, old_world()),
    ("of a version before, by its address", png_with((b"tEXt", b"openbadges\0" + ASSERTION_URL.encode())), old_world()),
    ("of a version before, signed", OLD_TOKEN, signed_old_world()),
    ("by a key that is its own issuer", issued_by(DID_KEY, private_key=STRANGER, method=f"{DID_KEY}#{STRANGER_KEY}"), {"lists": {LIST_URL: samples.status_list(issuer_did=DID_KEY, private_key=STRANGER, method=f"{DID_KEY}#{STRANGER_KEY}")}}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("brought", "given"), [pytest.param(*honest, id=name) for name, *honest in HONEST]
)
def test_an_honest_badge_is_not_taken_for_a_forgery(cell, brought, given):
    verification, spent = looked_at(cell, brought, **given)

    bad = {
        check.subject: check.finding
        for check in verification.checks
        if check.outcome not in (Outcome.PASSED, Outcome.NOTED)
    }
    assert bad == {}
    assert spent.memory_bytes < MOST_MEMORY_BYTES


def test_one_that_keeps_us_waiting_is_stopped_in_less_than_five_seconds(cell):
    started = time.monotonic()

    def slow(_what, _address):
        time.sleep(MOST_SECONDS)

    verification, spent = cell.look_and_measure(JSON, slow, now=NOW)

    assert verification.check(Subject.SHAPE).finding is Finding.TOO_MUCH_WORK
    assert (verification.outcome, spent) == (Outcome.UNCHECKED, None)
    assert time.monotonic() - started < 5


CONFINED = """
import socket, sys
from badges import cell
ours, theirs = socket.socketpair()
cell._confine(theirs)
{}
"""


@pytest.mark.parametrize(
    ("attempt", "said"),
    [
        ("bytearray(300 * 1024 * 1024)", "MemoryError"),
        ("open('/etc/passwd')", "Too many open files"),
        ("socket.socket()", "Too many open files"),
        ("import subprocess; subprocess.run(['true'])", "Too many open files"),
    ],
)
def test_what_checks_a_badge_has_no_room_and_no_way_out(attempt, said):
    done = subprocess.run(
        [sys.executable, "-c", CONFINED.format(attempt)], cwd=ROOT, capture_output=True, text=True
    )

    assert done.returncode != 0
    assert said in done.stderr


def test_what_checks_a_badge_is_ended_by_the_kernel_when_it_goes_on_and_on():
    shorter = CONFINED.format("while True: pass").replace(
        "from badges import cell", "from badges import cell; cell.MOST_SECONDS = 0.5"
    )
    done = subprocess.run([sys.executable, "-c", shorter], cwd=ROOT, check=False)

    # By its time or by its share of the processor, whichever is used up first.
    assert -done.returncode in (signal.SIGALRM, signal.SIGKILL, signal.SIGXCPU)


def test_what_checks_a_badge_is_told_no_secret(cell, monkeypatch):
    monkeypatch.setenv("KEYS_SECRET", "a secret")
    other = Cell()
    other.prepare()
    try:
        environment = Path(f"/proc/{other._process.pid}/environ").read_bytes()
    finally:
        other.close()

    assert b"SECRET" not in environment
    assert b"DATABASE" not in environment


def test_another_begins_where_the_process_kept_ready_has_ended(cell):
    cell.look_at(JSON, world(), now=NOW)
    cell._process.kill()
    cell._process.wait()

    assert cell.look_at(JSON, world(), now=NOW).is_valid
