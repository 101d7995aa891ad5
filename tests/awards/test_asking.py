"""Asking for a badge with words, and the words of whoever looks at it."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from app.errors import Conflict, NotAllowed, NotFound
from awards.asking import (
    ask,
    asked_by,
    asked_of,
    give,
    let_ask,
    say_not_yet,
    why_not_ask,
    withdraw,
)
from awards.models import AwardRequest, RequestState
from badges import facts, openbadges
from badges.evidence import evidence_at, open_evidence
from badges.models import Evidence
from badges.queries import badges_of, credential_of
from badges.service import define_achievement, revoke
from notices.models import Notice
from providers.models import ProviderStatus
from tests import factories
from tests.awards.there import came, jobs_waiting, opportunity_of
from tests.badges.test_achievements import SAID, SEEN
from tests.factories import NOW

BASE = "https://tirnod.example"
WORDS = "I centred the clay and threw a bowl, in May, with Huw."
SEEN_SO = "Kept the walls even. Try a taller one next."


@pytest.fixture
def provider(db):
    return factories.provider()


@pytest.fixture
def keeper(provider):
    return factories.member(of=provider)


@pytest.fixture
def badge(db, provider):
    made = define_achievement(db, issuer=provider, **SAID, **SEEN)
    let_ask(db, achievement=made, takes_requests=True)
    return made


@pytest.fixture
def learner(db, provider, keeper):
    learner = factories.learner()
    came(db, learner, opportunity_of(provider), keeper)
    return learner


def _ask(db, learner, badge):
    return ask(db, learner=learner, achievement=badge, words=WORDS, now=NOW)


def _give(db, request, keeper, provider, level=2):
    give(
        db,
        uuid=request.uuid,
        keeper=keeper,
        provider=provider,
        feedback=SEEN_SO,
        level=level,
        now=NOW,
    )


def test_asked_for_looked_at_and_given_with_words(db, badge, learner, keeper, provider):
    request = _ask(db, learner, badge)
    _give(db, request, keeper, provider)

    [given] = badges_of(db, learner)
    db.refresh(given)
    document = openbadges.open_badge(facts.credential_facts(given, BASE))
    subject = document["credentialSubject"]
    assert subject["narrative"] == SEEN_SO
    assert subject["result"][0]["achievedLevel"].endswith("#seen-2")
    assert document["evidence"][0]["narrative"] == (
        "Showed what they did, and Pot House looked at it."
    )
    # What the learner wrote stands in no badge: only an address does.
    assert WORDS not in str(document)
    assert document["evidence"][1]["id"] == f"{BASE}/evidence/{db.get(Evidence, given.id).uuid}"
    assert jobs_waiting(db, "participation.tell_of_badge") == [{"credential_id": given.id}]
    with pytest.raises(Conflict, match="already"):
        _give(db, request, keeper, provider)


def test_the_team_is_told_and_no_name_travels(db, badge, learner, keeper, provider):
    other = factories.member(of=provider)
    factories.member(of=factories.provider(name="Elsewhere"))
    _ask(db, learner, badge)

    told = db.scalars(select(Notice).filter_by(kind="badge_asked")).all()

    assert {each.user_id for each in told} == {keeper.id, other.id}
    assert all(learner.name not in str(each.details) for each in told)


def test_not_yet_comes_with_words_and_one_can_ask_again(db, badge, learner, keeper, provider):
    first = _ask(db, learner, badge)
    say_not_yet(
        db, uuid=first.uuid, keeper=keeper, provider=provider, feedback="Try it alone.", now=NOW
    )

    assert badges_of(db, learner) == []
    assert [(each.state, each.feedback) for each in asked_by(db, learner)] == [
        (RequestState.NOT_YET, "Try it alone.")
    ]
    assert _ask(db, learner, badge) is not first
    told = db.scalars(select(Notice.kind).filter_by(user_id=learner.id)).all()
    assert told == ["badge_answered"]


def test_why_somebody_cannot_ask(db, badge, learner, provider):
    stranger = factories.learner()
    closed = define_achievement(db, issuer=provider, **SAID)

    assert why_not_ask(db, learner, badge) == ""
    assert "once you were there" in why_not_ask(db, stranger, badge)
    assert "cannot be asked for" in why_not_ask(db, learner, closed)
    _ask(db, learner, badge)
    with pytest.raises(Conflict, match="You have asked"):
        _ask(db, learner, badge)


def test_whoever_has_it_need_not_ask(db, badge, learner, keeper, provider):
    _give(db, _ask(db, learner, badge), keeper, provider)

    assert "already" in why_not_ask(db, learner, badge)
    revoke(db, credential=credential_of(db, learner, badge), reason="Undone.", now=NOW)
    assert why_not_ask(db, learner, badge) == ""


def test_what_was_asked_is_seen_by_the_whole_team_and_nobody_else(
    db, badge, learner, keeper, provider
):
    second = factories.member(of=provider)
    elsewhere = factories.provider(name="Elsewhere")
    outsider = factories.member(of=elsewhere)
    request = _ask(db, learner, badge)

    assert list(asked_of(db, second, provider, now=NOW)) == [request]
    _give(db, request, keeper, provider)
    [seen] = asked_of(db, second, provider, now=NOW)
    assert (seen.feedback, seen.assessed_by) == (SEEN_SO, keeper)
    assert list(asked_of(db, outsider, elsewhere, now=NOW)) == []
    with pytest.raises(NotAllowed):
        asked_of(db, outsider, provider, now=NOW)
    assert list(asked_by(db, factories.learner())) == []
    assert list(asked_of(db, keeper, provider, now=NOW + timedelta(days=181))) == []


def test_strangers_and_unchecked_organisations_give_nothing(db, badge, learner, keeper, provider):
    request = _ask(db, learner, badge)
    elsewhere = factories.provider(name="Elsewhere")
    with pytest.raises(NotFound):
        _give(db, request, factories.member(of=elsewhere), elsewhere)
    with pytest.raises(NotAllowed):
        _give(db, request, factories.member(of=elsewhere), provider)
    with pytest.raises(Conflict, match="from the list"):
        _give(db, request, keeper, provider, level=9)
    provider.status = ProviderStatus.SUSPENDED
    db.flush()
    with pytest.raises(NotAllowed):
        _give(db, request, keeper, provider)
    assert badges_of(db, learner) == []


def test_taking_it_back_deletes_the_words(db, badge, learner, keeper, provider):
    request = _ask(db, learner, badge)
    uuid = request.uuid
    withdraw(db, learner=factories.learner(), uuid=uuid)
    assert len(asked_by(db, learner)) == 1
    withdraw(db, learner=learner, uuid=uuid)
    withdraw(db, learner=learner, uuid=uuid)

    assert db.scalar(select(func.count(AwardRequest.id))) == 0
    answered = _ask(db, learner, badge)
    _give(db, answered, keeper, provider)
    with pytest.raises(Conflict, match="already"):
        withdraw(db, learner=learner, uuid=answered.uuid)


@pytest.mark.parametrize(
    ("words", "is_refused"),
    [
        ("Seren kept the walls even.", True),
        ("Well done, Seren-Haf!", True),
        ("You kept the walls even. A serene bowl.", False),
        ("SERENE", False),
    ],
)
def test_what_stands_in_a_badge_names_nobody(db, badge, keeper, provider, words, is_refused):
    learner = factories.learner(name="Seren Haf")
    came(db, learner, opportunity_of(provider), keeper)
    request = _ask(db, learner, badge)
    given = {"uuid": request.uuid, "keeper": keeper, "provider": provider, "now": NOW}
    if is_refused:
        with pytest.raises(Conflict, match="names nobody"):
            give(db, feedback=words, level=None, **given)
        assert badges_of(db, learner) == []
    else:
        give(db, feedback=words, level=None, **given)
        assert [each.narrative for each in badges_of(db, learner)] == [words]


def test_evidence_opens_only_while_its_learner_lets_it(db, badge, learner, keeper, provider):
    _give(db, _ask(db, learner, badge), keeper, provider)
    [given] = badges_of(db, learner)
    uuid = db.get(Evidence, given.id).uuid

    def let(days, who=learner):
        open_evidence(db, learner=who, badge_uuid=given.uuid, days=days, now=NOW)

    with pytest.raises(NotFound):
        evidence_at(db, uuid, now=NOW)
    with pytest.raises(NotFound):
        let(7, who=factories.learner())
    let(7)
    evidence, of = evidence_at(db, uuid, now=NOW + timedelta(days=6))
    assert (evidence.words, of) == (WORDS, given)
    with pytest.raises(NotFound):
        evidence_at(db, uuid, now=NOW + timedelta(days=7))
    let(0)
    with pytest.raises(NotFound):
        evidence_at(db, uuid, now=NOW)
    let(7)
    revoke(db, credential=given, reason="Undone.", now=NOW)
    with pytest.raises(NotFound):
        evidence_at(db, uuid, now=NOW)


@pytest.mark.parametrize(
    "change",
    ["state = 'given'", "state = 'given', assessed_at = now()", "words = ''", "state = 'passed'"],
)
def test_the_database_keeps_an_answer_whole(db, badge, learner, change):
    request = _ask(db, learner, badge)
    with pytest.raises(IntegrityError), db.begin_nested():
        db.execute(text(f"UPDATE award_request SET {change} WHERE id = :id"), {"id": request.id})
