"""Who signs: the worker, right after what it is about; the site has no key and waits for none."""

import ast
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import click
import pytest
from sqlalchemy import select, text

from app.db import current_db, unit_of_work
from app.jobs import defer, defer_once
from badges import custody, jobs, signing
from badges.log import all_lines, digest_of, first_break
from badges.models import AchievementCredential, LoggedSignature, SignaturePurpose, StatusList
from badges.queries import (
    issuers_whose_list_is_due,
    keys_of,
    status_list_kept_for,
    waiting_to_be_signed,
)
from badges.service import IssuingHost, award, reinstate, reissue, revoke, show_publicly
from tests import factories
from tests.conftest import settings_for
from tests.databases import ROOT, fresh_database
from tests.factories import NOW
from tests.signing import sign_what_waits
from tests.working import work_until_idle
from wsgi import create_app

HTML, JSON = {"Accept": "text/html"}, {"Accept": "application/json"}
#: What opens keys. No page of the site may come to these, by whatever way.
OPENERS = {"badges.signing", "badges.custody", "badges.jobs"}


def give(db, achievement=None, learner=None):
    badge = award(
        db,
        achievement=achievement or factories.achievement(),
        recipient=learner or factories.learner(),
        evidence="Came to Pottery.",
        activity_started_at=NOW,
        activity_ended_at=NOW,
        now=NOW,
    )
    show_publicly(db, credential=badge, is_public=True)
    return badge


@pytest.fixture
def badge(db):
    """A badge that everyone may see, among others."""
    give(db)
    badge = give(db)
    give(db, badge.achievement)
    db.commit()
    return badge


def asked_for(db, name):
    """Return what the jobs of this name that wait are called with."""
    waiting = text("SELECT args FROM procrastinate_jobs WHERE task_name = :name ORDER BY id")
    return list(db.scalars(waiting, {"name": name}))


def forget_jobs(db):
    db.execute(text("DELETE FROM procrastinate_events"))
    db.execute(text("DELETE FROM procrastinate_jobs"))


# Who may open a key.


def imported_by(name: str, root: Path = ROOT) -> set[str]:
    """Return the modules of the house that a module imports, wherever in it."""
    file = root / f"{name.replace('.', '/')}.py"
    file = file if file.exists() else root / name.replace(".", "/") / "__init__.py"
    return set(_found_in(file, root))


def _found_in(file: Path, root: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            path = root / name.replace(".", "/")
            if path.with_suffix(".py").exists():
                yield name


def all_that_comes_with(name: str, root: Path = ROOT) -> set[str]:
    """Return all modules of the house that a module brings along, itself included."""
    found: set[str] = set()
    left = {name}
    while left:
        here = left.pop()
        found.add(here)
        left |= imported_by(here, root) - found
    return found


def pages() -> list[str]:
    """Return the modules that have routes."""
    files = [
        file
        for room in ROOT.iterdir()
        if (room / "__init__.py").exists() and room.name not in ("tests", "bench")
        for file in room.rglob("*.py")
        if "Blueprint(" in file.read_text() or "@bp." in file.read_text()
    ]
    return [str(file.relative_to(ROOT).with_suffix("")).replace("/", ".") for file in files]


def test_no_page_comes_to_what_opens_a_key():
    found = pages()

    assert {"badges.views", "badges.record_views", "profiles.views.record"} <= set(found)
    assert [page for page in found if all_that_comes_with(page) & OPENERS] == []


def test_a_page_that_comes_to_one_by_way_of_another_is_seen(tmp_path):
    (tmp_path / "badges").mkdir()
    (tmp_path / "badges" / "views.py").write_text("from badges import more\n")
    (tmp_path / "badges" / "more.py").write_text("from badges.signing import sign_badge\n")
    (tmp_path / "badges" / "signing.py").write_text("")

    assert all_that_comes_with("badges.views", tmp_path) & OPENERS == {"badges.signing"}


# The site without the secret.


def walk(client, badge):
    """Return how each page about a badge answers."""
    slug = badge.achievement.slug
    addresses = (
        *("/readyz", "/verify", "/signatures", "/.well-known/did.json"),
        f"/issuers/{badge.issuer.slug}",
        f"/issuers/{badge.issuer.slug}/did.json",
        f"/achievements/{slug}/v1",
        f"/credentials/{badge.uuid}",
        *(f"/credentials/{badge.uuid}.{kind}" for kind in ("json", "png", "svg", "jwt")),
        f"/status/revocation/{badge.issuer_id}",
    )
    return {address: client.get(address, headers=HTML).status_code for address in addresses}


@pytest.fixture
def built():
    """Build applications on one database of their own, whose transactions land."""
    engines = []
    with fresh_database() as url:

        def build(**given):
            # What another test left open would keep its own database.
            current_db.remove()
            app = create_app({**settings_for(url), **given}, TESTING=True, WTF_CSRF_ENABLED=False)
            engines.append(current_db.get_bind())
            return app

        yield build
        current_db.remove()
        for engine in engines:
            engine.dispose()


def test_the_site_serves_every_page_and_needs_no_secret(built):
    worker = built()
    with worker.app_context(), unit_of_work() as db:
        badge_id = give(db).id
    site = built(KEYS_SECRET="")
    with site.app_context():
        badge = current_db.get_one(AchievementCredential, badge_id)
        before = walk(site.test_client(), badge)
        badge = current_db.get_one(AchievementCredential, badge_id)
        assert keys_of(current_db(), badge.issuer) == []
    work_until_idle(worker)
    with site.app_context():
        badge = current_db.get_one(AchievementCredential, badge_id)
        after = walk(site.test_client(), badge)
        badge = current_db.get_one(AchievementCredential, badge_id)
        files = {f"/credentials/{badge.uuid}.{kind}" for kind in ("json", "png", "svg", "jwt")}
        unsigned = {address for address, status in before.items() if status == 503}
        assert unsigned == {*files, f"/status/revocation/{badge.issuer_id}"}
    assert set(before.values()) == {200, 503}
    assert set(after.values()) == {200}


def test_a_worker_without_the_secret_refuses_to_start_in_a_sentence(built):
    site = built(KEYS_SECRET="")

    said = site.test_cli_runner().invoke(args=["work", "--until-idle"])

    assert said.exit_code == 1
    assert "Set KEYS_SECRET for the worker" in said.output
    with site.app_context(), pytest.raises(click.ClickException, match="KEYS_SECRET"):
        signing.signing_host()


# Before and after.


def test_until_it_is_signed_a_page_says_so_and_a_file_asks_to_come_again(client, app, badge):
    address = f"/credentials/{badge.uuid}"

    before = client.get(address, headers=HTML)
    file = client.get(f"{address}.json", headers=JSON)
    followed = client.get(f"{address}.png", headers=HTML)
    sign_what_waits(app)
    after = client.get(address, headers=HTML)

    assert (before.status_code, "This badge is being signed." in before.text) == (200, True)
    assert f'href="{address}"' in before.text
    assert "Take it with you" not in before.text
    assert (file.status_code, file.headers["Retry-After"]) == (503, "2")
    assert "being signed" in file.json["error"]
    assert (followed.status_code, "Look again" in followed.text) == (503, True)
    assert "This badge is real." in after.text
    assert client.get(f"{address}.json").status_code == 200


def test_a_shared_badge_says_so_too(client, db, sign_in, app):
    learner = factories.learner()
    badge = give(db, learner=learner)
    me = sign_in(learner)
    me.post("/me/sharing/new", data={"badges": [str(badge.uuid)], "days": "30", "label": "Coach"})
    page = me.get("/me/sharing").text
    link = page.partition("http://localhost/s/")[2].partition('"')[0].partition("<")[0]
    address = f"/s/{link}/{badge.uuid}"

    before = client.get(address)
    sign_what_waits(app)

    assert (before.status_code, "This badge is being signed." in before.text) == (200, True)
    assert "This badge is real." in client.get(address).text


def test_a_list_that_was_never_signed_is_asked_for_again_later(client, badge):
    answer = client.get(f"/status/revocation/{badge.issuer_id}", headers=JSON)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")


def test_the_site_makes_no_keys(client, db, badge):
    told = client.get(f"/issuers/{badge.issuer.slug}/did.json")

    assert told.status_code == 200
    assert keys_of(db, badge.issuer) == []
    assert keys_of(db, None) == []


# What is asked of the worker.


def test_an_award_asks_for_its_signature_once_however_many_land_together(db):
    achievement, other = factories.achievement(), factories.achievement()
    for _ in range(5):
        give(db, achievement)
    give(db, other)

    assert asked_for(db, "badges.sign") == [
        {"issuer_id": achievement.issuer_id},
        {"issuer_id": other.issuer_id},
    ]


def test_what_a_savepoint_asked_for_is_asked_for_again_once_it_is_rolled_back(db):
    achievement = factories.achievement()
    savepoint = db.begin_nested()
    give(db, achievement)
    savepoint.rollback()
    assert asked_for(db, "badges.sign") == []

    give(db, achievement)

    assert asked_for(db, "badges.sign") == [{"issuer_id": achievement.issuer_id}]


@pytest.mark.parametrize("change", [reissue, reinstate])
def test_all_that_empties_a_badge_asks_for_another_signature(db, badge, change):
    if change is reinstate:
        revoke(db, credential=badge, reason="A mistake.", now=NOW)
    db.commit()
    forget_jobs(db)

    change(db, credential=badge, **({"now": NOW} if change is reissue else {}))

    assert asked_for(db, "badges.sign") == [{"issuer_id": badge.issuer_id}]
    assert badge.is_being_signed


def test_a_badge_taken_back_before_it_was_signed_is_signed_no_more(app, db, badge):
    revoke(db, credential=badge, reason="A mistake.", now=NOW)
    db.commit()

    sign_what_waits(app)

    db.refresh(badge)
    assert (badge.signed_document, badge.is_being_signed) == (None, False)


def test_the_secret_may_change_and_the_keys_stay(app, db, badge):
    sign_what_waits(app)
    [key] = keys_of(db, badge.issuer)
    old = IssuingHost("http://localhost", settings_for(db.get_bind().engine.url)["KEYS_SECRET"])
    new = IssuingHost(old.base_url, "a secret that nobody knew before")

    sealed = signing.seal_anew(db, host=new, old_secret=old.keys_secret)

    assert sealed >= 4, "two keys of each of two issuers"
    signed = signing.signed_document(db, give(db, badge.achievement), host=new)
    assert signed["proof"][0]["verificationMethod"].endswith(key.multikey)
    with pytest.raises(Exception, match="does not open"):
        signing.signed_document(db, give(db, badge.achievement), host=old)


# Lists.


def list_of(client, badge):
    return json.loads(client.get(f"/status/revocation/{badge.issuer_id}").data)


def test_taking_back_shows_in_the_list_and_giving_again_does_too(client, app, db, badge):
    sign_what_waits(app)
    first = list_of(client, badge)

    badge = db.merge(badge)
    forget_jobs(db)
    revoke(db, credential=badge, reason="A mistake.", now=NOW)
    db.commit()
    assert asked_for(db, "badges.sign_list") == [{"issuer_id": badge.issuer_id}]
    # At once where we are asked ourselves; in the list as soon as it is signed.
    assert client.get(f"/credentials/{badge.uuid}").status_code == 404
    assert list_of(client, badge) == first
    with app.app_context():
        jobs.sign_list(badge.issuer_id)
    second = list_of(client, badge)
    reinstate(db, credential=db.merge(badge))
    db.commit()
    with app.app_context():
        jobs.sign_list(badge.issuer_id)

    assert second["credentialSubject"] != first["credentialSubject"]
    assert list_of(client, badge)["credentialSubject"] == first["credentialSubject"]


def test_a_file_of_a_badge_taken_back_is_told_before_the_list_is_signed(client, app, db, badge):
    sign_what_waits(app)
    file = client.get(f"/credentials/{badge.uuid}.json").data
    theirs = db.query(AchievementCredential).filter_by(issuer_id=badge.issuer_id)
    neighbour = theirs.where(AchievementCredential.id != badge.id).one()
    other = client.get(f"/credentials/{neighbour.uuid}.json").data
    revoke(db, credential=db.merge(badge), reason="A mistake.", now=NOW)
    db.commit()

    assert client.post("/api/v1/verify", data=file).json["outcome"] == "failed"
    assert client.post("/api/v1/verify", data=other).json["outcome"] == "passed"


def test_many_taken_back_at_once_are_one_signature(client, app, db, badge):
    held = [give(db, badge.achievement) for _ in range(10)]
    db.commit()
    sign_what_waits(app)
    signed = db.query(LoggedSignature).filter_by(purpose=SignaturePurpose.STATUS_LIST)
    before = signed.count()
    forget_jobs(db)

    for each in held:
        revoke(db, credential=db.merge(each), reason="A mistake.", now=NOW)
        db.commit()
    with app.app_context():
        for asked in asked_for(db, "badges.sign_list"):
            jobs.sign_list(asked["issuer_id"])

    assert signed.count() == before + 1
    kept = status_list_kept_for(db, badge.issuer)
    assert kept is not None
    assert kept.places == 10


def test_a_list_is_renewed_before_it_runs_out_and_when_something_was_erased(app, db, badge):
    sign_what_waits(app)
    issuer = db.merge(badge).issuer

    def due(now):
        before = now - signing.LIST_RENEWED_AFTER
        return issuer in issuers_whose_list_is_due(db, signed_before=before)

    assert not due(NOW)
    assert due(NOW + timedelta(days=1))
    kept = status_list_kept_for(db, issuer)
    assert kept is not None
    assert kept.valid_until > NOW + timedelta(days=6)
    db.execute(text("DELETE FROM achievement_credential WHERE id = :id"), {"id": badge.id})
    assert due(NOW)
    sign_what_waits(app)
    assert not due(NOW)


def test_the_database_refuses_a_list_that_does_not_last(db, badge):
    kept = StatusList(
        issuer_id=badge.issuer_id,
        document={},
        token="",
        places=0,
        contents="",
        signed_at=NOW,
        valid_until=NOW,
    )
    with pytest.raises(Exception, match="ck_status_list_lasts"), db.begin_nested():
        db.add(kept)


def test_what_is_taken_back_for_lack_of_a_signature_goes_into_the_list(app, db, badge):
    sign_what_waits(app)
    badge = db.merge(badge)
    key = keys_of(db, badge.issuer)[0]
    custody.withdraw_key(db, key=key, now=NOW)
    assert status_list_kept_for(db, badge.issuer) is None, "what the key signed is gone at once"
    forget_jobs(db)

    custody.take_back_unsigned(db, now=NOW + custody.PATIENCE)

    assert asked_for(db, "badges.sign_list") == [{"issuer_id": badge.issuer_id}]


# A worker that dies, and one that is late.


def test_what_a_dead_worker_left_is_signed_by_the_next(app, db, badge):
    """The job is gone with the worker, as if it had been killed for good: the badge still waits."""
    forget_jobs(db)
    db.commit()

    sign_what_waits(app)

    db.refresh(badge)
    assert badge.signed_document is not None
    assert badge.signed_token is not None


def test_an_award_is_signed_by_a_worker_as_soon_as_it_lands(built):
    app = built()
    with app.app_context():
        with unit_of_work() as db:
            ids = [give(db).id for _ in range(3)]
        work_until_idle(app)
        current_db.expire_all()
        badges = [current_db.get_one(AchievementCredential, each) for each in ids]
        assert [each.is_being_signed for each in badges] == [False] * 3
        lists = [status_list_kept_for(current_db(), each.issuer) for each in badges]
        assert [each is not None and each.places for each in lists] == [0] * 3


def test_a_job_asked_for_once_is_told_by_what_it_is_called_with(db):
    for number in (1, 2, 1):
        defer_once(db, "badges.sign", issuer_id=number)

    assert asked_for(db, "badges.sign") == [{"issuer_id": 1}, {"issuer_id": 2}]


def test_one_job_does_what_others_wait_to_do_of_the_same_issuer(app, db, badge, monkeypatch):
    for _ in range(3):
        defer(db, "badges.sign", issuer_id=badge.issuer_id)
    defer(db, "badges.sign", issuer_id=-1)
    db.commit()
    monkeypatch.setattr(current_db, "remove", lambda: None)

    with app.app_context():
        jobs.sign(badge.issuer_id)

    left = asked_for(db, "badges.sign")
    assert {"issuer_id": badge.issuer_id} not in left
    assert {"issuer_id": -1} in left
    assert not waiting_to_be_signed(db, badge.issuer_id)


def test_one_that_cannot_be_signed_stops_none_of_those_signed_with_it(app, db, badge, monkeypatch):
    others = [give(db, badge.achievement) for _ in range(3)]
    db.commit()
    sign = signing.proof.sign

    def fail_for_one(document, **given):
        if document["id"].endswith(str(badge.uuid)):
            raise ValueError("This one cannot be signed.")
        return sign(document, **given)

    monkeypatch.setattr(signing.proof, "sign", fail_for_one)
    sign_what_waits(app)

    assert waiting_to_be_signed(db, badge.issuer_id) == [badge.id]
    for each in others:
        db.refresh(each)
    assert all(each.signed_document and each.signed_token for each in others)
    monkeypatch.setattr(signing.proof, "sign", sign)
    sign_what_waits(app)
    assert waiting_to_be_signed(db) == []


def test_each_signature_of_a_few_signed_together_stands_in_the_log_once(app, db, badge):
    sign_what_waits(app)

    digests = list(db.scalars(select(LoggedSignature.digest).order_by(LoggedSignature.number)))
    assert first_break(all_lines(db)) is None
    for each in db.scalars(select(AchievementCredential)):
        assert digests.count(digest_of(each.signed_document)) == 1
        assert digests.count(digest_of(each.signed_token)) == 1
