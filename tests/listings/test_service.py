"""The rules of offering something."""

from datetime import timedelta
from uuid import uuid4

import pytest

from app.errors import Conflict, NotAllowed
from badges.models import Strand
from listings import queries, service
from opportunities.models import (
    Category,
    Opportunity,
    OpportunityKind,
    OpportunityStatus,
    ScheduledSession,
    Welcome,
)
from opportunities.queries import SearchRequest, search
from providers.models import ProviderStatus
from tests import factories
from tests.factories import NOW

TOMORROW = NOW + timedelta(days=1)


@pytest.fixture
def member(db, provider):
    return factories.member(of=provider)


def _post(db, provider, member, **given):
    return service.post_opportunity(
        db,
        provider=provider,
        posted_by=member,
        now=NOW,
        title=given.pop("title", "Pottery"),
        description="Make a pot and take it home.",
        kind=OpportunityKind.ENRICHMENT,
        category=Category.ARTS_AND_CULTURE,
        place=given.pop("place", None) or factories.place(),
        starts_at=given.pop("starts_at", TOMORROW),
        ends_at=given.pop("ends_at", TOMORROW + timedelta(hours=2)),
        maximum_capacity=given.pop("maximum_capacity", 8),
        **given,
    )


def _found(db):
    return [row.scheduled.opportunity for row in search(db, SearchRequest(starts_after=NOW))]


def test_what_is_posted_is_found_with_its_session(db, provider, member):
    badge = factories.achievement(issuer=provider)

    posted = _post(
        db, provider, member, achievement=badge, cost_pence=250, welcome=[Welcome.QUIET_SPACE]
    )

    assert (posted.status, posted.published_at, posted.checked_at) == (
        OpportunityStatus.PUBLISHED,
        NOW,
        NOW,
    )
    assert (posted.achievement, posted.cost_pence) == (badge, 250)
    [scheduled] = db.query(ScheduledSession)
    assert (scheduled.maximum_capacity, scheduled.remaining_capacity) == (8, 8)
    assert _found(db) == [posted]


@pytest.mark.parametrize("status", [ProviderStatus.APPLIED, ProviderStatus.VERIFIED])
def test_a_provider_prepares_before_the_check_and_is_found_after_it(db, status):
    provider = factories.provider(status=status)
    posted = _post(db, provider, factories.member(of=provider))

    assert _found(db) == ([posted] if status is ProviderStatus.VERIFIED else [])


def test_a_paused_provider_posts_nothing(db):
    provider = factories.provider(status=ProviderStatus.SUSPENDED)
    member = factories.member(of=provider)

    with pytest.raises(NotAllowed):
        _post(db, provider, member)


def test_only_its_own_people_post_for_a_provider(db, provider):
    stranger = factories.member(of=factories.provider())

    with pytest.raises(NotAllowed):
        _post(db, provider, stranger)


def test_nobody_gives_another_organisations_badge(db, provider, member):
    with pytest.raises(NotAllowed, match="another organisation"):
        _post(db, provider, member, achievement=factories.achievement())


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        pytest.param({"starts_at": NOW}, "still to come", id="past"),
        pytest.param({"ends_at": TOMORROW}, "end after it starts", id="no time"),
        pytest.param({"ends_at": NOW}, "end after it starts", id="backwards"),
        pytest.param({"ends_at": TOMORROW + timedelta(hours=25)}, "same day", id="a day and more"),
        pytest.param({"maximum_capacity": 0}, "from 1 to 500", id="no places"),
        pytest.param({"maximum_capacity": 501}, "from 1 to 500", id="a stadium"),
    ],
)
def test_a_session_that_could_not_be_is_refused_and_nothing_is_kept(
    db, provider, member, given, reason
):
    place = factories.place()
    with pytest.raises(Conflict, match=reason), db.begin_nested():
        _post(db, provider, member, place=place, **given)

    assert db.query(Opportunity).count() == 0


def test_it_runs_again_on_another_day(db, provider, member):
    posted = _post(db, provider, member)
    posted.checked_at = NOW - timedelta(days=60)
    noise = factories.scheduled_session()

    again = service.schedule_session(
        db,
        opportunity=posted,
        scheduled_by=member,
        now=NOW,
        starts_at=TOMORROW + timedelta(days=7),
        ends_at=TOMORROW + timedelta(days=7, hours=2),
        maximum_capacity=12,
    )

    assert (again.opportunity, again.remaining_capacity) == (posted, 12)
    assert posted.checked_at == NOW
    assert db.query(ScheduledSession).filter_by(opportunity=posted).count() == 2
    assert noise.remaining_capacity == 3


def _again(db, opportunity, member, starts_at=TOMORROW):
    return service.schedule_session(
        db,
        opportunity=opportunity,
        scheduled_by=member,
        now=NOW,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
        maximum_capacity=5,
    )


def test_it_does_not_run_twice_at_one_time(db, provider, member):
    posted = _post(db, provider, member)

    with pytest.raises(Conflict, match="at this time already"):
        _again(db, posted, member)


def test_only_its_own_people_run_it_again_or_withdraw_it(db, provider, member):
    posted, stranger = _post(db, provider, member), factories.member(of=factories.provider())

    with pytest.raises(NotAllowed):
        _again(db, posted, stranger, starts_at=TOMORROW + timedelta(days=1))
    with pytest.raises(NotAllowed):
        service.withdraw(db, opportunity=posted, withdrawn_by=stranger)
    with pytest.raises(NotAllowed):
        service.confirm(db, opportunity=posted, confirmed_by=stranger, now=TOMORROW)
    assert queries.own_opportunity(db, stranger, posted.uuid) is None
    assert queries.own_opportunity(db, member, posted.uuid) == posted


def test_what_is_withdrawn_is_found_no_more_and_booked_places_stand(db, provider, member):
    posted, noise = _post(db, provider, member), _post(db, provider, member, title="Weaving")
    [scheduled] = db.query(ScheduledSession).filter_by(opportunity=posted)
    booking = factories.booking(on=scheduled)

    service.withdraw(db, opportunity=posted, withdrawn_by=member)

    assert _found(db) == [noise]
    assert booking.cancelled_at is None
    assert scheduled in queries.own_sessions(db, provider, ends_after=NOW)
    with pytest.raises(Conflict, match="already"):
        service.withdraw(db, opportunity=posted, withdrawn_by=member)
    with pytest.raises(Conflict, match="already"):
        _again(db, posted, member, starts_at=TOMORROW + timedelta(days=1))
    with pytest.raises(Conflict, match="already"):
        service.confirm(db, opportunity=posted, confirmed_by=member, now=NOW)


def test_a_button_pressed_twice_posts_once(db, provider, member):
    uuid = uuid4()

    first = _post(db, provider, member, uuid=uuid)
    second = _post(db, provider, member, uuid=uuid)

    assert first == second
    assert db.query(Opportunity).count() == 1


@pytest.mark.parametrize(
    ("kind", "category", "strand"),
    [
        (OpportunityKind.WORK_EXPERIENCE, Category.SPORT, Strand.WORK),
        (OpportunityKind.VOLUNTEERING, Category.SPORT, Strand.HELP),
        (OpportunityKind.ENRICHMENT, Category.SPORT, Strand.EXPLORE),
        (OpportunityKind.ENRICHMENT, Category.ARTS_AND_CULTURE, Strand.CREATE),
    ],
)
def test_a_new_badge_is_about_what_the_activity_is(kind, category, strand):
    assert service.strand_for(kind, category) is strand


def test_every_category_has_a_strand():
    assert all(service.strand_for(OpportunityKind.ENRICHMENT, each) for each in Category)


def test_a_place_is_remembered_once_and_only_for_its_provider(db, provider, member):
    place = factories.place(name="Kiln Yard")
    _post(db, provider, member, place=place)
    _post(db, provider, member, place=place, title="Weaving")
    factories.opportunity()

    assert list(queries.remembered_places(db, provider)) == [place]


def test_what_can_be_booked_of_a_provider_is_what_the_search_finds(db, provider, member):
    posted = _post(db, provider, member)
    full = factories.scheduled_session(
        places=0, opportunity=factories.opportunity(provider=provider)
    )
    factories.scheduled_session()

    on_offer = queries.sessions_on_offer(db, provider, NOW)

    assert [each.opportunity for each in on_offer] == [posted]
    assert full not in on_offer
