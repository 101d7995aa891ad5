"""When an officer looks first; and what comes of it."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.errors import Conflict, NotAllowed, NotFound
from listings import changes, queries, service
from listings.decisions import approve_listing, send_back_listing
from listings.models import ReviewReason, VersionState
from listings.review import Sitting, missing_gates, review_reasons, runs_at_night, sentences
from listings.versions import values_of
from opportunities.models import Category, OpportunityKind, OpportunityStatus
from opportunities.queries import SearchRequest, search
from providers.models import ProviderMember
from tests import factories
from tests.factories import NOW
from tests.listings.test_service import TOMORROW, _again, _post

R = ReviewReason
PLACEMENT = {
    "role": "Helper",
    "hours_total": 30,
    "hours_a_week": None,
    "tasks": "Bake.",
    "outcomes": "Baking.",
    "expenses": "",
    "points": {"purpose": "We say why."},
    "insured_until": "2026-12-31",
    "risks_assessed_on": "2026-05-01",
}


@pytest.fixture
def member(db, provider):
    return factories.member(of=provider)


@pytest.fixture
def officer(db, provider):
    return factories.officer(of=provider.city)


def _found(db):
    return [row.scheduled.opportunity for row in search(db, SearchRequest(starts_after=NOW))]


def _reasons(**given):
    given = {
        "kind": OpportunityKind.ENRICHMENT,
        "min_age": 11,
        "texts": ["Make a pot."],
        "sittings": [Sitting(TOMORROW, TOMORROW + timedelta(hours=2), 12)],
        "known_listings": 0,
    } | given
    return [finding.reason for finding in review_reasons(**given)]


def _sitting(places=12, start=TOMORROW, hours=2):
    return [Sitting(start, start + timedelta(hours=hours), places)]


@pytest.mark.parametrize(
    ("given", "reasons"),
    [
        ({}, []),
        ({"sittings": _sitting(places=1)}, [R.ONE_PLACE]),
        ({"sittings": _sitting(places=2)}, []),
        ({"sittings": _sitting(places=31)}, [R.NEW_AND_BIG]),
        ({"sittings": _sitting(places=31), "known_listings": 2}, [R.NEW_AND_BIG]),
        ({"sittings": _sitting(places=31), "known_listings": 3}, []),
        ({"sittings": _sitting(places=30)}, []),
        ({"texts": ["Ring 07700 900123"]}, [R.CONTACT]),
        ({"texts": ["Pots", "See pots.org"]}, [R.WEB]),
        ({"texts": ["Keep it secret"]}, [R.SECRET]),
        ({"kind": OpportunityKind.WORK_EXPERIENCE, "min_age": 15}, [R.UNDER_16_AT_WORK]),
        ({"kind": OpportunityKind.WORK_EXPERIENCE, "min_age": 16}, []),
        ({"kind": OpportunityKind.VOLUNTEERING, "min_age": 11}, []),
    ],
)
def test_an_officer_looks_first_when_there_is_a_reason(given, reasons):
    assert _reasons(**given) == reasons


@pytest.mark.parametrize(
    ("start", "end", "at_night"),
    [
        ((2026, 6, 5, 20, 0), (2026, 6, 5, 23, 0), False),  # 9pm to midnight in London
        ((2026, 6, 5, 20, 0), (2026, 6, 5, 23, 1), True),
        ((2026, 6, 5, 4, 59), (2026, 6, 5, 8, 0), True),
        ((2026, 6, 5, 5, 0), (2026, 6, 5, 8, 0), False),  # 6am in London
        ((2026, 12, 5, 5, 59), (2026, 12, 5, 8, 0), True),
        ((2026, 12, 5, 6, 0), (2026, 12, 5, 8, 0), False),
        ((2026, 10, 24, 22, 0), (2026, 10, 24, 23, 0), False),  # the night the clocks go back
        ((2026, 10, 25, 1, 30), (2026, 10, 25, 2, 0), True),
    ],
)
def test_night_is_by_the_clocks_of_london(start, end, at_night):
    assert runs_at_night(datetime(*start, tzinfo=UTC), datetime(*end, tzinfo=UTC)) is at_night


def test_every_reason_is_a_sentence(app):
    with app.test_request_context("/"):
        assert all(words.endswith(".") for words in sentences(ReviewReason))


def test_what_is_held_is_not_found_until_it_is_approved(db, provider, member, officer):
    posted = _post(db, provider, member, maximum_capacity=1)

    assert (posted.status, posted.published_at) == (OpportunityStatus.REVIEW, None)
    assert _found(db) == []
    [version] = queries.listings_in_review(db, officer)
    assert (version.number, version.reasons) == (1, [R.ONE_PLACE])

    approve_listing(db, version=version, approved_by=officer, now=TOMORROW)

    assert (posted.status, posted.published_at) == (OpportunityStatus.PUBLISHED, TOMORROW)
    assert _found(db) == [posted]
    assert (version.state, version.decided_by_id) == (VersionState.LIVE, officer.id)
    assert list(queries.listings_in_review(db, officer)) == []


def test_what_waits_is_listed_for_the_city_oldest_first(db, provider, member, officer):
    later = _post(db, provider, member, maximum_capacity=1, title="Later")
    earlier = _post(db, provider, member, maximum_capacity=1, title="Earlier")
    queries.waiting_version(db, earlier).made_at = NOW - timedelta(days=2)
    withdrawn = _post(db, provider, member, maximum_capacity=1, title="Gone")
    service.withdraw(db, opportunity=withdrawn, withdrawn_by=member)
    elsewhere = factories.provider()
    _post(db, elsewhere, factories.member(of=elsewhere), maximum_capacity=1)
    _post(db, provider, member, title="Fine")

    waiting = queries.listings_in_review(db, officer)

    assert [version.opportunity for version in waiting] == [earlier, later]


def test_what_is_sent_back_comes_with_words_and_goes_to_the_council_again(
    db, provider, member, officer
):
    posted = _post(db, provider, member, title="Ring 07700 900123")
    [version] = queries.listings_in_review(db, officer)

    send_back_listing(
        db, version=version, words=" Leave the number out. ", sent_back_by=officer, now=TOMORROW
    )
    assert (posted.status, version.words) == (OpportunityStatus.DRAFT, "Leave the number out.")
    assert _found(db) == []

    again = changes.change_listing(
        db, opportunity=posted, changed={"title": "Pots"}, changed_by=member, now=TOMORROW
    )
    assert posted.status is OpportunityStatus.REVIEW
    assert (again.state, again.reasons) == (VersionState.WAITING, [R.SENT_BACK])
    approve_listing(db, version=again, approved_by=officer, now=TOMORROW)
    assert _found(db) == [posted]


@pytest.mark.parametrize("words", ["", "  ", "x" * 301])
def test_nothing_is_sent_back_without_words(db, provider, member, officer, words):
    _post(db, provider, member, maximum_capacity=1)
    [version] = queries.listings_in_review(db, officer)

    with pytest.raises(Conflict, match="300 characters"):
        send_back_listing(db, version=version, words=words, sent_back_by=officer, now=NOW)


def test_only_an_officer_of_the_city_and_not_of_the_provider_decides_and_once(
    db, provider, member, officer
):
    _post(db, provider, member, maximum_capacity=1)
    [version] = queries.listings_in_review(db, officer)

    def decide(by):
        approve_listing(db, version=version, approved_by=by, now=NOW)

    with pytest.raises(NotFound):
        decide(factories.officer())
    own = factories.officer(of=provider.city)
    factories._saved(ProviderMember(provider=provider, user=own))
    with pytest.raises(NotAllowed, match="own activity"):
        decide(own)
    decide(officer)
    with pytest.raises(Conflict, match="not wait any more"):
        decide(officer)
    with pytest.raises(Conflict, match="not wait any more"):
        send_back_listing(db, version=version, words="No.", sent_back_by=officer, now=NOW)


def test_the_database_too_lets_nobody_decide_on_their_own(db, provider, member):
    posted = _post(db, provider, member, maximum_capacity=1)
    version = queries.waiting_version(db, posted)
    version.state, version.decided_at, version.decided_by_id = VersionState.LIVE, NOW, member.id

    with pytest.raises(IntegrityError, match="nobody_decides_on_their_own"):
        db.flush()


def test_a_session_that_needs_a_look_is_not_slipped_in_later(db, provider, member, officer):
    posted = _post(db, provider, member)
    next_week = TOMORROW + timedelta(days=7)

    def again(places, starts_at=next_week):
        return service.schedule_session(
            db,
            opportunity=posted,
            scheduled_by=member,
            now=NOW,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=1),
            maximum_capacity=places,
        )

    for places, starts_at in ((1, next_week), (31, next_week), (5, next_week.replace(hour=1))):
        with pytest.raises(Conflict, match="The council looks at that first"):
            again(places, starts_at)
    assert again(5).maximum_capacity == 5

    alone = _post(db, provider, member, maximum_capacity=1, title="One to one")
    _again(db, alone, member, starts_at=next_week.replace(hour=1))
    [version] = queries.listings_in_review(db, officer)
    assert version.reasons == [R.ONE_PLACE, R.NIGHT]
    approve_listing(db, version=version, approved_by=officer, now=NOW)
    posted = alone
    assert again(1).maximum_capacity == 1


def test_a_provider_is_known_after_three_listings_that_ran_or_were_approved(
    db, provider, member, officer
):
    for _ in range(2):
        ran = factories.opportunity(provider=provider)
        factories.scheduled_session(opportunity=ran, starts_at=NOW - timedelta(days=2))
    noise = factories.opportunity()
    factories.scheduled_session(opportunity=noise, starts_at=NOW - timedelta(days=2))

    held = _post(db, provider, member, maximum_capacity=31)
    assert held.status is OpportunityStatus.REVIEW
    [version] = queries.listings_in_review(db, officer)
    approve_listing(db, version=version, approved_by=officer, now=NOW)

    assert _post(db, provider, member, maximum_capacity=500).status is OpportunityStatus.PUBLISHED


class TestWorkExperience:
    @pytest.fixture
    def posted(self, db, provider, member):
        return _work(db, provider, member)

    def test_it_stays_a_draft_until_both_gates_are_open(self, db, member, posted):
        assert posted.status is OpportunityStatus.DRAFT
        shut = PLACEMENT | {"risks_assessed_on": None}
        _change(db, posted, member, {"placement": shut})
        assert (posted.status, _found(db)) == (OpportunityStatus.DRAFT, [])

        _change(db, posted, member, {"placement": PLACEMENT})

        assert (posted.status, _found(db)) == (OpportunityStatus.PUBLISHED, [posted])
        assert posted.placement.points == {"purpose": "We say why."}

    def test_under_16_an_officer_looks_once_they_are_open(self, db, provider, member):
        young = _work(db, provider, member, min_age=14)
        assert young.status is OpportunityStatus.DRAFT

        version = _change(db, young, member, {"placement": PLACEMENT})

        assert young.status is OpportunityStatus.REVIEW
        assert version.reasons == [R.UNDER_16_AT_WORK]

    def test_a_gate_is_not_shut_while_it_is_public(self, db, member, posted):
        _change(db, posted, member, {"placement": PLACEMENT})

        with pytest.raises(Conflict, match="insurance"):
            _change(db, posted, member, {"placement": PLACEMENT | {"insured_until": None}})
        assert posted.placement.insured_until is not None

    def test_it_is_not_approved_or_resumed_after_its_insurance_ends(
        self, db, provider, member, officer
    ):
        young = _work(db, provider, member, min_age=14)
        version = _change(db, young, member, {"placement": PLACEMENT})
        new_year = datetime(2027, 1, 1, 12, tzinfo=UTC)
        with pytest.raises(Conflict, match="insurance"):
            approve_listing(db, version=version, approved_by=officer, now=new_year)
        approve_listing(db, version=version, approved_by=officer, now=NOW)
        service.pause(db, opportunity=young, paused_by=member)

        with pytest.raises(Conflict, match="insurance"):
            service.resume(db, opportunity=young, resumed_by=member, now=new_year)
        service.resume(db, opportunity=young, resumed_by=member, now=NOW)
        assert young.status is OpportunityStatus.PUBLISHED

    def test_the_last_day_of_the_insurance_counts(self, app):
        kind = OpportunityKind.WORK_EXPERIENCE
        last = datetime(2026, 12, 31).date()

        with app.test_request_context("/"):
            assert missing_gates(kind, PLACEMENT, last) == []
            assert len(missing_gates(kind, PLACEMENT, last + timedelta(days=1))) == 1
            assert len(missing_gates(kind, None, last)) == 2
            assert missing_gates(OpportunityKind.VOLUNTEERING, None, last) == []


def test_pausing_hides_and_resuming_shows_and_nothing_else_can_be_either(
    db, provider, member, officer
):
    posted, noise = _post(db, provider, member), _post(db, provider, member, title="Noise")
    stranger = factories.member(of=factories.provider())
    with pytest.raises(NotAllowed):
        service.pause(db, opportunity=posted, paused_by=stranger)
    with pytest.raises(Conflict, match="not paused"):
        service.resume(db, opportunity=posted, resumed_by=member, now=NOW)

    service.pause(db, opportunity=posted, paused_by=member)
    assert _found(db) == [noise]
    with pytest.raises(Conflict, match="paused already"):
        service.pause(db, opportunity=posted, paused_by=member)
    with pytest.raises(NotAllowed):
        service.resume(db, opportunity=posted, resumed_by=stranger, now=NOW)
    service.resume(db, opportunity=posted, resumed_by=member, now=NOW)
    assert set(_found(db)) == {posted, noise}

    held = _post(db, provider, member, maximum_capacity=1)
    for act in (
        lambda: service.pause(db, opportunity=held, paused_by=member),
        lambda: service.resume(db, opportunity=held, resumed_by=member, now=NOW),
    ):
        with pytest.raises(Conflict):
            act()
    assert held.status is OpportunityStatus.REVIEW


def test_the_database_knows_no_other_state(db, provider, member):
    posted = _post(db, provider, member)

    with pytest.raises(IntegrityError, match="opportunitystatus"):
        db.connection().exec_driver_sql(
            f"UPDATE opportunity SET status = 'expired' WHERE id = {posted.id}"
        )


def test_expired_is_asked_of_the_dates_and_kept_nowhere(db, provider, member):
    posted = _post(db, provider, member)
    [scheduled] = queries.sessions_of(db, posted)

    assert queries.next_starts(db, provider, NOW) == {posted.id: scheduled.starts_at}
    assert queries.next_starts(db, provider, scheduled.starts_at) == {}
    assert db.scalar(select(type(posted).status)) is OpportunityStatus.PUBLISHED


def _work(db, provider, member, min_age=16):
    posted = service.post_opportunity(
        db,
        provider=provider,
        posted_by=member,
        now=NOW,
        title="Bakery week",
        description="You will bake bread.",
        kind=OpportunityKind.WORK_EXPERIENCE,
        category=Category.LIFE_SKILLS,
        place=factories.place(),
        starts_at=TOMORROW,
        ends_at=TOMORROW + timedelta(hours=6),
        maximum_capacity=4,
        min_age=min_age,
    )
    assert values_of(posted)["placement"] is None
    return posted


def _change(db, opportunity, member, changed):
    return changes.change_listing(
        db, opportunity=opportunity, changed=changed, changed_by=member, now=NOW
    )
