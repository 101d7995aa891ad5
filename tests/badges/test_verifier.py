"""The verifier says what it found and no more, and no trick makes it say "good"."""

import copy
import gzip
import json
from base64 import urlsafe_b64encode
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from badges import keys, openbadges, proof
from badges.findings import Finding
from badges.verifier import Outcome, Subject, verify, verify_upload
from tests.badges import samples
from tests.badges.samples import BASE, DID, LIST_URL, METHOD, NOW, checked, signed

BADGE = signed()
STRANGER = keys.generate_key()
STRANGER_MULTIKEY = keys.multikey(STRANGER.public_key())
ALL_GOOD = {
    Subject.SHAPE: Finding.SHAPE_SOUND,
    Subject.SIGNATURE: Finding.SIGNATURE_HOLDS,
    Subject.ISSUER: Finding.KEY_IS_THE_ISSUERS,
    Subject.STATUS: Finding.STATUS_GOOD,
    Subject.DATES: Finding.DATES_GOOD,
    Subject.RECIPIENT: Finding.RECIPIENT_UNNAMED,
}


def findings(verification):
    return {check.subject: check.finding for check in verification.checks}


def badge_with(**parts):
    """Return a badge that its issuer signed with `parts` in it; None takes a part out."""
    document = {**openbadges.open_badge(samples.FACTS), **parts}
    return signed({name: part for name, part in document.items() if part is not None})


def entry_with(**parts):
    entry = {**openbadges.open_badge(samples.FACTS)["credentialStatus"], **parts}
    return badge_with(credentialStatus={k: v for k, v in entry.items() if v is not None})


def test_a_good_badge_passes_every_check():
    verification = checked(BADGE)

    assert findings(verification) == ALL_GOOD
    assert verification.is_valid
    assert verification.document == BADGE


def test_a_badge_that_cannot_be_taken_back_says_so_and_passes():
    verification = checked(badge_with(credentialStatus=None))

    assert findings(verification) == {**ALL_GOOD, Subject.STATUS: Finding.STATUS_NOT_USED}
    assert verification.is_valid


@pytest.mark.parametrize(
    ("document", "finding"),
    [
        pytest.param(None, Finding.NOT_AN_OPEN_BADGE, id="nothing"),
        pytest.param([], Finding.NOT_AN_OPEN_BADGE, id="a list"),
        pytest.param({}, Finding.UNKNOWN_CONTEXT, id="an empty object"),
        pytest.param(
            badge_with(type=["VerifiableCredential"]), Finding.NOT_AN_OPEN_BADGE, id="type"
        ),
        pytest.param(
            {**BADGE, "type": "OpenBadgeCredential"}, Finding.NOT_AN_OPEN_BADGE, id="bare type"
        ),
        pytest.param(
            {**BADGE, "type": [{}, "VerifiableCredential"]},
            Finding.NOT_AN_OPEN_BADGE,
            id="odd type",
        ),
        pytest.param(badge_with(id=None), Finding.PART_MISSING, id="no id"),
        pytest.param(badge_with(issuer=None), Finding.PART_MISSING, id="no issuer"),
        pytest.param(badge_with(issuer={"type": ["Profile"]}), Finding.PART_MISSING, id="who"),
        pytest.param(badge_with(validFrom=None), Finding.PART_MISSING, id="no date"),
        pytest.param(badge_with(credentialSubject=None), Finding.PART_MISSING, id="no subject"),
        pytest.param(samples.status_list(), Finding.NOT_AN_OPEN_BADGE, id="a status list"),
    ],
)
def test_what_is_not_an_open_badge_is_not_looked_at_further(document, finding):
    verification = checked(document)

    assert verification.check(Subject.SHAPE).finding is finding
    assert verification.outcome is Outcome.FAILED
    assert {check.finding for check in verification.checks[1:]} == {Finding.NOT_LOOKED_AT}


def test_a_changed_badge_fails_and_sends_us_nowhere():
    asked = []
    changed = {**BADGE, "name": "Doctor of Pottery"}

    verification = verify(
        changed,
        resolve_issuer={DID: samples.did_document()}.get,
        fetch_status_list=asked.append,
        now=NOW,
    )

    assert findings(verification) == {
        **ALL_GOOD,
        Subject.SIGNATURE: Finding.SIGNATURE_BROKEN,
        Subject.STATUS: Finding.NOT_LOOKED_AT,
    }
    assert verification.outcome is Outcome.FAILED
    assert asked == []


def test_an_unsigned_badge_fails():
    verification = checked(openbadges.open_badge(samples.FACTS))

    assert verification.check(Subject.SIGNATURE).finding is Finding.NO_PROOF
    assert verification.outcome is Outcome.FAILED


# Who signed it.

FORGED = signed(private_key=STRANGER)
BY_STRANGER = signed(private_key=STRANGER, method=f"{DID}#{STRANGER_MULTIKEY}")
BY_DID_KEY = signed(private_key=STRANGER, method=f"did:key:{STRANGER_MULTIKEY}#{STRANGER_MULTIKEY}")


def method_entry(**parts):
    return {**samples.did_document()["verificationMethod"][0], **parts}


@pytest.mark.parametrize(
    ("badge", "issuer", "finding"),
    [
        pytest.param(BY_STRANGER, {}, Finding.KEY_NOT_LISTED, id="a key nobody listed"),
        pytest.param(BY_DID_KEY, {}, Finding.KEY_NOT_LISTED, id="a key that vouches for itself"),
        pytest.param(BADGE, {"id": "did:web:else"}, Finding.ISSUER_IS_ANOTHER, id="another's page"),
        pytest.param(BADGE, {"id": None}, Finding.ISSUER_IS_ANOTHER, id="nobody's page"),
        pytest.param(BADGE, {"assertionMethod": []}, Finding.KEY_NOT_LISTED, id="for signing in"),
        pytest.param(BADGE, {"assertionMethod": METHOD}, Finding.KEY_NOT_LISTED, id="no list"),
        pytest.param(BADGE, {"verificationMethod": []}, Finding.KEY_NOT_LISTED, id="not described"),
        pytest.param(
            BADGE,
            {"verificationMethod": [method_entry(controller="did:web:else")]},
            Finding.KEY_NOT_LISTED,
            id="controlled by another",
        ),
        pytest.param(
            BADGE,
            {"verificationMethod": [method_entry(revoked="2026-01-01T00:00:00Z")]},
            Finding.KEY_WITHDRAWN,
            id="withdrawn",
        ),
        pytest.param(
            BADGE,
            {"verificationMethod": [method_entry(publicKeyMultibase="z6Mk")]},
            Finding.KEY_UNREADABLE,
            id="damaged",
        ),
        pytest.param(
            BADGE,
            {"verificationMethod": [method_entry(publicKeyMultibase=None)]},
            Finding.KEY_UNREADABLE,
            id="none",
        ),
        pytest.param(
            BADGE,
            {"verificationMethod": ["x", None, 7, {}], "assertionMethod": [7, None, {}, METHOD]},
            Finding.KEY_NOT_LISTED,
            id="nonsense",
        ),
    ],
)
def test_a_key_must_be_the_issuers_own(badge, issuer, finding):
    verification = checked(badge, issuer=samples.did_document(**issuer))

    assert verification.check(Subject.ISSUER).finding is finding
    assert verification.check(Subject.SIGNATURE).finding is Finding.NOT_LOOKED_AT
    assert verification.outcome is Outcome.FAILED


def test_a_strangers_signature_in_the_name_of_the_issuers_key_fails():
    verification = checked(FORGED)

    assert verification.check(Subject.SIGNATURE).finding is Finding.SIGNATURE_BROKEN
    assert verification.check(Subject.ISSUER).finding is Finding.KEY_IS_THE_ISSUERS
    assert verification.outcome is Outcome.FAILED


def test_a_key_may_be_written_into_the_list_itself_or_by_its_fragment():
    written_in = samples.did_document(assertionMethod=[method_entry()], verificationMethod=[])
    by_fragment = samples.did_document(assertionMethod=[METHOD.removeprefix(DID)])

    assert checked(BADGE, issuer=written_in).is_valid
    assert checked(BADGE, issuer=by_fragment).is_valid


@pytest.mark.parametrize("answer", [None, "text", ["list"], OSError("unplugged")])
def test_an_issuer_out_of_reach_leaves_it_open(answer):
    def resolve(did):
        if isinstance(answer, Exception):
            raise answer
        return answer

    verification = verify(
        BADGE, resolve_issuer=resolve, fetch_status_list=lambda url: None, now=NOW
    )

    assert verification.check(Subject.ISSUER).finding is Finding.ISSUER_UNREACHABLE
    assert verification.outcome is Outcome.UNCHECKED
    assert not verification.is_valid


# Whether it was taken back.


def list_with(**parts):
    document = samples.status_list()
    document.pop("proof")
    document["credentialSubject"] = {**document["credentialSubject"], **parts}
    return signed(document)


def packed(data):
    return "u" + urlsafe_b64encode(gzip.compress(data)).decode().rstrip("=")


def test_a_badge_taken_back_fails():
    verification = checked(BADGE, listed=samples.status_list([samples.INDEX]))

    assert findings(verification) == {**ALL_GOOD, Subject.STATUS: Finding.REVOKED}
    assert verification.outcome is Outcome.FAILED


def test_its_neighbours_in_the_list_do_not_matter():
    index = samples.INDEX
    others = set(range(index - 9, index + 10)) - {index}

    assert checked(BADGE, listed=samples.status_list(others)).is_valid


@pytest.mark.parametrize(
    ("listed", "finding"),
    [
        pytest.param(samples.status_list(url=f"{BASE}/other"), Finding.STATUS_LIST_FORGED, id="other list"),
        pytest.param(samples.status_list(issuer_did="did:web:else"), Finding.STATUS_LIST_FORGED, id="of another"),
        pytest.param(samples.status_list(private_key=STRANGER), Finding.STATUS_LIST_FORGED, id="forged"),
        pytest.param(
            samples.status_list(private_key=STRANGER, method=f"{DID}#{STRANGER_MULTIKEY}"),
            Finding.STATUS_LIST_FORGED,
            id="by a stranger",
        ),
        pytest.param({**samples.status_list(), "proof": []}, Finding.STATUS_LIST_FORGED, id="unsigned"),
        pytest.param({**samples.status_list(), "name": "x"}, Finding.STATUS_LIST_FORGED, id="changed"),
        pytest.param(BADGE, Finding.STATUS_LIST_FORGED, id="no list"),
        pytest.param({}, Finding.STATUS_LIST_FORGED, id="nothing in it"),
        pytest.param(
            samples.status_list(valid_until=NOW - timedelta(seconds=1)), Finding.STATUS_OUT_OF_DATE, id="old"
        ),
    ],
)  # fmt: skip
def test_a_list_that_is_not_the_issuers_word_of_today_leaves_it_open(listed, finding):
    verification = checked(BADGE, listed=listed)

    assert findings(verification) == {**ALL_GOOD, Subject.STATUS: finding}
    assert verification.outcome is Outcome.UNCHECKED


@pytest.mark.parametrize(
    "listed",
    [
        pytest.param(list_with(statusPurpose="suspension"), id="for another purpose"),
        pytest.param(list_with(encodedList=packed(bytes(16_383))), id="too short"),
        pytest.param(list_with(encodedList="uAAAA"), id="not packed"),
        pytest.param(list_with(encodedList="u~~~"), id="not base64"),
        pytest.param(list_with(encodedList="AAAA"), id="not multibase"),
        pytest.param(list_with(encodedList=["x", "y"]), id="several"),
    ],
)
def test_a_list_that_does_not_fit_fails(listed):
    verification = checked(BADGE, listed=listed)

    assert findings(verification) == {**ALL_GOOD, Subject.STATUS: Finding.STATUS_UNCLEAR}


def test_a_list_that_unpacks_to_very_much_is_not_unpacked():
    bomb = list_with(encodedList=packed(bytes(20_000_000)))

    assert checked(BADGE, listed=bomb).check(Subject.STATUS).finding is Finding.STATUS_GOOD


@pytest.mark.parametrize(
    ("badge", "finding"),
    [
        pytest.param(entry_with(statusListIndex="131072"), Finding.STATUS_UNCLEAR, id="beyond"),
        pytest.param(entry_with(statusListIndex="-1"), Finding.STATUS_UNCLEAR, id="negative"),
        pytest.param(entry_with(statusListIndex="1e3"), Finding.STATUS_UNCLEAR, id="no number"),
        pytest.param(entry_with(statusListIndex="\u0661"), Finding.STATUS_UNCLEAR, id="arabic one"),
        pytest.param(entry_with(statusListIndex=94567), Finding.STATUS_UNCLEAR, id="not a text"),
        pytest.param(entry_with(statusListIndex=None), Finding.STATUS_UNCLEAR, id="no index"),
        pytest.param(entry_with(statusListCredential=None), Finding.STATUS_UNCLEAR, id="no list"),
        pytest.param(
            entry_with(statusPurpose="message"), Finding.STATUS_KIND_UNKNOWN, id="purpose"
        ),
        pytest.param(
            badge_with(
                credentialStatus={"id": "https://a.example/s", "type": "BitstringStatusList"}
            ),
            Finding.STATUS_KIND_UNKNOWN,
            id="another kind",
        ),
        pytest.param(
            entry_with(statusListCredential="https://else.example/list"),
            Finding.STATUS_UNREACHABLE,
            id="out of reach",
        ),
    ],
)
def test_a_status_that_cannot_be_read_is_not_good(badge, finding):
    verification = checked(badge)

    assert findings(verification) == {**ALL_GOOD, Subject.STATUS: finding}
    assert not verification.is_valid


def test_one_bad_entry_among_several_is_enough():
    entry = openbadges.open_badge(samples.FACTS)["credentialStatus"]
    elsewhere = {**entry, "id": "urn:x:y", "statusListCredential": "https://else.example/list"}
    listed = samples.status_list([samples.INDEX])

    both = checked(badge_with(credentialStatus=[elsewhere, entry]), listed=listed)
    assert both.check(Subject.STATUS).finding is Finding.REVOKED

    many = [{**entry, "id": f"urn:x:{number}"} for number in range(5)]
    too_many = checked(badge_with(credentialStatus=many), listed=listed)
    assert too_many.check(Subject.STATUS).finding is Finding.STATUS_KIND_UNKNOWN


# Its dates.


@pytest.mark.parametrize(
    ("parts", "finding"),
    [
        ({"validFrom": "2026-06-01T12:00:01Z"}, Finding.NOT_YET_VALID),
        ({"validFrom": "2026-06-01T13:00:00+01:00"}, Finding.DATES_GOOD),
        ({"validFrom": "2026-06-01T13:00:01+01:00"}, Finding.NOT_YET_VALID),
        ({"validUntil": "2026-06-01T12:00:00Z"}, Finding.EXPIRED),
        ({"validUntil": "2026-06-01T12:00:01.5Z"}, Finding.DATES_GOOD),
        ({"validUntil": "2026-06-02"}, Finding.DATES_UNCLEAR),
        ({"validUntil": "2026-06-02T00:00:00"}, Finding.DATES_UNCLEAR),
        ({"validUntil": "tomorrow"}, Finding.DATES_UNCLEAR),
        ({"validUntil": "2026-13-01T00:00:00Z"}, Finding.DATES_UNCLEAR),
        ({"validUntil": ["2027-01-01T00:00:00Z"]}, Finding.DATES_UNCLEAR),
        ({"validFrom": "0001-01-01T00:00:00+23:59"}, Finding.DATES_GOOD),
        ({"validUntil": "9999-12-31T23:59:59-23:59"}, Finding.DATES_GOOD),
    ],
)
def test_dates(parts, finding):
    verification = checked(badge_with(**parts))

    assert findings(verification) == {**ALL_GOOD, Subject.DATES: finding}


def test_a_signature_that_was_meant_for_a_while_runs_out():
    document = openbadges.open_badge(samples.FACTS)
    options = {
        "type": "DataIntegrityProof",
        "cryptosuite": proof.CRYPTOSUITE,
        "created": "2026-01-01T00:00:00Z",
        "expires": "2026-05-01T00:00:00Z",
        "verificationMethod": METHOD,
        "proofPurpose": "assertionMethod",
    }
    value = samples.PRIVATE_KEY.sign(proof._hash_data(document, options))
    options["proofValue"] = proof.multibase.encode(value)

    verification = checked({**document, "proof": options})

    assert findings(verification) == {**ALL_GOOD, Subject.DATES: Finding.EXPIRED}


# The holder's tricks: a badge that was taken back, made to look good without touching the
# signature. Software in use was seen to believe the first three.

REVOKED_LIST = samples.status_list([samples.INDEX])
STATUS = BADGE["credentialStatus"]


def without_status(**parts):
    kept = {name: part for name, part in BADGE.items() if name != "credentialStatus"}
    return {**kept, **parts}


def hidden_in_subject():
    badge = copy.deepcopy(without_status())
    badge["evidence"].append({"id": badge["id"], "type": ["Evidence"], "credentialStatus": STATUS})
    return badge


@pytest.mark.parametrize(
    "badge",
    [
        pytest.param(without_status(), id="left out"),
        pytest.param(
            without_status(
                **{
                    "@context": [
                        *BADGE["@context"],
                        {"zz": "https://www.w3.org/2018/credentials#credentialStatus"},
                    ],
                    "zz": STATUS,
                }
            ),
            id="renamed by a vocabulary of one's own",
        ),
        pytest.param(
            without_status(**{"https://www.w3.org/2018/credentials#credentialStatus": STATUS}),
            id="under its full address",
        ),
        pytest.param(hidden_in_subject(), id="said of the same id elsewhere"),
        pytest.param(without_status(credentialStatus=[]), id="emptied"),
        pytest.param(without_status(credentialStatus=None), id="nulled"),
        pytest.param({**BADGE, "credentialStatus": {**STATUS, "statusListIndex": "1"}}, id="moved"),
        pytest.param({**BADGE, "credentialStatus": STATUS["id"]}, id="only its address"),
        pytest.param(
            {
                **BADGE,
                "credentialStatus": {"id": STATUS["id"], "type": STATUS["type"]},
                "evidence": [*BADGE["evidence"], {k: v for k, v in STATUS.items() if k != "type"}],
            },
            id="told in two places",
        ),
    ],
)
def test_a_badge_taken_back_cannot_be_made_to_look_good(badge):
    assert checked(BADGE, listed=REVOKED_LIST).check(Subject.STATUS).finding is Finding.REVOKED

    verification = checked(badge, listed=REVOKED_LIST)

    assert verification.outcome is Outcome.FAILED


def test_words_of_others_inside_are_never_passed_off_as_checked():
    endorsement = {
        "@context": BADGE["@context"],
        "id": "https://employer.example/endorsements/11",
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "issuer": {"id": "did:web:employer.example", "type": ["Profile"]},
        "validFrom": "2026-05-01T00:00:00Z",
        "credentialSubject": {"id": samples.ACHIEVEMENT.id, "type": ["EndorsementSubject"]},
        "proof": [{**BADGE["proof"][0], "proofValue": "zForged"}],
    }
    verification = checked(badge_with(endorsement=[endorsement]))

    assert findings(verification) == {
        **ALL_GOOD,
        Subject.ENDORSEMENTS: Finding.ENDORSEMENT_BAD,
    }
    assert verification.outcome is Outcome.FAILED


# Never raises, whatever comes.


def test_an_upload_is_read_and_checked():
    verification = verify_upload(
        openbadges.as_bytes(BADGE),
        resolve_issuer={DID: samples.did_document()}.get,
        fetch_status_list={LIST_URL: samples.status_list()}.get,
        now=NOW,
    )

    assert findings(verification) == ALL_GOOD


def uploaded(upload):
    return verify_upload(
        upload,
        resolve_issuer={DID: samples.did_document()}.get,
        fetch_status_list={LIST_URL: samples.status_list()}.get,
        now=NOW,
    )


quickly = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "type", "name", "@context", "x"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)


@quickly
@given(upload=st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_no_upload_makes_it_raise_or_pass(upload):
    assert uploaded(upload).outcome is Outcome.FAILED


@quickly
@given(name=st.sampled_from(sorted(BADGE)), value=JSON)
def test_no_part_of_a_badge_makes_it_raise_or_pass(name, value):
    verification = checked({**BADGE, name: value})

    assert not verification.is_valid


@quickly
@given(
    where=st.sampled_from(["credentialStatus", "issuer", "credentialSubject", "validUntil"]),
    value=JSON,
)
def test_no_oddity_that_an_issuer_signs_makes_it_raise(where, value):
    try:
        badge = badge_with(**{where: value})
    except ValueError:
        return  # we would not sign it ourselves; others are held to the same rules
    assert checked(badge).checks


@quickly
@given(name=st.sampled_from(sorted(samples.did_document())), value=JSON)
def test_no_document_of_an_issuer_makes_it_raise(name, value):
    assert checked(BADGE, issuer={**samples.did_document(), name: value}).checks


@quickly
@given(name=st.sampled_from(sorted(samples.status_list())), value=JSON)
def test_no_status_list_makes_it_raise(name, value):
    assert checked(BADGE, listed={**samples.status_list(), name: value}).checks
