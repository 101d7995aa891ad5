"""An organisation's own numbers: what is counted, who may see it, and the file to take away."""

import csv
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest

from accounts.models import AgeBand, Role
from app.terms import school_year_of, term_before, term_of
from badges.service import award, revoke
from opportunities.models import OpportunityStatus
from participation.models import Attendance
from participation.number_queries import numbers_of, stretches
from participation.own_numbers import Figure, Offered, Span
from participation.small_numbers import Hidden
from providers.models import ProviderStatus
from tests import factories
from tests.factories import NOW

MAY = datetime(2026, 5, 4, 16, tzinfo=UTC)
FEBRUARY = datetime(2026, 2, 2, 16, tzinfo=UTC)
LAST_JULY = datetime(2025, 7, 7, 16, tzinfo=UTC)


@pytest.fixture
def provider(db):
    return factories.provider(name="Pot House")


@pytest.fixture
def home(db):
    return factories.area()


def _learners(home, number, age_band=AgeBand.FROM_13_TO_15):
    return [factories.learner(home=home, age_band=age_band) for _each in range(number)]


def _came(opportunity, starts_at, learners, *, absent=(), withdrawn=(), places=30):
    """A session to which `learners` came, and for which others had booked."""
    scheduled = factories.scheduled_session(
        opportunity=opportunity, starts_at=starts_at, places=places
    )
    for learner in (*learners, *absent, *withdrawn):
        booking = factories.booking(of=learner, on=scheduled)
        if learner not in absent:
            factories._saved(
                Attendance(
                    booking=booking,
                    confirmed_by_id=learner.id,
                    confirmed_at=starts_at,
                    minutes=120,
                    home_lsoa_code=learner.home_lsoa_code,
                    withdrawn_at=starts_at if learner in withdrawn else None,
                )
            )
    return scheduled


def test_sessions_places_and_people_are_counted_by_time_activity_month_and_age(db, provider, home):
    clay, glaze = (
        factories.opportunity(provider=provider, title=title) for title in ("Clay", "Glaze")
    )
    younger = _learners(home, 6, AgeBand.FROM_11_TO_12)
    older = _learners(home, 8)
    _came(clay, MAY, younger + older, absent=_learners(home, 2), places=20)
    _came(clay, MAY + timedelta(days=7), older, withdrawn=younger[:3])
    _came(glaze, FEBRUARY, younger + older)
    _came(glaze, LAST_JULY, older)  # another school year
    noise = factories.opportunity(provider=factories.provider(name="Elsewhere"))
    _came(noise, MAY, older)

    numbers = numbers_of(db, provider, now=NOW)

    def told(line):
        return (line.offered, line.shown[Figure.CAME], line.shown[Figure.PEOPLE])

    assert {span: told(line) for span, line in numbers.spans.items()} == {
        Span.TERM: (Offered(2, 50, 27), 22, 14),
        Span.LAST_TERM: (Offered(1, 30, 14), 14, 14),
        Span.YEAR: (Offered(3, 80, 41), 36, 14),
    }
    assert {span: line.shown[Figure.BACK] for span, line in numbers.spans.items()} == {
        Span.TERM: 8,
        Span.LAST_TERM: 0,  # there was one session: nobody could come twice
        Span.YEAR: 14,
    }
    assert [(line.scope.title, *told(line)) for line in numbers.activities] == [
        ("Clay", Offered(2, 50, 27), 22, 14),
        ("Glaze", Offered(1, 30, 14), 14, 14),
    ]
    assert [(line.scope, line.shown[Figure.PEOPLE]) for line in numbers.months] == [
        (date(2026, 2, 1), 14),
        (date(2026, 5, 1), 14),
    ]
    assert numbers.ages[AgeBand.FROM_11_TO_12] in (6, Hidden.NOT_SHOWN)
    assert numbers.ages[AgeBand.FROM_16_TO_17] is Hidden.TOO_FEW


def test_what_is_still_to_come_or_ran_for_nobody_after_it_was_withdrawn_is_not_counted(
    db, provider, home
):
    offer = factories.opportunity(provider=provider)
    withdrawn = factories.opportunity(provider=provider, status=OpportunityStatus.WITHDRAWN)
    factories.scheduled_session(opportunity=offer, starts_at=NOW + timedelta(hours=1))
    factories.scheduled_session(opportunity=withdrawn, starts_at=MAY)
    _came(withdrawn, MAY, _learners(home, 5), places=9)

    numbers = numbers_of(db, provider, now=NOW)

    assert numbers.spans[Span.YEAR].offered == Offered(1, 9, 5)
    assert numbers.spans[Span.YEAR].shown[Figure.PEOPLE] == 5


def test_badges_count_while_they_stand_in_the_term_that_earned_them(db, provider, home):
    badge = factories.achievement(issuer=provider)
    offer = factories.opportunity(provider=provider, achievement=badge)
    learners = _learners(home, 7)
    _came(offer, MAY, learners)
    given = [
        award(
            db,
            achievement=badge,
            recipient=learner,
            evidence="Came.",
            activity_started_at=MAY,
            activity_ended_at=MAY,
            now=NOW,
        )
        for learner in learners
    ]
    revoke(db, credential=given[0], reason="A mistake.", now=NOW)

    spans = numbers_of(db, provider, now=NOW).spans

    assert [spans[span].shown[Figure.BADGES] for span in Span] == [6, 0, 6]


def test_a_session_in_the_first_hour_of_the_london_month_belongs_to_it(db, provider, home):
    offer = factories.opportunity(provider=provider)
    # Half past midnight on 1 May in London is still April elsewhere.
    _came(offer, datetime(2026, 4, 30, 23, 30, tzinfo=UTC), _learners(home, 5))

    assert [line.scope for line in numbers_of(db, provider, now=NOW).months] == [date(2026, 5, 1)]


@pytest.mark.parametrize(
    ("today", "term", "last", "year"),
    [
        (date(2026, 8, 31), "2026-summer", "2026-spring", 2025),
        (date(2026, 9, 1), "2026-autumn", "2026-summer", 2026),
        (date(2027, 1, 1), "2027-spring", "2026-autumn", 2026),
    ],
)
def test_the_school_year_starts_with_its_autumn_term(today, term, last, year):
    assert term_of(today).code == term
    assert term_before(term_of(today)).code == last
    assert school_year_of(today) == date(year, 9, 1)
    spans = stretches(today)
    assert spans[Span.TERM].opens_at == spans[Span.LAST_TERM].closes_at
    assert spans[Span.YEAR].closes_at.date() == date(year + 1, 9, 1)


@pytest.mark.parametrize("sessions", [1, 3])
def test_the_page_asks_the_same_few_questions_for_one_session_as_for_three(
    db, provider, home, sign_in, count_queries, sessions
):
    for number in range(sessions):
        offer = factories.opportunity(provider=provider, title=f"Clay {number}")
        _came(offer, MAY, _learners(home, 6))
    visitor = sign_in(factories.member(of=provider))
    count_queries.clear()

    assert visitor.get("/provide/numbers").status_code == 200
    asked = [each for each in count_queries if "booking" in each or "scheduled_session" in each]
    assert len(asked) == 8


def test_before_the_first_session_is_over_the_page_says_so(provider, sign_in):
    page = sign_in(factories.member(of=provider)).get("/provide/numbers").text

    assert "There are no numbers yet" in page
    assert "<table" not in page


def test_one_small_session_shows_its_places_and_says_fewer_than_5_of_who_came(
    provider, home, sign_in
):
    _came(factories.opportunity(provider=provider), MAY, _learners(home, 3), places=12)

    page = sign_in(factories.member(of=provider)).get("/provide/numbers").text

    assert '<td class="n" data-l="Places">12</td>' in page
    assert '<td class="n" data-l="Booked">3</td>' in page
    assert '<td class="n" data-l="Young people">Fewer than 5</td>' in page
    assert not [what for what in ("Came", "Young people") if f'data-l="{what}">3<' in page]


def test_an_organisation_that_waits_for_its_check_is_told_why_there_is_nothing(db, sign_in):
    waiting = factories.provider(status=ProviderStatus.APPLIED)

    page = sign_in(factories.member(of=waiting)).get("/provide/numbers").text

    assert "has not checked your organisation yet" in page


@pytest.mark.parametrize("address", ["/provide/numbers", "/provide/numbers.csv"])
def test_only_people_of_an_organisation_that_is_not_paused_see_its_numbers(
    db, provider, client, sign_in, address
):
    assert client.get(address).status_code == 303  # to sign in
    for stranger in (
        factories.learner(),
        factories.officer(),
        factories.adult(Role.PROVIDER_ADMIN),
    ):
        assert sign_in(stranger).get(address).status_code == 403
    paused = factories.provider(status=ProviderStatus.SUSPENDED)
    assert sign_in(factories.member(of=paused)).get(address).status_code == 403


def test_the_file_hides_what_the_page_hides_and_holds_no_formula(provider, home, sign_in):
    _came(factories.opportunity(provider=provider, title="=1+1"), MAY, _learners(home, 3), places=9)
    visitor = sign_in(factories.member(of=provider))

    answer = visitor.get("/provide/numbers.csv")

    assert answer.mimetype == "text/csv"
    rows = list(csv.DictReader(StringIO(answer.text.removeprefix("\ufeff"))))
    assert rows[0]["name"] == "This term: Summer 2026"
    activity = next(row for row in rows if row["table"] == "activity")
    assert list(activity.values()) == [
        *("activity", "'=1+1", "1", "9", "3"),
        *("Fewer than 5", "Fewer than 5", "", ""),
    ]
    assert {row["young_people"] for row in rows} == {"Fewer than 5", "0"}
