"""Booking work while at school: told why not, what would be possible, and who has to say yes."""

import re
from datetime import date, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from accounts.models import AgeBand
from app.errors import Conflict, NotAllowed, NotFound
from app.links import token_hash as hash_token
from app.links import token_of
from opportunities.models import OpportunityKind
from participation.law import needed_by_law
from participation.models import Booking, BookingStatus
from participation.service import book
from permission.models import Agreement, Part, SchoolYear
from permission.queries import has_yes
from permission.service import (
    ASKED_FOR,
    COUNTS_AFTER,
    LINK_KIND,
    SchoolYearNeeded,
    answer,
    ask_for_yes,
    end_agreement,
    say_school_year,
)
from providers.models import ProviderKind
from tests import factories
from tests.factories import NOW

SECRET = "a secret that only tests know"
YES = {"agrees": True, "name": "Ann Jones", "role": "mother"}
ANSWER = {"answer": "yes", "name": "Ann Jones", "role": "mother", "is_adult": "yes"}
#: A Saturday at ten in the morning: the clock of the tests says Monday the first of June 2026.
SATURDAY = NOW.replace(hour=9, minute=0) + timedelta(days=5)


@pytest.fixture
def learner(db):
    return factories.learner(name="Seren Jones", age_band=AgeBand.FROM_13_TO_15)


@pytest.fixture
def shop(db):
    """Work experience on a Saturday morning."""
    return work(starts_at=SATURDAY)


def work(starts_at, **given):
    return factories.scheduled_session(
        starts_at=starts_at,
        opportunity=factories.opportunity(
            **{"kind": OpportunityKind.WORK_EXPERIENCE, "title": "In a shop"} | given
        ),
    )


def try_to_book(db, learner, scheduled):
    return book(db, learner=learner, scheduled_session_uuid=scheduled.uuid, now=NOW)


def ask(db, learner, scheduled, part=Part.GUARDIAN, now=NOW):
    return ask_for_yes(
        db,
        learner=learner,
        opportunity=scheduled.opportunity,
        part=part,
        secret=SECRET,
        now=now,
    )


def say(db, agreement, now=NOW, **given):
    token_hash = hash_token(token_of(agreement.uuid, secret=SECRET, kind=LINK_KIND))
    return answer(db, token_hash=token_hash, now=now, **YES | given)


def state_of(booking):
    return booking.status, booking.waits_for_yes_since is not None


HELD, GIVEN = (BookingStatus.ASKED, True), (BookingStatus.CONFIRMED, False)


class TestBooking:
    def test_what_is_no_work_asks_for_nothing(self, db, learner):
        scheduled = factories.scheduled_session(starts_at=SATURDAY)

        assert state_of(try_to_book(db, learner, scheduled)) == GIVEN

    def test_work_asks_for_the_school_year_and_is_held_until_a_yes(self, db, learner, shop):
        with pytest.raises(SchoolYearNeeded):
            try_to_book(db, learner, shop)
        say_school_year(db, learner=learner, year=11, now=NOW)

        assert state_of(try_to_book(db, learner, shop)) == HELD

    def test_with_a_yes_that_counts_the_place_is_theirs_at_once(self, db, learner, shop):
        say_school_year(db, learner=learner, year=11, now=NOW)
        say(db, ask(db, learner, shop), now=NOW - COUNTS_AFTER)

        assert state_of(try_to_book(db, learner, shop)) == GIVEN

    def test_somebody_elses_yes_and_a_yes_to_something_else_do_not_count(self, db, learner, shop):
        other, elsewhere = factories.learner(), work(starts_at=SATURDAY + timedelta(hours=5))
        say_school_year(db, learner=learner, year=11, now=NOW)
        say(db, ask(db, other, shop), now=NOW - COUNTS_AFTER)
        say(db, ask(db, learner, elsewhere), now=NOW - COUNTS_AFTER)

        assert state_of(try_to_book(db, learner, shop)) == HELD

    def test_in_school_hours_the_school_arranges_it(self, db, learner):
        scheduled = work(starts_at=SATURDAY - timedelta(days=2))
        say_school_year(db, learner=learner, year=10, now=NOW)
        say(db, ask(db, learner, scheduled), now=NOW - COUNTS_AFTER)

        booking = try_to_book(db, learner, scheduled)

        assert state_of(booking) == HELD
        needed = needed_by_law(db, learner, scheduled, NOW, booking)
        assert (list(needed.parts), needed.missing(NOW)) == (list(Part), [Part.SCHOOL])

    def test_what_no_yes_can_allow_is_refused_at_once(self, db, learner):
        night = work(starts_at=SATURDAY.replace(hour=20), kind=OpportunityKind.WORK_EXPERIENCE)
        say_school_year(db, learner=learner, year=10, now=NOW)

        with pytest.raises(NotAllowed, match="between 07:00 and"):
            try_to_book(db, learner, night)

    def test_what_begins_before_a_yes_can_count_is_refused(self, db, learner):
        soon, later = work(NOW + COUNTS_AFTER), work(NOW + COUNTS_AFTER + timedelta(hours=3))
        say_school_year(db, learner=learner, year=10, now=NOW)

        with pytest.raises(NotAllowed, match="counts one day later"):
            try_to_book(db, learner, soon)
        assert state_of(try_to_book(db, learner, later)) == HELD

    def test_adults_and_those_who_left_school_need_nobodys_yes(self, db, shop):
        grown = factories.learner(age_band=AgeBand.FROM_18_TO_24)
        left = factories.learner(age_band=AgeBand.FROM_16_TO_17)
        say_school_year(db, learner=left, year=0, now=NOW)

        assert state_of(try_to_book(db, grown, shop)) == GIVEN
        assert state_of(try_to_book(db, left, shop)) == GIVEN

    def test_helping_an_employer_is_work_too(self, db, learner):
        employer = factories.provider(kind=ProviderKind.EMPLOYER)
        helps = work(SATURDAY, kind=OpportunityKind.VOLUNTEERING, provider=employer)
        club = work(SATURDAY + timedelta(hours=8), kind=OpportunityKind.VOLUNTEERING)

        with pytest.raises(SchoolYearNeeded):
            try_to_book(db, learner, helps)
        assert state_of(try_to_book(db, learner, club)) == GIVEN

    def test_hours_of_all_work_count_together(self, db, learner, shop):
        say_school_year(db, learner=learner, year=10, now=NOW)
        later = work(starts_at=shop.ends_at + timedelta(hours=1))
        later.ends_at = later.starts_at + timedelta(hours=4)
        db.flush()
        try_to_book(db, learner, shop)

        with pytest.raises(NotAllowed, match="5 hours at most"):
            try_to_book(db, learner, later)

    def test_work_of_the_whole_year_counts_for_the_two_free_weeks(self, db, learner):
        say_school_year(db, learner=learner, year=10, now=NOW)
        # The clock of the tests is in June: only July to December can still be booked.
        weekly = [work(SATURDAY + timedelta(days=7 * number)) for number in range(31)]
        spring = [work(SATURDAY - timedelta(days=7 * number)) for number in range(1, 23)]
        for each in [*weekly[1:], *spring]:
            db.add(Booking(learner=learner, scheduled_session=each))
        db.flush()

        with pytest.raises(NotAllowed, match="2 weeks in a row"):
            try_to_book(db, learner, weekly[0])

    def test_having_left_school_at_12_is_asked_again(self, db):
        young = factories.learner(age_band=AgeBand.FROM_11_TO_12)
        say_school_year(db, learner=young, year=0, now=NOW)

        with pytest.raises(SchoolYearNeeded, match="for people who are older"):
            try_to_book(db, young, work(SATURDAY))


class TestAsking:
    def test_asking_twice_gives_the_same_link(self, db, learner, shop):
        assert ask(db, learner, shop) is ask(db, learner, shop)

    def test_an_answer_stands_once(self, db, learner, shop):
        agreement = ask(db, learner, shop)
        say(db, agreement)

        with pytest.raises(NotFound):
            say(db, agreement, agrees=False)
        with pytest.raises(Conflict):
            ask(db, learner, shop)
        assert has_yes(db, learner, shop.opportunity, Part.GUARDIAN, NOW + COUNTS_AFTER)

    def test_after_a_no_another_can_be_asked(self, db, learner, shop):
        say(db, ask(db, learner, shop), agrees=False)

        assert not has_yes(db, learner, shop.opportunity, Part.GUARDIAN, NOW + COUNTS_AFTER)
        say(db, ask(db, learner, shop))
        assert has_yes(db, learner, shop.opportunity, Part.GUARDIAN, NOW + COUNTS_AFTER)

    def test_a_link_ends_by_itself(self, db, learner, shop):
        agreement, late = ask(db, learner, shop), NOW + ASKED_FOR

        with pytest.raises(NotFound):
            say(db, agreement, now=late)
        say(db, ask(db, learner, shop, now=late), now=late)

    def test_a_yes_that_is_taken_back_counts_no_more_and_stays_as_the_trace(
        self, db, learner, shop
    ):
        agreement = ask(db, learner, shop)
        say(db, agreement)

        end_agreement(db, learner=learner, uuid=agreement.uuid, now=NOW)

        assert not has_yes(db, learner, shop.opportunity, Part.GUARDIAN, NOW + COUNTS_AFTER)
        assert db.query(Agreement).one().name == "Ann Jones"
        with pytest.raises(NotFound):
            end_agreement(db, learner=factories.learner(), uuid=agreement.uuid, now=NOW)

    @pytest.mark.parametrize("words", ["07700 900123", "@ann_j", "ann@home.example"])
    def test_an_adult_cannot_leave_a_way_to_be_reached(self, db, learner, shop, words):
        agreement = ask(db, learner, shop)

        for field in ("name", "role"):
            with pytest.raises(Conflict):
                say(db, agreement, **{field: words})

    def test_the_database_lets_only_one_be_open(self, db, learner, shop):
        agreement = ask(db, learner, shop)
        again = Agreement(
            learner=learner,
            opportunity=shop.opportunity,
            part=Part.GUARDIAN,
            token_hash="another",
            asked_at=NOW,
            expires_at=agreement.expires_at,
        )

        with db.begin_nested() as undone:
            db.add(again)
            with pytest.raises(IntegrityError):
                db.flush()
            undone.rollback()


class TestPages:
    def test_from_a_refusal_to_a_yes(self, db, app, client, sign_in, learner, shop):
        db.commit()
        me, slug = sign_in(learner), shop.opportunity.slug
        book_page = f"/a/{slug}/book?session={shop.uuid}"
        refused = me.get(book_page)
        to_year = re.search(r'href="(/me/school-year[^"]+)"', refused.text)[1]
        year = to_year.replace("&amp;", "&")
        assert "Tell us yours first" in refused.text

        told = me.post(year, data={"year": "11", "next": book_page})
        assert told.location == book_page
        assert "A parent or carer" in me.get(book_page).text
        assert me.post(book_page).status_code == 303
        asked = me.post(f"/a/{slug}/ask/guardian", follow_redirects=True).text
        path = re.search(r"/agree/[\w-]+", asked)[0]

        adult = app.test_client()
        page = adult.get(path)
        assert "In a shop" in page.text
        assert "Seren" in page.text
        assert "Jones" not in page.text
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert adult.post(path, data=ANSWER).status_code == 303
        assert "as Ann Jones, mother" in adult.get(path).text

        assert "Ann Jones, mother, has said yes" in me.get(f"/a/{slug}/ask/guardian").text

    @pytest.mark.parametrize("missing", list(ANSWER))
    def test_an_adult_says_all_of_it(self, db, app, sign_in, learner, shop, missing):
        db.commit()
        me, slug = sign_in(learner), shop.opportunity.slug
        asked = me.post(f"/a/{slug}/ask/school", follow_redirects=True).text
        path = re.search(r"/agree/[\w-]+", asked)[0]

        page = app.test_client().post(path, data={k: v for k, v in ANSWER.items() if k != missing})

        assert page.status_code == 422
        assert db.query(Agreement).one().answered_at is None

    def test_a_link_that_was_never_there_says_so(self, client):
        assert "does not work any more" in client.get("/agree/nothing").text

    def test_the_year_is_kept_with_its_day(self, db, sign_in, learner):
        me = sign_in(learner)

        assert me.post("/me/school-year", data={"year": "14"}).status_code == 422
        assert me.post("/me/school-year", data={"year": "9"}).status_code == 303
        me.post("/me/school-year", data={"year": "10", "next": "//evil.example"})

        said = db.query(SchoolYear).one()
        assert (said.year, said.said_on) == (10, date(2026, 6, 1))

    def test_what_is_not_on_offer_asks_nobody(self, db, sign_in, learner):
        assert sign_in(learner).get("/a/nothing/ask/guardian").status_code == 404

    def test_a_yes_can_be_taken_back(self, db, sign_in, learner, shop):
        agreement = ask(db, learner, shop)
        say(db, agreement)
        db.commit()

        sign_in(learner).post(f"/me/agreements/{agreement.uuid}/end")

        assert not has_yes(db, learner, shop.opportunity, Part.GUARDIAN, NOW + COUNTS_AFTER)
