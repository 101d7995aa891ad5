"""Organisations that belong to another: both say so, and either ends it."""

import pytest

from app.errors import Conflict, NotAllowed, NotFound
from providers import queries, umbrella
from providers.models import MemberRole, ProviderStatus, UmbrellaRequest
from tests import factories
from tests.factories import NOW


@pytest.fixture
def city(db):
    return factories.city()


@pytest.fixture
def body(city):
    return factories.provider(name="Clubs United", in_city=city)


@pytest.fixture
def club(city):
    return factories.provider(name="Pot House", in_city=city, status=ProviderStatus.APPLIED)


@pytest.fixture
def boss(body):
    return factories.member(of=body)


@pytest.fixture
def chair(club):
    return factories.member(of=club)


@pytest.fixture
def ask(db, body, boss):
    def ask(name="Pot House", by=boss, of=body):
        return umbrella.ask(db, umbrella=of, asked_by=by, name=name, now=NOW)

    return ask


def answer(db, request, by, is_agreed=True):
    return umbrella.answer(
        db, member=request.member, answered_by=by, uuid=request.uuid, is_agreed=is_agreed, now=NOW
    )


def test_it_belongs_only_once_both_have_said_so(db, body, club, boss, chair, ask):
    request = ask()
    assert club.umbrella_id is None
    assert not queries.speaks_for(db, boss, club)

    answer(db, request, chair)

    assert club.umbrella_id == body.id
    assert queries.speaks_for(db, boss, club)
    assert [each.id for each in umbrella.members_of(db, body)] == [club.id]
    assert not any(
        may(db, boss, club) for may in (queries.keeps_door, queries.runs, queries.assures)
    )
    assert not queries.speaks_for(db, chair, body)


def test_only_admins_of_the_body_act_for_a_member(db, body, club, chair, ask):
    answer(db, ask(), chair)

    for does in set(MemberRole) - {MemberRole.ADMIN}:
        assert not queries.speaks_for(db, factories.member(of=body, does=does), club)


def test_no_means_no(db, club, chair, ask):
    request = ask()

    answer(db, request, chair, is_agreed=False)

    assert club.umbrella_id is None
    with pytest.raises(NotFound):
        answer(db, request, chair)
    assert ask().uuid != request.uuid, "they may be asked again"


@pytest.mark.parametrize("written", ["pot house", "{slug}", "https://x.example/p/{slug}/"])
def test_one_is_found_by_its_name_or_address(ask, club, written):
    assert ask(written.format(slug=club.slug)).member == club


def test_what_is_elsewhere_or_stopped_is_not_found(db, city, ask):
    factories.provider(name="Far")
    factories.provider(name="Stopped", in_city=city, status=ProviderStatus.SUSPENDED)
    factories.provider(name="Sent back", in_city=city, status=ProviderStatus.REFUSED)

    for name in ("Far", "Stopped", "Sent back", "%", "Nobody"):
        with pytest.raises(NotFound):
            ask(name)


def test_of_two_with_one_name_the_address_says_which(city, club, ask):
    factories.provider(name="POT HOUSE", in_city=city)

    with pytest.raises(Conflict, match="More than one"):
        ask()
    assert ask(club.slug).member == club


def test_nobody_is_asked_twice_at_once(ask, club):
    ask()

    with pytest.raises(Conflict, match="already"):
        ask()


def test_only_who_is_checked_asks(db, body, ask, club):
    body.assured_until = NOW
    db.flush()

    with pytest.raises(Conflict, match="checked"):
        ask()


def test_it_is_one_step_and_no_more(db, city, body, club, chair, boss, ask):
    answer(db, ask(), chair)
    third = factories.provider(name="Third", in_city=city)
    third_chair = factories.member(of=third)
    fourth = factories.provider(name="Fourth", in_city=city)

    with pytest.raises(Conflict, match="belong to you already"):
        ask()
    with pytest.raises(Conflict, match="belong to another"):
        ask(of=third, by=third_chair)
    with pytest.raises(Conflict, match="have members"):
        ask("Clubs United", of=third, by=third_chair)
    with pytest.raises(Conflict, match="your own"):
        ask("Clubs United")
    club.status = ProviderStatus.VERIFIED
    club.identity_checked_by_id = club.approved_by_id = body.approved_by_id
    club.verified_by_id, club.verified_at, club.assured_until = (
        body.verified_by_id,
        NOW,
        body.assured_until,
    )
    db.flush()
    with pytest.raises(Conflict, match="no members"):
        ask(fourth.name, of=club, by=chair)


def test_two_questions_do_not_make_two_bodies(db, city, body, club, chair, ask):
    other = factories.provider(name="Rivals", in_city=city)
    first, second = ask(), ask(of=other, by=factories.member(of=other))
    answer(db, first, chair)

    with pytest.raises(Conflict):
        answer(db, second, chair)
    assert club.umbrella_id == body.id


@pytest.mark.parametrize("who", ["boss", "chair"])
def test_either_ends_it(db, request, body, club, boss, chair, ask, who):
    answer(db, ask(), chair)
    provider, by = (body, boss) if who == "boss" else (club, chair)

    umbrella.end(db, provider=provider, ended_by=by, member_uuid=club.uuid)

    assert club.umbrella_id is None
    assert not queries.speaks_for(db, boss, club)


def test_nobody_else_asks_answers_or_ends(db, city, body, club, boss, chair, ask):
    stranger = factories.member(of=factories.provider(name="Noise", in_city=city))
    organiser = factories.member(of=body, does=MemberRole.ORGANISER)
    open_request = ask()

    for who in (stranger, organiser, chair):
        with pytest.raises(NotAllowed):
            ask(by=who)
        with pytest.raises(NotAllowed):
            umbrella.take_back(db, umbrella=body, taken_by=who, uuid=open_request.uuid, now=NOW)
    for who in (stranger, boss):
        with pytest.raises(NotAllowed):
            answer(db, open_request, who)
    answer(db, open_request, chair)
    other_body = factories.provider(name="Other", in_city=city)
    with pytest.raises(NotFound):
        umbrella.end(
            db, provider=other_body, ended_by=factories.member(of=other_body), member_uuid=club.uuid
        )
    assert club.umbrella_id == body.id


def test_a_question_is_taken_back(db, body, boss, chair, ask):
    request = ask()

    umbrella.take_back(db, umbrella=body, taken_by=boss, uuid=request.uuid, now=NOW)

    assert umbrella.asked_by(db, body) == []
    with pytest.raises(NotFound):
        answer(db, request, chair)
    assert db.query(UmbrellaRequest).one().is_agreed is False


def test_a_paused_member_or_body_lets_nobody_act(db, body, club, boss, chair, ask):
    answer(db, ask(), chair)
    for paused in (body, club):
        before = paused.status
        paused.status = ProviderStatus.SUSPENDED
        db.flush()
        assert not queries.speaks_for(db, boss, club)
        paused.status = before
