"""The officers' pages on listings: what waits, what is different, and each decision with its trace."""

from datetime import timedelta

import pytest

from accounts.models import Role
from listings.changes import change_listing, settle
from listings.queries import waiting_version
from opportunities.models import Opportunity, OpportunityStatus
from providers.models import Decision, DecisionKind
from tests import factories
from tests.factories import NOW

REVIEW = "/authority/listings/review"


@pytest.fixture
def city(db):
    return factories.city()


@pytest.fixture
def provider(db, city):
    return factories.provider(in_city=city)


@pytest.fixture
def waiting(db, provider):
    """Something for one young person at a time, which an officer sees first."""
    return wait(db, provider, "Carve a spoon")


@pytest.fixture
def officer(sign_in, city, waiting):
    return sign_in(factories.officer(of=city))


def wait(db, provider, title):
    listing = factories.opportunity(title=title, provider=provider, status=OpportunityStatus.DRAFT)
    factories.scheduled_session(opportunity=listing, places=1)
    settle(
        db, opportunity=listing, made_by=factories.member(of=provider), now=NOW - timedelta(days=3)
    )
    db.commit()
    return listing


def decision(*listings, act="approve", words="Two adults are there."):
    return {"listing": [str(each.uuid) for each in listings], "act": act, "words": words}


def test_what_waits_is_shown_with_why_and_since_when(officer, waiting):
    page = officer.get(REVIEW)

    assert page.status_code == 200
    for words in (
        "Carve a spoon",
        "1 activity waits.",
        "Waits for 3 days",
        "only one place",
        "data-next",
    ):
        assert words in page.text


def test_nothing_waits_for_another_citys_officer(sign_in, waiting):
    page = sign_in(factories.officer()).get(REVIEW)

    assert "No activity waits for you." in page.text
    assert "Carve" not in page.text


def test_a_yes_puts_it_on_the_list_and_leaves_a_trace(officer, db, waiting):
    sent = officer.post(REVIEW, data=decision(waiting))

    assert (sent.status_code, sent.location) == (303, f"{REVIEW}?done=1")
    assert "Decided on 1 activity." in officer.get(sent.location).text
    assert db.get(Opportunity, waiting.id).status is OpportunityStatus.PUBLISHED
    trace = db.query(Decision).one()
    assert (trace.kind, trace.reason, trace.about) == (
        DecisionKind.LISTING_APPROVED,
        "Two adults are there.",
        waiting.uuid,
    )


def test_a_no_sends_it_back_with_words(officer, db, waiting):
    officer.post(REVIEW, data=decision(waiting, act="send_back", words="Have two adults there."))

    assert db.get(Opportunity, waiting.id).status is OpportunityStatus.DRAFT
    assert db.query(Decision).one().kind is DecisionKind.LISTING_SENT_BACK


def test_several_at_once_with_one_reason(officer, db, provider, waiting):
    other = wait(db, provider, "Carve a bowl")

    officer.post(REVIEW, data=decision(waiting, other))

    assert {each.status for each in db.query(Opportunity)} == {OpportunityStatus.PUBLISHED}
    assert db.query(Decision).count() == 2


def test_all_or_none(officer, db, provider, waiting):
    other = wait(db, provider, "Carve a bowl")
    officer.post(REVIEW, data=decision(other))

    page = officer.post(REVIEW, data=decision(waiting, other))

    assert page.status_code == 422
    assert "This does not wait any more." in page.text
    assert "Two adults are there." in page.text
    assert db.get(Opportunity, waiting.id).status is OpportunityStatus.REVIEW


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"listing": []}, "Tick at least one."),
        ({"listing": ["x"]}, "We could not understand"),
        ({"act": ""}, "Choose what you decide."),
        ({"act": "burn"}, "Choose what you decide."),
        ({"words": ""}, "Say why."),
        ({"words": "x" * 301}, "300 characters or fewer"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_decided(officer, db, waiting, given, why):
    page = officer.post(REVIEW, data=decision(waiting) | given)

    assert page.status_code == 422
    assert why in page.text
    assert db.query(Decision).count() == 0


def test_a_change_shows_what_is_different(officer, db, provider):
    listing = factories.opportunity(title="Club", provider=provider)
    change_listing(
        db,
        opportunity=listing,
        changed={"description": "Call me on 07700 900123."},
        changed_by=factories.member(of=provider),
        now=NOW,
    )
    db.commit()
    assert waiting_version(db, listing)

    page = officer.get(REVIEW)

    assert "07700 900123" in page.text
    assert "→" in page.text


@pytest.mark.parametrize("role", [Role.PROVIDER_ADMIN, Role.GUARDIAN, Role.PLATFORM_ADMIN])
def test_it_is_for_officers(sign_in, waiting, role):
    address = f"/authority/listings/{waiting.uuid}"
    client = sign_in(factories.adult(role))

    assert client.get(REVIEW).status_code == 403
    assert client.post(REVIEW, data=decision(waiting)).status_code == 403
    assert client.get(address).status_code == 403


class TestTakingOff:
    @pytest.fixture
    def listed(self, db, provider):
        listing = factories.opportunity(title="Chess", provider=provider)
        factories.scheduled_session(opportunity=listing)
        db.commit()
        return listing

    def test_it_is_off_the_list_at_once_and_comes_back_by_an_officer(
        self, officer, db, listed, provider
    ):
        address = f"/authority/listings/{listed.uuid}"
        assert "Take it off the list" in officer.get(address).text

        sent = officer.post(address, data={"words": "It has moved."})

        assert sent.status_code == 303
        assert "It is off the list" in officer.get(sent.location).text
        listing = db.get(Opportunity, listed.id)
        assert listing.status is OpportunityStatus.DRAFT
        assert db.query(Decision).one().kind is DecisionKind.LISTING_PAUSED
        change_listing(
            db,
            opportunity=listing,
            changed={"title": "Chess again"},
            changed_by=factories.member(of=provider),
            now=NOW,
        )
        assert listing.status is OpportunityStatus.REVIEW

    def test_without_a_reason_nothing_happens(self, officer, db, listed):
        page = officer.post(f"/authority/listings/{listed.uuid}", data={"words": ""})

        assert page.status_code == 422
        assert db.get(Opportunity, listed.id).status is OpportunityStatus.PUBLISHED

    def test_another_citys_listing_is_not_there(self, sign_in, listed):
        client, address = sign_in(factories.officer()), f"/authority/listings/{listed.uuid}"

        assert client.get(address).status_code == 404
        assert client.post(address, data={"words": "Off."}).status_code == 404
