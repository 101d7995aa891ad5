"""A record is checked as a whole, and each badge in it by itself: it never counts for more than they do."""

import copy
from dataclasses import replace
from datetime import timedelta

import pytest

from badges import keys, openbadges
from badges.cell import MOST_MEMORY_BYTES, MOST_SECONDS, Cell
from badges.findings import Finding
from badges.verifier import Kind, Outcome, Subject, Verification
from tests.badges import samples
from tests.badges.samples import BASE, DID, HOST, INDEX, LIST_URL, NOW, badge, badges
from tests.badges.test_forgeries import (
    DID_KEY,
    EMPLOYER,
    STRANGER,
    STRANGER_KEY,
    changed,
    endorsement,
    looked_at,
)
from tests.badges.test_proof import texts_of

RECORD = samples.record()
NEIGHBOUR = "urn:uuid:5b2f2d0e-6e0a-4f7e-8f55-0a4f3a0f1b77"
F, S = Finding, Subject


@pytest.fixture(scope="module")
def cell():
    cell = Cell()
    yield cell
    cell.close()


def brought(cell, document, **given):
    issuers = {HOST.did: samples.host_document()} | given.pop("issuers", {})
    return looked_at(cell, document, issuers=issuers, **given)


def findings(verification):
    return {check.subject: check.finding for check in verification.checks}


def bad(verification):
    """Return what is not good of the badges inside, each once, with the place of the badge."""
    return {
        (place, check.finding)
        for place, each in enumerate(verification.inside)
        for check in each.checks
        if check.outcome in (Outcome.FAILED, Outcome.UNCHECKED)
        and check.finding is not Finding.NOT_LOOKED_AT
    }


def test_a_good_record_passes_and_so_does_each_badge_in_it():
    found = samples.checked_record(RECORD)

    assert findings(found) == {
        S.SHAPE: F.RECORD_SOUND,
        S.SIGNATURE: F.SIGNATURE_HOLDS,
        S.ISSUER: F.KEY_IS_THE_ISSUERS,
        S.STATUS: F.STATUS_NOT_USED,
        S.DATES: F.DATES_GOOD,
        S.RECIPIENT: F.RECIPIENT_UNNAMED,
        S.INSIDE: F.INSIDE_GOOD,
    }
    assert (found.kind, found.is_valid, len(found.inside)) == (Kind.RECORD, True, 3)
    assert {each.check(S.RECIPIENT).finding for each in found.inside} == {F.SAME_RECIPIENT}
    assert all(each.is_valid for each in found.inside)


def test_what_was_found_can_be_handed_on_as_plain_values():
    found = samples.checked_record(RECORD, revoked=[INDEX])

    assert Verification.from_plain(found.as_plain()) == found


def test_an_issuer_and_a_list_are_asked_for_once_however_many_badges_name_them():
    asked = []

    def ask(known):
        def answer(address):
            asked.append(address)
            return known.get(address)

        return answer

    samples.verify(
        samples.record(badges(12)),
        resolve_issuer=ask({DID: samples.did_document(), HOST.did: samples.host_document()}),
        fetch_status_list=ask({LIST_URL: samples.status_list()}),
        now=NOW,
    )

    assert sorted(asked) == sorted([DID, HOST.did, LIST_URL])


def test_a_badge_taken_back_is_told_apart_from_those_that_hold():
    found = samples.checked_record(RECORD, revoked=[INDEX + 1])

    assert bad(found) == {(1, F.REVOKED)}
    assert findings(found)[S.INSIDE] is F.INSIDE_BAD
    assert (found.outcome, found.is_as_signed) == (Outcome.FAILED, True)


def inner_with(**parts):
    document = {**openbadges.open_badge(samples.FACTS), **parts}
    return samples.signed(document)


def endorsed_badge(*endorsements):
    document = openbadges.open_badge(samples.FACTS)
    document["credentialSubject"]["achievement"]["endorsement"] = list(endorsements)
    return samples.signed(document)


def by_a_stranger():
    return samples.signed(
        openbadges.open_badge(samples.FACTS),
        private_key=STRANGER,
        method=f"{DID}#{STRANGER_KEY}",
    )


def of_nobody_known():
    document = openbadges.open_badge(replace(samples.FACTS, status=None))
    document["issuer"]["id"] = DID_KEY
    return samples.signed(document, private_key=STRANGER, method=f"{DID_KEY}#{STRANGER_KEY}")


FIRST = badge(0)
#: What the host itself put into a record, though it should not have: (name, badges, finding inside).
INSIDE = [
    ("of another learner", [FIRST, badge(1, subject_id=NEIGHBOUR)], F.OTHER_RECIPIENT),
    ("twice", [badge(1), badge(1)], F.INSIDE_TWICE),
    ("in two editions", [badge(1), badge(1, valid_from=NOW)], F.INSIDE_TWICE),
    ("forged", [FIRST, {**badge(1), "name": "Doctor of Pottery"}], F.SIGNATURE_BROKEN),
    ("by a key nobody listed", [FIRST, by_a_stranger()], F.KEY_NOT_LISTED),
    ("that nobody signed", [FIRST, openbadges.open_badge(samples.FACTS)], F.NO_PROOF),
    ("that has run out", [FIRST, badge(1, valid_until=NOW)], F.EXPIRED),
    ("that is not valid yet", [FIRST, badge(1, valid_from=NOW + timedelta(1))], F.NOT_YET_VALID),
    ("without a meaning", [FIRST, inner_with(credentialSubject={"id": "urn:x:y"})], F.PART_MISSING),
    ("falsely endorsed", [FIRST, endorsed_badge(endorsement(secret=STRANGER))], F.ENDORSEMENT_BAD),
]  # fmt: skip
UNCHECKED = [
    ("of nobody known", [FIRST, of_nobody_known()], F.ISSUER_NAMELESS),
    ("that is an endorsement", [FIRST, endorsement()], F.INNER_CREDENTIALS),
    ("that is a record itself", [FIRST, samples.record([badge(1)], id=f"{BASE}/records/2")], F.INNER_CREDENTIALS),
    ("that is no more than a name", [FIRST, {"id": f"{BASE}/credentials/1"}], F.INNER_CREDENTIALS),
]  # fmt: skip


@pytest.mark.parametrize(
    ("held", "finding"), [pytest.param(*given, id=name) for name, *given in INSIDE]
)
def test_a_record_with_a_bad_badge_fails_and_the_badge_says_why(cell, held, finding):
    found, _spent = brought(cell, samples.record(held))

    assert found.check(S.SIGNATURE).finding is F.SIGNATURE_HOLDS
    assert bad(found) == {(1, finding)}
    assert found.check(S.INSIDE).finding is F.INSIDE_BAD
    assert found.outcome is Outcome.FAILED


@pytest.mark.parametrize(
    ("held", "finding"), [pytest.param(*given, id=name) for name, *given in UNCHECKED]
)
def test_a_record_is_never_good_while_something_inside_could_not_be_checked(cell, held, finding):
    found, _spent = brought(cell, samples.record(held))

    assert bad(found) == {(1, finding)}
    assert found.check(S.INSIDE).finding is F.INSIDE_UNCHECKED
    assert found.outcome is Outcome.UNCHECKED


def test_a_badge_whose_issuer_or_list_is_out_of_reach_leaves_the_record_open():
    unreachable = samples.checked_record(RECORD, issuers={DID: None})
    found = samples.verify(
        RECORD,
        resolve_issuer={DID: samples.did_document(), HOST.did: samples.host_document()}.get,
        fetch_status_list=lambda address: None,
        now=NOW,
    )

    assert bad(unreachable) == {(place, F.ISSUER_UNREACHABLE) for place in range(3)}
    assert bad(found) == {(place, F.STATUS_UNREACHABLE) for place in range(3)}
    assert (unreachable.outcome, found.outcome) == (Outcome.UNCHECKED, Outcome.UNCHECKED)


def test_where_nobody_is_named_nothing_tells_that_the_badges_belong_together():
    nameless = copy.deepcopy({name: RECORD[name] for name in RECORD if name != "proof"})
    del nameless["credentialSubject"]["id"]

    found = samples.checked_record(
        samples.signed(nameless, private_key=samples.HOST_KEY, method=samples.HOST_METHOD)
    )

    assert bad(found) == {(place, F.RECIPIENT_UNCLEAR) for place in range(3)}
    assert found.outcome is Outcome.UNCHECKED


def test_more_signed_words_in_a_record_than_its_badges_are_not_passed_over():
    unsigned = {name: part for name, part in RECORD.items() if name != "proof"}
    known = {EMPLOYER: openbadges.did_document(EMPLOYER, [_employers_key()])}

    def found(*endorsements):
        issuer = {**RECORD["issuer"], "endorsement": list(endorsements)}
        document = {**unsigned, "issuer": issuer}
        signing = {"private_key": samples.HOST_KEY, "method": samples.HOST_METHOD}
        return samples.checked_record(samples.signed(document, **signing), issuers=known)

    about = {"id": HOST.did, "type": ["EndorsementSubject"], "endorsementComment": "Well kept."}
    good, of_another = found(endorsement(credentialSubject=about)), found(endorsement())
    assert good.check(S.ENDORSEMENTS).finding is F.ENDORSEMENTS_GOOD
    assert good.is_valid
    assert of_another.check(S.ENDORSEMENTS).finding is F.ENDORSEMENT_BAD


def _employers_key():
    return endorsement()["proof"][0]["verificationMethod"].partition("#")[2]


@pytest.mark.parametrize(
    ("parts", "finding"),
    [
        pytest.param({"name": None}, F.PART_MISSING, id="no name"),
        pytest.param({"id": None}, F.PART_MISSING, id="no id"),
        pytest.param({"issuer": None}, F.PART_MISSING, id="no issuer"),
        pytest.param({"validFrom": None}, F.PART_MISSING, id="no date"),
        pytest.param({"credentialSubject": None}, F.PART_MISSING, id="no subject"),
        pytest.param({"credentialSubject": {"id": "urn:x:y"}}, F.PART_MISSING, id="no badges"),
        pytest.param(
            {"credentialSubject": {"id": "urn:x:y", "verifiableCredential": []}},
            F.PART_MISSING,
            id="no badge",
        ),
        pytest.param(
            {"credentialSubject": {"id": "urn:x:y", "verifiableCredential": FIRST}},
            F.PART_MISSING,
            id="one badge and no list",
        ),
        pytest.param(
            {"@context": RECORD["@context"][:1] + RECORD["@context"][2:]},
            F.UNDEFINED_TERM,
            id="no vocabulary",
        ),
    ],
)
def test_what_is_no_record_is_not_taken_for_one(parts, finding):
    document = {name: part for name, part in {**RECORD, **parts}.items() if part is not None}

    found = samples.checked_record(document)

    assert finding in findings(found).values()
    assert found.outcome is Outcome.FAILED


@pytest.mark.parametrize("count", [101, 200])
def test_a_record_of_more_badges_than_anybody_has_is_not_read(cell, count):
    found, spent = brought(cell, {**RECORD, "credentialSubject": {
        **RECORD["credentialSubject"], "verifiableCredential": list(badges(1)) * count}})  # fmt: skip

    assert found.check(S.SHAPE).finding is F.TOO_LARGE
    assert spent.processor_seconds < 1


@pytest.mark.parametrize("count", [20, 50])
def test_a_large_record_is_checked_within_the_limits(cell, count):
    found, spent = brought(cell, samples.record(badges(count)))

    assert found.is_valid
    assert len(found.inside) == count
    assert spent.processor_seconds < MOST_SECONDS
    assert spent.memory_bytes < MOST_MEMORY_BYTES


@pytest.mark.parametrize(
    "path",
    [path for path in texts_of(RECORD) if "proofValue" in path or path[0] != "credentialSubject"]
    + [path for path in texts_of(RECORD) if path[:3] == ("credentialSubject", "verifiableCredential", 1)],
    ids=lambda path: ".".join(map(str, path)),
)  # fmt: skip
def test_one_changed_letter_anywhere_is_noticed(path):
    letters = RECORD
    for step in path:
        letters = letters[step]
    middle = len(letters) // 2
    other = "x" if letters[middle] != "x" else "y"

    found = samples.checked_record(
        changed(RECORD, *path, to=letters[:middle] + other + letters[middle + 1 :])
    )

    assert not found.is_valid
    assert not found.is_as_signed or found.check(S.INSIDE).finding is F.INSIDE_BAD


def test_an_endorsement_brought_by_itself_is_checked_as_what_it_is(cell):
    found, _spent = brought(cell, endorsement())

    assert findings(found) == {
        S.SHAPE: F.ENDORSEMENT_SOUND,
        S.SIGNATURE: F.SIGNATURE_HOLDS,
        S.ISSUER: F.KEY_IS_THE_ISSUERS,
        S.STATUS: F.STATUS_NOT_USED,
        S.DATES: F.DATES_GOOD,
    }
    assert (found.kind, found.is_valid) == (Kind.ENDORSEMENT, True)


def test_a_host_that_lists_another_key_did_not_make_the_record():
    other = keys.multikey(keys.generate_key().public_key())
    found = samples.checked_record(
        RECORD, issuers={HOST.did: openbadges.did_document(HOST.did, [other])}
    )

    assert found.check(S.ISSUER).finding is F.KEY_NOT_LISTED
    assert found.outcome is Outcome.FAILED
