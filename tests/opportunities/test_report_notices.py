"""Reports reach those who must act on them, and safety reports nobody else."""

from datetime import timedelta

import pytest

from accounts.models import Role
from notices.kinds import NoticeKind
from notices.models import Notice
from opportunities.models import ReportReason
from opportunities.report_service import report_listing
from providers.models import ProviderMember
from tests import factories
from tests.factories import NOW


@pytest.fixture(autouse=True)
def inside(app, db):
    """Links are signed with the secret of the application."""
    with app.app_context():
        yield


@pytest.fixture
def city(db):
    return factories.city()


@pytest.fixture
def opportunity(city):
    return factories.opportunity(provider=factories.provider(in_city=city))


@pytest.fixture
def outsiders(db, city, opportunity):
    """Who is told about the city: all of its officers but one who is in the organisation."""
    insider = factories.officer(of=city)
    db.add(ProviderMember(provider=opportunity.provider, user=insider))
    closed = factories.officer(of=city)
    closed.disabled_at = NOW
    factories.officer(of=factories.city())
    db.flush()
    officers = db.query(factories.User).filter_by(city_id=city.id, disabled_at=None)
    return {each.id for each in officers} - {insider.id}


def _report(db, opportunity, reason, times=1, now=NOW):
    for _time in range(times):
        report_listing(db, opportunity=opportunity, reason=reason, words="I am Seren", now=now)


def _told(db, kind):
    return [each.user_id for each in db.query(Notice).filter_by(kind=kind)]


def test_a_worry_about_safety_reaches_the_officers_and_nobody_of_the_organisation(
    db, opportunity, outsiders
):
    factories.member(of=opportunity.provider)

    _report(db, opportunity, ReportReason.SAFETY, times=2)

    notices = db.query(Notice).all()
    assert {each.user_id for each in notices} == outsiders
    assert len(notices) == len(outsiders)
    assert {each.kind for each in notices} == {NoticeKind.SAFETY_REPORTED}
    assert "Seren" not in str([each.details for each in notices])


def test_the_third_who_says_closed_has_officers_and_organisation_told(db, opportunity, outsiders):
    member = factories.member(of=opportunity.provider)
    _report(db, opportunity, ReportReason.CLOSED, times=2)
    before = db.query(Notice).count()

    _report(db, opportunity, ReportReason.CLOSED)

    assert before == 0
    assert set(_told(db, NoticeKind.LISTING_REPORTED)) == outsiders
    assert _told(db, NoticeKind.SAID_CLOSED) == [member.id]


def test_officers_hear_of_a_listing_once_a_day_and_its_organisation_once_until_it_answers(
    db, opportunity, outsiders
):
    member = factories.member(of=opportunity.provider)
    _report(db, opportunity, ReportReason.CLOSED, times=4)
    _report(db, opportunity, ReportReason.CLOSED, now=NOW + timedelta(days=1))
    opportunity.checked_at = NOW + timedelta(days=1)
    _report(db, opportunity, ReportReason.CLOSED, now=NOW + timedelta(days=2))

    assert len(_told(db, NoticeKind.LISTING_REPORTED)) == 3 * len(outsiders)
    assert _told(db, NoticeKind.SAID_CLOSED) == [member.id] * 2


@pytest.mark.parametrize(
    "reason", sorted(set(ReportReason) - {ReportReason.SAFETY, ReportReason.CLOSED})
)
def test_other_reports_wait_on_the_officers_page(db, opportunity, outsiders, reason):
    factories.member(of=opportunity.provider)
    _report(db, opportunity, reason, times=5)

    assert db.query(Notice).count() == 0


def test_a_member_whose_account_is_closed_is_not_asked(db, opportunity):
    factories.member(of=opportunity.provider, role=Role.PROVIDER_STAFF).disabled_at = NOW
    _report(db, opportunity, ReportReason.CLOSED, times=3)

    assert _told(db, NoticeKind.SAID_CLOSED) == []
