"""A learner's record: one of each, signed by the host, private until shown, and never out of date."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from app import clock
from badges import records
from badges.bake import open_upload
from badges.custody import rotate_host_key, withdraw_key
from badges.jobs import sign_record
from badges.log import digest_of, line_about
from badges.models import IssuerKey, LearnerRecord, SignaturePurpose
from badges.queries import current_key_of, key_named, record_kept_for, record_shown_to
from badges.records import ensure_record, show_record_publicly
from badges.resolver import check_document, host_did_document
from badges.service import IssuingHost, award, reissue, revoke
from badges.signing import signed_record, signing_host
from badges.verifier import Outcome, Subject
from tests import factories
from tests.factories import NOW
from tests.signing import sign_what_waits, signed_document

LATER = NOW + timedelta(days=1)


@pytest.fixture
def host(app):
    with app.app_context():
        yield signing_host()


def give(db, learner, host=None):
    badge = award(
        db,
        achievement=factories.achievement(),
        recipient=learner,
        evidence="Came to Pottery, says Pot House.",
        activity_started_at=NOW - timedelta(hours=2),
        activity_ended_at=NOW - timedelta(hours=1),
        now=NOW,
    )
    if host:
        signed_document(db, badge, host=host)
    return badge


@pytest.fixture
def learner(db, host):
    """A learner with two signed badges; somebody else has one too."""
    learner = factories.learner()
    give(db, learner, host)
    give(db, learner, host)
    give(db, factories.learner(), host)
    return learner


@pytest.fixture
def record(db, learner):
    return ensure_record(db, learner)


def keep(db, row):
    with db.begin_nested():
        db.add(row)


def held_in(document):
    return [each["id"] for each in document["credentialSubject"]["verifiableCredential"]]


class TestWhatIsInIt:
    def test_all_badges_of_the_learner_whole_and_nobody_elses(self, db, host, learner, record):
        document = signed_record(db, record, host=host, now=NOW)

        own = [signed_document(db, each, host=host) for each in records.badges_of(db, learner)]
        assert document["credentialSubject"]["verifiableCredential"] == own
        assert document["credentialSubject"]["id"] == learner.subject_uuid.urn
        assert document["issuer"]["id"] == "did:web:localhost"
        assert learner.name not in json.dumps(document)

    def test_it_passes_every_check(self, db, host, record):
        document = signed_record(db, record, host=host, now=NOW)

        found = check_document(db, document, host=host, now=LATER)

        assert found.outcome is Outcome.PASSED
        assert found.check(Subject.TRUST).finding == "made-here"
        assert len(found.inside) == 2

    def test_it_stays_to_the_byte_until_something_changes(self, db, host, record):
        first = signed_record(db, record, host=host, now=NOW)
        db.expire_all()

        assert signed_record(db, record, host=host, now=LATER) == first

    def test_a_new_badge_makes_a_newer_edition_under_the_same_address(
        self, db, host, learner, record
    ):
        first = signed_record(db, record, host=host, now=NOW)
        new = give(db, learner, host)

        second = signed_record(db, record, host=host, now=NOW)

        assert second["id"] == first["id"]
        assert second["validFrom"] > first["validFrom"]
        assert set(held_in(second)) - set(held_in(first)) == {
            f"{host.base_url}/credentials/{new.uuid}"
        }
        assert check_document(db, second, host=host, now=LATER).is_valid

    def test_a_badge_taken_back_leaves_it_and_the_old_file_says_so(self, db, host, learner, record):
        first = signed_record(db, record, host=host, now=NOW)
        revoke(db, credential=records.badges_of(db, learner)[0], reason="A mistake.", now=NOW)

        second = signed_record(db, record, host=host, now=LATER)

        assert len(held_in(second)) == 1
        found = check_document(db, first, host=host, now=LATER)
        assert [each.outcome for each in found.inside] == [Outcome.FAILED, Outcome.PASSED]
        assert found.outcome is Outcome.FAILED

    def test_a_corrected_badge_is_in_it_as_corrected(self, db, host, learner, record):
        first = signed_record(db, record, host=host, now=NOW)
        badge = records.badges_of(db, learner)[0]
        reissue(db, credential=badge, now=LATER)
        corrected = signed_document(db, badge, host=host)

        second = signed_record(db, record, host=host, now=LATER)

        assert corrected in second["credentialSubject"]["verifiableCredential"]
        assert held_in(second) == held_in(first)

    def test_one_who_has_no_badge_has_nothing_to_sign(self, db, host):
        record = ensure_record(db, factories.learner())

        with pytest.raises(records.Conflict, match="no badge yet"):
            signed_record(db, record, host=host, now=NOW)

    @pytest.mark.parametrize(("name", "most"), [("MOST_BADGES", 1), ("MOST_BYTES", 3_000)])
    def test_what_does_not_fit_is_left_out_and_the_record_says_so(
        self, db, host, learner, record, monkeypatch, name, most
    ):
        monkeypatch.setattr(records, name, most)
        newest = records.badges_of(db, learner)[0]

        document = signed_record(db, record, host=host, now=NOW)

        assert held_in(document) == [f"{host.base_url}/credentials/{newest.uuid}"]
        assert document["partial"] is True
        assert check_document(db, document, host=host, now=LATER).is_valid

    def test_its_signature_stands_in_the_log(self, db, host, record):
        document = signed_record(db, record, host=host, now=NOW)

        line = line_about(db, digest_of(document))
        assert line.purpose == SignaturePurpose.RECORD
        assert line.key == document["proof"][0]["verificationMethod"]


class TestWhose:
    def test_each_learner_has_one(self, db, learner, record):
        assert ensure_record(db, learner) is record
        assert record_kept_for(db, learner) is record
        with pytest.raises(IntegrityError):
            keep(db, LearnerRecord(learner_id=learner.id))

    def test_only_its_learner_sees_it_until_it_is_shown(self, db, learner, record):
        others = factories.learner()

        def seen():
            return [record_shown_to(db, who, record.uuid) for who in (learner, others, None)]

        assert seen() == [record, None, None]
        show_record_publicly(db, record=record, is_public=True)
        assert seen() == [record] * 3
        show_record_publicly(db, record=record, is_public=False)
        assert seen() == [record, None, None]

    def test_it_goes_with_its_learner(self, db, learner, record):
        noise = ensure_record(db, factories.learner())
        db.delete(learner)
        db.flush()

        assert db.scalars(select(LearnerRecord.id)).all() == [noise.id]

    @pytest.mark.parametrize(
        "values",
        [
            pytest.param({"contents": "x"}, id="contents without a signature"),
            pytest.param({"proof": [{}], "issued_at": NOW}, id="a signature of nothing"),
            pytest.param({"contents": "x", "proof": [{}]}, id="a signature without a date"),
        ],
    )
    def test_the_database_refuses_half_an_edition(self, db, learner, record, values):
        db.delete(record)
        db.flush()

        with pytest.raises(IntegrityError):
            keep(db, LearnerRecord(learner_id=learner.id, **values))


class TestTheHostsKey:
    def test_there_is_one_and_it_is_nobody_elses(self, db, host, record):
        document = signed_record(db, record, host=host, now=NOW)
        key = current_key_of(db, None)

        assert document["proof"][0]["verificationMethod"] == f"did:web:localhost#{key.multikey}"
        assert key_named(db, key.multikey) is key
        with pytest.raises(IntegrityError):
            keep(db, IssuerKey(multikey="z6Mk2", encrypted_private_key=b""))

    def test_one_that_was_replaced_still_counts(self, db, host, learner, record):
        first = signed_record(db, record, host=host, now=NOW)
        newer = rotate_host_key(db, host=host, now=NOW)

        assert signed_record(db, record, host=host, now=LATER) == first
        assert check_document(db, first, host=host, now=LATER).is_valid
        give(db, learner, host)
        second = signed_record(db, record, host=host, now=LATER)
        assert second["proof"][0]["verificationMethod"].endswith(newer.multikey)
        assert len(host_did_document(db, host=host)["assertionMethod"]) == 2

    def test_what_a_stolen_one_signed_counts_no_more_and_is_signed_anew(self, db, host, record):
        untouched = ensure_record(db, factories.learner())
        first = signed_record(db, record, host=host, now=NOW)
        issuers = db.scalar(select(func.count()).where(IssuerKey.retired_at.is_(None)))

        count = withdraw_key(db, key=current_key_of(db, None), now=LATER)
        db.expire_all()

        second = signed_record(db, record, host=host, now=LATER)
        assert (count, untouched.proof) == (1, None)
        assert second["validFrom"] > first["validFrom"]
        found = [check_document(db, each, host=host, now=LATER) for each in (first, second)]
        assert found[0].check(Subject.ISSUER).finding == "key-not-listed"
        assert [each.is_valid for each in found] == [False, True]
        # The organisations' keys are as they were.
        assert db.scalar(select(func.count()).where(IssuerKey.retired_at.is_(None))) == issuers

    def test_another_secret_opens_nothing(self, db, host, record):
        signed_record(db, record, host=host, now=NOW)
        give(db, record.learner, host)
        other = IssuingHost(host.base_url, "another secret, as long as it takes")

        with pytest.raises(Exception, match="open"):
            signed_record(db, record, host=other, now=LATER)


class TestPages:
    @pytest.fixture
    def shown(self, db, host, record):
        show_record_publicly(db, record=record, is_public=True)
        signed_record(db, record, host=host, now=NOW)
        db.commit()
        return record

    def test_a_private_record_is_not_there_for_others(self, client, db, record):
        db.commit()
        for address in ("", ".json", ".png", ".svg", "?check=yes"):
            assert client.get(f"/records/{record.uuid}{address}").status_code == 404

    def test_one_that_is_shown_is_a_page_for_people_and_a_file_for_programs(self, client, shown):
        page = client.get(f"/records/{shown.uuid}", headers={"Accept": "text/html"})
        file = client.get(f"/records/{shown.uuid}", headers={"Accept": "application/json"})

        assert page.text.count("Clay Hand") >= 2
        assert file.mimetype == "application/vc+ld+json"
        assert file.json["type"] == ["VerifiableCredential", "ClrCredential"]
        for answer in (page, file):
            assert answer.headers["X-Robots-Tag"] == "noindex"
        assert file.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Origin" not in page.headers

    def test_badges_that_nobody_signed_yet_are_signed_first(self, client, db, shown):
        give(db, shown.learner)
        db.commit()
        asked = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'badges.sign_record'"

        before = [client.get(f"/records/{shown.uuid}.json") for _ in range(3)]
        jobs_asked = db.scalar(text(asked))
        sign_record(shown.id)
        after = client.get(f"/records/{shown.uuid}.json")

        assert [answer.status_code for answer in before] == [503] * 3
        assert before[0].headers["Retry-After"] == "2"
        assert jobs_asked == 1, "who asks again asks for nothing more"
        assert len(held_in(after.json)) == 3

    @pytest.mark.parametrize("kind", ["json", "png", "svg"])
    def test_each_file_of_it_passes(self, client, shown, kind):
        file = client.get(f"/records/{shown.uuid}.{kind}")

        found = client.post("/api/v1/verify", data=file.data, content_type="application/x").json

        assert file.headers["Content-Disposition"] == f'attachment; filename="badges.{kind}"'
        assert json.loads(open_upload(file.data).text)["id"].endswith(str(shown.uuid))
        assert (found["kind"], found["outcome"], len(found["inside"])) == ("record", "passed", 2)

    def test_it_is_checked_where_it_is_shown_and_by_its_address(self, client, shown):
        here = client.get(f"/records/{shown.uuid}?check=yes", headers={"Accept": "text/html"})
        there = client.post("/verify", data={"address": f"http://localhost/records/{shown.uuid}"})

        for page in (here, there):
            assert "This record is real." in page.text
            assert "2 badges inside: 2 hold." in page.text

    def test_what_does_not_hold_is_counted_in_words(self, client, db, shown):
        file = client.get(f"/records/{shown.uuid}.json").text
        revoke(db, credential=records.badges_of(db, shown.learner)[0], reason="Wrong.", now=NOW)
        db.commit()

        page = client.post("/verify", data={"text": file})

        assert page.status_code == 422
        assert "2 badges inside: 1 holds, 1 was taken back." in page.text
        assert "Do not rely on all of this record." in page.text

    def test_an_empty_one_says_so(self, client, db):
        record = ensure_record(db, factories.learner())
        show_record_publicly(db, record=record, is_public=True)
        db.commit()

        page = client.get(f"/records/{record.uuid}", headers={"Accept": "text/html"})
        assert "There is no badge in it now." in page.text
        assert client.get(f"/records/{record.uuid}.json").status_code == 409

    def test_the_hosts_keys_stand_where_did_web_looks_for_them(self, client, shown):
        document = client.get("/.well-known/did.json")
        method = client.get(f"/records/{shown.uuid}.json").json["proof"][0]["verificationMethod"]

        assert document.mimetype == "application/did+json"
        assert document.json["id"] == "did:web:localhost"
        assert document.json["assertionMethod"] == [method]
        assert document.headers["Cache-Control"] == "public, max-age=300"


class TestCommands:
    def test_the_hosts_key_is_replaced_and_taken_back(self, app, db, host, record):
        first = signed_record(db, record, host=host, now=NOW)
        db.commit()
        run = app.test_cli_runner().invoke

        rotated = run(args=["badges", "rotate-key", "--host", "--json"])
        old = first["proof"][0]["verificationMethod"]
        taken_back = run(args=["badges", "compromised", old, "--json"])

        assert json.loads(rotated.output)["key"] == current_key_of(db, None).multikey
        assert json.loads(taken_back.output) == {"key": old, "badges": 1}
        assert run(args=["badges", "rotate-key", "--host", "--all"]).exit_code == 2

    def test_a_record_is_checked_and_what_is_bad_is_named(self, app, db, host, record, tmp_path):
        document = signed_record(db, record, host=host, now=NOW)
        revoke(db, credential=records.badges_of(db, record.learner)[0], reason="Wrong.", now=NOW)
        db.commit()
        sign_what_waits(app, now=clock.now())
        file = tmp_path / "record.json"
        file.write_text(json.dumps(document))

        said = app.test_cli_runner().invoke(args=["badges", "verify", str(file)])

        assert said.exit_code == 1
        assert "2 badges inside: 1 holds, 1 was taken back." in said.output
        assert "The issuer has taken this badge back." in said.output
