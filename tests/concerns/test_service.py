"""Concerns: kept for those who must act, from those whom they name, and for good."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from accounts.models import Role, User
from app import sealing
from app.errors import Conflict, NotFound
from concerns import document, service
from concerns.desk import set_desk
from concerns.models import Act, Concern, ConcernEntry, ConcernKind, Urgency
from concerns.queries import closed_for, concerns_for, lines_of, overdue, without_reader
from concerns.routing import readers_of
from concerns.service import Words, new_key, raise_concern
from notices.kinds import NoticeKind
from notices.models import Notice
from providers.models import ProviderMember
from tests import factories
from tests.factories import NOW

SECRET = "a secret that only these tests know"


@pytest.fixture(autouse=True)
def inside(app, db):
    with app.app_context():
        yield


@pytest.fixture
def city(db):
    return factories.city()


@pytest.fixture
def officer(city):
    return factories.officer(of=city)


def raised(db, city, happened="He shouted at us.", **given):
    given = {"kind": ConcernKind.ADULT, "urgency": Urgency.WORRIED, "now": NOW} | given
    words = Words(happened=happened, about=given.pop("about", ""), contact=given.pop("contact", ""))
    return raise_concern(db, city=city, words=words, secret=SECRET, **given)


def acts_of(db, concern):
    return [each.act for each in lines_of(db, concern, secret=SECRET)]


def test_a_concern_keeps_what_was_said_and_tells_the_officers_that_there_is_one(db, city, officer):
    factories.officer(of=factories.city())

    receipt = raised(db, city, about="The coach", contact="Seren, 07700 900123")

    concern = receipt.concern
    lines = lines_of(db, concern, secret=SECRET)
    assert [(each.act, each.words) for each in lines] == [
        (Act.RAISED, "He shouted at us."),
        (Act.ABOUT, "The coach"),
        (Act.CONTACT, "Seren, 07700 900123"),
    ]
    assert (concern.made_at, concern.due_at) == (NOW, NOW + timedelta(hours=24))
    (told,) = db.scalars(select(Notice)).all()
    assert (told.user_id, told.kind) == (officer.id, NoticeKind.CONCERN_RAISED)
    assert told.details == {"path": "/authority/concerns"}


def test_no_word_of_it_lies_open_in_the_database(db, city, officer):
    receipt = raised(db, city, happened="SEREN SAYS", about="THE COACH", contact="SEREN SAYS")

    rows = db.execute(
        text(
            "SELECT c::text || coalesce(encode(e.sealed, 'escape'), '') "
            "FROM concern c JOIN concern_entry e ON e.concern_id = c.id"
        )
    ).scalars()
    kept = "".join(rows)
    assert "SEREN" not in kept
    assert "COACH" not in kept
    assert receipt.code not in kept
    with pytest.raises(sealing.Locked):
        lines_of(db, receipt.concern, secret="another secret of some length")


def test_words_copied_to_another_concern_do_not_open_there(db, city, officer):
    first, second = raised(db, city).concern, raised(db, city).concern
    stolen = db.scalar(select(ConcernEntry).filter_by(concern_id=first.id))
    copy = ConcernEntry(
        concern=second, made_at=NOW, act=Act.NOTED, sealed=stolen.sealed, uuid=new_uuid()
    )
    db.add(copy)
    db.flush()

    with pytest.raises(sealing.Locked):
        lines_of(db, second, secret=SECRET)


def new_uuid():
    from uuid import uuid4

    return uuid4()


@pytest.mark.parametrize(
    ("urgency", "hours"), [(Urgency.DANGER, 1), (Urgency.TODAY, 4), (Urgency.WORRIED, 24)]
)
def test_the_more_worried_someone_is_the_sooner_it_is_due(db, city, urgency, hours):
    concern = raised(db, city, urgency=urgency).concern

    assert concern.due_at == NOW + timedelta(hours=hours)
    assert not concern.is_overdue(NOW + timedelta(hours=hours, microseconds=-1))
    assert concern.is_overdue(NOW + timedelta(hours=hours))
    assert overdue(db, NOW + timedelta(hours=hours)) == {city.slug: 1}
    assert overdue(db, NOW) == {}


def test_a_city_sets_its_own_hours_and_readers(db, city, officer):
    chosen = factories.officer(of=city)

    set_desk(db, city=city, readers=[chosen], danger_hours=2, today_hours=6, worried_hours=48)
    concern = raised(db, city).concern

    assert concern.due_at == NOW + timedelta(hours=48)
    assert list(readers_of(db, concern)) == [chosen]
    assert concerns_for(db, officer) == []


@pytest.mark.parametrize("who", ["a stranger", "nobody", "another city's"])
def test_only_officers_of_the_city_can_be_named_as_readers(db, city, who):
    people = {
        "a stranger": factories.adult(Role.PROVIDER_ADMIN),
        "nobody": None,
        "another city's": factories.officer(of=factories.city()),
    }
    hours = {"danger_hours": 1, "today_hours": 1, "worried_hours": 1}

    with pytest.raises(Conflict, match="Only officers"):
        set_desk(db, city=city, readers=[people[who]], **hours)


@pytest.mark.parametrize("has_left", [False, True])
def test_nobody_who_is_or_was_in_the_organisation_reads_it(db, city, has_left):
    provider = factories.provider(in_city=city)
    outsiders = [*readers_now(db, city)]
    insider = factories.officer(of=city)
    ended_at = NOW if has_left else None
    db.add(ProviderMember(provider=provider, user=insider, ended_at=ended_at))
    member = factories.member(of=provider)

    concern = raised(db, city, provider=provider).concern

    assert list(readers_of(db, concern)) == outsiders
    for person in (insider, member):
        assert concerns_for(db, person) == []
        for act in (service.read, service.take_on, service.reopen, service.note_export):
            with pytest.raises(NotFound):
                act(db, uuid=concern.uuid, officer=person, secret=SECRET, now=NOW)
    assert {each.user_id for each in db.scalars(select(Notice))} == {each.id for each in outsiders}


def readers_now(db, city):
    found = select(User).filter_by(city_id=city.id, role=Role.AUTHORITY_OFFICER).order_by(User.id)
    return db.scalars(found).all()


@pytest.mark.parametrize("where", ["happened", "about"])
def test_an_organisation_that_is_only_named_is_kept_from_it_too(db, city, where):
    insider = factories.officer(of=city)
    provider = factories.provider(name="Pot House", in_city=city)
    db.add(ProviderMember(provider=provider, user=insider))
    db.flush()

    named = raised(db, city, **{where: "It was at the pot  HOUSE, on Monday."}).concern
    other = raised(db, city, **{where: "It was at the spot house."}).concern

    assert insider not in readers_of(db, named)
    assert insider in readers_of(db, other)


def test_an_officer_who_is_named_does_not_read_it(db, city, officer):
    named = factories.adult(Role.AUTHORITY_OFFICER, name="Sam Lewis", city_id=city.id)

    concern = raised(db, city, happened="sam lewis of the council texted me").concern

    assert list(readers_of(db, concern)) == [officer]
    assert concerns_for(db, named) == []


def test_an_officer_who_is_named_later_reads_it_no_more(db, city, officer):
    named = factories.adult(Role.AUTHORITY_OFFICER, name="Sam Lewis", city_id=city.id)
    receipt = raised(db, city)
    service.take_on(db, uuid=receipt.concern.uuid, officer=named, secret=SECRET, now=NOW)

    service.add_words(db, code=receipt.code, words="It was Sam Lewis.", secret=SECRET, now=NOW)

    assert list(readers_of(db, receipt.concern)) == [officer]
    assert receipt.concern.owner is None


def test_a_concern_about_the_council_goes_past_its_officers(db, city, officer):
    admin = factories.adult(Role.CITY_ADMIN, city_id=city.id)

    concern = raised(db, city, kind=ConcernKind.COUNCIL).concern

    assert list(readers_of(db, concern)) == [admin]


def test_where_all_are_named_whoever_runs_the_service_reads_it(db, city):
    factories.adult(Role.AUTHORITY_OFFICER, name="Sam Lewis", city_id=city.id)
    concern = raised(db, city, happened="Sam Lewis").concern
    assert list(readers_of(db, concern)) == []
    assert without_reader(db) == {city.slug: 1}

    runs_it = factories.adult(Role.PLATFORM_ADMIN)

    assert list(readers_of(db, concern)) == [runs_it]
    assert concerns_for(db, runs_it) == [concern]


def test_whoever_runs_the_service_reads_nothing_that_an_officer_can(db, city, officer):
    runs_it = factories.adult(Role.PLATFORM_ADMIN)

    raised(db, city)

    assert concerns_for(db, runs_it) == []


def test_every_step_leaves_a_trace_with_a_name(db, city, officer):
    receipt = raised(db, city)
    by = {"uuid": receipt.concern.uuid, "officer": officer, "secret": SECRET, "now": NOW}

    service.read(db, **by)
    service.take_on(db, **by)
    service.take_on(db, **by)
    service.note(db, words="Rang the school.", **by)
    service.close(db, words="All is well.", **by)
    service.look_back(db, code=receipt.code, secret=SECRET, now=NOW)
    service.reopen(db, **by)
    service.reopen(db, **by)
    service.note_export(db, **by)

    lines = lines_of(db, receipt.concern, secret=SECRET)
    assert [(each.act, each.by_name, each.words) for each in lines[1:]] == [
        (Act.READ, "Jo", ""),
        (Act.TAKEN_ON, "Jo", ""),
        (Act.NOTED, "Jo", "Rang the school."),
        (Act.CLOSED, "Jo", "All is well."),
        (Act.LOOKED_BACK, "", ""),
        (Act.REOPENED, "Jo", ""),
        (Act.EXPORTED, "Jo", ""),
    ]


def test_a_concern_that_nobody_took_on_cannot_be_closed(db, city, officer):
    concern = raised(db, city).concern
    by = {"uuid": concern.uuid, "officer": officer, "secret": SECRET, "now": NOW}

    with pytest.raises(Conflict, match="Take it on first"):
        service.close(db, words="Done.", **by)
    service.take_on(db, **by)
    service.close(db, words="Done.", **by)
    with pytest.raises(Conflict, match="closed already"):
        service.close(db, words="Done.", **by)

    assert (concerns_for(db, officer), closed_for(db, officer)) == ([], [concern])


def test_what_is_added_opens_a_closed_concern_and_tells_its_readers_again(db, city, officer):
    receipt = raised(db, city)
    by = {"uuid": receipt.concern.uuid, "officer": officer, "secret": SECRET, "now": NOW}
    service.take_on(db, **by)
    service.close(db, words="Done.", **by)
    later = NOW + timedelta(days=1)

    service.add_words(db, code=receipt.code.lower(), words="Again.", secret=SECRET, now=later)

    assert receipt.concern.closed_at is None
    assert acts_of(db, receipt.concern)[-1] is Act.ADDED
    assert len(db.scalars(select(Notice)).all()) == 2


def test_a_code_that_is_none_opens_nothing(db, city, officer):
    raised(db, city)

    for code in ("", "7K4M-92QX-CDFG", "x" * 1000):
        with pytest.raises(NotFound):
            service.look_back(db, code=code, secret=SECRET, now=NOW)


def test_no_more_is_added_than_a_person_writes(db, city, officer, monkeypatch):
    monkeypatch.setattr(service, "MOST_ADDED", 2)
    receipt = raised(db, city)
    for _time in range(2):
        service.add_words(db, code=receipt.code, words="More.", secret=SECRET, now=NOW)

    with pytest.raises(Conflict, match="added a lot"):
        service.add_words(db, code=receipt.code, words="More.", secret=SECRET, now=NOW)


def test_the_same_form_sent_twice_raises_one_concern(db, city, officer):
    key, other = new_key(), new_key()

    first, again = raised(db, city, key=key), raised(db, city, key=key)
    noise = raised(db, city, key=other)

    assert (first.concern.id, first.code) == (again.concern.id, again.code)
    assert noise.concern.id != first.concern.id
    assert acts_of(db, first.concern) == [Act.RAISED]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM concern",
        "UPDATE concern SET due_at = due_at + interval '1 day'",
        "UPDATE concern SET kind = 'other'",
        "UPDATE concern SET taken_on_at = taken_on_at + interval '1 day'",
        "DELETE FROM concern_entry",
        "UPDATE concern_entry SET sealed = NULL",
        "UPDATE concern_entry SET by_name = 'Nobody'",
        "UPDATE concern_entry SET made_at = made_at - interval '1 day'",
        "DELETE FROM concern_named",
        "UPDATE concern_named SET concern_id = concern_id + 1",
    ],
)
def test_the_database_lets_nobody_change_or_delete_it(db, city, officer, statement):
    concern = raised(db, city, provider=factories.provider(in_city=city)).concern
    service.take_on(db, uuid=concern.uuid, officer=officer, secret=SECRET, now=NOW)

    with pytest.raises(IntegrityError, match="stays"), db.begin_nested():
        db.execute(text(statement))

    assert acts_of(db, concern) == [Act.RAISED, Act.TAKEN_ON]


def test_the_trace_outlives_the_account_of_an_officer(db, city, officer):
    concern = raised(db, city).concern
    service.take_on(db, uuid=concern.uuid, officer=officer, secret=SECRET, now=NOW)

    db.execute(text("DELETE FROM notice"))
    db.execute(text("DELETE FROM user_account WHERE id = :id"), {"id": officer.id})
    db.expire_all()

    kept = db.get(Concern, concern.id)
    assert kept.owner is None
    assert [each.by_name for each in lines_of(db, kept, secret=SECRET)] == ["", "Jo"]


def test_the_document_tells_all_and_a_changed_copy_is_seen(db, city, officer):
    from hashlib import sha256

    forged = "Hello\n2026-06-01 12:00:00 UTC Closed by Jo"
    concern = raised(db, city, happened=forged).concern

    made = document.of(concern, lines_of(db, concern, secret=SECRET), now=NOW)

    body, _mark, said = made.rpartition("SHA-256: ")
    assert said.strip() == sha256(body.encode()).hexdigest()
    assert "\n    2026-06-01 12:00:00 UTC Closed by Jo\n" in body
    assert "\n2026-06-01 12:00:00 UTC Closed" not in body
    assert body.startswith(f"Concern {concern.uuid}\nMade out: 2026-06-01 12:00:00 UTC\n")
