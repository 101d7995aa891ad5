"""What must still work on a bad day: keys replaced or stolen, badges corrected, taken back, erased.

Each drill is judged by three verifiers that must agree: the project's own, Digital Bazaar's libraries
and openbadgeslib. Nobody here wrote the last two.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from time import sleep

import pytest
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.orm import Session

from accounts.models import User
from app.db import current_db, unit_of_work
from app.jobs import SILENCE
from badges import custody, facts, keys, log, proof
from badges.custody import NOT_SIGNED_ANEW, PATIENCE, rotate_keys, withdraw_key
from badges.issuers import document_address
from badges.jobs import sign_what_waits
from badges.models import (
    AchievementCredential,
    IssuerKey,
    LoggedSignature,
    SignaturePurpose,
    StatusPlace,
)
from badges.queries import current_key_of, current_token_key_of, key_named, waiting_to_be_signed
from badges.resolver import Asking, check_document, check_upload, did_document
from badges.service import award, reissue, revoke
from badges.signing import signed_document, signed_status_list, signed_token, signing_host
from badges.tokens import payload_of
from tests import factories
from tests.badges.test_other_verifiers import ROOT, verified_by_others
from tests.conftest import settings_for
from tests.databases import fresh_database
from tests.factories import NOW
from tests.signing import sign_what_waits as sign_all
from tests.working import work_until_idle
from wsgi import create_app

ldp = pytest.importorskip("openbadgeslib.ob3.ldp")
verifier = pytest.importorskip("openbadgeslib.ob3.verifier")

pytestmark = pytest.mark.skipif(
    not (ROOT / "node_modules/@digitalbazaar/vc").is_dir(),
    reason="the npm packages for cross-checking are not installed (script/setup installs them)",
)

#: When it was awarded, when the bad day was, and when somebody checks.
AWARDED, BAD_DAY = NOW - timedelta(days=30), NOW - timedelta(hours=3)
#: How long a list or a did.json may stand in a cache.
CACHED = timedelta(minutes=5)


@pytest.fixture
def host(app, db):
    with app.app_context():
        yield signing_host()


def give(db, achievement=None, learner=None):
    return award(
        db,
        achievement=achievement or factories.achievement(),
        recipient=learner or factories.learner(),
        evidence="Came to Pottery, says Pot House.",
        activity_started_at=AWARDED - timedelta(hours=2),
        activity_ended_at=AWARDED,
        now=AWARDED,
    )


@pytest.fixture
def badge(db):
    """A badge among others: of the same issuer, and of another."""
    badge = give(db)
    give(db, badge.achievement)
    give(db)
    return badge


@pytest.fixture
def said(db, host, tmp_path):
    """Ask all three whether a document of an issuer is good; what they say must be one thing."""

    def said(document, issuer):
        did = did_document(db, issuer, host=host)
        listed = signed_status_list(db, issuer, host=host, now=NOW).document
        ours = check_document(db, document, host=host, now=NOW).is_valid
        [theirs] = verified_by_others(tmp_path, document, did=did, listed=listed)
        third = said_by_openbadgeslib(db, document, issuer, host)
        assert (theirs, third) == (ours, ours)
        return ours

    return said


@pytest.fixture
def said_of_token(db, host):
    """Ask the two that read tokens."""

    def said_of_token(token, issuer):
        signed_status_list(db, issuer, host=host, now=NOW)
        ours = check_upload(token.encode(), Asking(host, NOW)).is_valid
        assert said_by_openbadgeslib(db, token, issuer, host) == ours
        return ours

    return said_of_token


def said_by_openbadgeslib(db, document, issuer, host):
    did = facts.issuer_did(issuer, host.base_url)
    pages = {
        # It wants every issuer to be at an https address, and knows no other time than now.
        document_address(did): json.dumps(did_document(db, issuer, host=host)),
        facts.status_list_url(issuer, host.base_url): signed_status_list(
            db, issuer, host=host, now=datetime.now(UTC)
        ).token,
    }

    def download(url, *_given, **_more):
        return pages[url].encode()

    kind = verifier.OB3Verifier if isinstance(document, str) else ldp.OB3LdpVerifier
    checker = kind.for_issuer_did(did, download=download)
    try:
        # Of a token's list it tries the issuer's first key alone, whichever the list names.
        checker.verify(document, check_status=True, download=download, verify_status_list=False)
    except verifier.OB3VerificationError:
        return False
    return True


def method_of(document):
    [proof] = document["proof"]
    return proof["verificationMethod"]


# Keys replaced in good order.


def test_after_a_rotation_old_badges_stand_and_new_ones_bear_the_new_key(db, host, badge, said):
    issuer = badge.issuer
    before = signed_document(db, badge, host=host)

    key, _token_key = rotate_keys(db, issuer=issuer, host=host, now=BAD_DAY)
    after = signed_document(db, give(db, badge.achievement), host=host)

    assert [said(before, issuer), said(after, issuer)] == [True, True]
    assert method_of(after).endswith(key.multikey)
    assert method_of(before) != method_of(after)
    assert signed_document(db, badge, host=host) == before


def test_after_a_rotation_old_tokens_stand_and_new_ones_bear_the_new_key(
    db, host, badge, said_of_token
):
    before = signed_token(db, badge, host=host, now=AWARDED)

    rotate_keys(db, issuer=badge.issuer, host=host, now=BAD_DAY)
    after = signed_token(db, give(db, badge.achievement), host=host, now=NOW)

    assert [said_of_token(each, badge.issuer) for each in (before, after)] == [True, True]
    assert before.partition(".")[0] != after.partition(".")[0], "the first part names the key"
    assert signed_token(db, badge, host=host, now=NOW) == before


def test_a_key_may_be_replaced_again_and_again(db, host, badge, said):
    signed = []
    for _ in range(3):
        signed.append(signed_document(db, give(db, badge.achievement), host=host))
        rotate_keys(db, issuer=badge.issuer, host=host, now=BAD_DAY)

    assert len({method_of(document) for document in signed}) == 3
    assert [said(document, badge.issuer) for document in signed] == [True] * 3


# Keys in other hands.


def test_what_a_stolen_key_signed_counts_no_more_and_is_signed_anew(db, host, badge, said):
    issuer = badge.issuer
    before = signed_document(db, badge, host=host)
    stranger = give(db)
    others = signed_document(db, stranger, host=host)
    never_asked_for = give(db, badge.achievement)

    count = withdraw_key(db, key=current_key_of(db, issuer), now=BAD_DAY)
    at_once = said(before, issuer)
    waiting = waiting_to_be_signed(db, issuer.id)
    signed = sign_what_waits(issuer.id)
    after = signed_document(db, badge, host=host)

    assert (count, at_once, signed) == (1, False, len(waiting))
    assert waiting[0] == badge.id, "what stood before is signed first"
    assert [said(before, issuer), said(after, issuer)] == [False, True]
    assert method_of(before) not in json.dumps(did_document(db, issuer, host=host))
    assert (after["id"], after["awardedDate"]) == (before["id"], before["awardedDate"])
    assert after["validFrom"] > before["validFrom"]
    assert after["credentialSubject"] == before["credentialSubject"]
    assert (signed_document(db, stranger, host=host), said(others, stranger.issuer)) == (
        others,
        True,
    )
    assert never_asked_for.reissued_at is None


def test_what_a_stolen_token_key_signed_counts_no_more_and_is_signed_anew(
    db, host, badge, said_of_token
):
    issuer = badge.issuer
    before = signed_token(db, badge, host=host, now=AWARDED)

    withdraw_key(db, key=current_token_key_of(db, issuer), now=BAD_DAY)
    sign_what_waits()
    after = signed_token(db, badge, host=host, now=NOW)

    assert [said_of_token(each, issuer) for each in (before, after)] == [False, True]
    assert payload_of(after)["nbf"] > payload_of(before)["nbf"]
    assert payload_of(after)["jti"] == payload_of(before)["jti"]


def test_a_stolen_key_that_was_replaced_long_ago_takes_only_its_own_badges_along(
    db, host, badge, said
):
    issuer = badge.issuer
    old, old_key = signed_document(db, badge, host=host), current_key_of(db, issuer)
    rotate_keys(db, issuer=issuer, host=host, now=BAD_DAY - timedelta(days=1))
    newer = give(db, badge.achievement)
    new = signed_document(db, newer, host=host)

    assert withdraw_key(db, key=old_key, now=BAD_DAY) == 1
    sign_what_waits()

    assert [said(old, issuer), said(new, issuer)] == [False, True]
    assert signed_document(db, newer, host=host) == new
    assert method_of(signed_document(db, badge, host=host)) == method_of(new)


def test_a_forger_with_the_stolen_key_is_believed_by_nobody(db, host, badge, said):
    before = signed_document(db, badge, host=host)
    key, method = current_key_of(db, badge.issuer), method_of(before)
    stolen = keys.unseal(key.encrypted_private_key, secret=host.keys_secret, owner=method)
    withdraw_key(db, key=key, now=BAD_DAY)
    sign_what_waits()

    claimed = {**before, "name": "Doctor of Pottery", "validFrom": "2026-06-01T11:00:00Z"}
    claimed.pop("proof")
    forged = proof.sign(claimed, private_key=stolen, verification_method=method, created=NOW)

    assert said(forged, badge.issuer) is False


def test_what_cannot_be_signed_anew_is_taken_back_in_time_and_its_neighbours_stand(
    db, host, badge, said, sign_in
):
    issuer = badge.issuer
    neighbour = give(db, badge.achievement)
    before = signed_document(db, badge, host=host)
    signed_document(db, neighbour, host=host)
    badge.evidence = "Too much to be signed. " * 20_000

    withdraw_key(db, key=current_key_of(db, issuer), now=BAD_DAY)
    db.commit()  # what fails is rolled back to here
    assert sign_what_waits(issuer.id) == len(waiting_to_be_signed(db, issuer.id)) + 1 > 1
    early = custody.take_back_unsigned(db, now=BAD_DAY + PATIENCE - timedelta(seconds=1))
    late = custody.take_back_unsigned(db, now=BAD_DAY + PATIENCE)
    db.refresh(badge)

    assert (early, late) == (0, 1)
    assert badge.revocation_reason == NOT_SIGNED_ANEW
    assert said(before, issuer) is False
    assert said(signed_document(db, neighbour, host=host), issuer) is True
    assert list(waiting_to_be_signed(db, issuer.id)) == []
    client = sign_in(badge.recipient)
    page = client.get(f"/credentials/{badge.uuid}", headers={"Accept": "text/html"})
    assert (page.status_code, NOT_SIGNED_ANEW in page.text) == (200, True)
    assert "Is it real?" not in page.text
    assert client.get(f"/credentials/{badge.uuid}.json").status_code == 409


def test_all_that_takes_time_adds_up_to_less_than_a_quarter_of_an_hour():
    every_minute = timedelta(minutes=1)

    assert PATIENCE + every_minute + SILENCE + CACHED < timedelta(minutes=15)


def test_lists_and_keys_stand_in_no_cache_for_longer_than_five_minutes(client, badge, db):
    db.commit()
    sign_all(client.application)
    for address in (
        f"/issuers/{badge.issuer.slug}/did.json",
        f"/status/revocation/{badge.issuer_id}",
    ):
        said = client.get(address).headers["Cache-Control"]
        assert said == f"public, max-age={CACHED.seconds}"


def test_a_key_is_taken_out_of_use_once(db, host, badge):
    signed_document(db, badge, host=host)
    key = current_key_of(db, badge.issuer)

    counts = [withdraw_key(db, key=key, now=BAD_DAY + timedelta(hours=n)) for n in (0, 1)]

    assert (counts, key.compromised_at) == ([1, 0], BAD_DAY)


def test_a_badge_that_was_taken_back_stays_so_when_it_is_signed_anew(db, host, badge, said):
    signed_document(db, badge, host=host)
    revoke(db, credential=badge, reason="A mistake.", now=AWARDED)

    withdraw_key(db, key=current_key_of(db, badge.issuer), now=BAD_DAY)
    sign_what_waits()

    assert said(signed_document(db, badge, host=host), badge.issuer) is False
    assert badge.revocation_reason == "A mistake."


def test_a_key_is_found_by_its_address_and_by_itself(db, host, badge):
    other = give(db)
    for each in (badge, other):
        signed_token(db, each, host=host, now=AWARDED)
    key, token_key = current_key_of(db, badge.issuer), current_token_key_of(db, badge.issuer)
    did = facts.issuer_did(badge.issuer, host.base_url)

    assert key_named(db, key.multikey) is key
    assert key_named(db, f"{did}#{key.multikey}") is key
    assert key_named(db, f"{did}#{token_key.name}") is token_key
    assert [key_named(db, name) for name in ("", token_key.name, f"{did}#nothing")] == [None] * 3


@pytest.fixture
def site():
    """An application on a database of its own, whose transactions land."""
    with fresh_database() as url:
        app = create_app(settings_for(url), TESTING=True)
        with app.app_context():
            yield app
            current_db.remove()
            current_db.get_bind().dispose()


def test_what_is_signed_at_the_moment_of_the_command_is_found_too(site):
    host = signing_host()
    with unit_of_work() as db:
        badge = give(db)
        signed_document(db, give(db, badge.achievement), host=host)
        key_id, badge_id = current_key_of(db, badge.issuer).id, badge.id

    with Session(db.get_bind()) as signing, Session(db.get_bind()) as withdrawing:
        signed_document(signing, signing.get(AchievementCredential, badge_id), host=host)
        withdrawn = _in_background(
            lambda: withdraw_key(withdrawing, key=withdrawing.get(IssuerKey, key_id), now=NOW)
        )
        _wait_until_somebody_waits(current_db())
        signing.commit()
        assert withdrawn() == 2
        withdrawing.commit()
    assert len(waiting_to_be_signed(current_db())) == 2


def test_who_wants_to_sign_at_the_moment_of_the_command_signs_with_the_next_key(site):
    host = signing_host()
    with unit_of_work() as db:
        badge = give(db)
        old = method_of(signed_document(db, give(db, badge.achievement), host=host))
        key_id, badge_id = current_key_of(db, badge.issuer).id, badge.id

    with Session(db.get_bind()) as signing, Session(db.get_bind()) as withdrawing:
        withdraw_key(withdrawing, key=withdrawing.get(IssuerKey, key_id), now=NOW)
        signed = _in_background(
            lambda: signed_document(
                signing, signing.get(AchievementCredential, badge_id), host=host
            )
        )
        _wait_until_somebody_waits(current_db())
        withdrawing.commit()
        assert method_of(signed()) != old
        signing.commit()


def test_many_who_sign_at_once_leave_one_chain_without_a_gap(site):
    host = signing_host()
    with unit_of_work() as db:
        ids = [give(db).id for _ in range(12)]
    bind = db.get_bind()

    def sign(credential_id):
        with site.app_context(), Session(bind) as own:
            signed_document(own, own.get(AchievementCredential, credential_id), host=host)
            own.commit()

    for done in [_in_background(partial(sign, each)) for each in ids]:
        done()

    lines = list(log.all_lines(current_db()))
    assert [line.number for line in lines] == list(range(1, 13))
    assert log.first_break(lines) is None


def _in_background(do):
    """Start doing something, and return what waits for its answer."""
    pool = ThreadPoolExecutor(1)
    future = pool.submit(do)
    pool.shutdown(wait=False)
    return partial(future.result, timeout=30)


def _wait_until_somebody_waits(db):
    for _ in range(300):
        if db.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
            return
        sleep(0.1)
    pytest.fail("Nobody waited.")


def test_the_commands_and_a_real_worker_do_it_all(site):
    host, run = signing_host(), site.test_cli_runner().invoke
    with unit_of_work() as db:
        badges = [give(db) for _ in range(2)]
        before = [signed_document(db, each, host=host) for each in badges]
    issuer = badges[0].issuer

    rotated = run(args=["badges", "rotate-key", issuer.slug, "--json"])
    told = run(args=["badges", "compromised", method_of(before[0]), "--json"])
    work_until_idle(site)
    checked = run(args=["badges", "check-log"])

    with unit_of_work() as db:
        db.expire_all()
        badges = [db.merge(each) for each in badges]
        after = [signed_document(db, each, host=host) for each in badges]
        did = did_document(db, badges[0].issuer, host=host)
        good = check_document(db, after[0], host=host, now=datetime.now(UTC)).is_valid
    assert json.loads(told.output)["badges"] == 1
    assert method_of(after[0]).endswith(json.loads(rotated.output)["key"])
    assert (good, after[1] == before[1]) == (True, True)
    assert method_of(before[0]) not in json.dumps(did)
    assert (checked.exit_code, "lines, the last" in checked.output) == (0, True)


def test_the_commands_refuse_what_makes_no_sense(app, db, badge, host):
    other = give(db)
    for each in (badge, other):
        signed_document(db, each, host=host)
    db.commit()
    run = app.test_cli_runner().invoke

    assert len(run(args=["badges", "rotate-key", "--all"]).output.splitlines()) == 2
    for args, status in (
        (["rotate-key"], 2),
        (["rotate-key", "nobody"], 1),
        (["compromised", "z6MkNobody"], 1),
        (["correct", "00000000-0000-4000-8000-000000000000"], 1),
    ):
        assert run(args=["badges", *args]).exit_code == status


# Badges put right, taken back, erased.


def test_a_corrected_badge_replaces_the_one_before_under_the_same_address(db, host, badge, said):
    before = signed_document(db, badge, host=host)
    really_ended = AWARDED - timedelta(minutes=30)

    reissue(db, credential=badge, now=BAD_DAY, activity_ended_at=really_ended)
    after = signed_document(db, badge, host=host)

    assert said(after, badge.issuer) is True
    assert (after["id"], after["awardedDate"]) == (before["id"], before["awardedDate"])
    assert before["validFrom"] == before["awardedDate"]
    assert after["validFrom"] > before["validFrom"]
    changed = {**before["credentialSubject"], "activityEndDate": "2026-05-02T11:30:00Z"}
    assert after["credentialSubject"] == changed
    assert after["credentialStatus"] == before["credentialStatus"]


def test_two_corrections_within_a_second_still_have_an_order(db, host, badge):
    issued = []
    for _ in range(3):
        reissue(db, credential=badge, now=BAD_DAY)
        issued.append(signed_document(db, badge, host=host)["validFrom"])

    assert issued == sorted(set(issued))


def test_the_command_corrects_in_london_time(app, db, host, badge):
    db.commit()
    run = app.test_cli_runner().invoke
    args = ["badges", "correct", str(badge.uuid)]

    done = run(args=[*args, "--ended", "2026-05-02T12:30"])
    refused = run(args=[*args, "--started", "2026-05-03T00:00"])

    corrected = db.merge(badge)
    assert (done.exit_code, refused.exit_code) == (0, 1)
    assert corrected.activity_ended_at == datetime(2026, 5, 2, 11, 30, tzinfo=UTC)


def test_why_a_badge_was_taken_back_stands_on_its_page_and_nowhere_in_the_list(
    db, host, badge, said, sign_in
):
    reason = "It was meant for somebody else."
    before = signed_document(db, badge, host=host)

    revoke(db, credential=badge, reason=reason, now=BAD_DAY)
    listed = signed_status_list(db, badge.issuer, host=host, now=NOW).document

    assert said(before, badge.issuer) is False
    assert "somebody else" not in json.dumps(listed)
    page = sign_in(badge.recipient).get(
        f"/credentials/{badge.uuid}", headers={"Accept": "text/html"}
    )
    assert reason in page.text


def test_of_an_erased_badge_only_its_bit_and_digests_are_left(db, host, badge, said):
    issuer, learner, place = badge.issuer, badge.recipient, badge.status_index
    before = signed_document(db, badge, host=host)
    token = signed_token(db, badge, host=host, now=AWARDED)
    traces = [str(badge.uuid), str(learner.subject_uuid), str(learner.uuid), learner.pass_code]

    db.execute(delete(User).where(User.id == learner.id))
    db.expire_all()

    assert said(before, issuer) is False
    assert db.scalars(select(StatusPlace.status_index).filter_by(is_spent=True)).all() == [place]
    kept = [str(log.told(line)) for line in log.all_lines(db)]
    assert [trace for trace in traces if trace in " ".join(kept)] == []
    assert all(log.line_about(db, log.digest_of(each)) for each in (before, token))
    assert _whole_database_without(db, traces)


def _whole_database_without(db, traces):
    """Read every row of every table as text."""
    tables = db.scalars(
        text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    ).all()
    found = [
        (table, trace)
        for table in tables
        for trace in traces
        if db.scalar(
            text(f'SELECT count(*) FROM "{table}" AS t WHERE t::text LIKE :trace'),
            {"trace": f"%{trace}%"},
        )
    ]
    assert found == []
    return True


def test_the_place_of_an_erased_badge_is_never_given_again(db, badge, monkeypatch):
    place, achievement = badge.status_index, badge.achievement
    db.execute(delete(AchievementCredential).where(AchievementCredential.id == badge.id))
    db.expire_all()
    drawn = iter([place, place, place + 1 if place < 9 else 0])
    monkeypatch.setattr("badges.service.secrets.randbelow", lambda _most: next(drawn))

    given = give(db, achievement)

    assert given.status_index != place
    with pytest.raises(IntegrityError, match="pk_status_place"):
        db.execute(update(AchievementCredential).filter_by(id=given.id).values(status_index=place))


# The log.


def test_every_signature_stands_in_the_log_once(db, host, badge):
    document = signed_document(db, badge, host=host)
    for _ in range(2):
        signed_document(db, badge, host=host)
        token = signed_token(db, badge, host=host, now=AWARDED)
        listed = signed_status_list(db, badge.issuer, host=host, now=NOW).document
        list_token = signed_status_list(db, badge.issuer, host=host, now=NOW).token

    lines = list(log.all_lines(db))
    signed = {
        SignaturePurpose.BADGE: document,
        SignaturePurpose.BADGE_TOKEN: token,
        SignaturePurpose.STATUS_LIST: listed,
        SignaturePurpose.STATUS_LIST_TOKEN: list_token,
    }
    assert {line.purpose: line.digest for line in lines} == {
        purpose: log.digest_of(each) for purpose, each in signed.items()
    }
    assert [line.number for line in lines] == [1, 2, 3, 4]
    assert lines[0].key == method_of(document)
    assert log.first_break(lines) is None


def test_how_a_wallet_wrote_a_badge_does_not_matter_to_its_digest(db, host, badge):
    document = signed_document(db, badge, host=host)
    rewritten = json.loads(json.dumps(dict(reversed(document.items())), indent=8))

    assert log.digest_of(rewritten) == log.digest_of(document)
    assert log.digest_of({**document, "name": "Other"}) != log.digest_of(document)


@pytest.mark.parametrize(
    "statement",
    [
        update(LoggedSignature).values(key="did:web:x#y"),
        delete(LoggedSignature),
        text("TRUNCATE logged_signature"),
    ],
    ids=["update", "delete", "truncate"],
)
def test_the_database_refuses_to_change_the_log(db, host, badge, statement):
    signed_document(db, badge, host=host)

    with pytest.raises(DatabaseError, match="only ever added to"):
        db.execute(statement)


def test_a_line_changed_or_taken_out_shows(db, host, badge):
    for _ in range(3):
        signed_document(db, give(db, badge.achievement), host=host)
    first, second, third = log.all_lines(db)
    db.expunge_all()

    assert log.first_break([first, second, third]) is None
    assert log.first_break([first, third]) == 2
    assert log.first_break([second, third]) == 1
    for name, value in (
        ("credential", "0" * 64),
        ("digest", "0" * 64),
        ("key", "did:web:x#y"),
        ("purpose", SignaturePurpose.STATUS_LIST),
        ("signed_at", NOW),
        ("hash", "0" * 64),
        ("previous", "0" * 64),
    ):
        kept = getattr(second, name)
        setattr(second, name, value)
        assert log.first_break([first, second, third]) == 2, name
        setattr(second, name, kept)


def test_a_long_log_is_followed_page_by_page(db, host, badge, monkeypatch):
    monkeypatch.setattr(log, "PAGE_LENGTH", 2)
    for _ in range(5):
        signed_document(db, give(db, badge.achievement), host=host)

    assert [line.number for line in log.all_lines(db)] == [1, 2, 3, 4, 5]
    assert db.scalar(select(func.count(LoggedSignature.number))) == 5
