"""Questions and answers: seen by several, filtered both ways, closed in time, and kept as they were said."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from accounts.models import Role
from app.errors import Conflict, NotAllowed, NotFound
from concerns.models import Concern, ConcernKind, Urgency
from concerns.queries import lines_of
from concerns.routing import readers_of
from enquiries import queries, rules, service
from enquiries.models import Enquiry, EnquiryMessage, MessageState, QuickAnswer, QuickQuestion
from notices.kinds import NoticeKind
from notices.models import Notice
from providers.models import MemberRole, ProviderMember, ProviderStatus
from tests import factories
from tests.factories import NOW

SECRET = "a secret that only these tests know"


@pytest.fixture(autouse=True)
def inside(app, db):
    with app.app_context():
        yield


@pytest.fixture
def learner(db):
    return factories.learner()


@pytest.fixture
def opportunity(db):
    opportunity = factories.opportunity(provider=factories.provider(in_city=factories.city()))
    factories.scheduled_session(opportunity=opportunity)
    return opportunity


@pytest.fixture
def team(opportunity):
    return [factories.member(of=opportunity.provider) for _member in range(2)]


def asked(db, learner, opportunity, words="Is it loud?", now=NOW, **given):
    return service.ask(db, learner=learner, opportunity=opportunity, words=words, now=now, **given)


def answered(db, member, enquiry, words="No.", now=NOW, **given):
    return service.answer(db, member=member, uuid=enquiry.uuid, words=words, now=now, **given)


def told(db, kind):
    return [each.user_id for each in db.scalars(select(Notice).filter_by(kind=kind))]


def test_a_question_goes_to_the_whole_team_and_its_words_to_no_mailbox(
    db, learner, opportunity, team
):
    factories.member(of=opportunity.provider, does=MemberRole.DOOR)
    factories.member(of=factories.provider())

    enquiry = asked(db, learner, opportunity, question=QuickQuestion.QUIET)

    (said,) = queries.said_in(db, enquiry)
    assert (said.question, said.words, said.from_learner) == (
        QuickQuestion.QUIET,
        "Is it loud?",
        True,
    )
    assert sorted(told(db, NoticeKind.QUESTION_ASKED)) == sorted(each.id for each in team)
    assert "loud" not in str([each.details for each in db.scalars(select(Notice))])
    for member in team:
        assert queries.inbox_of(db, member, opportunity.provider, now=NOW) == [enquiry]


@pytest.mark.parametrize("who", ["one adult", "one and a door", "one and a closed account", "none"])
def test_with_fewer_than_two_adults_nothing_is_asked(db, learner, opportunity, who):
    provider = opportunity.provider
    if who != "none":
        factories.member(of=provider)
    if who == "one and a door":
        factories.member(of=provider, does=MemberRole.DOOR)
    if who == "one and a closed account":
        factories.member(of=provider).disabled_at = NOW
    db.flush()

    with pytest.raises(Conflict, match=r"two adults must see each one.*Council can help"):
        asked(db, learner, opportunity)
    assert db.scalars(select(Enquiry)).all() == []


def test_a_team_that_shrank_to_one_cannot_answer(db, learner, opportunity, team):
    enquiry = asked(db, learner, opportunity)
    db.get(ProviderMember, (opportunity.provider_id, team[1].id)).ended_at = NOW
    db.flush()

    with pytest.raises(Conflict, match="two adults"):
        answered(db, team[0], enquiry)
    with pytest.raises(NotFound):
        answered(db, team[1], enquiry)


WAYS_TO_REACH = [
    "My number is 07700 900123",
    "Write to jo@example.org",
    "See www.example.org",
    "Find me on snapchat",
    "Ffoniwch fi: 07700 900 123",
]


@pytest.mark.parametrize("words", WAYS_TO_REACH)
def test_no_way_to_be_reached_passes_in_either_direction(db, learner, opportunity, team, words):
    with pytest.raises(Conflict, match="Please leave out"):
        asked(db, learner, opportunity, words=words)
    enquiry = asked(db, learner, opportunity)
    with pytest.raises(Conflict, match="Please leave out"):
        service.ask_more(db, learner=learner, uuid=enquiry.uuid, words=words, now=NOW)
    with pytest.raises(Conflict, match="Please leave out"):
        answered(db, team[0], enquiry, words=words)

    assert [each.words for each in queries.said_in(db, enquiry)] == ["Is it loud?"]


def test_what_may_ask_for_a_secret_is_held_for_officers_and_never_shown(
    db, learner, opportunity, team
):
    city_id = opportunity.provider.city_id
    insider = factories.adult(Role.AUTHORITY_OFFICER, city_id=city_id)
    db.add(ProviderMember(provider=opportunity.provider, user=insider))
    enquiry = asked(db, learner, opportunity)

    held = answered(db, team[0], enquiry, words="Come alone, and don't tell your mum.")

    assert held.state is MessageState.HELD
    assert [each.words for each in queries.said_to_learner(db, enquiry)] == ["Is it loud?"]
    assert held in queries.said_in(db, enquiry)
    officers = told(db, NoticeKind.ANSWER_HELD)
    assert len(officers) == 2
    assert insider.id not in officers


@pytest.mark.parametrize(
    ("is_fine", "state", "seen"),
    [(True, MessageState.RELEASED, 2), (False, MessageState.STOPPED, 1)],
)
def test_an_officer_passes_a_held_answer_on_or_stops_it(
    db, learner, opportunity, team, is_fine, state, seen
):
    officer = factories.adult(Role.AUTHORITY_OFFICER, city_id=opportunity.provider.city_id)
    enquiry = asked(db, learner, opportunity)
    held = answered(db, team[0], enquiry, words="Don't tell anyone, it is a surprise.")
    decision = {"message_uuid": held.uuid, "is_fine": is_fine, "now": NOW}

    for stranger in (team[1], factories.officer(), learner):
        with pytest.raises(NotFound):
            service.decide(db, officer=stranger, **decision)
    service.decide(db, officer=officer, **decision)
    with pytest.raises(Conflict, match="decided on it already"):
        service.decide(db, officer=officer, **decision)

    assert held.state is state
    assert len(queries.said_to_learner(db, enquiry)) == seen


def test_it_closes_a_week_after_the_last_session_and_not_before(db, learner, opportunity, team):
    last = factories.scheduled_session(opportunity=opportunity, starts_at=NOW + timedelta(days=10))
    factories.scheduled_session(
        opportunity=opportunity, starts_at=NOW + timedelta(days=90), cancelled_at=NOW
    )
    enquiry = asked(db, learner, opportunity)
    end = last.ends_at + timedelta(days=7)

    answered(db, team[0], enquiry, now=end - timedelta(microseconds=1))

    for say in (
        lambda: answered(db, team[0], enquiry, now=end),
        lambda: service.ask_more(db, learner=learner, uuid=enquiry.uuid, words="Hm?", now=end),
    ):
        with pytest.raises(Conflict, match="closed"):
            say()


def test_nobody_but_the_learner_and_the_team_reads_it(db, learner, opportunity, team):
    enquiry = asked(db, learner, opportunity)
    strangers = [
        factories.learner(),
        factories.member(of=factories.provider()),
        factories.member(of=opportunity.provider, does=MemberRole.DOOR),
        factories.officer(),
    ]

    for stranger in strangers:
        with pytest.raises(NotFound):
            queries.own_enquiry(db, stranger, enquiry.uuid)
        with pytest.raises(NotFound):
            queries.enquiry_for_team(db, stranger, enquiry.uuid, now=NOW)
        with pytest.raises(NotFound):
            answered(db, stranger, enquiry)


def test_an_organisation_that_is_not_trusted_reads_nothing(db, learner, opportunity, team):
    enquiry = asked(db, learner, opportunity)
    opportunity.provider.assured_until = NOW
    db.flush()
    with pytest.raises(NotAllowed):
        queries.enquiry_for_team(db, team[0], enquiry.uuid, now=NOW)

    opportunity.provider.status = ProviderStatus.SUSPENDED
    db.flush()
    with pytest.raises(NotFound):
        queries.inbox_of(db, team[0], opportunity.provider, now=NOW)
    with pytest.raises(NotFound, match="not on offer"):
        asked(db, learner, opportunity)


def test_only_learners_ask(db, opportunity, team):
    with pytest.raises(NotAllowed):
        asked(db, team[0], opportunity)


@pytest.mark.parametrize(("words", "sentence"), [("", "Choose one"), ("x" * 301, "300 characters")])
def test_something_short_must_be_said(db, learner, opportunity, team, words, sentence):
    with pytest.raises(Conflict, match=sentence):
        asked(db, learner, opportunity, words=words)
    enquiry = asked(db, learner, opportunity)
    with pytest.raises(Conflict, match=sentence):
        answered(db, team[0], enquiry, words=words)


def test_a_sentence_of_ours_is_enough(db, learner, opportunity, team):
    enquiry = asked(db, learner, opportunity, words="", question=QuickQuestion.BRING)
    answered(db, team[0], enquiry, words="", answer=QuickAnswer.NOTHING)

    assert [queries.words_of(each) for each in queries.said_to_learner(db, enquiry)] == [
        "What do I bring?",
        "You need to bring nothing. We have it all.",
    ]


def test_a_learner_asks_so_much_in_a_day_and_again_the_next(db, learner, opportunity, team):
    for _time in range(rules.QUESTIONS_A_DAY):
        enquiry = asked(db, learner, opportunity)
    with pytest.raises(Conflict, match="enough for today"):
        asked(db, learner, opportunity)
    asked(db, factories.learner(), opportunity)
    for _time in range(rules.WORDS_A_DAY - rules.QUESTIONS_A_DAY):
        service.ask_more(db, learner=learner, uuid=enquiry.uuid, words="And?", now=NOW)
    with pytest.raises(Conflict, match="enough for today"):
        service.ask_more(db, learner=learner, uuid=enquiry.uuid, words="And?", now=NOW)

    asked(db, learner, opportunity, now=NOW + timedelta(days=1))


def test_an_organisation_does_not_go_on_writing_to_someone_who_is_silent(
    db, learner, opportunity, team
):
    enquiry = asked(db, learner, opportunity)
    for _time in range(rules.ANSWERS_IN_A_ROW):
        answered(db, team[0], enquiry)

    with pytest.raises(Conflict, match="young person's turn"):
        answered(db, team[1], enquiry)
    service.ask_more(db, learner=learner, uuid=enquiry.uuid, words="Thanks.", now=NOW)
    answered(db, team[1], enquiry)


def test_an_officer_reads_for_a_reason_that_is_kept(db, learner, opportunity, team):
    officer = factories.adult(Role.AUTHORITY_OFFICER, city_id=opportunity.provider.city_id)
    enquiry = asked(db, learner, opportunity)

    with pytest.raises(Conflict, match="why you look"):
        service.look(db, officer=officer, uuid=enquiry.uuid, reason="hm", now=NOW)
    service.look(db, officer=officer, uuid=enquiry.uuid, reason="A parent rang.", now=NOW)

    (seen,) = queries.looks_at(db, enquiry)
    assert (seen.officer_name, seen.reason, seen.looked_at) == ("Jo", "A parent rang.", NOW)
    assert queries.enquiries_before_officer(db, officer) == [(enquiry, 1, 0)]


@pytest.mark.parametrize("who", ["another city's", "an insider", "a learner"])
def test_no_other_officer_reads_it(db, learner, opportunity, team, who):
    insider = factories.adult(Role.AUTHORITY_OFFICER, city_id=opportunity.provider.city_id)
    db.add(ProviderMember(provider=opportunity.provider, user=insider, ended_at=NOW))
    db.flush()
    people = {"another city's": factories.officer(), "an insider": insider, "a learner": learner}
    enquiry = asked(db, learner, opportunity)

    with pytest.raises(NotFound):
        service.look(db, officer=people[who], uuid=enquiry.uuid, reason="I am curious.", now=NOW)
    assert queries.enquiries_before_officer(db, people[who]) == []


@pytest.mark.parametrize("who", ["learner", "colleague"])
def test_a_report_takes_all_that_was_said_past_the_organisation(
    db, learner, opportunity, team, who
):
    insider = factories.adult(Role.AUTHORITY_OFFICER, city_id=opportunity.provider.city_id)
    db.add(ProviderMember(provider=opportunity.provider, user=insider))
    enquiry = asked(db, learner, opportunity)
    answered(db, team[0], enquiry, words="Our little secret.")

    receipt = service.report(
        db,
        by=learner if who == "learner" else team[1],
        uuid=enquiry.uuid,
        words="This is odd.",
        urgency=Urgency.TODAY,
        key="a key",
        secret=SECRET,
        now=NOW,
    )

    concern = db.scalars(select(Concern)).one()
    said = lines_of(db, concern, secret=SECRET)[0].words
    assert receipt.concern is concern
    assert concern.kind is ConcernKind.MESSAGE
    for words in ("This is odd.", "Is it loud?", "Our little secret."):
        assert words in said
    assert insider not in readers_of(db, concern)


def test_nobody_reports_what_is_not_theirs(db, learner, opportunity, team):
    enquiry = asked(db, learner, opportunity)

    for stranger in (factories.learner(), factories.member(of=factories.provider())):
        with pytest.raises(NotFound):
            service.report(
                db,
                by=stranger,
                uuid=enquiry.uuid,
                words="",
                urgency=Urgency.TODAY,
                key="",
                secret=SECRET,
                now=NOW,
            )


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM enquiry_message",
        "UPDATE enquiry_message SET words = 'Nothing.'",
        "UPDATE enquiry_message SET author_name = 'Nobody'",
        "UPDATE enquiry_message SET state = 'stopped', decided_at = now() WHERE NOT from_learner",
        "DELETE FROM enquiry_look",
        "UPDATE enquiry_look SET reason = 'For nothing.'",
    ],
)
def test_the_database_keeps_what_was_said_and_who_looked(db, learner, opportunity, team, statement):
    officer = factories.adult(Role.AUTHORITY_OFFICER, city_id=opportunity.provider.city_id)
    enquiry = asked(db, learner, opportunity)
    answered(db, team[0], enquiry)
    service.look(db, officer=officer, uuid=enquiry.uuid, reason="A parent rang.", now=NOW)

    with pytest.raises(IntegrityError, match="stays"), db.begin_nested():
        db.execute(text(statement))


def test_all_of_it_goes_with_the_learner(db, learner, opportunity, team):
    enquiry = asked(db, learner, opportunity)
    answered(db, team[0], enquiry)
    other = asked(db, factories.learner(), opportunity)

    db.execute(text("DELETE FROM user_account WHERE id = :id"), {"id": learner.id})
    db.expire_all()

    assert [each.enquiry_id for each in db.scalars(select(EnquiryMessage))] == [other.id]
