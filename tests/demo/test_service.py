"""A demo city must be as the services would have left it."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from accounts.models import Role, User
from accounts.queries import user_by_email
from accounts.service import recognise_adult, recognise_learner, use_sign_in_link
from app.errors import Conflict, NotFound
from app.terms import Period, period_named
from awards.asking import why_not_ask
from badges.endorsement_queries import board_of, shown_for_badge
from badges.models import Achievement, AchievementCredential, Endorsement
from badges.queries import badges_of
from cube.models import ReachRelease
from demo import cast, real_places
from demo.cast import seren
from demo.homes import homes_of
from demo.service import clear_city, load_city
from equality.answers import Ethnicity
from equality.models import EqualityAnswer
from equality.queries import own_answers
from equality.service import ASKED_BANDS
from evidence import cell
from evidence.models import FILE_KINDS, EvidencePiece, Kind
from evidence.queries import pieces_of
from geo.models import Area, Deprivation, Place, PopulationBand, Postcode
from opportunities.models import (
    AttendanceMode,
    Fund,
    FundedListing,
    ListingReport,
    Opportunity,
    ScheduledSession,
    Wish,
)
from opportunities.wish_queries import words_by_ward, words_of_city
from opportunities.wish_service import make_wish
from participation.attendance import confirm_attendance, door_refusal
from participation.models import Attendance, Booking, BookingStatus
from pathways.models import PathwayAdvert
from profiles.models import KeptOpportunity, SavedSearch
from providers.models import Provider, ProviderMember, ProviderStatus
from tests import factories

#: A Tuesday in November, two in the afternoon in London.
NOW = datetime.fromisoformat("2026-11-24T14:00:00+00:00")
SMALL = {
    **{"learners": 60, "opportunities": 40, "now": NOW, "secret": "of this test"},
    **{"public_url": "http://localhost", "keys_secret": "of this test too"},
    "equality_secret": "of this test as well",
}


def count(db, model, **given) -> int:
    return db.scalar(select(func.count()).select_from(model).filter_by(**given))


def counts(db) -> dict[str, int]:
    tables = (Area, Postcode, Deprivation, PopulationBand, Place, Provider, ProviderMember, User,
              Opportunity, ScheduledSession, Booking, Attendance, AchievementCredential, ReachRelease,
              ListingReport, Wish, SavedSearch, KeptOpportunity, Endorsement, EvidencePiece,
              EqualityAnswer)  # fmt: skip
    return {model.__tablename__: count(db, model) for model in tables}


@pytest.fixture(autouse=True)
def inside(app, monkeypatch):
    """An application, whose folder takes what Seren shows. What is made anew is so once in a run."""
    monkeypatch.setattr(cell, "remake", _remade_once)
    with app.app_context():
        yield


_remade: dict[Kind, tuple[cell.Outcome, list[bytes]]] = {}
_remake = cell.remake


def _remade_once(kind, came, *files):
    if kind not in _remade:
        outcome = _remake(kind, came, *files)
        _remade[kind] = outcome, [_read(file) for file in files]
    outcome, contents = _remade[kind]
    for file, content in zip(files, contents, strict=True):
        file.seek(0)
        file.write(content)
    return outcome


def _read(file) -> bytes:
    file.seek(0)
    return file.read()


@pytest.fixture
def small(db):
    return load_city(db, **SMALL)


def test_a_small_city_has_something_of_everything(db, small):
    assert small.is_new
    assert count(db, Provider, status=ProviderStatus.VERIFIED) == 40
    assert count(db, Provider, status=ProviderStatus.APPLIED) == 2
    assert count(db, User, role=Role.LEARNER) == 60
    assert count(db, Opportunity) == 40
    # Four terms, the school year that they hold whole, and the last three months.
    assert count(db, ReachRelease) == 9, "eight periods, and one counted again"
    assert count(db, ListingReport, closed_at=None) == 3
    assert {person.role for person in small.people} == set(Role)
    assert count(db, Opportunity, mode=AttendanceMode.IN_PERSON) < 40
    assert db.scalar(select(func.count()).where(Opportunity.suits_min_age.is_not(None))) > 0
    assert {len(skills) for skills in db.scalars(select(Achievement.skills))} == {2}
    assert (count(db, Wish), count(db, SavedSearch), count(db, KeptOpportunity)) == (27, 1, 1)
    assert_an_officer_reads_wishes(db)
    shown = pieces_of(db, seren(db, cast.city_of(db, small.city.slug)))
    assert {piece.kind for piece in shown} == {*Kind} - {Kind.VIDEO, Kind.FILE}
    assert [len(piece.renditions) for piece in shown if piece.kind in FILE_KINDS] == [1, 2, 1]
    assert [piece.title for piece in shown if piece.is_hello] == ["Hello"]
    assert (count(db, Fund), count(db, FundedListing), count(db, PathwayAdvert)) == (1, 2, 3)
    to_come = select(ScheduledSession.opportunity_id).where(ScheduledSession.starts_at > NOW)
    assert len(set(db.scalars(to_come))) == 40


def assert_an_officer_reads_wishes(db):
    officer = db.scalars(select(User).filter_by(role=Role.AUTHORITY_OFFICER)).first()
    assert len(words_by_ward(db, officer, today=NOW.date())) == 1
    assert words_of_city(db, officer, today=NOW.date()) == [
        "girls' rugby",
        "nights under canvas",
        "somewhere to drum",
    ]


@pytest.mark.slow
def test_the_whole_city(db):
    load_city(db, now=NOW, secret="of this test")

    assert (count(db, Area), count(db, Postcode)) == (110, 4_400)
    assert (count(db, Opportunity), count(db, User, role=Role.LEARNER)) == (300, 2_000)
    assert len(set(db.scalars(select(Opportunity.title)))) >= 60
    assert_everything_is_sound(db)
    assert_the_gap_closes_slowly(db)


def test_everything_is_as_the_services_would_have_left_it(db, small):
    assert_everything_is_sound(db)


def assert_everything_is_sound(db):
    live = Counter(
        db.scalars(select(Booking.scheduled_session_id).filter_by(status=BookingStatus.CONFIRMED))
    )
    sessions = db.scalars(select(ScheduledSession)).all()
    assert {one.id: one.remaining_capacity for one in sessions} == {
        one.id: one.maximum_capacity - live[one.id] for one in sessions
    }
    assert_attendances_are_sound(db)
    assert_badges_are_sound(db)


def assert_attendances_are_sound(db):
    words = db.execute(
        select(Attendance, Booking, ScheduledSession, Opportunity, User)
        .join(Attendance.booking)
        .join(Booking.scheduled_session)
        .join(ScheduledSession.opportunity)
        .join(Booking.learner)
    ).all()
    speaks = set(db.execute(select(ProviderMember.user_id, ProviderMember.provider_id)))
    assert len(words) > 100
    for word, booking, scheduled, opportunity, learner in words:
        assert booking.status is BookingStatus.CONFIRMED
        assert learner.created_at <= booking.booked_at < scheduled.starts_at
        assert scheduled.ends_at < word.confirmed_at <= NOW
        assert (word.confirmed_by_id, opportunity.provider_id) in speaks
        assert word.minutes == scheduled.duration_minutes
        assert word.home_lsoa_code == learner.home_lsoa_code
        youngest, oldest = learner.age_band.ages
        assert youngest <= opportunity.max_age
        assert opportunity.min_age <= oldest


def assert_badges_are_sound(db):
    earned = set(
        db.execute(
            select(Opportunity.achievement_id, Booking.learner_id)
            .join(ScheduledSession.opportunity)
            .join(Booking, Booking.scheduled_session_id == ScheduledSession.id)
            .join(Attendance, Attendance.booking_id == Booking.id)
            .where(Opportunity.achievement_id.is_not(None))
        )
    )
    badges = db.scalars(select(AchievementCredential)).all()
    held = [(badge.achievement_id, badge.recipient_id) for badge in badges]
    assert len(held) == len(set(held))
    assert set(held) == earned
    places = [(badge.issuer_id, badge.status_index) for badge in badges]
    assert len(places) == len(set(places))
    signed = [badge for badge in badges if badge.signed_document and badge.signed_token]
    assert {badge.recipient.name for badge in signed} <= {"Seren"}, "a worker signs the rest"
    assert len(signed) < len(badges)
    assert all(badge.issuer_id == badge.achievement.issuer_id for badge in badges)
    assert all(badge.activity_ended_at < badge.awarded_at <= NOW for badge in badges)


def test_loading_again_changes_nothing(db, small):
    before = counts(db)

    again = load_city(db, **SMALL)

    assert not again.is_new
    assert again.new_sessions == 0
    assert counts(db) == before
    assert [person.account for person in again.people] == [
        person.account for person in small.people
    ]


def test_weeks_later_there_is_still_something_to_come(db, small):
    later = NOW + timedelta(weeks=8)

    again = load_city(db, **SMALL | {"now": later})

    to_come = select(ScheduledSession.opportunity_id).where(ScheduledSession.starts_at > later)
    assert again.new_sessions > 40
    assert len(set(db.scalars(to_come))) == 40
    assert load_city(db, **SMALL | {"now": later}).new_sessions == 0


def test_everyone_can_sign_in_as_the_demo_says(db, small):
    learner, *adults = small.people

    by_pass = recognise_learner(db, pass_code=learner.account, pin=learner.secret)
    assert (by_pass.name, learner.role) == ("Seren", "learner")
    for adult in adults:
        user = recognise_adult(db, email=adult.account, password=adult.secret)
        assert (user.role, user.name) == (adult.role, adult.name)
    for person in small.people:
        token = person.sign_in.rpartition("/")[2]
        assert use_sign_in_link(db, token=token, now=NOW).role == person.role


def test_another_secret_of_the_installation_opens_the_accounts_again(db, small):
    again = load_city(db, **SMALL | {"secret": "another"})

    assert again.people[1].secret != small.people[1].secret
    for adult in again.people[1:]:
        recognise_adult(db, email=adult.account, password=adult.secret)
    recognise_learner(db, pass_code=again.people[0].account, pin=again.people[0].secret)


def test_seren_has_a_record_and_a_place_at_a_door_that_will_open(db, small):
    learner = seren(db, small.city)
    keeper = user_by_email(db, "provider.staff@aberwennol.example.org")
    waiting = db.scalars(
        select(Booking)
        .join(Booking.scheduled_session)
        .where(Booking.learner_id == learner.id, ScheduledSession.ends_at > NOW)
        .order_by(ScheduledSession.starts_at)
    ).all()

    assert len(badges_of(db, learner)) >= 6
    assert len(waiting) >= 2
    tonight = waiting[0].scheduled_session
    assert tonight.starts_at.date() == NOW.date()
    assert door_refusal(tonight, tonight.starts_at) is None
    badges = len(badges_of(db, learner))
    confirm_attendance(db, booking_uuid=waiting[0].uuid, confirmed_by=keeper, now=tonight.ends_at)
    assert len(badges_of(db, learner)) >= badges


@pytest.mark.parametrize(
    "now", ["2026-02-16T08:00", "2026-07-31T23:45", "2026-11-28T01:52", "2027-01-04T12:00"]
)
def test_whatever_the_day_seren_may_ask_the_demos_own_provider_for_a_badge(db, now):
    full = SMALL | {"opportunities": 300, "now": datetime.fromisoformat(f"{now}+00:00")}
    city = load_city(db, **full).city
    learner, own = seren(db, city), cast.provider_in_charge(db, city.slug)
    offered = db.scalars(select(Achievement).filter_by(issuer_id=own.id, takes_requests=True)).all()

    assert len(offered) >= 2
    assert [why_not_ask(db, learner, each) for each in offered] == [""] * len(offered)


def test_one_register_of_yesterday_is_still_empty(db, small):
    yesterday = db.scalars(
        select(ScheduledSession)
        .join(ScheduledSession.opportunity)
        .join(Opportunity.provider)
        .where(
            Provider.name == "The Slipway",
            func.date(ScheduledSession.starts_at) == (NOW - timedelta(days=1)).date(),
        )
    ).all()

    assert len(yesterday) == 1
    booked = select(Booking.id).filter_by(scheduled_session_id=yesterday[0].id)
    assert db.scalars(select(Attendance).where(Attendance.booking_id.in_(booked))).all() == []


def test_all_addresses_end_where_no_mail_arrives(db, small):
    emails = db.scalars(select(User.email).where(User.email.is_not(None))).all()

    assert [email for email in emails if not email.endswith(".example.org")] == []


def assert_the_gap_closes_slowly(db):
    """Take-up falls with deprivation, and a little less so as the terms go by."""
    terms = [_rates(db, period_named(code)) for code in ("2025-autumn", "2026-summer")]
    for hard, easy in terms:
        assert 8 < hard < easy < 90
        assert easy > 1.4 * hard
    (hard_then, easy_then), (hard_now, easy_now) = terms
    assert easy_now / hard_now < 1.05 * easy_then / hard_then


def _rates(db, term: Period) -> tuple[float, float]:
    """Return learners per 1,000 young people, in the three most and the three least deprived tenths."""
    city_homes = homes_of(db, db.scalars(select(Provider)).first().city)
    came = db.execute(
        select(Attendance.home_lsoa_code, func.count(Booking.learner_id.distinct()))
        .join(Attendance.booking)
        .join(Booking.scheduled_session)
        .where(ScheduledSession.starts_at.between(term.opens_at, term.closes_at))
        .group_by(Attendance.home_lsoa_code)
    )
    learners = dict(came.all())
    both = []
    for tenths in ((1, 2, 3), (8, 9, 10)):
        homes = [home for home in city_homes if home.decile in tenths]
        young = sum(home.young_people for home in homes)
        both.append(1000 * sum(learners.get(home.lsoa_code, 0) for home in homes) / young)
    return both[0], both[1]


def test_clearing_leaves_official_data_and_the_neighbours(db, small):
    stays = factories.learner()
    visitor = {"category": None, "words": "girls' rugby at noon", "now": NOW}
    make_wish(db, city=cast.city_of(db, "aberwennol"), area=None, **visitor)
    before = counts(db)

    clear_city(db)

    after = counts(db)
    kept = ("area", "postcode", "deprivation", "population_band", "reach_release")
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert {name: number for name, number in after.items() if name not in kept and number} == {
        "user_account": 1,
        "wish": 1,
    }
    assert db.scalars(select(Wish.words)).all() == ["girls' rugby at noon"]
    assert db.get(User, stays.id) is stays
    assert load_city(db, **SMALL).is_new


def test_organisations_speak_for_a_badge_of_hers_and_wait_for_the_demos_own(db, small):
    said = db.scalars(select(Endorsement).order_by(Endorsement.id)).all()
    badges = badges_of(db, seren(db, small.city))

    assert [bool(each.signed_document) for each in said] == [True, False, False]
    shown = [shown_for_badge(db, each.achievement, NOW) for each in badges]
    assert said[0] in [each for spoken in shown for each in spoken]
    board = board_of(db, cast.provider_in_charge(db, small.city.slug))
    assert (board.to_answer, board.to_accept) == ([said[1]], [said[2]])


def test_more_than_half_of_those_who_are_asked_told_of_themselves_and_seren_did(db, small):
    asked = db.scalars(
        select(User).where(User.role == Role.LEARNER, User.age_band.in_(ASKED_BANDS))
    ).all()
    secret = SMALL["equality_secret"]
    told = {each.id: own_answers(db, each, secret=secret) for each in asked}
    silent = [answers for answers in told.values() if answers.is_empty]

    assert not told[cast.seren(db, small.city).id].is_empty
    assert 0.2 < len(silent) / len(asked) < 0.6
    assert count(db, EqualityAnswer) == len(asked) - len(silent)
    assert {answers.ethnicity for answers in told.values()} > {None, Ethnicity.WHITE}


def test_clearing_what_the_demo_never_loaded_is_refused(db):
    with pytest.raises(NotFound, match="leeds"):
        clear_city(db, slug="leeds")


def test_a_city_that_nobody_knows_is_refused_with_those_that_can_be_built(db):
    with pytest.raises(NotFound, match="aberwennol, brighton-and-hove"):
        load_city(db, slug="atlantis", now=NOW)


def test_a_real_place_without_its_files_is_refused(db, monkeypatch, tmp_path):
    monkeypatch.setenv("TIRNOD_SHARED", str(tmp_path))

    with pytest.raises(NotFound, match="official files"):
        load_city(db, slug="plymouth", now=NOW)


@pytest.mark.slow
def test_a_real_place_stands_beside_the_fictional_one(db, small):
    if not real_places.data_folder().is_dir():
        pytest.skip("the official files are not beside the project")

    real = load_city(db, **SMALL | {"slug": "plymouth"})

    providers = db.scalars(select(Provider).filter_by(city_id=real.city.id)).all()
    assert real.city.slug == "plymouth"
    assert len({provider.name for provider in providers}) == len(providers) >= 40
    assert {"is invented for this demo" in provider.description for provider in providers} == {True}
    assert_everything_is_sound(db)
    assert_it_can_be_cleared_unless_others_use_it(db, real.city, small.city)


def assert_it_can_be_cleared_unless_others_use_it(db, real, fictional):
    home = db.scalars(select(Area).filter_by(district_code="E06000026").limit(1)).one()
    stranger = factories.learner(home=home)
    with pytest.raises(Conflict, match="Others use this city"):
        clear_city(db, slug=real.slug)

    db.delete(stranger)
    db.flush()
    clear_city(db, slug=real.slug)

    assert count(db, Provider, city_id=real.id) == 0
    assert count(db, Provider, city_id=fictional.id) == 42
