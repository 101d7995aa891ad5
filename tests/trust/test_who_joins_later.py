"""An officer who decided on an organisation comes to belong to it afterwards, or to its umbrella."""

import pytest

from providers import assurance, decisions
from providers.models import Assurance, ProviderMember, ProviderStatus
from providers.standing import is_trusted
from tests import factories
from tests.factories import NOW

HOW = {"now": NOW, "reason": "A reason."}


@pytest.fixture
def officers(db):
    city = factories.city()
    return [factories.officer(of=city) for _ in range(4)]


@pytest.fixture
def asking(db, officers):
    """An organisation to which the first officer said yes, and whose identity they checked."""
    asking = factories.provider(
        in_city=officers[0].city, status=ProviderStatus.APPLIED, evidence_in_at=NOW
    )
    factories.passport(asking)
    decisions.check_identity(db, provider_uuid=asking.uuid, officer=officers[0], **HOW)
    decisions.approve(db, provider_uuid=asking.uuid, officer=officers[0], **HOW)
    return asking


def join(db, provider, officer):
    db.add(ProviderMember(provider=provider, user=officer))
    db.flush()


def test_any_other_officer_can_still_pause_it(db, officers, asking):
    decisions.approve(db, provider_uuid=asking.uuid, officer=officers[1], **HOW)
    join(db, asking, officers[1])

    decisions.suspend(db, provider_uuid=asking.uuid, officer=officers[2], **HOW)

    assert not is_trusted(asking, NOW)


def test_so_they_can_where_it_is_the_umbrella_that_was_joined(db, officers, asking):
    decisions.approve(db, provider_uuid=asking.uuid, officer=officers[1], **HOW)
    umbrella = factories.provider(in_city=officers[0].city)
    join(db, umbrella, officers[0])
    asking.umbrella_id = umbrella.id
    db.flush()

    decisions.suspend(db, provider_uuid=asking.uuid, officer=officers[2], **HOW)

    assert not is_trusted(asking, NOW)


def test_it_can_be_refused(db, officers, asking):
    join(db, asking, officers[0])

    decisions.refuse(db, provider_uuid=asking.uuid, officer=officers[2], **HOW)

    assert asking.status is ProviderStatus.REFUSED


def test_it_can_hand_in_anew(db, officers, asking):
    join(db, asking, officers[0])

    asking.identity_given_at = NOW
    assurance.hand_in(db, provider=asking, handed_in_by=factories.member(of=asking), now=NOW)

    assert asking.approved_by_id is None


def test_what_they_accepted_can_be_accepted_by_others(db, officers, asking):
    join(db, asking, officers[0])
    paper = db.query(Assurance).filter_by(provider_id=asking.id).first()

    for officer in officers[1:3]:
        decisions.accept_assurance(db, assurance_uuid=paper.uuid, officer=officer, **HOW)

    assert {paper.accepted_by_id, paper.seconded_by_id} == {each.id for each in officers[1:3]}


def test_two_others_can_let_it_go_on(db, officers, asking):
    join(db, asking, officers[0])

    decisions.check_identity(db, provider_uuid=asking.uuid, officer=officers[1], **HOW)
    for officer in officers[1:3]:
        decisions.approve(db, provider_uuid=asking.uuid, officer=officer, **HOW)

    assert is_trusted(asking, NOW)
    assert officers[0].id not in {
        asking.identity_checked_by_id,
        asking.approved_by_id,
        asking.verified_by_id,
    }
