"""Every change is a version: what goes live, what waits, and how the difference reads."""

from datetime import date

import pytest

from app.errors import Conflict, NotAllowed
from listings import changes, queries
from listings.decisions import approve_listing, send_back_listing
from listings.models import ReviewReason, VersionState
from listings.places import remember_place
from listings.versions import badge_value, differences, place_value, put_back, values_of
from opportunities.models import (
    AttendanceMode,
    Category,
    OpportunityKind,
    OpportunityStatus,
    Placement,
    Welcome,
)
from tests import factories
from tests.factories import NOW
from tests.listings.test_review import PLACEMENT


@pytest.fixture
def member(db, provider):
    return factories.member(of=provider)


@pytest.fixture
def opportunity(db, provider):
    """Something published before versions were kept."""
    return factories.opportunity(provider=provider, title="Pots", min_age=11, max_age=15)


@pytest.fixture
def officer(db, provider):
    return factories.officer(of=provider.city)


def _change(db, opportunity, member, **changed):
    return changes.change_listing(
        db, opportunity=opportunity, changed=changed, changed_by=member, now=NOW
    )


def _read(before, after):
    return [(each.name, each.before, each.after) for each in differences(before, after)]


def _history(db, opportunity):
    versions = reversed(queries.versions_of(db, opportunity))
    return [(each.number, each.state.value, each.values["title"]) for each in versions]


def test_what_is_kept_can_be_put_back(db, provider, opportunity):
    opportunity.achievement = factories.achievement(issuer=provider)
    opportunity.welcome, opportunity.questions = [Welcome.FOOD], ["Shoe size?"]
    opportunity.mode, opportunity.is_instant = AttendanceMode.MIXED, False
    opportunity.kind = OpportunityKind.WORK_EXPERIENCE
    opportunity.placement = Placement(
        role="Helper", insured_until=date(2026, 12, 31), points={"people": ""}
    )
    db.flush()
    kept = values_of(opportunity)
    other = factories.opportunity(provider=provider, title="Other")

    put_back(db, other, kept)
    db.commit()

    assert values_of(other) == kept
    assert other.placement is not opportunity.placement


def test_a_change_goes_live_at_once_and_what_stood_before_is_the_first_version(
    db, opportunity, member
):
    noise = factories.opportunity(title="Noise")

    version = _change(db, opportunity, member, title="Clay", max_age=17)

    assert (opportunity.title, opportunity.max_age) == ("Clay", 17)
    assert (version.made_by_id, version.made_at, version.reasons) == (member.id, NOW, [])
    assert _history(db, opportunity) == [(1, "live", "Pots"), (2, "live", "Clay")]
    first = queries.versions_of(db, opportunity)[-1]
    assert (first.made_by_id, first.made_at) == (None, opportunity.published_at)
    assert (noise.title, list(queries.versions_of(db, noise))) == ("Noise", [])


def test_what_changes_nothing_is_no_version(db, opportunity, member):
    _change(db, opportunity, member, title="Pots")

    assert _history(db, opportunity) == [(1, "live", "Pots")]


def test_a_change_with_a_reason_waits_and_the_old_one_stays(db, opportunity, member, officer):
    version = _change(db, opportunity, member, title="Ring 07700 900123", max_age=17)

    assert (opportunity.title, opportunity.max_age) == ("Pots", 15)
    assert (opportunity.status, version.state) == (
        OpportunityStatus.PUBLISHED,
        VersionState.WAITING,
    )
    assert version.reasons == [ReviewReason.CONTACT]

    approve_listing(db, version=version, approved_by=officer, now=NOW)

    assert (opportunity.title, opportunity.max_age) == ("Ring 07700 900123", 17)
    assert _history(db, opportunity) == [(1, "live", "Pots"), (2, "live", "Ring 07700 900123")]


def test_a_change_sent_back_leaves_what_is_published(db, opportunity, member, officer):
    version = _change(db, opportunity, member, title="See pots.org")

    send_back_listing(db, version=version, words="No.", sent_back_by=officer, now=NOW)

    assert (opportunity.title, opportunity.status) == ("Pots", OpportunityStatus.PUBLISHED)
    assert _history(db, opportunity) == [(1, "live", "Pots"), (2, "refused", "See pots.org")]
    assert _change(db, opportunity, member, title="Clay").state is VersionState.LIVE


def test_a_later_change_takes_the_place_of_one_that_waits(db, opportunity, member):
    _change(db, opportunity, member, title="See pots.org", max_age=17)
    _change(db, opportunity, member, title="See clay.org")
    assert opportunity.max_age == 15

    _change(db, opportunity, member, title="Clay")

    assert (opportunity.title, opportunity.max_age) == ("Clay", 17)
    assert [state for _number, state, _title in _history(db, opportunity)] == [
        *("live", "replaced", "replaced", "live"),
    ]


def test_what_was_looked_at_once_need_not_be_again(db, opportunity, member, officer):
    version = _change(db, opportunity, member, description="See pots.org")
    approve_listing(db, version=version, approved_by=officer, now=NOW)

    assert _change(db, opportunity, member, title="Clay").state is VersionState.LIVE
    added = _change(db, opportunity, member, description="See pots.org and clay.org")
    assert (added.state, added.reasons) == (VersionState.WAITING, [ReviewReason.WEB])


@pytest.mark.parametrize(
    "changed",
    [
        {"title": "@pots_here"},
        {"description": "Ring 07700 900123"},
        {"questions": ["What is your snap name? snap: me"]},
        {"cost_help": "Text me"},
        {"placement": PLACEMENT | {"tasks": "Keep it secret."}},
        {"placement": PLACEMENT | {"points": {"people": "See pots.org"}}},
    ],
)
def test_no_words_that_people_read_go_live_unseen(db, opportunity, member, changed):
    assert _change(db, opportunity, member, **changed).state is VersionState.WAITING


def test_only_its_own_people_change_it_and_not_after_it_is_withdrawn(db, opportunity, member):
    with pytest.raises(NotAllowed):
        _change(db, opportunity, factories.member(of=factories.provider()), title="Mine")
    opportunity.status = OpportunityStatus.WITHDRAWN
    db.flush()
    with pytest.raises(Conflict, match="withdrawn"):
        _change(db, opportunity, member, title="Clay")
    assert opportunity.title == "Pots"


def test_the_difference_is_said_in_words(app, db, provider, opportunity, member):
    before = values_of(opportunity)
    place, badge = factories.place(name="Kiln Yard"), factories.achievement(issuer=provider)
    remember_place(db, provider=provider, place=place, now=NOW)
    after = before | {
        "max_age": 17,
        "cost_pence": 250,
        "category": Category.SPORT.value,
        "welcome": ["food", "new_people"],
        "place": place_value(place),
        "badge": badge_value(badge),
        "booking_opens_days": 14,
        "has_waiting_list": True,
        "questions": ["Shoe size?", "Left hand?"],
    }

    with app.test_request_context("/"):
        assert _read(before, before) == []
        assert _read(before, after) == [
            ("About", "Arts and culture", "Sport"),
            ("Ages", "11 to 15", "11 to 17"),
            ("Badge", "No badge", "Clay Hand"),
            ("Place", "Library", "Kiln Yard"),
            ("Cost", "Free", "£2.50"),
            ("Access and welcome", "nothing", "New people welcome, Free food"),
            ("Waiting list", "No", "Yes"),
            ("Booking opens", "nothing", "14 days before"),
            ("Questions", "nothing", "Shoe size? · Left hand?"),
        ]


def test_the_difference_of_placements_is_said_too(app, db, opportunity):
    before = values_of(opportunity)
    first = before | {"placement": PLACEMENT}
    second = before | {
        "placement": PLACEMENT
        | {"hours_total": 40, "insured_until": "2027-12-31", "points": {"people": ""}}
    }

    with app.test_request_context("/"):
        assert _read(first, second) == [
            ("Hours in all", "30 hours", "40 hours"),
            ("Insured until", "31 December 2026", "31 December 2027"),
            ("Everyone knows why they are there", "We say why.", "nothing"),
            ("You meet people in different jobs", "nothing", "Yes"),
        ]
        assert [name for name, _before, _after in _read(before, first)] == [
            *("Role", "Hours in all", "Tasks", "What one learns"),
            *("Insured until", "Risks looked at", "Everyone knows why they are there"),
        ]
