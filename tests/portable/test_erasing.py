"""Who is erased is gone, everywhere; what others confirmed counts on, and leads to nobody."""

import json
import subprocess
from collections import Counter
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from unittest.mock import patch

import pytest
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.exc import IntegrityError

from accounts.models import Role, User
from accounts.service import start_learner
from app.db import Base, current_db
from app.errors import NotAllowed
from app.terms import term_of
from badges.queries import revoked_indexes_of
from cube.people import learners_of
from cube.tables import Trait
from evidence import store
from evidence.models import EvidencePiece, Size
from geo.models import Area
from participation.attendance import confirm_attendance
from participation.models import AttendanceTrace, Booking
from participation.number_queries import _sittings, _span_counts, _year_counts, stretches
from participation.own_numbers import Figure, Span
from portable.erasing import RULE, erase_again, erase_learner, fate_of, is_learners, rows_of
from portable.models import Erasure
from tests import factories
from tests.conftest import settings_for
from tests.databases import fresh_database
from tests.factories import NOW
from tests.portable.people import CANARY, learner_with_everything
from tests.working import work_until_idle
from wsgi import create_app

TABLES = Base.metadata.tables


def test_the_rule_names_every_table_that_hangs_on_an_account_or_on_what_is_a_learners():
    hang = {
        name
        for name, table in TABLES.items()
        for key in table.foreign_keys
        if is_learners(key.column.table.name)
    }

    assert {name for name in hang if fate_of(name) is None} == set()
    named = [name for tables in RULE.values() for name in tables]
    assert len(named) == len(set(named))
    assert set(named) <= set(TABLES)


def test_the_database_takes_along_what_the_rule_says_is_gone():
    """From each table that goes there is a way up to the account on which each step cascades."""
    for name in TABLES:
        if is_learners(name) and name != "user_account":
            # It raises where there is no such way.
            own = rows_of(1, TABLES[name])
            assert "user_account" in name or own is not None
    alone = [
        f"{name}.{column}"
        for name, table in TABLES.items()
        if is_learners(name)
        for key in table.foreign_key_constraints
        for column in key.column_keys
        if column in ("learner_id", "recipient_id", "owner_id") and key.ondelete != "CASCADE"
    ]
    assert alone == []


def _own(db, learner_id, table):
    return db.scalar(select(func.count()).select_from(rows_of(learner_id, table).subquery()))


def test_who_is_erased_leaves_a_row_in_no_table_that_is_a_learners(app, db):
    learner, noise = learner_with_everything(db), factories.learner(name="Noise")
    booked = factories.booking(of=noise)
    learner_id = learner.id
    theirs = [name for name in TABLES if is_learners(name)]
    assert [name for name in theirs if not _own(db, learner_id, TABLES[name])] == []

    with patch.object(current_db, "remove"), app.app_context():
        erase_learner(db, learner=learner, now=NOW)

    assert [name for name in theirs if _own(db, learner_id, TABLES[name])] == []
    assert db.scalar(select(User.name).filter_by(id=noise.id)) == "Noise"
    assert db.scalar(select(Booking.id).filter_by(learner_id=noise.id)) == booked.id


def test_nobody_but_a_learner_is_erased(db):
    with pytest.raises(NotAllowed):
        erase_learner(db, learner=factories.adult(Role.SUPPORTER), now=NOW)


def test_a_place_that_is_given_up_so_is_free_again(db):
    session = factories.scheduled_session(places=1)
    learner = factories.learner()
    factories.booking(of=learner, on=session)

    erase_learner(db, learner=learner, now=NOW)

    assert db.scalar(text("SELECT remaining_capacity FROM scheduled_session")) == 1


@pytest.fixture
def house(db):
    """An organisation to whose session five young people came; two of them came twice."""
    provider = factories.provider()
    keeper = factories.member(provider)
    achievement = factories.achievement(issuer=provider)
    pottery = factories.opportunity(provider=provider, achievement=achievement)
    learners = [factories.learner() for _ in range(6)]
    for days, who in ((9, learners[:5]), (2, learners[:2])):
        on = factories.scheduled_session(
            places=9, opportunity=pottery, starts_at=NOW - timedelta(days=days)
        )
        for learner in who:
            booking = factories.booking(of=learner, on=on)
            confirm_attendance(db, booking_uuid=booking.uuid, confirmed_by=keeper, now=NOW)
    db.flush()
    return provider, learners


def _counted(db, provider):
    """Return all that is counted of who came, before small numbers are hidden."""
    year = stretches(NOW.date())[Span.YEAR]
    spans = _span_counts(db, provider, Span.YEAR, year, NOW)
    activities = {each.activity.uuid: each.activity for each in _sittings(db, provider, year, NOW)}
    by_part = _year_counts(db, provider, year, NOW, activities)
    booked = [each.offered.booked for each in _sittings(db, provider, year, NOW)]
    # A badge of somebody who is gone is taken back, and stands no more.
    return booked, {
        key: value for key, value in (spans | by_part).items() if key[0] != Figure.BADGES
    }


def test_what_an_organisation_counted_stays_true(db, house):
    provider, learners = house
    before = _counted(db, provider)
    assert before[1][Figure.PEOPLE, Span.YEAR] == 5
    assert before[1][Figure.BACK, Span.YEAR] == 2

    erase_learner(db, learner=learners[0], now=NOW)
    erase_learner(db, learner=learners[4], now=NOW)

    assert _counted(db, provider) == before
    # One person is one person still: two sessions of the first, one of the other.
    people = db.scalars(select(AttendanceTrace.pseudonym)).all()
    assert sorted(people.count(one) for one in set(people)) == [1, 2]


def test_a_trace_names_nobody_and_is_never_changed(db, house):
    _provider, learners = house
    known = {str(learners[0].uuid), str(learners[0].subject_uuid)}
    known |= {str(uuid) for uuid in db.scalars(select(Booking.uuid))}

    erase_learner(db, learner=learners[0], now=NOW)

    rows = db.execute(text("SELECT to_jsonb(t)::text FROM attendance_trace t")).scalars().all()
    assert len(rows) == 2
    assert [each for each in known if any(each in row for row in rows)] == []
    for change in ("UPDATE attendance_trace SET minutes = 1", "DELETE FROM attendance_trace"):
        with pytest.raises(IntegrityError), db.begin_nested():
            db.execute(text(change))


def test_a_badge_of_somebody_who_is_gone_says_taken_back(db, house):
    provider, learners = house
    assert revoked_indexes_of(db, provider) == []

    erase_learner(db, learner=learners[0], now=NOW)

    assert len(revoked_indexes_of(db, provider)) == 1
    waiting = text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'badges.sign_list'")
    assert db.scalar(waiting) >= 1


def _by_coming(counted) -> Counter:
    """Return how many came, by home, age and what they came to."""
    kept = ~int(Trait.BADGE | Trait.EVIDENCE)
    found: Counter = Counter()
    for each in counted:
        found[each.lsoa_code, each.age_band, each.traits & kept] += each.count
    return found


def test_the_release_of_a_term_counts_whoever_came_and_has_gone(db, house):
    """The cube counts people of an area by their home of that day; a trace keeps that, and no more."""
    _provider, learners = house
    home = db.get(Area, learners[0].home_lsoa_code)
    city = factories.city(district_code=home.district_code)
    counted = learners_of(db(), city, term_of(NOW.date()))

    erase_learner(db, learner=learners[0], now=NOW)

    after = learners_of(db(), city, term_of(NOW.date()))
    # That they held a badge and kept evidence is gone with them: of neither does a trace stay.
    assert _by_coming(after) == _by_coming(counted)
    assert sum(each.count for each in after if each.came) == 5


def test_the_ledger_erases_again_in_a_copy_from_before(db):
    learner, noise = factories.learner(name="Back again"), factories.learner(name="Noise")
    uuid = learner.uuid
    erase_learner(db, learner=learner, now=NOW)
    hashes = db.scalars(select(Erasure.learner_hash)).all()
    # The copy from before has them, as they were.
    back = factories.learner(name="Back again", uuid=uuid)

    assert erase_again(db, hashes=hashes, now=NOW + timedelta(days=1)) == 1
    assert erase_again(db, hashes=hashes, now=NOW + timedelta(days=1)) == 0

    assert db.scalars(select(User.name).filter_by(role=Role.LEARNER)).all() == ["Noise"]
    assert str(uuid) not in str(hashes)
    assert (back.id, noise.name) is not None


# A drill: nothing of somebody who is gone is left in the database, in the files or in the queue.


@pytest.fixture
def town(tmp_path):
    """A site of its own, whose transactions land."""
    with fresh_database() as url:
        settings = settings_for(url) | {"EVIDENCE_DIR": str(tmp_path / "evidence")}
        bound = current_db.session_factory.kw.get("bind")
        current_db.remove()
        app = create_app(settings, TESTING=True)
        engine = create_engine(url)
        current_db.configure(bind=engine, join_transaction_mode="conditional_savepoint")
        try:
            with app.app_context():
                yield app, url, tmp_path / "evidence"
        finally:
            current_db.remove()
            engine.dispose()
            current_db.configure(bind=bound, join_transaction_mode="create_savepoint")


def _dumped(url) -> str:
    command = [
        "pg_dump",
        "--no-owner",
        "--dbname",
        url.set(drivername="postgresql").render_as_string(False),
    ]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_after_a_drill_nothing_of_them_is_found_anywhere(town):
    app, url, folder = town
    db = current_db()
    learner = learner_with_everything(db)
    theirs = [str(learner.uuid), str(learner.subject_uuid), learner.pass_code, CANARY]
    for name in TABLES:
        if is_learners(name) and "uuid" in TABLES[name].c:
            own = rows_of(learner.id, TABLES[name]).with_only_columns(TABLES[name].c.uuid)
            theirs += [str(uuid) for (uuid,) in db.execute(own)]
    piece = db.scalar(select(EvidencePiece))
    store.keep(piece.uuid, Size.FULL, BytesIO(CANARY.encode()))
    (folder / "coming").mkdir(exist_ok=True)
    upload = db.scalar(text("SELECT uuid FROM evidence_upload"))
    (folder / "coming" / str(upload)).write_text(CANARY)
    # What others were told of it names it by its address.
    adult = factories.adult(Role.SUPPORTER)
    details = json.dumps({"path": f"/support/{learner.uuid}"})
    db.execute(
        text(
            "INSERT INTO notice (uuid, user_id, kind, details, is_mailed, language, key, told_at,"
            " due_at, attempts, last_error) VALUES (gen_random_uuid(), :adult, 'support_agreed',"
            " CAST(:details AS jsonb), false, 'en', 'support_agreed', now(), now(), 0, '')"
        ),
        {"adult": adult.id, "details": details},
    )
    asked = db.scalar(text("SELECT uuid FROM agreement"))
    db.execute(
        text(
            "INSERT INTO notice (uuid, email, kind, details, is_mailed, language, key, told_at,"
            " due_at, attempts, last_error) VALUES (gen_random_uuid(), :email, 'guardian_asked',"
            " '{}', true, 'en', :key, now(), now() + interval '1 day', 0, '')"
        ),
        {"email": f"{CANARY}@example.org", "key": f"guardian_asked {asked} 0"},
    )
    db.commit()
    before = _dumped(url)
    assert [each for each in theirs if each not in before] == []

    erase_learner(db, learner=db.get_one(User, learner.id), now=NOW)
    db.commit()
    current_db.remove()
    work_until_idle(app)

    dumped = _dumped(url)
    assert [each for each in theirs if each in dumped] == []
    assert CANARY.lower() not in dumped.lower()
    assert [path for path in folder.rglob("*") if path.is_file()] == []
    assert (
        current_db.scalar(text("SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'"))
        == 0
    )


# The page.


@pytest.fixture
def me(db, sign_in):
    new = start_learner(db, name="Seren", age_band="13-15", home=factories.area())
    return sign_in(new.user), new


def test_a_learner_deletes_their_account_with_their_pin(db, me):
    client, new = me
    page = client.get("/me/privacy/delete").text
    assert "What stays" in page

    wrong = client.post(
        "/me/privacy/delete", data={"pin": "000000" if new.pin != "000000" else "1"}
    )
    assert wrong.status_code == 422
    assert db.get(User, new.user.id) is not None

    answer = client.post("/me/privacy/delete", data={"pin": new.pin})

    assert answer.location == "/deleted"
    assert "cache" in answer.headers["Clear-Site-Data"]
    assert "Your account is deleted" in client.get("/deleted").text
    assert client.get("/me").location.startswith("/sign-in")
    assert db.scalars(select(User).filter_by(role=Role.LEARNER)).all() == []


def test_my_data_is_two_taps_from_seeing_taking_hiding_and_deleting(me):
    client, _new = me
    assert 'href="/me/privacy"' in client.get("/me").text
    page = client.get("/me/privacy").text
    for path in ("/me/sharing", "/me/supporters", "/me/export", "/me/import", "/me/story"):
        assert f'href="{path}"' in page
    assert 'href="/me/privacy/delete"' in page
    # Of equal weight: none of the choices is louder than another, but the one next step at the end.
    assert page.count('class="btn go"') == 1


def test_commands_erase_and_write_the_ledger(app, db, tmp_path):
    learner = factories.learner(name="Gone", pass_code="7K4M92QXCDFG")
    db.commit()
    runner = app.test_cli_runner()

    assert (
        "cannot be undone"
        in runner.invoke(args=["profiles", "erase", "7K4M-92QX-CDFG"], input="n").output
    )
    assert db.get(User, learner.id) is not None
    done = runner.invoke(args=["profiles", "erase", "7K4M-92QX-CDFG", "--yes"])
    assert (done.exit_code, "Erased: 1" in done.output) == (0, True)

    ledger = runner.invoke(args=["profiles", "ledger"]).output
    assert len(ledger.splitlines()) == 1
    file = Path(tmp_path / "ledger.jsonl")
    file.write_text(ledger)
    factories.learner(name="Gone", uuid=learner.uuid)
    db.commit()
    again = runner.invoke(args=["profiles", "erase", "--again", str(file), "--yes"])
    assert "Erased: 1" in again.output
    nobody = runner.invoke(args=["profiles", "erase", "2222-2222-2222", "--yes"])
    assert (nobody.exit_code, "No learner" in nobody.output) == (1, True)
