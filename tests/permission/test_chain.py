"""Those who have to say yes, one after the other; a yes that waits, is refused, taken back or never comes."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update

from accounts.models import AgeBand, Role
from app import clock
from app.errors import Conflict, NotFound
from app.links import token_hash as hash_token
from app.links import token_of
from notices.kinds import NoticeKind
from notices.models import Notice
from opportunities.models import OpportunityKind
from participation import chain
from participation.asking import accept, asks_of, decline
from participation.chain import StepState, answer_as_adult, end_as_learner, take_back_as_adult
from participation.jobs import settle_places, tell_next
from participation.models import Answer, Booking, BookingStatus, CancelReason
from participation.queries import Standing, booking_of
from participation.service import book, cancel_booking, move_booking
from permission import jobs
from permission.models import Agreement, Part, Way
from permission.queries import also_asked, has_yes
from permission.service import (
    COUNTS_AFTER,
    LINK_KIND,
    MOST_LETTERS_OF_ONE,
    ask_by_email,
    ask_for_yes,
    forget_addresses,
    guardian_to_know,
    remind,
    say_school_year,
    send_link,
)
from providers.models import ProviderKind, ProviderStatus
from tests import factories
from tests.factories import NOW

SECRET = "a secret that only tests know"
DAY = timedelta(days=1)
#: A Thursday in term, and a Saturday, at nine in London.
THURSDAY = NOW.replace(hour=8, minute=0) + timedelta(days=24)
SATURDAY = THURSDAY + timedelta(days=2)


@pytest.fixture
def learner(db):
    learner = factories.learner(name="Seren Jones", age_band=AgeBand.FROM_13_TO_15)
    say_school_year(db, learner=learner, year=10, now=NOW)
    return learner


@pytest.fixture
def shop(db):
    """Work on a Saturday morning: somebody at home has to say yes."""
    return work(SATURDAY)


@pytest.fixture
def placement(db):
    """Work in school hours, where the employer answers first."""
    return work(THURSDAY, is_instant=False)


@pytest.fixture
def employer(placement):
    return factories.member(of=placement.opportunity.provider)


def work(starts_at, places=3, **given):
    about = {"kind": OpportunityKind.WORK_EXPERIENCE, "title": "In a shop"} | given
    return factories.scheduled_session(
        starts_at=starts_at, places=places, opportunity=factories.opportunity(**about)
    )


def booked(db, learner, scheduled, now=NOW, **given):
    return book(db, learner=learner, scheduled_session_uuid=scheduled.uuid, now=now, **given)


def ask(db, learner, scheduled, part=Part.GUARDIAN, now=NOW):
    return ask_for_yes(
        db, learner=learner, opportunity=scheduled.opportunity, part=part, secret=SECRET, now=now
    )


def write(db, learner, scheduled, email="ann@home.example", part=Part.GUARDIAN, now=NOW):
    return ask_by_email(
        db,
        learner=learner,
        opportunity=scheduled.opportunity,
        part=part,
        email=email,
        secret=SECRET,
        now=now,
    )


def hashed(agreement):
    return hash_token(token_of(agreement.uuid, secret=SECRET, kind=LINK_KIND))


def say(db, agreement, agrees=True, now=NOW, **given):
    who = {"name": "Ann Jones", "role": "mother", "secret": SECRET}
    return answer_as_adult(db, token_hash=hashed(agreement), agrees=agrees, now=now, **who | given)


def agreed(db, learner, scheduled, part=Part.GUARDIAN):
    """A yes that was said long enough ago to count."""
    return say(
        db, ask(db, learner, scheduled, part, now=NOW - COUNTS_AFTER), now=NOW - COUNTS_AFTER
    )


def standing(db, booking, now=NOW):
    return booking_of(db, booking.learner, booking.uuid, now=now).standing


def states(db, booking, now=NOW):
    return [step.state.value for step in chain.steps_of(db, booking, now)]


def told(db, to):
    of = Notice.email == to if isinstance(to, str) else Notice.user_id == to.id
    return list(db.scalars(select(Notice.kind).where(of).order_by(Notice.id)))


def turn(db, booking, now=NOW):
    """What a worker does once a yes was said."""
    chain.ask_next(db, booking_id=booking.id, secret=SECRET, now=now)


class TestTheWait:
    def test_a_yes_by_a_link_that_a_child_handed_on_counts_a_day_later(self, db, learner, shop):
        booking = booked(db, learner, shop)
        said = say(db, ask(db, learner, shop))
        at = NOW + COUNTS_AFTER

        assert said.takes_effect_at == at
        yes = [
            has_yes(db, learner, shop.opportunity, Part.GUARDIAN, now)
            for now in (NOW, at - timedelta(seconds=1), at)
        ]
        assert yes == [False, False, True]
        assert not chain.confirm_agreed(db, booking_uuid=booking.uuid, now=NOW)
        assert chain.confirm_agreed(db, booking_uuid=booking.uuid, now=at)
        assert standing(db, booking, at) is Standing.COMING

    def test_so_does_one_by_an_address_that_the_child_gave(self, db, learner, shop):
        said = say(db, write(db, learner, shop))

        assert (said.way, said.takes_effect_at) == (Way.LEARNERS_ADDRESS, NOW + COUNTS_AFTER)

    def test_a_no_counts_at_once(self, db, learner, shop):
        booking = booked(db, learner, shop)

        said = say(db, ask(db, learner, shop), agrees=False)

        assert said.takes_effect_at is None
        assert standing(db, booking) is Standing.NOT_AGREED

    @pytest.mark.parametrize(
        ("given", "status", "is_active", "way"),
        [
            (ProviderKind.SCHOOL, ProviderStatus.VERIFIED, True, Way.SCHOOL_STAFF),
            (ProviderKind.SCHOOL, ProviderStatus.SUSPENDED, True, Way.LEARNERS_ADDRESS),
            (ProviderKind.SCHOOL, ProviderStatus.VERIFIED, False, Way.LEARNERS_ADDRESS),
            (ProviderKind.EMPLOYER, ProviderStatus.VERIFIED, True, Way.LEARNERS_ADDRESS),
        ],
    )
    def test_only_somebody_of_a_checked_school_is_known(
        self, db, learner, shop, given, status, is_active, way
    ):
        school = factories.provider(kind=given, status=status)
        teacher = factories.member(of=school)
        teacher.disabled_at = None if is_active else NOW
        db.flush()

        asked = write(db, learner, shop, teacher.email.upper(), Part.SCHOOL)

        assert asked.way is way
        # As a parent or carer even a teacher waits: what is known of them is where they work.
        guardian = write(db, factories.learner(), shop, teacher.email)
        assert guardian.way is Way.LEARNERS_ADDRESS

    def test_a_checked_school_counts_at_once_and_may_know_the_guardian(self, db, learner):
        scheduled = work(THURSDAY)
        booking = booked(db, learner, scheduled)
        guardian = say(db, ask(db, learner, scheduled))
        teacher = factories.member(of=factories.provider(kind=ProviderKind.SCHOOL))
        asked = write(db, learner, scheduled, teacher.email, Part.SCHOOL)
        assert guardian_to_know(db, asked, NOW) is guardian

        say(db, asked, name="Mr Rees", role="careers lead", knows_guardian=True)

        assert guardian.takes_effect_at == NOW
        assert standing(db, booking) is Standing.COMING

    def test_no_other_school_speeds_anything_up(self, db, learner):
        scheduled = work(THURSDAY)
        guardian = say(db, ask(db, learner, scheduled))
        asked = ask(db, learner, scheduled, Part.SCHOOL)
        assert guardian_to_know(db, asked, NOW) is None

        school = say(db, asked, knows_guardian=True)

        assert [each.takes_effect_at for each in (guardian, school)] == [NOW + COUNTS_AFTER] * 2

    def test_where_an_adult_named_the_school_its_yes_waits_no_longer_than_theirs(self, db, learner):
        scheduled = work(THURSDAY)
        booking = booked(db, learner, scheduled)
        say(db, ask(db, learner, scheduled), next_email="rees@school.example")
        turn(db, booking)
        school = db.query(Agreement).filter_by(part=Part.SCHOOL).one()
        assert (school.way, school.email) == (Way.ADULTS_ADDRESS, "rees@school.example")
        assert told(db, "rees@school.example") == [NoticeKind.GUARDIAN_ASKED]

        soon, late = NOW + timedelta(hours=2), NOW + 3 * DAY
        assert say(db, school, now=soon).takes_effect_at == NOW + COUNTS_AFTER
        db.execute(
            update(Agreement)
            .filter_by(id=school.id)
            .values(agrees=None, answered_at=None, name=None, role=None, takes_effect_at=None)
        )
        assert say(db, school, now=late).takes_effect_at == late


class TestTakingBack:
    @pytest.fixture
    def place(self, db, learner, shop):
        return self_confirmed(db, learner, shop)

    def test_a_learner_who_takes_a_yes_back_gives_the_place_back(self, db, learner, shop, place):
        said = db.query(Agreement).one()

        for _time in range(2):
            end_as_learner(db, learner=learner, uuid=said.uuid, now=NOW)

        assert (place.status, place.cancel_reason) == ("cancelled", CancelReason.NO_YES)
        assert shop.remaining_capacity == 3
        assert told(db, learner)[-1:] == [NoticeKind.YES_GONE]
        with pytest.raises(NotFound):
            end_as_learner(db, learner=factories.learner(), uuid=said.uuid, now=NOW)

    def test_so_does_the_adult_by_the_same_link_and_whoever_waits_is_offered_it(self, db, learner):
        shop = work(SATURDAY, places=1, has_waiting_list=True)
        place = self_confirmed(db, learner, shop)
        grown = factories.learner(age_band=AgeBand.FROM_18_TO_24)
        waiting = booked(db, grown, shop, may_wait=True)
        said = db.query(Agreement).one()

        for _time in range(2):
            take_back_as_adult(db, token_hash=hashed(said), now=NOW)

        assert (said.ended_at, said.ended_by_adult) == (NOW, True)
        assert standing(db, place) is Standing.NOT_AGREED
        assert waiting.status is BookingStatus.OFFERED
        assert told(db, learner)[-1:] == [NoticeKind.YES_GONE]
        assert not has_yes(db, learner, shop.opportunity, Part.GUARDIAN, NOW)

    def test_what_needed_no_yes_or_has_begun_or_is_of_something_else_stays(
        self, db, learner, shop, place
    ):
        begun = factories.scheduled_session(
            starts_at=NOW - timedelta(hours=1), opportunity=shop.opportunity
        )
        free = factories.scheduled_session(starts_at=SATURDAY + DAY)
        other, others = work(SATURDAY + 7 * DAY), factories.learner(age_band=AgeBand.FROM_18_TO_24)
        agreed(db, learner, other)
        kept = [
            factories.booking(learner, begun),
            booked(db, learner, free),
            booked(db, learner, other),
            booked(db, others, shop),
        ]
        said = db.query(Agreement).order_by(Agreement.id).first()

        take_back_as_adult(db, token_hash=hashed(said), now=NOW)

        assert place.status is BookingStatus.CANCELLED
        assert [each.status for each in kept] == [BookingStatus.CONFIRMED] * 4

    def test_a_school_takes_back_only_what_is_in_school_hours(self, db, learner):
        weekday = work(THURSDAY)
        saturday = factories.scheduled_session(starts_at=SATURDAY, opportunity=weekday.opportunity)
        for part in Part:
            agreed(db, learner, weekday, part)
        places = [booked(db, learner, each) for each in (weekday, saturday)]
        school = db.query(Agreement).filter_by(part=Part.SCHOOL).one()

        take_back_as_adult(db, token_hash=hashed(school), now=NOW)

        assert [each.status for each in places] == ["cancelled", "confirmed"]

    def test_a_no_gives_back_what_was_held_and_the_team_is_told_without_a_name(
        self, db, learner, placement, employer
    ):
        booking = booked(db, learner, placement)

        say(db, ask(db, learner, placement), agrees=False)

        assert booking.cancel_reason is CancelReason.NO_YES
        assert told(db, employer) == [NoticeKind.PLACE_ASKED, NoticeKind.PLACE_FREE_AGAIN]
        assert told(db, learner) == [NoticeKind.GUARDIAN_ANSWERED]

    def test_nothing_is_there_to_take_back_without_a_yes(self, db, learner, shop):
        asked = ask(db, learner, shop)
        with pytest.raises(NotFound):
            take_back_as_adult(db, token_hash=hashed(asked), now=NOW)
        say(db, asked, agrees=False)
        with pytest.raises(NotFound):
            take_back_as_adult(db, token_hash=hashed(asked), now=NOW)

    def test_after_it_was_taken_back_another_can_be_asked(self, db, learner, shop, place):
        take_back_as_adult(db, token_hash=hashed(db.query(Agreement).one()), now=NOW)

        again = agreed(db, learner, shop)

        assert again.uuid != db.query(Agreement).order_by(Agreement.id).first().uuid
        assert booked(db, learner, shop).status is BookingStatus.CONFIRMED

    def test_ending_a_link_that_nobody_answered_gives_nothing_back(self, db, learner, shop):
        booking, asked = booked(db, learner, shop), ask(db, learner, shop)

        end_as_learner(db, learner=learner, uuid=asked.uuid, now=NOW)

        assert standing(db, booking) is Standing.AGREEING
        assert told(db, learner) == []


def self_confirmed(db, learner, scheduled):
    agreed(db, learner, scheduled)
    return booked(db, learner, scheduled)


class TestTheChain:
    def test_each_yes_is_followed_by_the_next_question(self, db, learner, placement, employer):
        booking = booked(db, learner, placement)
        assert states(db, booking) == ["done", "asked", "later", "later"]
        write(db, learner, placement)
        write(db, learner, placement, "rees@school.example", Part.SCHOOL)
        assert told(db, "ann@home.example") == []

        accept(db, booking_uuid=booking.uuid, by=employer, now=NOW)
        turn(db, booking)
        assert standing(db, booking) is Standing.AGREEING
        assert states(db, booking) == ["done", "done", "asked", "later"]
        assert told(db, "ann@home.example") == [NoticeKind.GUARDIAN_ASKED]
        assert told(db, "rees@school.example") == []

        guardian, school = db.query(Agreement).order_by(Agreement.id)
        say(db, guardian)
        turn(db, booking)
        assert states(db, booking) == ["done", "done", "counts_later", "asked"]
        assert told(db, "rees@school.example") == [NoticeKind.GUARDIAN_ASKED]

        say(db, school, now=NOW + DAY)
        assert states(db, booking, NOW + 2 * DAY) == ["done"] * 4
        assert chain.confirm_agreed(db, booking_uuid=booking.uuid, now=NOW + 2 * DAY)
        assert told(db, learner) == [
            *(NoticeKind.GUARDIAN_ANSWERED, NoticeKind.GUARDIAN_ANSWERED),
            NoticeKind.PLACE_CONFIRMED,
        ]

    def test_without_an_address_the_learner_is_told_whom_to_ask(
        self, db, learner, placement, employer
    ):
        booking = booked(db, learner, placement)
        turn(db, booking)
        assert told(db, learner) == []
        accept(db, booking_uuid=booking.uuid, by=employer, now=NOW)

        for _time in range(2):
            turn(db, booking)
        assert states(db, booking) == ["done", "done", "next", "later"]
        say(db, ask(db, learner, placement))
        turn(db, booking)

        assert states(db, booking) == ["done", "done", "counts_later", "next"]
        found = db.scalars(select(Notice).filter_by(kind=NoticeKind.YES_NEEDED).order_by(Notice.id))
        paths = [(each.user_id, each.details["path"]) for each in found]
        slug = placement.opportunity.slug
        assert paths == [
            (learner.id, f"/a/{slug}/ask/guardian"),
            (learner.id, f"/a/{slug}/ask/school"),
        ]

    def test_a_yes_takes_on_the_work_of_asking_the_next(self, db, learner, placement, employer):
        booking = booked(db, learner, placement)
        accept(db, booking_uuid=booking.uuid, by=employer, now=NOW)
        say(db, ask(db, learner, placement))

        jobs_ = db.execute(text("SELECT task_name, args FROM procrastinate_jobs ORDER BY id")).all()

        wanted = ("participation.tell_next", {"booking_id": booking.id})
        assert [tuple(each) for each in jobs_ if "tell_next" in each.task_name] == [wanted] * 2

    def test_an_employers_no_ends_it_and_a_yes_cannot_be_answered_again(
        self, db, learner, placement, employer
    ):
        declined = booked(db, learner, placement)
        decline(db, booking_uuid=declined.uuid, by=employer, now=NOW, answer=Answer.FULL)
        assert standing(db, declined) is Standing.DECLINED

        booking = booked(db, learner, placement)
        for _time in range(2):
            accept(db, booking_uuid=booking.uuid, by=employer, now=NOW)
        provider = placement.opportunity.provider
        assert asks_of(db, employer, provider, now=NOW) == []
        with pytest.raises(Conflict):
            decline(db, booking_uuid=booking.uuid, by=employer, now=NOW, answer=Answer.FULL)

    def test_steps_that_nobody_has_to_take_say_so(self, db, learner, shop):
        booking = booked(db, learner, shop)
        left = factories.learner(age_band=AgeBand.FROM_18_TO_24)

        assert states(db, booking) == ["done", "done", "next", "not_needed"]
        assert states(db, booked(db, left, shop)) == ["done", "done", "not_needed", "not_needed"]
        say(db, ask(db, learner, shop), agrees=False)
        assert states(db, booking)[2] == StepState.SAID_NO

    def test_what_is_held_counts_as_taken_and_can_be_moved_and_taken_back(self, db, learner, shop):
        other = factories.scheduled_session(
            starts_at=SATURDAY + 7 * DAY, opportunity=shop.opportunity
        )
        booking = booked(db, learner, shop)
        assert shop.remaining_capacity == 2

        moved = move_booking(
            db, booking_uuid=booking.uuid, learner=learner, to_session_uuid=other.uuid, now=NOW
        )
        assert (standing(db, moved), shop.remaining_capacity) == (Standing.AGREEING, 3)
        cancel_booking(db, booking_uuid=moved.uuid, learner=learner, now=NOW)
        assert (standing(db, moved), other.remaining_capacity) == (Standing.CANCELLED, 3)

    def test_a_place_moved_into_school_hours_waits_for_the_school(self, db, learner):
        weekday = work(THURSDAY)
        saturday = factories.scheduled_session(starts_at=SATURDAY, opportunity=weekday.opportunity)
        place = self_confirmed(db, learner, saturday)

        moved = move_booking(
            db, booking_uuid=place.uuid, learner=learner, to_session_uuid=weekday.uuid, now=NOW
        )

        assert standing(db, moved) is Standing.AGREEING

    def test_a_place_that_came_free_waits_for_the_yes_too(self, db, learner):
        shop = work(SATURDAY, places=1, has_waiting_list=True)
        first = booked(db, factories.learner(age_band=AgeBand.FROM_18_TO_24), shop)
        waiting = booked(db, learner, shop, may_wait=True)
        cancel_booking(db, booking_uuid=first.uuid, learner=first.learner, now=NOW)

        chain_taken = take(db, waiting)

        assert standing(db, chain_taken) is Standing.AGREEING


def take(db, booking):
    from participation.service import take_offer

    return take_offer(db, booking_uuid=booking.uuid, learner=booking.learner, now=NOW)


class TestTime:
    def test_a_place_is_held_14_days_and_then_given_back_and_everyone_told(
        self, db, learner, placement, employer
    ):
        # Far off, so that half of the time left is more.
        placement.starts_at += 56 * DAY
        placement.ends_at += 56 * DAY
        db.flush()
        booking = booked(db, learner, placement)
        accept(db, booking_uuid=booking.uuid, by=employer, now=NOW)
        assert booking.held_until == NOW + 14 * DAY
        over = NOW + 14 * DAY
        assert standing(db, booking, over) is Standing.NOT_AGREED

        chain_settle(db, placement, over)

        assert (booking.status, placement.remaining_capacity) == ("lapsed", 3)
        assert standing(db, booking, over) is Standing.NOT_AGREED
        assert told(db, learner) == [NoticeKind.YES_MISSING]
        assert told(db, employer)[-1:] == [NoticeKind.PLACE_FREE_AGAIN]

    def test_a_yes_at_the_last_moment_holds_the_place_until_it_counts(self, db, learner, shop):
        booking, asked = booked(db, learner, shop), ask(db, learner, shop)
        late = booking.held_until - timedelta(minutes=1)

        said = say(db, asked, now=late)
        chain_settle(db, shop, said.takes_effect_at)

        assert chain.confirm_agreed(db, booking_uuid=booking.uuid, now=said.takes_effect_at)

    def test_a_yes_after_the_place_was_given_back_gives_none(self, db, learner, shop):
        booking, asked = booked(db, learner, shop), ask(db, learner, shop)
        over = booking.held_until
        say(db, asked, now=over)

        assert not chain.confirm_agreed(db, booking_uuid=booking.uuid, now=over + DAY)
        assert chain.agreeing(db, over + DAY) == []

    def test_the_worker_gives_what_all_have_agreed_to_once(self, db, learner, shop, monkeypatch):
        booking = booked(db, learner, shop)
        say(db, ask(db, learner, shop))
        db.commit()

        agreed_by = []
        for now in (NOW + timedelta(hours=23), NOW + DAY, NOW + DAY):
            monkeypatch.setattr(clock, "of_database", lambda _db, now=now: now)
            agreed_by.append(settle_places().agreed)

        assert agreed_by == [0, 1, 0]
        assert db.get(Booking, booking.id).status is BookingStatus.CONFIRMED

    def test_who_does_not_answer_is_asked_again_after_three_and_seven_days(self, db, learner, shop):
        by_letter, handed = write(db, learner, shop), ask(db, factories.learner(), shop)
        send_link(db, by_letter, secret=SECRET, now=NOW)
        answered = ask(db, factories.learner(), shop)
        say(db, answered)

        counts = [
            remind(db, secret=SECRET, now=NOW + wait)
            for wait in (3 * DAY - timedelta(seconds=1), 3 * DAY, 4 * DAY, 7 * DAY, 8 * DAY)
        ]

        assert counts == [0, 2, 0, 2, 0]
        assert told(db, "ann@home.example") == [NoticeKind.GUARDIAN_ASKED] * 3
        assert told(db, handed.learner) == [NoticeKind.YES_NEEDED] * 2
        assert told(db, answered.learner) == [NoticeKind.GUARDIAN_ANSWERED]

    def test_a_worker_that_was_away_reminds_once(self, db, learner, shop):
        ask(db, learner, shop)

        assert [remind(db, secret=SECRET, now=NOW + 8 * DAY) for _time in range(2)] == [1, 0]

    def test_nobody_is_reminded_of_what_is_over_or_whose_turn_has_not_come(self, db, learner):
        soon = work(NOW + 2 * DAY)
        ask(db, learner, soon)
        write(db, learner, work(SATURDAY))

        assert remind(db, secret=SECRET, now=NOW + 3 * DAY) == 0


def chain_settle(db, scheduled, now):
    from participation.service import settle_session

    settle_session(db, scheduled.id, now=now)


class TestAddresses:
    def test_an_address_goes_with_the_answer_and_with_it_that_we_wrote_there(
        self, db, learner, shop
    ):
        asked = write(db, learner, shop)
        other = write(db, factories.learner(), shop, "else@home.example")
        for each in (asked, other):
            send_link(db, each, secret=SECRET, now=NOW)
        assert forget_addresses(db, now=NOW) == 0

        say(db, asked)

        assert forget_addresses(db, now=NOW) == 1
        db.expire_all()
        assert (asked.email, other.email) == (None, "else@home.example")
        assert told(db, "ann@home.example") == []
        assert told(db, "else@home.example") == [NoticeKind.GUARDIAN_ASKED]

    def test_what_we_wrote_goes_with_a_learner_who_is_forgotten(self, db, learner, shop):
        send_link(db, write(db, learner, shop), secret=SECRET, now=NOW)
        db.execute(text("DELETE FROM user_account WHERE id = :id"), {"id": learner.id})

        forget_addresses(db, now=NOW)

        assert told(db, "ann@home.example") == []

    def test_it_goes_when_the_link_has_run_out_or_was_ended(self, db, learner, shop):
        asked = write(db, learner, shop)
        assert forget_addresses(db, now=asked.expires_at) == 1
        ended = write(db, factories.learner(), shop)
        end_as_learner(db, learner=ended.learner, uuid=ended.uuid, now=NOW)
        assert forget_addresses(db, now=NOW) == 1

    def test_one_learner_has_few_letters_sent_a_day(self, db, learner):
        for number in range(MOST_LETTERS_OF_ONE):
            write(db, learner, work(SATURDAY + number * DAY), f"a{number}@home.example")

        last = work(SATURDAY + 8 * DAY)
        with pytest.raises(Conflict, match="enough e-mails"):
            write(db, learner, last)
        write(db, learner, last, now=NOW + DAY + timedelta(seconds=1))

    def test_one_address_gets_few_letters_a_day(self, db, shop):
        for _number in range(10):
            write(db, factories.learner(), shop)

        with pytest.raises(Conflict, match="enough e-mails"):
            write(db, factories.learner(), shop)
        write(db, factories.learner(), shop, "another@home.example")

    def test_another_way_of_asking_ends_the_first(self, db, learner, shop):
        first = ask(db, learner, shop)
        second = write(db, learner, shop)
        third = write(db, learner, shop, "grandma@home.example")

        assert write(db, learner, shop, "Grandma@home.example") is third
        assert [each.ended_at for each in (first, second, third)] == [NOW, NOW, None]

    def test_the_letter_names_nobody(self, db, learner, shop):
        send_link(db, write(db, learner, shop), secret=SECRET, now=NOW)

        (letter,) = db.query(Notice).filter_by(email="ann@home.example")

        assert sorted(letter.details) == [
            *("is_reminder", "is_school", "organisation", "path", "title", "until")
        ]
        assert "Seren" not in str(letter.details)

    def test_one_guardian_sees_what_was_sent_to_the_same_address_and_nothing_else(
        self, db, learner, shop
    ):
        sister, other = factories.learner(name="Mali Jones"), factories.learner()
        own, hers = write(db, learner, shop), write(db, sister, shop)
        elsewhere = write(db, other, shop, "else@home.example")
        for each in (own, hers, elsewhere):
            send_link(db, each, secret=SECRET, now=NOW)
        handed = ask(db, factories.learner(), shop)
        write(db, factories.learner(), shop)  # its turn has not come

        assert also_asked(db, own, NOW) == [hers]
        assert also_asked(db, hers, NOW) == [own]
        assert also_asked(db, handed, NOW) == []
        say(db, hers)
        assert also_asked(db, own, NOW) == []
        assert also_asked(db, hers, NOW) == [own]


ANSWER = {"answer": "yes", "name": "Ann Jones", "role": "mother", "is_adult": "yes"}


class TestPages:
    @pytest.fixture
    def path(self, db, learner, shop):
        asked = ask(db, learner, shop)
        db.commit()
        return f"/agree/{token_of(asked.uuid, secret=SECRET, kind=LINK_KIND)}"

    def test_the_learner_cannot_answer_the_link_while_signed_in(self, db, sign_in, learner, path):
        me = sign_in(learner)

        for answered in (me.get(path), me.post(path, data=ANSWER), me.post(f"{path}/back")):
            assert answered.status_code == 403
            assert "for an adult" in answered.text
        assert db.query(Agreement).one().answered_at is None

    def test_an_adult_with_an_account_can(self, db, sign_in, path):
        adult = sign_in(factories.adult(Role.GUARDIAN))

        assert adult.post(path, data=ANSWER).status_code == 303
        assert db.query(Agreement).one().agrees

    def test_after_answering_the_link_shows_it_and_takes_it_back(
        self, db, app, client, sign_in, learner, shop, path
    ):
        booking = booked(db, learner, shop)
        db.commit()
        adult = app.test_client()
        adult.post(path, data=ANSWER)
        said = adult.get(path)
        assert "as Ann Jones, mother" in said.text
        assert said.headers["Referrer-Policy"] == "no-referrer"

        assert adult.post(f"{path}/back").location.endswith(path)

        assert "You have taken your yes back" in adult.get(path).text
        assert db.get(Booking, booking.id).cancel_reason is CancelReason.NO_YES
        assert adult.post("/agree/nothing/back").status_code == 404

    def test_what_has_begun_cannot_be_taken_back_on_the_page(
        self, db, app, client, monkeypatch, shop, path
    ):
        adult = app.test_client()
        adult.post(path, data=ANSWER)
        monkeypatch.setattr(clock, "now", lambda: shop.ends_at)

        assert "nothing to take back" in adult.get(path).text

    def test_steps_in_words(self, db, sign_in, learner, shop):
        booking = booked(db, learner, shop)
        me = sign_in(learner)
        path = f"/me/bookings/{booking.uuid}/steps"

        page = me.get(path).text
        words = re.findall(r'<strong class="tag[^"]*">([^<]+)', page)

        assert words == ["Done", "Done", "Your next step", "Not needed"]
        assert f"/a/{shop.opportunity.slug}/ask/guardian" in page
        assert f"{path}" in me.get(f"/me/bookings/{booking.uuid}").text
        assert sign_in(factories.learner()).get(path).status_code == 404

    def test_what_is_no_work_has_no_steps(self, db, sign_in, learner):
        booking = factories.booking(learner)

        answered = sign_in(learner).get(f"/me/bookings/{booking.uuid}/steps")

        assert answered.status_code == 303

    def test_by_email_the_learner_sees_no_link(self, db, sign_in, learner, shop):
        booked(db, learner, shop)
        me = sign_in(learner)
        path = f"/a/{shop.opportunity.slug}/ask/guardian"

        wrong = me.post(f"{path}/email", data={"email": "nobody"})
        sent = me.post(f"{path}/email", data={"email": "ann@home.example"}, follow_redirects=True)

        assert (wrong.status_code, 'value="nobody"' in wrong.text) == (422, True)
        assert "We have sent the link" in sent.text
        assert "/agree/" not in sent.text
        assert told(db, "ann@home.example") == [NoticeKind.GUARDIAN_ASKED]

    def test_before_the_employer_has_answered_nothing_is_sent(
        self, db, sign_in, learner, placement
    ):
        booked(db, learner, placement)
        me = sign_in(learner)
        path = f"/a/{placement.opportunity.slug}/ask/guardian"

        asked = me.post(f"{path}/email", data={"email": "ann@home.example"}, follow_redirects=True)

        assert "when it is their turn" in asked.text
        assert told(db, "ann@home.example") == []

    def test_one_page_leads_to_each_child(self, db, app, client, learner, shop):
        asked = [
            write(db, each, shop)
            for each in (learner, factories.learner(name="Mali Jones"), factories.learner())
        ]
        for each in asked[:2]:
            send_link(db, each, secret=SECRET, now=NOW)
        db.commit()
        paths = [f"/agree/{token_of(e.uuid, secret=SECRET, kind=LINK_KIND)}" for e in asked]

        adult = app.test_client()
        page = adult.get(paths[0]).text
        assert f'<a href="{paths[1]}">Mali: In a shop</a>' in page
        assert paths[2] not in page
        assert "Jones" not in page
        adult.post(paths[0], data=ANSWER)
        assert paths[1] in adult.get(paths[0]).text

    def test_a_guardian_may_say_where_to_ask_the_school(self, db, app, client, learner):
        scheduled = work(THURSDAY)
        booked(db, learner, scheduled)
        asked = ask(db, learner, scheduled)
        db.commit()
        path = f"/agree/{token_of(asked.uuid, secret=SECRET, kind=LINK_KIND)}"
        adult = app.test_client()
        assert 'name="next_email"' in adult.get(path).text

        adult.post(path, data=ANSWER | {"next_email": "rees@school.example"})

        school = db.query(Agreement).filter_by(part=Part.SCHOOL).one()
        assert (school.way, school.email) == (Way.ADULTS_ADDRESS, "rees@school.example")

    def test_jobs_run_by_themselves(self, db, app, client, learner, shop):
        booking = booked(db, learner, shop)
        db.commit()

        with app.app_context():
            tell_next(booking.id)
            jobs.follow_up()

        assert told(db, learner) == [NoticeKind.YES_NEEDED]
        assert db.scalar(select(func.count(Agreement.id))) == 0
