"""Places kept for a group: who gets one, until when, and that nobody learns who is in it."""

import re
from contextlib import nullcontext
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import IntegrityError

from accounts.models import AgeBand, Role, User
from app import clock
from app.errors import Conflict, NotAllowed, NotFound
from listings import service as listings
from listings.queries import unbooked_sessions
from notices.models import Notice
from opportunities.models import OpportunityKind, ScheduledSession
from participation.attendance import confirm_everyone
from participation.groups import (
    NoSuchCode,
    about_how_many,
    end_code,
    end_group,
    join_group,
    keep_none,
    keep_places,
    leave_group,
    make_code,
    name_group,
    open_codes,
    own_groups,
    sessions_kept_for,
)
from participation.models import Booking, BookingStatus, Group, GroupCode, GroupMember, KeptPlaces
from participation.queries import register_of
from participation.scanning import let_in
from participation.service import (
    IsFull,
    book,
    cancel_booking,
    move_booking,
    settle_session,
    take_offer,
)
from participation.waiting import unsettled
from permission.service import say_school_year
from tests import factories
from tests.factories import NOW

SECRET = "a secret that only tests know"
STARTS_AT = NOW + timedelta(days=10)
FREE_FROM = STARTS_AT - timedelta(hours=48)


@pytest.fixture(autouse=True)
def in_words(app, request):
    """Days are said in the language of a page; a test of pages has its own."""
    with nullcontext() if "client" in request.fixturenames else app.test_request_context():
        yield


@pytest.fixture
def city():
    return factories.city()


@pytest.fixture
def officer(city):
    return factories.officer(of=city)


@pytest.fixture
def group(db, officer):
    name_group(db, officer=factories.officer(), name="Young carers", name_cy="x", now=NOW)
    return name_group(db, officer=officer, name="Young carers", name_cy="Gofalwyr ifanc", now=NOW)


@pytest.fixture
def provider(city):
    return factories.provider(in_city=city)


@pytest.fixture
def keeper(provider):
    return factories.member(of=provider)


@pytest.fixture
def offer(provider):
    return factories.opportunity(provider=provider, has_waiting_list=True)


@pytest.fixture
def kept(db, keeper, group):
    def kept(offer, places=2, hours_before=48, now=NOW, of=group):
        return keep_places(
            db,
            opportunity=offer,
            by=keeper,
            group_uuid=of.uuid,
            places=places,
            hours_before=hours_before,
            now=now,
        )

    return kept


@pytest.fixture
def scheduled(offer, kept):
    """Four places, of which two are kept until two days before the start."""
    scheduled = factories.scheduled_session(opportunity=offer, starts_at=STARTS_AT, places=4)
    kept(offer)
    return scheduled


@pytest.fixture
def insider(db, group):
    def insider():
        learner = factories.learner()
        db.add(GroupMember(learner_id=learner.id, group_id=group.id))
        db.flush()
        return learner

    return insider


def outsider():
    return factories.learner()


def books(db, learner, scheduled, now=NOW, may_wait=False) -> Booking:
    return book(
        db,
        learner=learner,
        scheduled_session_uuid=scheduled.uuid,
        now=now,
        may_wait=may_wait,
    )


def places(scheduled) -> tuple[int, int]:
    return scheduled.remaining_capacity, scheduled.kept_capacity


# --- Who gets a place ---


def test_the_last_places_are_for_the_group_and_a_stranger_hears_only_that_all_have_gone(
    db, scheduled, insider
):
    assert places(scheduled) == (2, 2)
    books(db, outsider(), scheduled)
    books(db, outsider(), scheduled)
    assert places(scheduled) == (0, 2)

    with pytest.raises(IsFull, match=r"^All the places have gone\.$"):
        books(db, outsider(), scheduled)
    assert books(db, insider(), scheduled).status is BookingStatus.CONFIRMED
    assert books(db, insider(), scheduled).status is BookingStatus.CONFIRMED
    assert places(scheduled) == (0, 0)
    with pytest.raises(IsFull, match=r"^All the places have gone\.$"):
        books(db, insider(), scheduled)


def test_what_everyone_sees_follows_from_how_many_booked_and_not_from_who_did(
    db, offer, kept, insider
):
    """Else whoever sees the register, and the number left, could tell who is in the group."""
    seen = []
    for comers in ([outsider] * 2, [insider] * 2, [insider, outsider], [outsider, insider]):
        scheduled = factories.scheduled_session(opportunity=offer, starts_at=STARTS_AT, places=4)
        settle_session(db, scheduled.id, now=NOW) if offer_has_rule(db, offer) else kept(offer)
        numbers = [scheduled.remaining_capacity]
        for each in comers:
            # Of several sessions at one time a learner may have one.
            books(db, each(), scheduled)
            numbers.append(scheduled.remaining_capacity)
        seen.append(numbers)

    assert seen == [[2, 1, 0]] * 4


def offer_has_rule(db, offer) -> bool:
    return db.get(KeptPlaces, offer.id) is not None


def test_until_then_they_are_kept_and_from_then_on_free_to_all(db, scheduled):
    books(db, outsider(), scheduled)
    books(db, outsider(), scheduled)
    just_before = FREE_FROM - timedelta(microseconds=1)

    with pytest.raises(IsFull):
        books(db, outsider(), scheduled, now=just_before)
    assert books(db, outsider(), scheduled, now=FREE_FROM).status is BookingStatus.CONFIRMED
    assert places(scheduled) == (1, 0)
    assert scheduled.kept_until is None


def test_the_line_is_offered_what_is_free_and_the_group_what_is_kept(db, scheduled, insider):
    first = books(db, outsider(), scheduled)
    books(db, outsider(), scheduled)
    waits = books(db, outsider(), scheduled, may_wait=True)
    assert waits.status is BookingStatus.WAITING
    # One of the group passes the line, to what is kept; the next two wait in it.
    for _ in range(2):
        books(db, insider(), scheduled)
    member = books(db, insider(), scheduled, may_wait=True)
    assert member.status is BookingStatus.WAITING

    cancel_booking(db, booking_uuid=first.uuid, learner=first.learner, now=NOW)
    # Two or fewer are left, so it is kept: it goes to the first of the group.
    assert (waits.status, member.status) == (BookingStatus.WAITING, BookingStatus.OFFERED)
    assert places(scheduled) == (0, 0)

    taken = take_offer(db, booking_uuid=member.uuid, learner=member.learner, now=NOW)
    assert taken.status is BookingStatus.CONFIRMED


def test_whoever_waits_is_offered_them_when_they_are_free_to_all(db, scheduled):
    books(db, outsider(), scheduled)
    books(db, outsider(), scheduled)
    waiting = [books(db, outsider(), scheduled, may_wait=True) for _ in "123"]
    assert unsettled(db, now=FREE_FROM - timedelta(microseconds=1)) == []

    assert unsettled(db, now=FREE_FROM) == [scheduled.id]
    settle_session(db, scheduled.id, now=FREE_FROM)
    assert [each.status for each in waiting] == [
        BookingStatus.OFFERED,
        BookingStatus.OFFERED,
        BookingStatus.WAITING,
    ]
    assert unsettled(db, now=FREE_FROM) == []


def test_who_joins_while_waiting_is_offered_a_kept_place_at_once(db, officer, group, scheduled):
    books(db, outsider(), scheduled)
    books(db, outsider(), scheduled)
    learner = outsider()
    noise, waiting = (books(db, each, scheduled, may_wait=True) for each in (outsider(), learner))

    code = make_code(db, officer=officer, uuid=group.uuid, most=1, days=7, secret=SECRET, now=NOW)
    join_group(db, learner=learner, code=code, secret=SECRET, now=NOW)

    assert (noise.status, waiting.status) == (BookingStatus.WAITING, BookingStatus.OFFERED)
    assert places(scheduled) == (0, 1)


def test_a_hold_that_ran_out_is_shared_out_like_any_place(db, scheduled, insider):
    books(db, outsider(), scheduled)
    books(db, outsider(), scheduled)
    members = [books(db, insider(), scheduled) for _ in "12"]
    waits, member = (books(db, each, scheduled, may_wait=True) for each in (outsider(), insider()))
    cancel_booking(db, booking_uuid=members[0].uuid, learner=members[0].learner, now=NOW)
    assert (waits.status, member.status) == (BookingStatus.WAITING, BookingStatus.OFFERED)
    later = NOW + timedelta(days=1)

    with pytest.raises(IsFull):
        books(db, outsider(), scheduled, now=later)
    assert books(db, insider(), scheduled, now=later).status is BookingStatus.CONFIRMED


def test_one_of_the_group_moves_to_a_kept_place_and_a_stranger_does_not(
    db, offer, scheduled, insider
):
    other = factories.scheduled_session(
        opportunity=offer, starts_at=STARTS_AT + timedelta(days=1), places=2
    )
    settle_session(db, other.id, now=NOW)
    books(db, outsider(), other)
    assert places(other) == (0, 1)
    stranger, member = (books(db, each, scheduled) for each in (outsider(), insider()))

    with pytest.raises(IsFull):
        moved(db, stranger, other)
    assert moved(db, member, other).status is BookingStatus.CONFIRMED
    assert (places(other), places(scheduled)) == ((0, 0), (1, 2))


def moved(db, booking, to) -> Booking:
    return move_booking(
        db,
        booking_uuid=booking.uuid,
        learner=booking.learner,
        to_session_uuid=to.uuid,
        now=NOW,
    )


def test_a_place_that_waits_for_a_yes_counts_as_taken_and_is_shared_out_when_none_comes(
    db, provider, keeper, kept, insider
):
    work = factories.opportunity(
        provider=provider, kind=OpportunityKind.WORK_EXPERIENCE, has_waiting_list=True
    )
    saturday = NOW.replace(hour=8, minute=0) + timedelta(days=26)
    scheduled = factories.scheduled_session(opportunity=work, starts_at=saturday, places=2)
    kept(work, places=1)
    people = [outsider(), insider(), outsider(), insider()]
    for learner in people:
        learner.age_band = AgeBand.FROM_13_TO_15
        say_school_year(db, learner=learner, year=10, now=NOW)

    agreeing = [books(db, each, scheduled) for each in people[:2]]
    assert [(each.status, each.waits_for_yes_since) for each in agreeing] == [
        (BookingStatus.ASKED, NOW)
    ] * 2
    assert places(scheduled) == (0, 0)
    line = [books(db, each, scheduled, may_wait=True) for each in people[2:]]

    later = max(each.held_until for each in agreeing)
    assert later < saturday - timedelta(hours=48)
    agreeing[1].held_until = later + timedelta(hours=1)
    settle_session(db, scheduled.id, now=later)
    # One is left now, and the last is for the group.
    assert [each.status for each in (*agreeing, *line)] == [
        BookingStatus.LAPSED,
        BookingStatus.ASKED,
        BookingStatus.WAITING,
        BookingStatus.OFFERED,
    ]
    # Nor is the team told: from what is left it could tell whose place that was.
    assert db.scalars(select(Notice.id).filter_by(user_id=keeper.id)).all() == []


def test_who_leaves_keeps_the_place_they_have(db, group, scheduled, insider):
    learner = insider()
    booking = books(db, learner, scheduled)
    leave_group(db, learner=learner, uuid=group.uuid)
    leave_group(db, learner=learner, uuid=group.uuid)

    assert (booking.status, list(own_groups(db, learner))) == (BookingStatus.CONFIRMED, [])


def test_at_the_door_every_free_place_is_everyones(db, keeper, scheduled):
    books(db, outsider(), scheduled)
    walk_in = outsider()

    booking = let_in(
        db, session_uuid=scheduled.uuid, learner_uuid=walk_in.uuid, keeper=keeper, now=STARTS_AT
    )

    assert booking.status is BookingStatus.CONFIRMED
    assert places(scheduled) == (2, 0)


# --- What the organiser says ---


@pytest.mark.parametrize(
    ("capacity", "wanted", "share"),
    [
        pytest.param(4, 50, (2, 2), id="half at most"),
        pytest.param(5, 50, (3, 2), id="the smaller half"),
        pytest.param(1, 1, (1, 0), id="none of one"),
        pytest.param(9, 1, (8, 1), id="as many as were said"),
    ],
)
def test_so_many_are_kept(db, offer, kept, capacity, wanted, share):
    scheduled = factories.scheduled_session(opportunity=offer, starts_at=STARTS_AT, places=capacity)
    kept(offer, places=wanted)

    assert places(scheduled) == share
    assert unsettled(db, now=NOW) == []


def test_what_somebody_booked_before_stays_as_it_is(db, offer, kept):
    booked = factories.scheduled_session(opportunity=offer, starts_at=STARTS_AT, places=4)
    books(db, outsider(), booked)
    kept(offer)

    assert (places(booked), booked.kept_until) == ((3, 0), None)
    assert unsettled(db, now=NOW) == []


def test_a_session_that_is_new_is_shared_out_by_the_next_who_holds_it(db, offer, scheduled):
    new = factories.scheduled_session(
        opportunity=offer, starts_at=STARTS_AT + timedelta(days=7), places=4
    )
    noise = factories.scheduled_session(starts_at=STARTS_AT, places=4)
    late = factories.scheduled_session(
        opportunity=offer, starts_at=NOW + timedelta(hours=48), places=4
    )
    assert unsettled(db, now=NOW) == [new.id]

    for _ in range(2):
        books(db, outsider(), new)
    with pytest.raises(IsFull):
        books(db, outsider(), new)
    assert [places(each) for each in (new, noise, late)] == [(0, 2), (4, 0), (4, 0)]


def test_keeping_more_fewer_or_none_is_for_every_session_at_once(
    db, offer, keeper, scheduled, kept
):
    books(db, outsider(), scheduled)
    kept(offer, places=1)
    assert places(scheduled) == (2, 1)

    books(db, outsider(), scheduled)
    waits = books(db, outsider(), scheduled)
    line = books(db, outsider(), scheduled, may_wait=True)
    assert (waits.status, line.status) == (BookingStatus.CONFIRMED, BookingStatus.WAITING)
    keep_none(db, opportunity=offer, by=keeper, now=NOW)
    assert (places(scheduled), line.status) == ((0, 0), BookingStatus.OFFERED)


def test_places_are_kept_only_where_no_name_has_to_be_answered(db, provider, keeper, kept):
    asked = factories.opportunity(provider=provider, is_instant=False)
    with pytest.raises(Conflict, match="without being asked"):
        kept(asked)

    offer = factories.opportunity(provider=provider)
    scheduled = factories.scheduled_session(opportunity=offer, starts_at=STARTS_AT, places=4)
    kept(offer)
    assert places(scheduled) == (2, 2)
    offer.is_instant = False
    db.flush()
    assert unsettled(db, now=NOW) == [scheduled.id]
    settle_session(db, scheduled.id, now=NOW)
    assert places(scheduled) == (4, 0)


def test_only_its_own_team_keeps_places_and_only_for_a_group_of_its_city(db, offer, officer, group):
    elsewhere = name_group(
        db, officer=factories.officer(), name="Care leavers", name_cy="x", now=NOW
    )
    team = factories.member(of=offer.provider)
    given = {"opportunity": offer, "places": 1, "hours_before": 24, "now": NOW}

    for stranger in (factories.member(of=factories.provider()), officer, outsider()):
        with pytest.raises(NotAllowed):
            keep_places(db, by=stranger, group_uuid=group.uuid, **given)
        with pytest.raises(NotAllowed):
            keep_none(db, by=stranger, opportunity=offer, now=NOW)
    with pytest.raises(NotFound):
        keep_places(db, by=team, group_uuid=elsewhere.uuid, **given)
    assert db.scalar(select(func.count()).select_from(KeptPlaces)) == 0


def test_places_of_a_session_that_is_unbooked_may_still_be_changed(
    db, offer, keeper, scheduled, insider
):
    assert [each.id for each in unbooked_sessions(db, offer, NOW)] == [scheduled.id]
    listings.change_places(db, opportunity=offer, changed_by=keeper, places=6, now=NOW)
    settle_session(db, scheduled.id, now=NOW)
    assert places(scheduled) == (4, 2)

    # Whoever has one of them has booked, kept or not.
    books(db, insider(), scheduled)
    assert list(unbooked_sessions(db, offer, NOW)) == []


# --- Who may know ---


def test_the_register_shows_no_name_until_the_places_are_free_to_all(
    db, keeper, scheduled, insider
):
    booking = books(db, insider(), scheduled)
    just_before = FREE_FROM - timedelta(microseconds=1)

    register = register_of(db, keeper, scheduled.uuid, now=just_before)
    assert (register.rows, register.names_from) == ([], FREE_FROM)
    shown = register_of(db, keeper, scheduled.uuid, now=FREE_FROM)
    assert [row.booking_uuid for row in shown.rows] == [booking.uuid]
    assert shown.names_from is None


def test_to_keep_none_any_more_shows_no_name_earlier(db, offer, keeper, kept, scheduled, insider):
    """Else to look before and after would show who came in while only the group could."""
    books(db, insider(), scheduled)
    keep_none(db, opportunity=offer, by=keeper, now=NOW)
    assert places(scheduled) == (3, 0)
    assert register_of(db, keeper, scheduled.uuid, now=NOW).rows == []

    kept(offer, hours_before=336)
    assert register_of(db, keeper, scheduled.uuid, now=NOW).rows == []


def test_moved_to_an_earlier_day_names_are_there_a_day_before_at_the_latest(db, keeper, scheduled):
    booking = books(db, outsider(), scheduled)
    scheduled.starts_at = NOW + timedelta(hours=25)
    scheduled.ends_at = scheduled.starts_at + timedelta(hours=1)
    db.flush()

    assert register_of(db, keeper, scheduled.uuid, now=NOW).rows == []
    then = NOW + timedelta(hours=1)
    assert len(register_of(db, keeper, scheduled.uuid, now=then).rows) == 1
    came = confirm_everyone(db, session=scheduled, confirmed_by=keeper, now=scheduled.starts_at)
    assert [each.booking_id for each in came] == [booking.id]


def test_no_booking_says_whether_its_place_was_a_kept_one(db, scheduled, insider):
    books(db, outsider(), scheduled)
    own, kept = books(db, outsider(), scheduled), books(db, insider(), scheduled)
    apart = ("id", "uuid", "learner_id", "booked_at")

    def said(booking):
        names = [column.key for column in Booking.__table__.columns if column.key not in apart]
        return {name: getattr(booking, name) for name in names}

    assert said(own) == said(kept)


def test_what_is_known_of_a_member_goes_with_the_account(db, group, insider):
    stays, goes = insider(), insider()
    db.execute(delete(User).where(User.id == goes.id))

    assert db.scalars(select(GroupMember.learner_id)).all() == [stays.id]
    # And nothing but who, and which.
    assert [column.key for column in GroupMember.__table__.columns] == ["learner_id", "group_id"]


# --- Codes ---


def a_code(db, officer, group, **given) -> str:
    given = {"most": 2, "days": 7} | given
    return make_code(db, officer=officer, uuid=group.uuid, secret=SECRET, now=NOW, **given)


def joins(db, learner, code, now=NOW, secret=SECRET):
    return join_group(db, learner=learner, code=code, secret=secret, now=now)


def test_a_code_lets_so_many_in_for_so_long_and_once_each(db, officer, group):
    code = a_code(db, officer, group)
    first = outsider()
    typed = f" {code[:4].lower()}-{code[4:8]} {code[8:]} "
    assert joins(db, first, typed) == group
    joins(db, first, code)

    joins(db, outsider(), code, now=NOW + timedelta(days=7, microseconds=-1))
    with pytest.raises(NoSuchCode):
        joins(db, outsider(), code)
    assert joins(db, first, code) == group
    assert db.scalar(select(GroupCode.used)) == 2
    assert db.scalar(select(func.count()).select_from(GroupMember)) == 2


@pytest.mark.parametrize("wrong", ["never made", "over", "stopped", "another secret", ""])
def test_a_code_that_does_not_work_says_no_more(db, officer, group, wrong):
    code = a_code(db, officer, group)
    given = {}
    if wrong == "over":
        given["now"] = NOW + timedelta(days=7)
    elif wrong == "stopped":
        uuid = db.scalar(select(GroupCode.uuid))
        end_code(db, officer=officer, uuid=group.uuid, code_uuid=uuid)
        assert list(open_codes(db, officer, group.uuid, now=NOW)) == []
    elif wrong == "another secret":
        given["secret"] = "stolen with the table"
    else:
        code = "2345-6789-CDFG" if wrong else ""

    with pytest.raises(NoSuchCode, match=r"^This code does not work, or not any more\."):
        joins(db, outsider(), code, **given)
    assert db.scalar(select(func.count()).select_from(GroupMember)) == 0


def test_the_database_keeps_no_code(db, officer, group):
    code = a_code(db, officer, group)

    rows = db.execute(text("SELECT to_jsonb(g)::text FROM group_code g")).scalars().all()
    assert len(rows) == 1
    assert code not in rows[0]


def test_only_learners_join(db, officer, keeper, group):
    code = a_code(db, officer, group)
    for adult in (officer, keeper, factories.adult(Role.GUARDIAN)):
        with pytest.raises(NotAllowed):
            joins(db, adult, code)


@pytest.mark.parametrize(("members", "said"), [(0, 0), (4, 0), (5, 5), (9, 5), (10, 10)])
def test_an_officer_is_told_in_fives_how_many_are_in(db, officer, group, insider, members, said):
    for _ in range(members):
        insider()

    assert about_how_many(db, officer, group.uuid) == said


def test_another_city_knows_nothing_of_a_group(db, officer, group):
    stranger = factories.officer()
    a_code(db, officer, group)
    code_uuid = db.scalar(select(GroupCode.uuid))
    for act in (
        lambda: about_how_many(db, stranger, group.uuid),
        lambda: open_codes(db, stranger, group.uuid, now=NOW),
        lambda: a_code(db, stranger, group),
        lambda: end_code(db, officer=stranger, uuid=group.uuid, code_uuid=code_uuid),
        lambda: end_group(db, officer=stranger, uuid=group.uuid, now=NOW),
    ):
        with pytest.raises(NotFound):
            act()


def test_a_group_that_is_ended_is_forgotten_and_its_places_are_everyones(
    db, officer, group, scheduled, insider
):
    insider()
    a_code(db, officer, group)
    for _ in range(2):
        books(db, outsider(), scheduled)
    waits = books(db, outsider(), scheduled, may_wait=True)

    end_group(db, officer=officer, uuid=group.uuid, now=NOW)

    assert waits.status is BookingStatus.OFFERED
    assert places(scheduled) == (1, 0)
    for table in (GroupMember, GroupCode, KeptPlaces):
        assert db.scalar(select(func.count()).select_from(table)) == 0
    assert db.scalar(select(func.count()).select_from(Group)) == 1


def test_a_name_is_had_once_in_a_city(db, officer, group):
    with pytest.raises(Conflict, match="There is a group of that name"):
        name_group(db, officer=officer, name="young CARERS", name_cy="x", now=NOW)


# --- What the database holds ---


@pytest.mark.parametrize(
    "amiss",
    [
        pytest.param({"kept_capacity": 3, "remaining_capacity": 2}, id="more than there are"),
        pytest.param({"kept_capacity": -1}, id="less than none"),
        pytest.param({"kept_capacity": 3, "remaining_capacity": 0}, id="more than half"),
        pytest.param({"kept_until": None}, id="kept without end"),
    ],
)
def test_the_database_refuses_what_cannot_be(db, scheduled, amiss):
    change = update(ScheduledSession).filter_by(id=scheduled.id).values(**amiss)
    with pytest.raises(IntegrityError, match="ck_scheduled_session_kept"), db.begin_nested():
        db.execute(change, execution_options={"synchronize_session": False})


@pytest.mark.parametrize(
    ("table", "amiss"),
    [
        (KeptPlaces, {"places": 0}),
        (KeptPlaces, {"places": 51}),
        (KeptPlaces, {"hours_before": 23}),
        (KeptPlaces, {"hours_before": 337}),
        (GroupCode, {"most": 201}),
        (GroupCode, {"used": 3}),
        (GroupCode, {"expires_at": NOW}),
        (Group, {"name": "x" * 41}),
        (Group, {"name_cy": ""}),
    ],
)
def test_the_database_holds_their_bounds(db, officer, group, scheduled, table, amiss):
    a_code(db, officer, group)
    change = update(table).values(**amiss)
    with pytest.raises(IntegrityError, match=f"ck_{table.__tablename__}_"), db.begin_nested():
        db.execute(change, execution_options={"synchronize_session": False})


# --- Pages ---


def test_an_officer_names_a_group_and_makes_a_code_that_lets_a_learner_in(
    db, sign_in, officer, scheduled
):
    client = sign_in(officer)
    named = client.post(
        "/authority/groups", data={"name": "Care leavers", "name_cy": "Rhai sy'n gadael gofal"}
    )
    page = client.get(named.location).text
    assert "Fewer than 5 young people are in it." in page
    made = client.post(f"{named.location}/codes", data={"most": "5", "days": "7"})
    code = made.text.split("<strong>")[1].split("</strong>")[0]
    assert (made.status_code, made.headers["Cache-Control"]) == (200, "no-store")
    assert "It lets in up to 5 young people. It works for 7 days." in made.text
    again = client.get(named.location).text
    assert code not in again
    assert "For up to 5 young people" in again

    learner = outsider()
    client = sign_in(learner)
    joined = client.post("/me/groups", data={"code": code.lower()})
    page = client.get(joined.location)
    assert joined.status_code == 303
    assert "Care leavers" in page.text
    assert "You are in." in page.text
    assert page.headers["Cache-Control"] == "no-store"

    group = db.scalar(select(Group).filter_by(name="Care leavers"))
    left = client.post(f"/me/groups/{group.uuid}/leave")
    assert "You are out." in client.get(left.location).text
    assert list(own_groups(db, learner)) == []


def test_a_learner_of_the_group_books_where_others_read_that_it_is_full(
    db, sign_in, scheduled, insider
):
    for _ in range(2):
        books(db, outsider(), scheduled)
    member, stranger = insider(), outsider()
    stranger.home_lsoa_code = member.home_lsoa_code
    address = f"/a/{scheduled.opportunity.slug}/book?session={scheduled.uuid}"
    listing = f"/a/{scheduled.opportunity.slug}"

    client = sign_in(member)
    page = client.get("/me/groups").text
    assert address.replace("&", "&amp;") in page
    assert sessions_kept_for(db, stranger, now=NOW) == []
    assert client.post(address, data={}).status_code == 303
    of_member = main_of(client.get(listing))

    client = sign_in(stranger)
    assert "Pottery" not in client.get("/me/groups").text
    refused = client.post(address, data={})
    assert refused.status_code == 409
    assert "All the places have gone." in refused.text
    assert main_of(client.get(listing)) == of_member
    for told in (refused.text, client.get(listing).text, client.get(f"/api/v1{listing}").text):
        assert "carers" not in told
        assert "kept" not in told.lower().replace("kept-words", "")


def main_of(page) -> str:
    """What a page says, without the token of its forms, which holds a time."""
    said = page.text.split("<main")[1].split("</main>")[0]
    return re.sub(r'(name="csrf_token" value=)"[^"]*"', r"\1", said)


def test_an_organiser_keeps_places_and_sees_no_more_than_everyone(
    db, sign_in, monkeypatch, group, keeper, offer, insider
):
    scheduled = factories.scheduled_session(opportunity=offer, starts_at=STARTS_AT, places=4)
    client = sign_in(keeper)
    address = f"/provide/activities/{offer.uuid}/kept"
    assert "Young carers" in client.get(address).text
    given = {"group": str(group.uuid), "places": "1", "hours_before": "48"}
    assert client.post(address, data=given).status_code == 303
    assert places(db.get_one(ScheduledSession, scheduled.id)) == (3, 1)
    assert "Places are kept on 1 session to come." in client.get(address).text

    listing = f"/provide/activities/{offer.uuid}"
    seen = []
    for comer in (outsider(), insider()):
        books(db, comer, scheduled)
        db.commit()
        seen.append("2 of 4 places booked or kept" in client.get(listing).text)
    assert seen == [True, False]
    assert "3 of 4 places booked or kept" in client.get(listing).text
    door = client.get(f"/door/{scheduled.uuid}").text
    assert "Names are shown from then on" in door
    assert "Seren" not in door
    assert "Seren" not in client.get(f"/door/{scheduled.uuid}/paper").text
    monkeypatch.setattr(clock, "now", lambda: FREE_FROM)
    with client.session_transaction() as cookie:
        cookie.clear()
    client = sign_in(keeper)
    assert "Seren" in client.get(f"/door/{scheduled.uuid}").text
    assert "No session to come keeps places now." in client.get(address).text

    assert client.post(address, data={"group": "none", "places": "x"}).status_code == 303
    assert db.get(KeptPlaces, offer.id) is None


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        pytest.param({"group": ""}, "Choose a group, or none.", id="no group"),
        pytest.param({"group": "x"}, "We could not understand", id="a strange one"),
        pytest.param({"places": ""}, "Type a number.", id="no number"),
        pytest.param({"places": "51"}, "Type a number from 1 to 50.", id="too many"),
        pytest.param({"hours_before": ""}, "Choose how long.", id="no time"),
        pytest.param({"hours_before": "1"}, "We could not understand", id="a strange time"),
    ],
)
def test_an_organisers_form_says_what_is_wrong(db, sign_in, group, keeper, offer, typed, said):
    client = sign_in(keeper)
    given = {"group": str(group.uuid), "places": "1", "hours_before": "48"} | typed

    page = client.post(f"/provide/activities/{offer.uuid}/kept", data=given)

    assert (page.status_code, said in page.text) == (422, True)
    assert db.get(KeptPlaces, offer.id) is None


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param({}, "Type the code you were given.", id="nothing"),
        pytest.param({"code": "<script>"}, "This code does not work", id="strange"),
        pytest.param({"code": "x" * 101}, "Type the code you were given.", id="long"),
    ],
)
def test_a_learners_form_says_what_is_wrong(sign_in, data, said):
    page = sign_in(outsider()).post("/me/groups", data=data)

    assert (page.status_code, said in page.text) == (422, True)


def test_a_machine_cannot_go_on_trying_codes(sign_in):
    client = sign_in(outsider())

    answers = [
        client.post("/me/groups", data={"code": f"2345-6789-CD{n:02}"}).status_code
        for n in range(11)
    ]

    assert answers == [422] * 10 + [429]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param({"name": "Young carers", "name_cy": "x"}, "There is a group", id="twice"),
        pytest.param({"name": "", "name_cy": "x"}, "Type the name in English.", id="nothing"),
        pytest.param({"name": "x" * 41, "name_cy": "x"}, "Use 40 characters", id="long"),
        pytest.param({"name": "ring 07700 900123", "name_cy": "x"}, "Leave out", id="a number"),
    ],
)
def test_an_officers_form_says_what_is_wrong(db, sign_in, officer, group, data, said):
    page = sign_in(officer).post("/authority/groups", data=data)

    assert (page.status_code, said in page.text) == (422, True)


def test_a_group_is_ended_only_by_who_is_sure(db, sign_in, officer, group):
    client, address = sign_in(officer), f"/authority/groups/{group.uuid}"
    wrong = client.post(f"{address}/codes", data={"most": "201", "days": "7"})
    unsure = client.post(f"{address}/end", data={})
    assert (wrong.status_code, "Type a number from 1 to 200." in wrong.text) == (422, True)
    assert (unsure.status_code, "Tick the box if you are sure." in unsure.text) == (422, True)

    assert client.post(f"{address}/end", data={"sure": "yes"}).status_code == 303
    assert client.get(address).status_code == 404


def test_each_page_is_for_its_own_people(app, db, sign_in, officer, keeper, group, offer):
    learner, stranger = outsider(), factories.member(of=factories.provider())
    other_officer = factories.officer()
    of_officers = ("/authority/groups", f"/authority/groups/{group.uuid}")
    of_team = f"/provide/activities/{offer.uuid}/kept"
    db.commit()

    for address in (*of_officers, of_team, "/me/groups"):
        assert app.test_client().get(address).status_code == 303
    for who, allowed in ((officer, of_officers), (keeper, (of_team,)), (learner, ("/me/groups",))):
        client = sign_in(who)
        for address in (*of_officers, of_team, "/me/groups"):
            assert client.get(address).status_code == (200 if address in allowed else 403)
    assert sign_in(stranger).get(of_team).status_code == 404
    assert sign_in(other_officer).get(of_officers[1]).status_code == 404
