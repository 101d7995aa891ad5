"""What an organisation sends in, and how long it holds."""

from datetime import date, timedelta

import pytest

from accounts.models import Role
from app.errors import Conflict, NotAllowed, NotFound
from providers.assurance import (
    hand_in,
    missing_kinds,
    own_assurance,
    passport_of,
    send_assurance,
    withdraw_assurance,
)
from providers.models import AssuranceKind, CheckLevel, MemberRole, ProviderStatus
from providers.standing import is_trusted
from tests import factories
from tests.factories import NOW

TODAY = NOW.date()


@pytest.fixture
def provider(db):
    return factories.provider(status=ProviderStatus.APPLIED, identity_given_at=NOW)


@pytest.fixture
def admin(provider):
    return factories.member(of=provider)


@pytest.fixture
def send(db, provider, admin):
    def send(kind=AssuranceKind.INSURANCE, **given):
        given.setdefault("sent_by", admin)
        given.setdefault("seen_on", TODAY - timedelta(days=1))
        given.setdefault("person", "Sam")
        if kind is AssuranceKind.STAFF_CHECK:
            given.setdefault("level", CheckLevel.ENHANCED_BARRED)
        return send_assurance(
            db,
            provider=provider,
            now=NOW,
            kind=kind,
            seen_by="Jo",
            evidence="In the folder.",
            **given,
        )

    return send


def test_it_holds_as_long_as_the_rules_say(send):
    sent = send(AssuranceKind.STAFF_CHECK, seen_on=date(2026, 5, 31))

    assert sent.expires_on == date(2029, 5, 31)


def test_or_as_long_as_it_says_itself_where_that_is_sooner(send):
    assert send(expires_on=date(2026, 9, 1)).expires_on == date(2026, 9, 1)
    assert send(expires_on=date(2036, 9, 1)).expires_on == date(2027, 5, 31)


def test_a_paper_about_nobody_names_nobody(send):
    assert send(AssuranceKind.INSURANCE, person="Sam").person == ""
    assert send(AssuranceKind.SAFEGUARDING_LEAD, person="Sam").person == "Sam"


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"seen_on": TODAY + timedelta(days=1)}, "still to come"),
        ({"seen_on": TODAY - timedelta(days=400)}, "lapsed already"),
        ({"expires_on": TODAY - timedelta(days=1)}, "lapsed already"),
        ({"seen_on": TODAY, "expires_on": TODAY - timedelta(days=9)}, "before it was made"),
        ({"kind": AssuranceKind.STAFF_CHECK, "level": CheckLevel.BASIC}, "need: Enhanced check"),
        ({"kind": AssuranceKind.STAFF_CHECK, "level": CheckLevel.STANDARD}, "need: Enhanced check"),
    ],
)
def test_what_will_not_do_is_refused(app, send, given, why):
    with app.test_request_context(), pytest.raises(Conflict, match=why):
        send(**given)


def test_today_is_the_first_day_and_the_last_one_counts_whole(send):
    assert send(seen_on=TODAY, expires_on=TODAY).expires_on == TODAY


@pytest.mark.parametrize(
    ("does", "may"),
    [
        (MemberRole.ADMIN, True),
        (MemberRole.SAFEGUARDING_LEAD, True),
        (MemberRole.ORGANISER, False),
        (MemberRole.DOOR, False),
    ],
)
def test_the_admin_and_the_safeguarding_lead_send_things_in(app, provider, send, does, may):
    member = factories.member(of=provider, role=Role.PROVIDER_STAFF, does=does)

    with app.test_request_context():
        if may:
            assert send(sent_by=member).sent_by_id == member.id
        else:
            with pytest.raises(NotAllowed):
                send(sent_by=member)


def test_people_of_another_organisation_send_nothing_in(app, send):
    stranger = factories.member(of=factories.provider())

    with app.test_request_context(), pytest.raises(NotAllowed):
        send(sent_by=stranger)


def test_what_was_not_accepted_is_replaced_and_what_was_stays(db, provider, send):
    officers = [factories.officer(of=provider.city) for _ in range(2)]
    accepted = factories.assurance(
        provider, AssuranceKind.INSURANCE, accepted_by=officers[0], seconded_by=officers[1]
    )
    first, second = send(), send()
    sam, ali = (send(AssuranceKind.STAFF_CHECK, person=name) for name in ("Sam", "Ali"))

    assert passport_of(db, provider) == [second, accepted, ali, sam]
    assert first.withdrawn_at == NOW


def test_all_five_are_handed_in_together(app, db, provider, admin, send):
    with app.test_request_context():
        for kind in AssuranceKind:
            with pytest.raises(Conflict, match="Still missing"):
                hand_in(db, provider=provider, handed_in_by=admin, now=NOW)
            send(kind)
        hand_in(db, provider=provider, handed_in_by=admin, now=NOW)

    assert provider.evidence_in_at == NOW
    assert not is_trusted(provider, NOW)


def test_what_lapsed_since_is_missing_again(db, provider, send):
    for kind in AssuranceKind:
        send(kind, expires_on=TODAY + timedelta(days=3))

    assert missing_kinds(db, provider, NOW) == []
    assert missing_kinds(db, provider, NOW + timedelta(days=4)) == list(AssuranceKind)


def test_who_was_sent_back_hands_in_again(db, provider, admin, send):
    for kind in AssuranceKind:
        send(kind)
    provider.status = ProviderStatus.REFUSED
    db.flush()

    hand_in(db, provider=provider, handed_in_by=admin, now=NOW)

    assert (provider.status, provider.approved_by_id) == (ProviderStatus.APPLIED, None)


def test_what_is_taken_back_counts_no_more(db):
    provider = factories.provider()
    admin = factories.member(of=provider)
    officers = [factories.officer(of=provider.city) for _ in range(2)]
    papers = factories.passport(provider, accepted_by=officers[0], seconded_by=officers[1])
    db.refresh(provider)
    assert is_trusted(provider, NOW)

    withdraw_assurance(db, assurance=papers[2], withdrawn_by=admin, now=NOW)

    db.refresh(provider)
    assert not is_trusted(provider, NOW)


def test_another_organisations_paper_is_not_there(app, db, provider):
    foreign = factories.assurance(factories.provider(), AssuranceKind.INSURANCE)

    with app.test_request_context(), pytest.raises(NotFound):
        own_assurance(db, provider, foreign.uuid)
