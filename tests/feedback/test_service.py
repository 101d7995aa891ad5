"""What adults say to learners: who may, what may not stand in it, and how it goes on."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from accounts.models import AgeBand
from app.errors import Conflict, NotFound
from badges.models import Skill
from enquiries.models import MessageState
from feedback import queries, service
from feedback.about import About, read_about
from feedback.models import Feedback, GiverKind
from feedback.news import feedback_given
from feedback.queries import feedback_about, feedback_of
from feedback.service import Boxes
from notices.models import Notice
from participation.models import Attendance
from providers.models import MemberRole
from supporters import service as supporters
from supporters.models import SupportKind, SupportScope
from tests import factories
from tests.factories import NOW
from tests.supporters.people import SECRET, guardian, helped, supporter

WELL = Boxes(what_went_well="You asked before you began.", skills=[Skill.LISTENING])
SECRETIVE = Boxes(try_next="Do not tell your mum about this.")
DAY = timedelta(days=1)


@pytest.fixture
def learner(db):
    return factories.learner(name="Seren", home=factories.area(in_city=factories.city()))


@pytest.fixture
def coach(db, learner):
    adult = supporter(name="Mr Okafor")
    helped(db, learner, adult, SupportKind.COACH)
    return adult


@pytest.fixture
def heard():
    told = []

    def hear(learner, *, db, feedback):
        told.append((learner, feedback))

    with feedback_given.connected_to(hear):
        yield told


def give(db, adult, learner, boxes=WELL, now=NOW, **more):
    return service.give(db, adult=adult, learner_uuid=learner.uuid, boxes=boxes, now=now, **more)


def came(learner, member_of=None, days_ago=1):
    """A booking that was confirmed, on a session of an organisation."""
    opportunity = factories.opportunity(provider=member_of)
    starts = NOW - days_ago * DAY
    scheduled = factories.scheduled_session(opportunity=opportunity, starts_at=starts)
    booking = factories.booking(learner, scheduled)
    factories._saved(
        Attendance(
            booking=booking,
            confirmed_by=factories.member(opportunity.provider),
            confirmed_at=starts,
            minutes=120,
            home_lsoa_code=learner.home_lsoa_code,
        )
    )
    return booking


class TestSupporters:
    def test_what_a_coach_says_reaches_the_learner_and_who_listens(self, db, learner, coach, heard):
        noise = factories.learner()

        said = give(db, coach, learner)

        assert list(feedback_of(db, learner)) == [said]
        assert (said.giver_kind, said.giver_name, said.skills) == (
            GiverKind.COACH,
            "Mr Okafor",
            ["listening"],
        )
        assert list(feedback_of(db, noise)) == []
        assert heard == [(learner, said)]
        assert db.query(Notice).filter_by(user_id=learner.id, kind="feedback_given").count() == 1

    @pytest.mark.parametrize("scopes", [[SupportScope.SEE_RECORD], [SupportScope.SEE_PLANS]])
    def test_who_may_not_write_does_not(self, db, learner, scopes):
        adult = supporter()
        helped(db, learner, adult, scopes=scopes)

        for stranger in (adult, supporter()):
            with pytest.raises(NotFound):
                give(db, stranger, learner)

    @pytest.mark.parametrize(
        "boxes",
        [
            Boxes(),
            Boxes(skills=[Skill.LISTENING]),
            Boxes(try_next="Text me on 07700 900123."),
            Boxes(even_better_if="Look at www.example.org"),
            Boxes(what_went_well="a" * 601),
        ],
        ids=["empty", "only skills", "number", "link", "long"],
    )
    def test_what_may_not_stand_in_it_is_refused(self, db, learner, coach, boxes):
        with pytest.raises(Conflict):
            give(db, coach, learner, boxes)
        assert db.query(Feedback).count() == 0

    def test_one_adult_says_so_much_in_a_day(self, db, learner, coach):
        for _number in range(service.MOST_A_DAY):
            give(db, coach, learner)
        with pytest.raises(Conflict, match="enough"):
            give(db, coach, learner)

        give(db, coach, learner, now=NOW + DAY)

    def test_words_that_may_ask_for_a_secret_wait_for_an_officer(self, db, learner, coach, heard):
        city = queries.city_of_learner(db, learner)
        officer, stranger = factories.officer(of=city), factories.officer()
        held = give(db, coach, learner, SECRETIVE)
        assert (held.state, list(feedback_of(db, learner)), heard) == (MessageState.HELD, [], [])
        with pytest.raises(NotFound):
            queries.own_feedback(db, learner, held.uuid)
        assert db.query(Notice).filter_by(kind="answer_held", user_id=officer.id).count() == 1

        with pytest.raises(NotFound):
            service.decide(db, officer=stranger, uuid=held.uuid, is_fine=True, now=NOW)
        service.decide(db, officer=officer, uuid=held.uuid, is_fine=True, now=NOW)

        assert (list(feedback_of(db, learner)), heard) == ([held], [(learner, held)])
        with pytest.raises(Conflict, match="decided"):
            service.decide(db, officer=officer, uuid=held.uuid, is_fine=False, now=NOW)

    @pytest.mark.parametrize(
        ("age_band", "may"), [(AgeBand.FROM_13_TO_15, False), (AgeBand.FROM_18_TO_24, True)]
    )
    def test_no_adult_writes_to_a_child_where_nobody_else_could_read_it(self, db, age_band, may):
        alone, adult = factories.learner(age_band=age_band), supporter(name="Mr Okafor")
        helped(db, alone, adult, SupportKind.COACH)
        said = Boxes(what_went_well="You listened.")

        if may:
            service.give(db, adult=adult, learner_uuid=alone.uuid, boxes=said, now=NOW)
        else:
            with pytest.raises(Conflict, match="nobody else could read it"):
                service.give(db, adult=adult, learner_uuid=alone.uuid, boxes=said, now=NOW)
        assert len(queries.feedback_of(db, alone)) == may

    def test_what_was_stopped_never_comes(self, db, learner, coach):
        officer = factories.officer(of=queries.city_of_learner(db, learner))
        held = give(db, coach, learner, SECRETIVE)

        service.decide(db, officer=officer, uuid=held.uuid, is_fine=False, now=NOW)

        assert list(feedback_of(db, learner)) == []

    def test_what_was_said_stays_as_it_was_said(self, db, learner, coach):
        said = give(db, coach, learner)
        said.try_next = "Something else"
        with pytest.raises(IntegrityError, match="stays as it was said"):
            db.flush()


class TestOrganisers:
    def test_who_keeps_the_door_speaks_of_who_came_lately(self, db, learner):
        provider = factories.provider(name="Pot House")
        doorkeeper = factories.member(provider, does=MemberRole.DOOR)
        booking = came(learner, provider)
        other = came(factories.learner())

        said = service.give_as_organiser(
            db, member=doorkeeper, booking_uuid=booking.uuid, boxes=WELL, now=NOW
        )

        assert (said.giver_kind, said.giver_role) == (GiverKind.ORGANISER, "Pot House")
        assert list(feedback_about(db, learner, bookings=[booking.id])) == [said]
        assert list(feedback_about(db, learner, bookings=[other.id])) == []
        assert [(each, done) for each, done in queries.came_to(db, doorkeeper, NOW)] == [
            (booking, True)
        ]

    def test_not_of_who_did_not_come_nor_of_long_ago_nor_of_others(self, db, learner):
        provider = factories.provider()
        member = factories.member(provider)
        not_there = factories.booking(
            learner,
            factories.scheduled_session(opportunity=factories.opportunity(provider=provider)),
        )
        bookings = (not_there, came(learner, provider, days_ago=31), came(learner))

        for booking in bookings:
            with pytest.raises(NotFound):
                service.give_as_organiser(
                    db, member=member, booking_uuid=booking.uuid, boxes=WELL, now=NOW
                )


class TestLinks:
    def by_link(self, db, asked, boxes=WELL, now=NOW, **more):
        who = {"name": "Sam Lewis", "role": "coach of the swimmers"} | more
        return service.give_by_link(db, token_hash=asked.token_hash, boxes=boxes, now=now, **who)

    def ask(self, db, learner, about=None, **more):
        return service.ask_by_link(
            db, learner=learner, about=about or About(), secret=SECRET, now=NOW, **more
        )

    def test_an_adult_without_account_says_it_once_about_one_thing(self, db, learner):
        booking = came(learner)
        about = read_about(db, learner, f"booking:{booking.uuid}")
        asked = self.ask(db, learner, about)
        assert self.ask(db, learner, about) is asked

        said = self.by_link(db, asked)

        assert (said.giver_kind, said.giver_name, said.booking) == (
            GiverKind.GUEST,
            "Sam Lewis",
            booking,
        )
        with pytest.raises(NotFound):
            self.by_link(db, asked)

    def test_not_too_late_and_not_once_taken_back(self, db, learner):
        late, back = self.ask(db, learner), self.ask(db, learner, About(booking=came(learner)))
        service.stop_asking(db, learner=learner, uuid=back.uuid, now=NOW)

        for asked, now in ((late, NOW + service.ASKED_FOR), (back, NOW)):
            with pytest.raises(NotFound):
                self.by_link(db, asked, now=now)

    def test_a_name_holds_no_way_to_be_reached(self, db, learner):
        with pytest.raises(Conflict, match="only your name"):
            self.by_link(db, self.ask(db, learner), role="call me on 07700 900123")

    def test_nobody_asks_about_what_is_anothers(self, db, learner):
        other = came(factories.learner())
        for written in (f"booking:{other.uuid}", "booking:x", "badge:", "moon:1"):
            with pytest.raises(NotFound):
                read_about(db, learner, written)


class TestAsking:
    def test_a_learner_asks_who_should_look_and_at_what(self, db, learner, coach):
        link = queries.link_between(db, coach, learner, NOW)
        about = About(booking=came(learner))
        asked = service.ask_supporter(
            db, learner=learner, link_uuid=link.uuid, about=about, now=NOW
        )
        assert queries.asked_of(db, coach, NOW) == [asked]
        assert queries.asked_of(db, supporter(), NOW) == []

        said = give(db, coach, learner, request_uuid=asked.uuid)

        assert (said.booking, queries.asked_of(db, coach, NOW)) == (about.booking, [])

    def test_another_look_goes_to_the_same_adult_or_by_a_link(self, db, learner, coach):
        said = give(db, coach, learner)
        again = {"learner": learner, "uuid": said.uuid, "secret": SECRET, "now": NOW}

        asked = service.ask_again(db, **again)
        assert (asked.asked_of, asked.again) == (coach, said)

        link = queries.link_between(db, coach, learner, NOW)
        supporters.end_own(db, learner=learner, uuid=link.uuid, now=NOW)
        assert service.ask_again(db, **again).token_hash is not None
        assert queries.asked_of(db, coach, NOW) == []


class TestDialogue:
    def answer(self, db, learner, said, words="I will try that on Friday.", now=NOW):
        return service.answer(db, learner=learner, uuid=said.uuid, words=words, now=now)

    def answer_back(self, db, adult, said, words="Good, tell me how it goes.", now=NOW):
        return service.answer_as_giver(db, adult=adult, uuid=said.uuid, words=words, now=now)

    def test_the_giver_answers_twice_and_then_it_is_the_learners_turn(self, db, learner, coach):
        said = give(db, coach, learner)
        with pytest.raises(Conflict, match="turn"):
            self.answer_back(db, coach, said)

        self.answer(db, learner, said)
        for _number in range(service.ANSWERS_IN_A_ROW):
            self.answer_back(db, coach, said)
        with pytest.raises(Conflict, match="turn"):
            self.answer_back(db, coach, said)

        self.answer(db, learner, said)
        self.answer_back(db, coach, said)
        assert len(queries.said_to_learner(db, said)) == 5

    def test_it_closes_after_30_days(self, db, learner, coach):
        said = give(db, coach, learner)
        self.answer(db, learner, said, now=NOW + 29 * DAY)
        with pytest.raises(Conflict, match="closed"):
            self.answer(db, learner, said, now=NOW + 30 * DAY)
        with pytest.raises(Conflict, match="closed"):
            self.answer_back(db, coach, said, now=NOW + 30 * DAY)

    def test_an_answer_that_may_ask_for_a_secret_is_held(self, db, learner, coach):
        said = give(db, coach, learner)
        self.answer(db, learner, said)

        held = self.answer_back(db, coach, said, "Keep this a secret.")

        assert held not in queries.said_to_learner(db, said)
        assert held in queries.said_since(db, said)
        officer = factories.officer(of=queries.city_of_learner(db, learner))
        service.decide(db, officer=officer, uuid=held.uuid, is_fine=True, now=NOW)
        assert held in queries.said_to_learner(db, said)

    def test_who_was_shut_out_answers_no_more(self, db, learner, coach):
        said = give(db, coach, learner)
        self.answer(db, learner, said)
        link = queries.link_between(db, coach, learner, NOW)
        supporters.change_scopes(
            db, learner=learner, uuid=link.uuid, scopes=[SupportScope.SEE_PLANS]
        )

        with pytest.raises(NotFound):
            self.answer_back(db, coach, said)


class TestReading:
    def test_others_read_what_they_may_and_nothing_that_was_put_away(self, db, learner, coach):
        parent, plans_only, stranger = guardian(), supporter(), supporter()
        helped(db, learner, parent, SupportKind.GUARDIAN, scopes=[SupportScope.SEE_RECORD])
        helped(db, learner, plans_only, scopes=[SupportScope.SEE_PLANS])
        said = give(db, coach, learner)

        assert queries.feedback_for(db, parent, said.uuid, NOW) is said
        for other in (plans_only, stranger):
            with pytest.raises(NotFound):
                queries.feedback_for(db, other, said.uuid, NOW)

        service.put_away(db, learner=learner, uuid=said.uuid, is_hidden=True, now=NOW)
        for other in (parent, coach):
            with pytest.raises(NotFound):
                queries.feedback_for(db, other, said.uuid, NOW)
        assert list(feedback_of(db, learner)) == []
        assert list(feedback_of(db, learner, is_hidden=True)) == [said]

    def test_what_is_held_nobody_reads_but_who_wrote_it(self, db, learner, coach):
        parent = guardian()
        helped(db, learner, parent, SupportKind.GUARDIAN, scopes=[SupportScope.SEE_RECORD])
        held = give(db, coach, learner, SECRETIVE)

        assert queries.feedback_for(db, coach, held.uuid, NOW) is held
        with pytest.raises(NotFound):
            queries.feedback_for(db, parent, held.uuid, NOW)

    def test_by_skill_and_by_who_said_it(self, db, learner, coach):
        listening = give(db, coach, learner)
        planning = give(db, coach, learner, Boxes(try_next="Make a list.", skills=[Skill.PLANNING]))

        assert list(feedback_of(db, learner, skill=Skill.PLANNING)) == [planning]
        assert list(feedback_of(db, learner, kind=GiverKind.COACH)) == [planning, listening]
        assert list(feedback_of(db, learner, kind=GiverKind.GUEST)) == []

    def test_an_officer_reads_it_for_a_reason_that_the_learner_sees(self, db, learner, coach):
        said = give(db, coach, learner)
        officer = factories.officer(of=queries.city_of_learner(db, learner))
        looked = {"officer": officer, "uuid": said.uuid, "now": NOW}

        for reason in ("", "ring me on 07700 900123"):
            with pytest.raises(Conflict):
                service.look(db, reason=reason, **looked)
        service.look(db, reason="A worry of Monday", **looked)

        assert [each.reason for each in queries.looks_at(db, said)] == ["A worry of Monday"]
        assert queries.before_officer(db, officer) == [(said, 0)]
        assert queries.before_officer(db, factories.officer()) == []


def test_everything_goes_with_the_learner(db, learner, coach):
    said = give(db, coach, learner)
    service.answer(db, learner=learner, uuid=said.uuid, words="Thanks", now=NOW)
    db.delete(learner)
    db.flush()
    db.expire_all()

    assert db.query(Feedback).count() == 0
