"""Codes for those who walk up: so many, between two times, each once."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from app.errors import Conflict, NotAllowed
from awards.claiming import NoSuchCode, claim, end_code, make_code, open_codes
from badges.models import AchievementCredential
from badges.queries import badges_of
from badges.service import revoke
from providers.models import ProviderStatus
from tests import factories
from tests.factories import NOW

SECRET = "only tests know"


@pytest.fixture
def badge(db):
    return factories.achievement()


def _code(db, badge, most=2, opens=0, closes=3):
    return make_code(
        db,
        achievement=badge,
        made_by=factories.member(of=badge.issuer),
        most=most,
        opens_at=NOW + timedelta(hours=opens),
        closes_at=NOW + timedelta(hours=closes),
        secret=SECRET,
        now=NOW,
    )


def _claim(db, code, learner=None, hours=1):
    return claim(
        db,
        learner=learner or factories.learner(),
        code=code,
        secret=SECRET,
        now=NOW + timedelta(hours=hours),
    )


def test_a_code_gives_the_badge_as_often_as_it_may(db, badge):
    code = _code(db, badge)
    learner = factories.learner()

    given = _claim(db, f" {code.lower()[:4]}-{code.lower()[4:]} ", learner)

    assert given.evidence == "Was there, and had the code that Pot House gave out."
    assert given.activity_started_at <= given.activity_ended_at
    assert _claim(db, code, learner) is given  # twice counts once
    _claim(db, code)
    with pytest.raises(NoSuchCode):
        _claim(db, code)
    assert _claim(db, code, learner) is given


def test_a_code_works_between_its_times_and_until_it_is_stopped(db, badge):
    code = _code(db, badge, opens=1, closes=3)
    for hours in (0.9, 3, 4):
        with pytest.raises(NoSuchCode):
            _claim(db, code, hours=hours)
    _claim(db, code, hours=1)
    [kept] = open_codes(db, badge, now=NOW)
    end_code(db, achievement=factories.achievement(), uuid=kept.uuid, now=NOW)  # not theirs
    _claim(db, code, hours=2.9)
    end_code(db, achievement=badge, uuid=kept.uuid, now=NOW)
    assert list(open_codes(db, badge, now=NOW)) == []
    with pytest.raises(NoSuchCode):
        _claim(db, code, hours=2)


def test_a_code_of_an_organisation_that_is_not_checked_gives_nothing(db, badge):
    code = _code(db, badge)
    badge.issuer.status = ProviderStatus.SUSPENDED
    db.flush()
    with pytest.raises(NoSuchCode):
        _claim(db, code)


def test_a_code_gives_nothing_back_that_somebody_took_back(db, badge):
    code, learner = _code(db, badge), factories.learner()
    revoke(db, credential=_claim(db, code, learner), reason="Undone.", now=NOW)

    with pytest.raises(NoSuchCode):
        _claim(db, code, learner)
    assert list(badges_of(db, learner)) == []


def test_wrong_codes_and_adults_get_nothing(db, badge):
    code = _code(db, badge)
    for wrong in ("", "AAAA-BBBB-CCCC", code[:-1]):
        with pytest.raises(NoSuchCode):
            _claim(db, wrong)
    with pytest.raises(NotAllowed):
        _claim(db, code, factories.officer())
    assert db.scalar(select(func.count(AchievementCredential.id))) == 0
    assert code not in str(db.execute(text("SELECT * FROM claim_code")).all())


def test_whoever_has_the_badge_uses_up_no_place(db, badge):
    learner, other = factories.learner(), factories.learner()
    held = _claim(db, _code(db, badge), learner)
    second = _code(db, badge, most=1)

    assert _claim(db, second, learner) is held
    _claim(db, second, other)
    revoke(db, credential=held, reason="Undone.", now=NOW)
    with pytest.raises(NoSuchCode):
        _claim(db, second, learner)
    assert list(badges_of(db, learner)) == []


@pytest.mark.parametrize(("opens", "closes"), [(2, 2), (3, 2), (-3, -1), (0, 31 * 24 + 1)], ids=str)
def test_times_that_make_no_sense_are_refused(db, badge, opens, closes):
    with pytest.raises(Conflict):
        _code(db, badge, opens=opens, closes=closes)


def test_the_database_counts_too(db, badge):
    _code(db, badge)
    for change in ("used = 3", "used = -1", "closes_at = opens_at", "most = 501"):
        with pytest.raises(IntegrityError), db.begin_nested():
            db.execute(text(f"UPDATE claim_code SET {change}"))
