"""A learner's pages: a badge is brought, looked at, deleted, and taken along with all others."""

import io
import json
import zipfile
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text

from app.db import current_db
from badges import openbadges
from badges.bake import bake_png, draw_png
from badges.service import revoke
from badges.verifier import Outcome
from tests import factories
from tests.badges import samples
from tests.badges.test_forgeries import ASSERTION_URL, OLD_PAGES
from tests.factories import NOW
from tests.wallet.conftest import DID_URL
from wallet import service
from wallet.models import LARGEST_BYTES, ImportedCredential

BADGE = samples.signed()
JSON = openbadges.as_bytes(BADGE)


@pytest.fixture
def me(sign_in, learner, shelf):
    return sign_in(learner)


def bring(client, upload=None, **typed):
    data = dict(typed)
    if upload is not None:
        data["file"] = (io.BytesIO(upload), "badge")
    return client.post("/me/badges/import", data=data, content_type="multipart/form-data")


def brought(client, *given, **typed):
    answer = bring(client, *given, **typed)
    assert answer.status_code == 303, answer.text
    return answer.location


def kept(db):
    return db.scalars(select(ImportedCredential)).all()


def test_a_badge_is_brought_and_its_page_says_where_it_is_from(db, me):
    address = brought(me, JSON)

    page = me.get(address).text
    assert "<h1>My first pot</h1>" in page
    assert "tirnod.example" in page
    assert "You uploaded it on 1 June 2026." in page
    assert "This badge is as tirnod.example signed it." in page
    profile = me.get("/me").text
    assert address in profile
    assert "My first pot" in profile
    (badge,) = kept(db)
    assert badge.original == JSON


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"text": JSON.decode()}, "You pasted it on"),
        ({"address": BADGE["id"]}, "You gave us its address on"),
    ],
)
def test_it_may_be_pasted_or_lie_at_an_address(me, shelf, given, sentence):
    shelf.pages[BADGE["id"]] = BADGE

    assert sentence in me.get(brought(me, **given)).text


def test_a_picture_is_kept_as_it_came_and_handed_back_so(db, me):
    picture = bake_png(draw_png('<svg xmlns="http://www.w3.org/2000/svg"/>', size=8), JSON)
    address = brought(me, picture)

    file = me.get(f"{address}/file")

    assert (file.data, file.mimetype) == (picture, "image/png")
    assert file.headers["Content-Disposition"].startswith("attachment")


def test_a_drawing_that_a_stranger_made_runs_nowhere(me):
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0">'
        f"<openbadges:credential><![CDATA[{JSON.decode()}]]></openbadges:credential></svg>"
    )
    file = me.get(f"{brought(me, drawing.encode())}/file")

    assert file.mimetype == "image/svg+xml"
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in file.headers["Content-Security-Policy"]


def test_a_badge_of_an_older_version_is_kept_too_but_not_for_programs(db, me, shelf, program):
    shelf.pages.update(OLD_PAGES)
    assert brought(me, json.dumps(OLD_PAGES[ASSERTION_URL]).encode())

    (badge,) = kept(db)
    assert badge.is_older
    assert badge.outcome is Outcome.PASSED
    token = program.tokens()["access_token"]
    assert program.call(token).headers["X-Total-Count"] == "0"


@pytest.mark.parametrize(
    "upload",
    [
        JSON.replace(b"My first pot", b"My third pot"),
        b"{}",
        b"Hello",
        b"\x89PNG\r\n\x1a\n",
        b"",
    ],
)
def test_what_fails_is_not_kept_and_it_says_why(db, me, upload):
    page = bring(me, upload)

    assert page.status_code == 422
    assert "We did not keep it" in page.text
    assert kept(db) == []


def test_what_is_failed_is_marked(me):
    page = bring(me, JSON.replace(b"My first pot", b"My third pot")).text

    assert 'data-outcome="failed"' in page
    assert "because a check failed" in page


def test_an_address_where_nothing_is_leaves_nothing(db, me):
    page = bring(me, address="https://nowhere.example/badge")

    assert page.status_code == 422
    assert "https://nowhere.example/badge" in page.text
    assert kept(db) == []


def test_an_older_badge_of_which_nobody_says_who_gave_it_is_not_kept(db, me):
    page = bring(me, json.dumps(OLD_PAGES[ASSERTION_URL]).encode())

    assert page.status_code == 422
    assert "who gave this badge" in page.text
    assert kept(db) == []


def test_what_could_not_be_checked_is_kept_and_says_so_until_it_is_looked_at_again(me, shelf):
    page = shelf.pages.pop(DID_URL)
    address = brought(me, JSON)
    assert "We could not check everything." in me.get(address).text
    shelf.pages[DID_URL] = page

    assert me.post(f"{address}/check").status_code == 303
    assert "This badge is as tirnod.example signed it." in me.get(address).text


def test_one_that_is_taken_back_later_is_said_to_be_and_goes_to_no_program(me, shelf, program):
    address = brought(me, JSON)
    token = program.tokens()["access_token"]
    assert program.call(token).headers["X-Total-Count"] == "1"
    shelf.pages[samples.LIST_URL] = samples.status_list([samples.INDEX])
    me.post(f"{address}/check")

    assert "Do not rely on this badge." in me.get(address).text
    assert program.call(token).headers["X-Total-Count"] == "0"


def test_the_same_badge_brought_again_is_one(db, me):
    assert brought(me, JSON) == brought(me, JSON)
    newer = samples.signed(valid_from=NOW - timedelta(hours=1))
    assert brought(me, openbadges.as_bytes(newer))
    assert bring(me, JSON).status_code == 422

    (badge,) = kept(db)
    assert json.loads(badge.original) == newer


def test_what_was_given_here_is_not_brought_here(db, me, learner, give):
    badge = give(learner)
    own = me.get(f"/credentials/{badge.uuid}.json").data

    for given in (bring(me, own), bring(me, address=f"http://localhost/credentials/{badge.uuid}")):
        assert given.status_code == 422
        assert "given here" in given.text
    assert kept(db) == []


def test_a_learner_keeps_no_more_and_nothing_larger_than_we_say(db, me, monkeypatch):
    assert bring(me, b"{" + b" " * LARGEST_BYTES).status_code == 422
    monkeypatch.setattr(service, "MOST_IMPORTED", 1)
    brought(me, JSON)
    another = openbadges.as_bytes(samples.signed(id="https://tirnod.example/credentials/another"))

    refused = bring(me, another)

    assert "You keep 1 badges already" in refused.text
    assert len(kept(db)) == 1


def test_words_of_strangers_are_shown_as_words_or_not_at_all(me):

    bad = replace(
        samples.ACHIEVEMENT,
        name="<b>Bold</b> & \u202edlob",
        description="Find me on https://clay.example",
    )
    page = me.get(brought(me, openbadges.as_bytes(samples.signed(achievement=bad)))).text

    assert "&lt;b&gt;Bold&lt;/b&gt; &amp; dlob" in page
    assert "\u202e" not in page
    assert "clay.example" not in page
    assert "We do not show all its words" in page


def test_nobody_else_sees_checks_downloads_or_deletes_it(db, sign_in, me):
    address = brought(me, JSON)
    (badge,) = kept(db)
    other = sign_in(factories.learner())
    nobodys = address.replace(str(badge.uuid), str(uuid4()))

    for ask, end in (
        (other.get, ""),
        (other.get, "/file"),
        (other.post, "/check"),
        (other.post, "/delete"),
    ):
        assert (ask(address + end).status_code, ask(nobodys + end).status_code) == (404, 404)
    assert "My first pot" not in other.get("/me").text
    assert "My first pot" not in str(zipped(other).namelist())
    assert len(kept(db)) == 1


def test_a_learner_deletes_what_they_brought(db, me):
    address = brought(me, JSON)

    assert me.post(f"{address}/delete").status_code == 303
    assert kept(db) == []
    assert me.get(address).status_code == 404


def zipped(client, address="/me/badges/export"):
    with client.get(address) as answer:
        assert answer.mimetype == "application/zip"
        return zipfile.ZipFile(io.BytesIO(answer.data))


def test_all_badges_are_taken_along_but_those_that_were_taken_back(db, me, learner, give):
    mine, gone = give(learner, "Clay Hand"), give(learner, "Gone")
    give(factories.learner(), "Somebody else's")
    revoke(current_db(), credential=gone, reason="A mistake.", now=NOW)
    db.commit()
    brought(me, JSON)

    packed = zipped(me)

    index = json.loads(packed.read("index.json"))
    (given,), (elsewhere,), (taken_back,) = (
        index[part] for part in ("given_here", "from_elsewhere", "taken_back")
    )
    assert (given["name"], taken_back["name"]) == ("Clay Hand", "Gone")
    assert sorted(packed.namelist()) == sorted(
        ["README.txt", "index.json", *given["files"], *elsewhere["files"]]
    )
    assert packed.read(elsewhere["files"][0]) == JSON
    assert len(given["files"]) == 3
    document = next(name for name in given["files"] if name.endswith(".json"))
    assert json.loads(packed.read(document))["id"].endswith(str(mine.uuid))
    for name in given["files"]:
        found = me.post("/api/v1/verify", data=packed.read(name)).json
        assert {check["subject"]: check["outcome"] for check in found["checks"]}[
            "signature"
        ] == "passed"
    assert packed.read("README.txt").decode().startswith("These are your badges.")


def test_a_welsh_reader_is_told_in_welsh_what_is_in_it(me, learner, give):
    give(learner)
    packed = zipped(me, "/cy/me/badges/export")

    assert packed.read("README.txt").decode().startswith("Dyma dy fathodynnau.")


def test_two_badges_of_one_name_are_two_files(db, me):
    brought(me, JSON)
    brought(
        me, openbadges.as_bytes(samples.signed(id="https://tirnod.example/credentials/another"))
    )

    names = zipped(me).namelist()
    assert len(names) == len(set(names)) == 4


def test_the_database_holds_that_a_badge_is_one_and_is_small(db, me, learner):
    brought(me, JSON)
    columns = [
        column.name
        for column in ImportedCredential.__table__.columns
        if column.name not in ("id", "uuid")
    ]
    listed = ", ".join(columns)
    copy = f"INSERT INTO imported_credential (uuid, {listed}) SELECT gen_random_uuid(), {listed}"
    for statement, constraint in (
        (f"{copy} FROM imported_credential", "uq_imported_credential_learner_id"),
        ("UPDATE imported_credential SET original = ''", "ck_imported_credential_small"),
        (
            f"UPDATE imported_credential SET original = repeat('a', {LARGEST_BYTES + 1})::bytea",
            "ck_imported_credential_small",
        ),
    ):
        with pytest.raises(Exception, match=constraint), db.begin_nested():
            db.execute(text(statement))
    assert db.scalar(select(func.count()).select_from(ImportedCredential)) == 1


@pytest.mark.parametrize("role", ["provider_admin", "guardian", "authority_officer"])
@pytest.mark.parametrize(
    "address", ["/me/badges/import", "/me/badges/export", "/me/programs", "/oauth/authorize"]
)
def test_these_are_pages_of_learners(sign_in, role, address):
    assert sign_in(factories.adult(role)).get(address).status_code == 403
