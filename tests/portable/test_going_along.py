"""What is a learner's goes from one site to another: both are ours, and neither knows it.

The other site is a database of its own, on which its worker packs the file as it would. What it says of
its keys is answered from there by an address that nobody else has.
"""

import json
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from unittest.mock import patch
from uuid import uuid4
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pytest
from PIL import Image
from sqlalchemy import create_engine, delete, select

from accounts.models import AgeBand, User
from app import clock
from app.db import current_db
from app.fetcher import Fetched, Fetcher, Unreachable
from badges import lists, openbadges, resolver, signing
from badges.keys import generate_key, multikey
from badges.models import Skill, StatusList, TrustedIssuer
from badges.resolver import did_document, host_did_document
from badges.service import IssuingHost
from equality import service as equality
from equality.answers import Answers as ToBeCounted
from equality.answers import Ethnicity
from equality.queries import has_told
from evidence import jobs as evidence_jobs
from evidence import service as evidence
from evidence.models import EvidencePiece, Kind, Size, State
from feedback.models import Feedback, GiverKind
from logbook.service import log_activity
from participation.attendance import confirm_attendance
from plans import service as plans
from plans.models import Goal, PlanItem, Reflection, Stem
from portable import jobs, packing
from portable.keeping import Became, Part
from portable.models import BroughtBundle, BroughtState, Bundle, BundleState, WhyRefused
from portable.service import ask_for_bundle, bring
from providers.models import Provider
from record.models import BroughtLine, LineKind, Rung
from record.queries import page_of, strands_for
from record.wording import known_by
from tests import factories
from tests.conftest import settings_for
from tests.databases import fresh_database
from tests.factories import NOW
from tests.portable.words import told_columns_of_everything
from wallet.models import ImportedCredential

THERE = "https://there.example"
EQUALITY_SECRET = "a secret that only the site there knows"
DID = "did:web:there.example"


@dataclass(frozen=True, kw_only=True)
class Answers(Fetcher):
    """The other site, as far as it is asked."""

    pages: dict

    def fetch(self, address, accept="*/*"):
        if address not in self.pages:
            raise Unreachable("There is nothing.")
        return Fetched(address, json.dumps(self.pages[address]).encode(), "application/json")


@dataclass
class Saved:
    """What a learner saved at the other site, and what that site answers."""

    content: bytes
    pages: dict


@contextmanager
def elsewhere(app):
    """Work on the database of another site for a while."""
    bound = current_db.session_factory.kw["bind"]
    with fresh_database() as url:
        engine = create_engine(url)
        current_db.remove()
        current_db.configure(bind=engine, join_transaction_mode="conditional_savepoint")
        try:
            with app.app_context():
                yield IssuingHost(THERE, settings_for(url)["KEYS_SECRET"])
        finally:
            current_db.remove()
            current_db.configure(bind=bound, join_transaction_mode="create_savepoint")
            engine.dispose()


def _lives(db) -> User:
    """Give a learner a life: something confirmed with a badge, logged, shown, planned and said."""
    learner = factories.learner(name="Seren", age_band=AgeBand.FROM_16_TO_17)
    provider = factories.provider(name="Pot House")
    keeper = factories.member(provider)
    badge = factories.achievement(issuer=provider, skills=[Skill.CREATIVITY])
    pottery = factories.opportunity(provider=provider, achievement=badge)
    on = factories.scheduled_session(
        opportunity=pottery, starts_at=NOW - timedelta(days=3), places=5
    )
    booking = factories.booking(of=learner, on=on)
    confirm_attendance(db, booking_uuid=booking.uuid, confirmed_by=keeper, now=NOW)
    equality.tell(
        db,
        learner=learner,
        answers=ToBeCounted(ethnicity=Ethnicity.MIXED, care=False),
        secret=EQUALITY_SECRET,
    )
    log_activity(
        db,
        learner=learner,
        title="Walked the Ouse",
        place="York",
        description="All of it",
        done_on=(NOW - timedelta(days=8)).date(),
        minutes=90,
        now=NOW,
    )
    goal = plans.add_goal(
        db, learner=learner, words="Speak up", why="It helps", where_now="Quiet", by=None, now=NOW
    )
    said = Feedback(
        learner=learner,
        giver_kind=GiverKind.GUEST,
        giver_name="Sam Potter",
        giver_role="ran the day",
        what_went_well="You kept at it.",
        try_next="Ask one question.",
        given_at=NOW,
    )
    db.add(said)
    item = PlanItem(
        learner=learner,
        goal=goal,
        words="Ask one question",
        skill=Skill.SPEAKING,
        look_again_on=NOW.date(),
        made_at=NOW,
    )
    db.add(item)
    db.flush()
    db.add(
        Reflection(learner=learner, goal_id=goal.id, stem=Stem.PROUD, words="I did.", said_at=NOW)
    )
    about = evidence.About(
        title="My pot", happened_on=NOW.date(), words="Blue glaze", alt_text="A pot"
    )
    evidence.add_words(db, learner=learner, about=about, now=NOW)
    drawn = BytesIO()
    Image.new("RGB", (80, 60), "teal").save(drawn, "PNG")
    photo = evidence.bring_piece(
        db,
        learner=learner,
        uuid=uuid4(),
        kind=Kind.PHOTO,
        about=about,
        content=[drawn.getvalue()],
        now=NOW,
    )
    evidence_jobs.remake_within(db, photo)
    db.commit()
    return learner


@pytest.fixture(scope="module")
def saved(app):
    """What Seren saved there. Made once: each test changes a copy."""
    with patch.object(clock, "now", lambda: NOW), elsewhere(app) as host:
        db = current_db()
        learner = _lives(db)
        file = BytesIO()
        with patch.object(signing, "signing_host", lambda: host):
            packing.sign_badges_of(learner.id)
        packing.pack(
            db,
            learner=db.get_one(User, learner.id),
            uuid=uuid4(),
            into=file,
            host=host,
            equality_secret=EQUALITY_SECRET,
            now=NOW,
        )
        db.commit()
        pages = {f"{THERE}/.well-known/did.json": host_did_document(db, host=host)}
        for each in db.scalars(select(Provider)):
            pages[f"{THERE}/issuers/{each.slug}/did.json"] = did_document(db, each, host=host)
        for each in db.scalars(select(StatusList)):
            pages[f"{THERE}/status/revocation/{each.issuer_id}"] = each.document
        return Saved(file.getvalue(), json.loads(openbadges.as_bytes(pages)))


@pytest.fixture
def asked(app, saved, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr(resolver, "_MOST_SECONDS", 60)
    monkeypatch.setitem(app.extensions, "badge_fetcher", Answers(pages=dict(saved.pages)))
    return app.extensions["badge_fetcher"].pages


@pytest.fixture
def me(db):
    return factories.learner(name="Seren", age_band=AgeBand.FROM_16_TO_17)


@pytest.fixture
def take(app, db, asked):
    """Bring a file, and have a worker look at it."""

    def take(learner, content):
        with patch.object(current_db, "remove"), app.app_context():
            brought = bring(db, learner=learner, content=BytesIO(content), now=NOW)
            db.commit()
            jobs.take_in(brought.id)
        return db.get_one(BroughtBundle, brought.id, populate_existing=True)

    return take


def _changed(content, **changed):
    """Return a zip with some files in place of others; `None` takes one out."""
    out = BytesIO()
    names = {
        name.replace("__", "/").replace("_json", ".json"): new for name, new in changed.items()
    }
    with ZipFile(BytesIO(content)) as old, ZipFile(out, "w", ZIP_DEFLATED) as file:
        for name in old.namelist():
            if name not in names:
                file.writestr(name, old.read(name))
        for name, new in names.items():
            if new is not None:
                file.writestr(name, new)
    return out.getvalue()


def _read(content, name):
    with ZipFile(BytesIO(content)) as file:
        return file.read(name)


def _signed_anew(content, change, *, key=None, method=f"{DID}#mine", host=DID):
    """Return a bundle with another record, listed and signed by whoever did this."""
    record = json.loads(_read(content, "record.json"))
    change(record)
    new = json.dumps(record).encode()
    manifest = json.loads(_read(content, "manifest.json"))
    manifest["host"] = host
    manifest["files"]["record.json"] = {"sha256": sha256(new).hexdigest(), "bytes": len(new)}
    listed = json.dumps(manifest).encode()
    signature = lists.sign_list(listed, private_key=key or generate_key(), method=method)
    return _changed(content, record_json=new, manifest_json=listed, **{"manifest.jws": signature})


def _trust(db, did=DID):
    db.add(TrustedIssuer(issuer_id=did, name="There"))
    db.flush()


def _lines(db, learner):
    found = page_of(db, learner, strands_for(db, learner), limit=100).lines
    return {each.title: each for each in found}


# What is in the file.


def test_the_file_lists_each_of_its_files_and_names_no_way_in(saved):
    with ZipFile(BytesIO(saved.content)) as file:
        names = set(file.namelist())
        manifest = json.loads(file.read("manifest.json"))
        for name, about in manifest["files"].items():
            assert sha256(file.read(name)).hexdigest() == about["sha256"]
        everything = b" ".join(file.read(name) for name in names)
    assert names == {*manifest["files"], "manifest.json", "manifest.jws"}
    kinds = {name.split("/")[0] for name in names}
    assert kinds >= {"record.json", "kept.json", "README.txt", "badges", "evidence"}
    assert "badges/all.clr.json" in names
    for secret in (b"pin_hash", b"session_key", b"password_hash", b"token_hash"):
        assert secret not in everything


def test_everything_that_is_kept_of_a_learner_is_told_or_has_a_reason(saved):
    """Of each table that is a learner's, each column is in the file, or stands among those that are not told."""
    kept = json.loads(_read(saved.content, "kept.json"))
    told = {*kept["tables"], *kept["not_told"]}
    assert told >= told_columns_of_everything()
    assert kept["tables"]["user_account"][0]["name"] == "Seren"
    assert kept["tables"]["booking"][0]["status"] == "confirmed"
    assert kept["tables"]["equality_answer"] == [
        {"send": None, "ethnicity": "mixed", "free_meals": None, "care": False}
    ]


def test_the_signature_is_the_hosts_own(saved):
    manifest = _read(saved.content, "manifest.json")
    signature = _read(saved.content, "manifest.jws").decode()
    page = saved.pages[f"{THERE}/.well-known/did.json"]

    lists.check_list(manifest, signature, host_did=DID, resolve=lambda _did: page)


# Into another site.


def test_what_is_a_learners_goes_from_one_site_to_another(app, db, saved, me, take):
    noise = factories.learner(name="Noise")
    _trust(db)

    brought = take(me, saved.content)

    assert (brought.state, brought.host) == (BroughtState.KEPT, "there.example")
    assert (brought.is_signed, brought.is_trusted) == (True, True)
    # What was told to be counted there is told to nobody here.
    assert not has_told(db, me)
    lines = _lines(db, me)
    pottery, walk = lines["Pottery"], lines["Walked the Ouse"]
    assert (pottery.kind, pottery.rung, pottery.who) == (
        LineKind.BROUGHT,
        Rung.CONFIRMED,
        "Pot House",
    )
    with app.test_request_context():
        assert known_by(pottery) == "Confirmed by Pot House, according to there.example"
        assert known_by(walk) == "One's own word. Brought from there.example"
    assert (walk.rung, walk.minutes) == (Rung.SAID, 90)
    assert [each.words for each in db.scalars(select(Goal).filter_by(learner_id=me.id))] == [
        "Speak up"
    ]
    item = db.scalars(select(PlanItem).filter_by(learner_id=me.id)).one()
    assert (item.words, item.skill, item.goal.words) == (
        "Ask one question",
        Skill.SPEAKING,
        "Speak up",
    )
    said = db.scalars(select(Reflection).filter_by(learner_id=me.id)).one()
    assert (said.stem, said.words, said.goal_id) == (Stem.PROUD, "I did.", item.goal_id)
    pieces = db.scalars(select(EvidencePiece).filter_by(learner_id=me.id)).all()
    by_kind = {each.kind: each for each in pieces}
    assert by_kind[Kind.WORDS].words == "Blue glaze"
    assert by_kind[Kind.PHOTO].state is State.WAITING  # to be made anew, as any file
    assert by_kind[Kind.OBSERVATION].source == "Sam Potter, ran the day"
    assert "You kept at it." in by_kind[Kind.OBSERVATION].words
    badges = db.scalars(select(ImportedCredential).filter_by(learner_id=me.id)).all()
    assert [each.name for each in badges] == ["Clay Hand"]
    assert _lines(db, noise) == {}


def test_a_photo_is_made_anew_on_its_way_in(app, db, saved, me, take):
    take(me, saved.content)
    photo = db.scalars(select(EvidencePiece).filter_by(learner_id=me.id, kind=Kind.PHOTO)).one()

    with patch.object(current_db, "remove"), app.app_context():
        evidence_jobs.remake_within(db, photo)

    assert photo.state is State.READY
    assert photo.rendition(Size.FULL) is not None


def test_what_is_brought_twice_is_there_once(db, saved, me, take):
    take(me, saved.content)
    counted = (BroughtLine, Goal, PlanItem, Reflection, EvidencePiece, ImportedCredential)

    def how_many():
        return [len(db.scalars(select(each)).all()) for each in counted]

    once = how_many()
    again = take(me, saved.content)

    assert how_many() == once
    assert {became for _part, _title, became in again.report} == {Became.HERE}


def test_a_class_does_not_share_one_file(db, saved, me, take):
    take(me, saved.content)
    other = factories.learner()

    assert take(other, saved.content).why_not is WhyRefused.TAKEN
    assert _lines(db, other) == {}
    # Whoever lost their account brings theirs to the next.
    db.execute(delete(User).where(User.id == me.id))
    assert take(other, saved.content).state is BroughtState.KEPT


def test_a_host_that_nobody_lists_confirms_nothing(app, db, saved, me, take):
    brought = take(me, saved.content)

    assert (brought.is_signed, brought.is_trusted) == (True, False)
    pottery = _lines(db, me)["Pottery"]
    assert pottery.rung is Rung.SAID
    with app.test_request_context():
        assert known_by(pottery) == "One's own word. there.example says that Pot House confirmed it"
    assert [Part.LINE, "Pottery", Became.AS_SAID] in brought.report


def test_a_host_that_cannot_be_asked_confirms_nothing(db, saved, me, take, asked):
    _trust(db)
    asked.clear()

    brought = take(me, saved.content)

    assert (brought.state, brought.is_signed, brought.is_trusted) == (
        BroughtState.KEPT,
        None,
        False,
    )
    assert _lines(db, me)["Pottery"].rung is Rung.SAID


def test_what_a_host_had_from_another_is_only_what_the_learner_says(db, saved, me, take, asked):
    """On its own word a host confirms what it saw, and not what it was told."""
    _trust(db)
    key = generate_key()
    _let_sign(asked, key)

    def from_a_third(record):
        for line in record["lines"]:
            line["kind"], line["according_to"] = "brought", "third.example"

    take(me, _signed_anew(saved.content, from_a_third, key=key, method=_method(key)))

    assert {line.rung for line in db.scalars(select(BroughtLine))} == {Rung.SAID}


# Files that are not what they say.


def _method(key):
    return openbadges.verification_method(DID, multikey(key.public_key()))


def _let_sign(pages, key):
    """Have the other site name a key of the test's among its own."""
    pages[f"{THERE}/.well-known/did.json"] = openbadges.did_document(
        DID, [multikey(key.public_key())], also_known_as=[THERE]
    )


def _nothing(record):
    record["lines"][0]["title"] = "Something else"


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        pytest.param(lambda zip: zip[: len(zip) // 2], WhyRefused.NO_BUNDLE, id="cut off"),
        pytest.param(lambda _zip: b"no zip at all", WhyRefused.NO_BUNDLE, id="no zip"),
        pytest.param(
            lambda zip: _changed(zip, record_json=b"{}"), WhyRefused.CHANGED, id="another record"
        ),
        pytest.param(
            lambda zip: _changed(zip, more_json=b"{}"), WhyRefused.CHANGED, id="one more file"
        ),
        pytest.param(
            lambda zip: _changed(zip, **{"README.txt": None}), WhyRefused.CHANGED, id="one missing"
        ),
        pytest.param(
            lambda zip: _changed(zip, **{"manifest.jws": None}), WhyRefused.NO_BUNDLE, id="unsigned"
        ),
        pytest.param(
            lambda zip: _signed_anew(zip, _nothing), WhyRefused.SIGNATURE, id="signed by another"
        ),
        pytest.param(
            lambda zip: _signed_anew(zip, _nothing, method="did:web:evil.example#k"),
            WhyRefused.SIGNATURE,
            id="signed in another's name",
        ),
        pytest.param(
            lambda zip: _signed_anew(zip, _nothing, host=f"{DID}:issuers:pot-house"),
            WhyRefused.SIGNATURE,
            id="signed by an organisation of the site",
        ),
        pytest.param(
            lambda zip: _changed(zip, **{"manifest.jws": b"eyJhbGciOiJub25lIn0.."}),
            WhyRefused.SIGNATURE,
            id="signed with nothing",
        ),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused_whole(db, saved, me, take, spoil, why):
    brought = take(me, spoil(saved.content))

    assert (brought.state, brought.why_not) == (BroughtState.REFUSED, why)
    assert _lines(db, me) == {}
    assert db.scalars(select(Goal)).all() == []


def _zip(*members):
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as file:
        for name, content in members:
            info = name if isinstance(name, ZipInfo) else ZipInfo(name)
            file.writestr(info, content, ZIP_DEFLATED)
    return out.getvalue()


def _link():
    info = ZipInfo("evidence/link")
    info.external_attr = 0o120777 << 16
    return info


def _bomb():
    """Twenty times a hundred million noughts: two megabytes on the way, two thousand here."""
    nought = b"\0" * 10_000_000
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as file:
        for number in range(20):
            with file.open(f"evidence/{number}", "w", force_zip64=True) as member:
                for _ in range(4):
                    member.write(nought)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param(lambda: _zip(("../../etc/passwd", "x")), WhyRefused.UNSAFE, id="slip"),
        pytest.param(lambda: _zip(("/etc/passwd", "x")), WhyRefused.UNSAFE, id="absolute"),
        pytest.param(lambda: _zip(("a\\..\\b", "x")), WhyRefused.UNSAFE, id="backslash"),
        pytest.param(lambda: _zip((_link(), "/etc/passwd")), WhyRefused.UNSAFE, id="link"),
        pytest.param(
            lambda: _zip(("Evidence", "x"), ("evidence", "y")), WhyRefused.UNSAFE, id="twice"
        ),
        pytest.param(
            lambda: _zip(*((f"evidence/{n}", "") for n in range(5001))),
            WhyRefused.TOO_LARGE,
            id="many",
        ),
        pytest.param(_bomb, WhyRefused.TOO_LARGE, id="bomb"),
    ],
)
def test_a_file_made_to_do_harm_is_not_opened(me, take, content, why):
    brought = take(me, content())

    assert (brought.state, brought.why_not) == (BroughtState.REFUSED, why)


def test_words_of_a_stranger_that_lead_away_are_left_out(db, saved, me, take, asked):
    key = generate_key()
    _let_sign(asked, key)

    def lead_away(record):
        record["lines"][0]["who"] = "Text me on 07700 900123"
        record["feedback"][0]["what_went_well"] = "Keep it secret, add me on snapchat"
        record["goals"].append({"id": "no uuid"})

    brought = take(me, _signed_anew(saved.content, lead_away, key=key, method=_method(key)))

    became = [[part, word] for part, _title, word in brought.report]
    assert [Part.FEEDBACK, Became.WORDS] in became
    assert [Part.LINE, Became.WORDS] in became
    assert [Part.GOAL, Became.UNREADABLE] in became
    assert [Part.GOAL, Became.KEPT] in became
    assert "07700" not in json.dumps(brought.report)
    assert len(db.scalars(select(Goal).filter_by(learner_id=me.id)).all()) == 1


def test_what_was_saved_here_is_here_already(app, db, me, take, client):
    with patch.object(current_db, "remove"), app.app_context():
        bundle = ask_for_bundle(db, learner=me, now=NOW)
        db.commit()
        jobs.pack_up(bundle.id)
        db.refresh(bundle)
        assert bundle.state is BundleState.READY
        from evidence import store

        content = b"".join(store.read_bundle(bundle.uuid, bundle.bytes))

    assert take(me, content).why_not is WhyRefused.OWN
    # Whoever was erased brings theirs back with a new account.
    assert take(factories.learner(), content).state is BroughtState.KEPT


# The pages.


def test_a_learner_asks_waits_and_downloads(app, db, me, sign_in):
    client = sign_in(me)
    assert "Make my file" in client.get("/me/export").text
    assert client.get("/me/export/file").status_code == 404

    client.post("/me/export")
    client.post("/me/export")
    assert "is being made" in client.get("/me/export").text
    bundle = db.scalars(select(Bundle)).one()
    with patch.object(current_db, "remove"), app.app_context():
        jobs.pack_up(bundle.id)

    assert "It is ready" in client.get("/me/export").text
    assert "Your file is ready" in client.get("/me/notices").text
    answer = client.get("/me/export/file")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="tirnod-')
    assert json.loads(_read(answer.data, "record.json"))["learner"]["name"] == "Seren"
    # Nobody else's, and not after its day.
    other = sign_in(factories.learner())
    assert other.get("/me/export/file").status_code == 404


def test_a_file_that_cannot_be_made_says_so(app, db, me, sign_in, monkeypatch):
    client = sign_in(me)
    client.post("/me/export")
    monkeypatch.setattr(packing, "pack", lambda *_given, **_more: 1 / 0)
    with patch.object(current_db, "remove"), app.app_context():
        jobs.pack_up(db.scalars(select(Bundle)).one().id)

    assert "could not be made" in client.get("/me/export").text
    assert "Make my file" in client.get("/me/export").text


def test_after_a_day_the_file_is_gone(app, db, me, client):
    with patch.object(current_db, "remove"), app.app_context():
        ask_for_bundle(db, learner=me, now=NOW - timedelta(days=2))
        db.commit()
        jobs.tidy_bundles()
    assert db.scalars(select(Bundle)).all() == []


def test_a_learner_brings_a_file_and_reads_what_became_of_it(app, db, saved, me, asked, sign_in):
    client = sign_in(me)
    assert client.post("/me/import").status_code == 422
    sent = {"file": (BytesIO(saved.content), "tirnod.zip")}
    address = client.post("/me/import", data=sent).location
    assert "We are looking at your file" in client.get(address).text
    second = client.post("/me/import", data={"file": (BytesIO(b"x"), "x.zip")})
    assert (second.status_code, "still being looked at" in second.text) == (422, True)

    with patch.object(current_db, "remove"), app.app_context():
        jobs.take_in(db.scalars(select(BroughtBundle)).one().id)

    page = client.get(address).text
    assert "there.example signed it." in page
    assert "We do not list there.example" in page
    line = db.scalars(select(BroughtLine).filter_by(title="Pottery")).one()
    shown = client.get(f"/me/story/brought/{line.uuid}").text
    assert "You brought this from there.example" in shown
    assert sign_in(factories.learner()).get(address).status_code == 404
    client = sign_in(me)
    client.post(f"/me/story/brought/{line.uuid}/delete")
    assert client.get(f"/me/story/brought/{line.uuid}").status_code == 404


def test_the_command_writes_the_same_file(app, db, me, tmp_path):
    db.commit()
    file = tmp_path / "all.zip"
    done = app.test_cli_runner().invoke(
        args=["profiles", "export", str(me.uuid), "--out", str(file)]
    )
    assert done.exit_code == 0, done.output
    assert (
        json.loads(_read(file.read_bytes(), "record.json"))["learner"]["id"] == me.subject_uuid.urn
    )
