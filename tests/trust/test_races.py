"""Officers, members and learners at the same moment: real connections, real commits."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

from accounts.models import User
from app.db import current_db
from app.errors import Refusal
from participation.models import Booking
from participation.service import book
from providers import decisions
from providers.models import Decision, Provider, ProviderMember, ProviderStatus
from providers.standing import is_trusted
from tests import factories
from tests.databases import fresh_database
from tests.factories import NOW

HOW = {"now": NOW, "reason": "A reason."}


@pytest.fixture(scope="module")
def sessions():
    with fresh_database() as url:
        engine = create_engine(url, pool_size=8, max_overflow=0)
        yield sessionmaker(engine, expire_on_commit=False)
        engine.dispose()


@pytest.fixture
def asking(sessions):
    """An organisation that waits, and three officers of its city: their keys."""
    current_db.remove()
    current_db.configure(bind=sessions.kw["bind"], join_transaction_mode="conditional_savepoint")
    city = factories.city()
    officers = [factories.officer(of=city) for _ in range(3)]
    asking = factories.provider(in_city=city, status=ProviderStatus.APPLIED, evidence_in_at=NOW)
    factories.passport(asking)
    decisions.check_identity(current_db, provider_uuid=asking.uuid, officer=officers[0], **HOW)
    current_db.commit()
    yield asking, [each.id for each in officers]
    current_db.remove()


def at_once(sessions, *acts) -> Counter:
    gate = Barrier(len(acts))

    def run(act):
        gate.wait()
        try:
            with sessions.begin() as db:
                act(db)
        except Refusal:
            return "refused"
        return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return Counter(pool.map(run, acts))


def approve(asking, officer_id):
    return lambda db: decisions.approve(
        db, provider_uuid=asking.uuid, officer=db.get_one(User, officer_id), **HOW
    )


def suspend(asking, officer_id):
    return lambda db: decisions.suspend(
        db, provider_uuid=asking.uuid, officer=db.get_one(User, officer_id), **HOW
    )


def kinds(sessions, asking) -> Counter:
    with sessions() as db:
        of = db.query(Decision).filter(Decision.provider_id == asking.id, Decision.about.is_(None))
        return Counter(each.kind.value for each in of)


def test_one_officer_who_taps_six_times_said_yes_once(sessions, asking):
    provider, officers = asking

    said = at_once(sessions, *[approve(provider, officers[0])] * 6)

    assert said == {"done": 1, "refused": 5}
    assert kinds(sessions, provider) == {"identity_checked": 1, "approved": 1}


def test_three_officers_at_once_are_two_yeses_and_one_too_late(sessions, asking):
    provider, officers = asking

    said = at_once(sessions, *(approve(provider, each) for each in officers))

    assert said == {"done": 2, "refused": 1}
    assert kinds(sessions, provider) == {"identity_checked": 1, "approved": 1, "published": 1}
    with sessions() as db:
        row = db.get_one(Provider, provider.id)
        assert is_trusted(row, NOW)
        assert row.approved_by_id != row.verified_by_id


def test_whoever_pauses_while_another_says_yes_is_not_passed_over(sessions, asking):
    provider, officers = asking
    at_once(sessions, approve(provider, officers[0]))

    said = at_once(sessions, approve(provider, officers[1]), suspend(provider, officers[2]))

    # One came first. A yes to what was paused is a first one; a pause of what was checked is a pause.
    assert said == {"done": 2}
    with sessions() as db:
        row = db.get_one(Provider, provider.id)
        assert row.status is ProviderStatus.SUSPENDED
        assert not is_trusted(row, NOW)


def test_an_officer_who_joins_while_they_say_yes_does_one_of_both_first(sessions, asking):
    provider, officers = asking

    def join(db):
        db.add(ProviderMember(provider_id=provider.id, user_id=officers[0]))

    at_once(sessions, join, approve(provider, officers[0]))

    with sessions() as db:
        assert db.get(ProviderMember, (provider.id, officers[0])) is not None
    # The yes may have been first. It never comes after, and alone it lets nobody come.
    assert at_once(sessions, approve(provider, officers[0])) == {"refused": 1}


def test_nobody_books_once_a_pause_is_said(sessions, asking):
    provider, officers = asking
    at_once(sessions, approve(provider, officers[0]))
    at_once(sessions, approve(provider, officers[1]))
    scheduled = factories.scheduled_session(
        places=6,
        starts_at=NOW + timedelta(days=1),
        opportunity=factories.opportunity(provider=current_db.merge(provider)),
    )
    learners = [factories.learner().id for _ in range(6)]
    current_db.commit()

    def place(learner_id):
        return lambda db: book(
            db,
            learner=db.get_one(User, learner_id),
            scheduled_session_uuid=scheduled.uuid,
            now=NOW,
        )

    said = at_once(sessions, suspend(provider, officers[2]), *map(place, learners[:5]))
    later = at_once(sessions, place(learners[5]))

    assert later == {"refused": 1}
    with sessions() as db:
        booked = db.query(Booking).filter_by(scheduled_session_id=scheduled.id).count()
        assert booked == said["done"] - 1
