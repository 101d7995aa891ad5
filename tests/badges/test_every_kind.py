"""Every kind of credential that there is here, and what three verifiers say of it. The table is `KINDS`.

Ours, Digital Bazaar's libraries (JavaScript, by way of `verify.mjs`) and `openbadgeslib` (Python).
The others look at the outermost signature alone; of a record they are given each badge as well.
"""

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from badges import clr, keys, openbadges, tokens
from badges.findings import Finding
from badges.verifier import Kind, Outcome, Subject, verify
from tests.badges import samples
from tests.badges.samples import BASE, DID, HOST, LIST_URL
from tests.badges.test_openbadges import COMPETENCY, SCHEMAS
from tests.badges.test_openbadgeslib import RSA_METHOD, RSA_SECRET, WELSH
from tests.badges.test_other_verifiers import ODDITIES, ROOT, VERIFY, node, with_change

#: One of them knows no other time than now.
NOW = datetime.now(UTC).replace(microsecond=0)
TAKEN_BACK = 7
S, F = Subject, Finding

EMPLOYER = openbadges.IssuerFacts(did="did:web:employer.example", name="Borough Market Trust")
EMPLOYER_KEY, OLD_KEY, WITHDRAWN_KEY = (keys.generate_key() for _ in range(3))


def multikey(private_key):
    return keys.multikey(private_key.public_key())


ISSUERS = [openbadges.did_web(BASE, "issuers", f"group-{number}") for number in range(20)]
#: The pottery signs with a new key; one that it replaced still stands there, one that was stolen does not.
DIDS = {
    DID: openbadges.did_document(
        DID,
        [samples.MULTIKEY, multikey(OLD_KEY)],
        jwks={"rsa-2026": keys.public_jwk(RSA_SECRET)},
    ),
    EMPLOYER.did: openbadges.did_document(EMPLOYER.did, [multikey(EMPLOYER_KEY)]),
    HOST.did: samples.host_document(),
    **{did: openbadges.did_document(did, [samples.MULTIKEY]) for did in ISSUERS},
}


def badge(facts=samples.FACTS, *, key=samples.PRIVATE_KEY, by=None, **changes):
    """Return a signed badge of these days. `by` is another key that signs in the name of `key`."""
    dates = {
        "awarded_at": NOW - timedelta(days=2),
        "valid_from": NOW - timedelta(days=1),
        "activity_started": NOW - timedelta(days=3),
        "activity_ended": NOW - timedelta(days=2),
    }
    document = openbadges.open_badge(replace(facts, **(dates | changes)))
    method = openbadges.verification_method(DID, multikey(key))
    return samples.signed(document, private_key=by or key, method=method)


def endorsement(*, by=EMPLOYER_KEY):
    facts = openbadges.EndorsementFacts(
        id="https://employer.example/endorsements/11",
        name="Endorsement",
        endorser=EMPLOYER,
        about_id=samples.ACHIEVEMENT.id,
        comment="We look for this badge when we take on trainees.",
        valid_from=NOW - timedelta(days=5),
    )
    method = openbadges.verification_method(EMPLOYER.did, multikey(EMPLOYER_KEY))
    return samples.signed(openbadges.endorsement(facts), private_key=by, method=method)


def endorsed(**signing):
    """Return the badge of which an employer says something."""
    words = (endorsement(**signing),)
    return badge(achievement=replace(samples.ACHIEVEMENT, endorsements=words))


def in_text(text):
    return badge(narrative=text, evidence=(openbadges.EvidenceFacts(narrative=text, name=text),))


def of_number(number, **changes):
    """Return one of several badges of one learner: of each kind one, in turn."""
    facts = (samples.FACTS, COMPETENCY)[number % 2]
    achievement = replace(facts.achievement, id=f"{BASE}/achievements/pot-{number}/v1")
    if number % 2 == 0 and number % 4:
        achievement = replace(achievement, name=WELSH.name, language="cy")
    status = openbadges.StatusFacts(list_url=LIST_URL, index=100 + number)
    return badge(
        facts,
        **{"id": f"{BASE}/credentials/{number}", "achievement": achievement, "status": status}
        | changes,
    )


def of_issuer(number):
    """Return a badge of one of many organisations, all else as in `of_number`."""
    did = ISSUERS[number]
    facts = replace(
        samples.FACTS,
        id=f"{BASE}/credentials/{number}",
        issuer=replace(samples.ISSUER, did=did, name=f"Group {number}"),
        achievement=replace(samples.ACHIEVEMENT, id=f"{BASE}/achievements/pot-{number}/v1"),
        valid_from=NOW - timedelta(days=1),
        status=None,
    )
    method = openbadges.verification_method(did, samples.MULTIKEY)
    return samples.signed(openbadges.open_badge(facts), method=method)


def of_one_endorsed(count):
    """Return badges whose one organisation somebody endorses: the same words stand in each."""
    words = openbadges.EndorsementFacts(
        id="https://employer.example/endorsements/12",
        name="Endorsement",
        endorser=EMPLOYER,
        about_id=DID,
        comment="We know this pottery.",
        valid_from=NOW - timedelta(days=5),
    )
    by = openbadges.verification_method(EMPLOYER.did, multikey(EMPLOYER_KEY))
    said = samples.signed(openbadges.endorsement(words), private_key=EMPLOYER_KEY, method=by)
    for number in range(count):
        unsigned = {name: part for name, part in of_number(number).items() if name != "proof"}
        unsigned["issuer"] = {**unsigned["issuer"], "endorsement": [said]}
        yield samples.signed(unsigned)


def record(*held):
    facts = clr.RecordFacts(
        id=f"{BASE}/records/9a0c2f2e-3f9b-4d43-a1ef-0b1f2d6f7c55",
        name="Badges / Bathodynnau",
        subject_id=samples.FACTS.subject_id,
        issuer=HOST,
        valid_from=NOW - timedelta(hours=1),
        badges=held or tuple(of_number(number) for number in range(20)),
    )
    return samples.signed(
        clr.learner_record(facts), private_key=samples.HOST_KEY, method=samples.HOST_METHOD
    )


def changed(document, path, value):
    return with_change(document, path, value)


SIGNED_RECORD = record()
INSIDE = ("credentialSubject", "verifiableCredential")


def record_with(*path, to):
    return changed(SIGNED_RECORD, path, to)


@dataclass(frozen=True)
class Expected:
    """What each verifier must say: "" that it is good, or else a part of its reason."""

    make: Callable
    ours: tuple[Subject, Finding] | None = None
    bazaar: str = ""
    lib: str = ""


_FORGED = {"bazaar": "Invalid signature", "lib": "signature"}
_UNLISTED = {"bazaar": "is not a key of its issuer", "lib": "no verificationMethod"}
_STATUS = openbadges.StatusFacts(list_url=LIST_URL, index=TAKEN_BACK)

#: Each kind, and what must be said of it by us, by Digital Bazaar's libraries, by openbadgeslib.
KINDS = {
    # What holds.
    "participation": Expected(badge),
    "that cannot be taken back": Expected(partial(badge, status=None)),
    "for a while": Expected(partial(badge, valid_until=NOW + timedelta(days=1))),
    "competency with result": Expected(partial(badge, COMPETENCY)),
    "endorsed": Expected(endorsed),
    "the endorsement by itself": Expected(endorsement),
    "in Welsh": Expected(partial(badge, achievement=WELSH)),
    **{f"odd text: {name}": Expected(partial(in_text, text)) for name, text in ODDITIES.items()},
    "corrected": Expected(partial(badge, valid_from=NOW, awarded_at=NOW - timedelta(days=90))),
    "by a replaced key": Expected(partial(badge, key=OLD_KEY)),
    "record of 20": Expected(lambda: SIGNED_RECORD),
    "record of one": Expected(lambda: record(badge())),
    "record of 20 issuers": Expected(lambda: record(*map(of_issuer, range(20)))),
    "record of one endorsed issuer": Expected(lambda: record(*of_one_endorsed(12))),
    # What does not hold.
    "taken back": Expected(partial(badge, status=_STATUS), (S.STATUS, F.REVOKED), "Revoked", "is set at index"),
    "run out": Expected(partial(badge, valid_until=NOW - timedelta(hours=1)), (S.DATES, F.EXPIRED), 'after "validUntil"', "expired"),
    "not yet": Expected(partial(badge, valid_from=NOW + timedelta(hours=1)), (S.DATES, F.NOT_YET_VALID), "validFrom", "not yet valid"),
    "by a withdrawn key": Expected(partial(badge, key=WITHDRAWN_KEY), (S.ISSUER, F.KEY_NOT_LISTED), **_UNLISTED),
    "in another's name": Expected(partial(badge, by=WITHDRAWN_KEY), (S.SIGNATURE, F.SIGNATURE_BROKEN), **_FORGED),
    "changed afterwards": Expected(lambda: changed(badge(), ("name",), "Doctor of Pottery"), (S.SIGNATURE, F.SIGNATURE_BROKEN), **_FORGED),
    "forged endorsement by itself": Expected(partial(endorsement, by=WITHDRAWN_KEY), (S.SIGNATURE, F.SIGNATURE_BROKEN), **_FORGED),
    # Theirs look no deeper than the outermost signature.
    "endorsed by a forger": Expected(partial(endorsed, by=WITHDRAWN_KEY), (S.ENDORSEMENTS, F.ENDORSEMENT_BAD)),
    # Of a record each badge is given to them by itself; ours looks inside on its own.
    "record, one taken back": Expected(lambda: record(of_number(1), of_number(2, status=_STATUS)), (S.INSIDE, F.INSIDE_BAD), "Revoked", "is set at index"),
    "record, one run out": Expected(lambda: record(of_number(1), of_number(2, valid_until=NOW - timedelta(hours=1))), (S.INSIDE, F.INSIDE_BAD), 'after "validUntil"', "expired"),
    "record, one forged": Expected(lambda: record(of_number(1), of_number(2, by=WITHDRAWN_KEY)), (S.INSIDE, F.INSIDE_BAD), **_FORGED),
    # Theirs have no rule of it: each of the badges is good.
    "record, one of somebody else": Expected(lambda: record(of_number(1), of_number(2, subject_id="urn:uuid:5b2f2d0e-6e0a-4f7e-8f55-0a4f3a0f1b77")), (S.INSIDE, F.INSIDE_BAD)),
    "record, the same twice": Expected(lambda: record(of_number(1), of_number(1)), (S.INSIDE, F.INSIDE_BAD)),
    # One changed letter.
    "record, its name": Expected(lambda: record_with("name", to="Badges / Bathodynnav"), (S.SIGNATURE, F.SIGNATURE_BROKEN), **_FORGED),
    "record, its date": Expected(lambda: record_with("validFrom", to="2026-01-01T00:00:00Z"), (S.SIGNATURE, F.SIGNATURE_BROKEN), **_FORGED),
    "record, its issuer's name": Expected(lambda: record_with("issuer", "name", to="Tirnot"), (S.SIGNATURE, F.SIGNATURE_BROKEN), **_FORGED),
    "record, whose it is": Expected(lambda: record_with("credentialSubject", "id", to="urn:uuid:0e4f28c4-5d6b-4a53-8a3e-1d2f3a4b5c6e"), (S.SIGNATURE, F.SIGNATURE_BROKEN), **_FORGED),
    "record, its signature": Expected(lambda: record_with("proof", 0, "proofValue", to=badge()["proof"][0]["proofValue"]), (S.SIGNATURE, F.SIGNATURE_BROKEN), **_FORGED),
    "record, a badge's name": Expected(lambda: record_with(*INSIDE, 7, "name", to="My first poT"), (S.SIGNATURE, F.SIGNATURE_BROKEN), **_FORGED),
    "record, a badge's evidence": Expected(lambda: record_with(*INSIDE, 7, "evidence", 0, "narrative", to="Came."), (S.SIGNATURE, F.SIGNATURE_BROKEN), **_FORGED),
    "record, a badge's signature": Expected(lambda: record_with(*INSIDE, 7, "proof", 0, "proofValue", to=badge()["proof"][0]["proofValue"]), (S.SIGNATURE, F.SIGNATURE_BROKEN), **_FORGED),
    "record, a badge taken out": Expected(lambda: record_with(*INSIDE, to=SIGNED_RECORD["credentialSubject"]["verifiableCredential"][1:]), (S.SIGNATURE, F.SIGNATURE_BROKEN), **_FORGED),
}  # fmt: skip


@pytest.fixture(scope="module")
def made():
    """Each kind once, as all verifiers are to see it."""
    return {name: expected.make() for name, expected in KINDS.items()}


def listed():
    return openbadges.status_list_credential(
        url=LIST_URL,
        issuer_did=DID,
        revoked=[TAKEN_BACK],
        valid_from=NOW - timedelta(hours=1),
        valid_until=NOW + timedelta(days=7),
    )


def badges_in(document):
    return document["credentialSubject"].get("verifiableCredential", [])


@pytest.mark.parametrize("name", KINDS)
def test_we_say_of_each_kind_what_the_table_says(made, name):
    expected = KINDS[name].ours

    found = verify(
        made[name],
        resolve_issuer=DIDS.get,
        fetch_status_list={LIST_URL: samples.signed(listed())}.get,
        now=NOW,
    )

    if expected is None:
        assert found.outcome is Outcome.PASSED
    else:
        assert found.check(expected[0]).finding is expected[1]
        assert found.outcome is Outcome.FAILED


@pytest.fixture(scope="module")
def said_by_bazaar(made, tmp_path_factory):
    """What Digital Bazaar's libraries say of each kind, and of each badge in a record."""
    if not (ROOT / "node_modules/@digitalbazaar/vc").is_dir():
        pytest.skip("the npm packages for cross-checking are not installed")
    folder = tmp_path_factory.mktemp("kinds")
    command = [node(), VERIFY, "--now", NOW.isoformat(), "--status", folder / "list.json"]
    (folder / "list.json").write_text(json.dumps(samples.signed(listed())))
    for number, did in enumerate(DIDS.values()):
        (folder / f"did-{number}.json").write_text(json.dumps(did))
        command += ["--did", folder / f"did-{number}.json"]
    owners = []
    for name, document in made.items():
        for each in (document, *badges_in(document)):
            path = folder / f"{len(owners)}.json"
            path.write_bytes(openbadges.as_bytes(each))
            command.append(path)
            owners.append(name)
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    said = {name: [] for name in made}
    for name, line in zip(owners, done.stdout.splitlines(), strict=True):
        told = json.loads(line)
        said[name].append("" if told["verified"] else told["why"] or "refused")
    return said


@pytest.mark.parametrize("name", KINDS)
def test_digital_bazaars_libraries_say_what_the_table_says(said_by_bazaar, name):
    reason = KINDS[name].bazaar
    bad = [said for said in said_by_bazaar[name] if said]

    assert bool(bad) == bool(reason), bad
    assert all(reason in said for said in bad), bad


def said_by_lib(document):
    """Return what `openbadgeslib` has against a document, or against a badge in it; "" for nothing."""
    clr_of_lib = pytest.importorskip("openbadgeslib.ob3.clr")
    ldp = pytest.importorskip("openbadgeslib.ob3.ldp")
    did_of_lib = pytest.importorskip("openbadgeslib.ob3.did")
    error = pytest.importorskip("openbadgeslib.ob3.verifier").OB3VerificationError
    # It reads lists that are tokens; ours are, for who asks for `application/vc+jwt`.
    token = tokens.sign_token(listed(), private_key=RSA_SECRET, method=RSA_METHOD)
    pages = {LIST_URL: token} | {
        f"https://{did.removeprefix('did:web:').replace(':', '/')}/did.json": page
        for did, page in DIDS.items()
    }
    for did in (EMPLOYER.did, HOST.did):
        pages[f"https://{did.removeprefix('did:web:')}/.well-known/did.json"] = DIDS[did]

    def download(url, *_given, **_more):
        page = pages[url]
        return page.encode() if isinstance(page, str) else json.dumps(page).encode()

    if "OpenBadgeCredential" in document["type"]:
        checker = ldp.OB3LdpVerifier.for_issuer_did(document["issuer"]["id"], download=download)
        check = partial(checker.verify, document, check_status=True, download=download)
    else:
        method = document["proof"][0]["verificationMethod"]
        pem = did_of_lib.resolve_verification_method(method, download=download)
        check = partial(
            ldp.verify_data_integrity_proof,
            document,
            pem,
            extra_contexts=clr_of_lib.bundled_clr_contexts(),
        )
    try:
        check()
    except error as problem:
        return str(problem)
    return next(filter(None, map(said_by_lib, badges_in(document))), "")


@pytest.mark.parametrize("name", KINDS)
def test_openbadgeslib_says_what_the_table_says(made, name):
    reason, said = KINDS[name].lib, said_by_lib(made[name])

    assert bool(said) == bool(reason), said
    assert reason.lower() in said.lower()


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_satisfies_1edtechs_schemas(made, name):
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    document = made[name]
    schemas = {
        "OpenBadgeCredential": "ob_v3p0_achievementcredential",
        "EndorsementCredential": "ob_v3p0_endorsementcredential",
        "ClrCredential": "clr_v2p0_clrcredential",
    }
    path = SCHEMAS / f"{schemas[document['type'][1]]}.formal.json"
    if not path.exists():
        pytest.skip(f"1EdTech's schemas are not at {SCHEMAS}")
    validator = jsonschema.Draft201909Validator(json.loads(path.read_text()))

    assert [problem.message for problem in validator.iter_errors(document)] == []


def test_the_table_holds_every_kind_that_we_know():
    kinds = {verify(each.make(), resolve_issuer=DIDS.get, fetch_status_list=lambda _: None, now=NOW).kind for each in KINDS.values()}  # fmt: skip

    assert kinds == set(Kind)
