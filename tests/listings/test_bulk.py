"""One act on several listings: what was changed, and what was not and why."""

from datetime import timedelta

import pytest

from geo.queries import lon_lat
from listings.bulk import BulkAct, act_on_many
from listings.changes import change_listing
from listings.places import remember_place
from opportunities.models import OpportunityStatus
from tests import factories
from tests.factories import NOW


@pytest.fixture
def member(db, provider):
    return factories.member(of=provider)


@pytest.fixture
def three(db, provider):
    """A published listing, a paused one, and one that was withdrawn."""
    made = [
        factories.opportunity(provider=provider, title=title, status=status)
        for title, status in (
            ("Pots", OpportunityStatus.PUBLISHED),
            ("Kites", OpportunityStatus.PAUSED),
            ("Gone", OpportunityStatus.WITHDRAWN),
        )
    ]
    for each in made:
        factories.scheduled_session(opportunity=each, places=8)
    return made


def _act(db, member, listings, act, **given):
    return act_on_many(
        db, uuids=[each.uuid for each in listings], act=act, by=member, now=NOW, **given
    )


@pytest.mark.parametrize(
    ("act", "given", "changed", "unchanged"),
    [
        (BulkAct.CONFIRM, {}, ["Kites", "Pots"], ["Gone"]),
        (BulkAct.PAUSE, {}, ["Pots"], ["Gone", "Kites"]),
        (BulkAct.RESUME, {}, ["Kites"], ["Gone", "Pots"]),
        (BulkAct.COST, {"cost_pence": 250}, ["Kites", "Pots"], ["Gone"]),
        (BulkAct.COST, {"cost_pence": 0}, [], ["Gone", "Kites", "Pots"]),
        (BulkAct.PLACES, {"places": 12}, ["Kites", "Pots"], ["Gone"]),
        (BulkAct.PLACES, {"places": 1}, [], ["Gone", "Kites", "Pots"]),
        (BulkAct.PLACES, {"places": 0}, [], ["Gone", "Kites", "Pots"]),
        (BulkAct.PLACE, {}, [], ["Gone", "Kites", "Pots"]),
    ],
)
def test_each_is_changed_or_said_why_not(db, member, three, act, given, changed, unchanged):
    theirs = factories.opportunity(title="Theirs")
    factories.scheduled_session(opportunity=theirs, places=8)

    report = _act(db, member, [*three, theirs], act, **given)

    assert report.changed == changed
    assert [title for title, _reason in report.unchanged] == unchanged
    assert all(reason.endswith(".") for _title, reason in report.unchanged)
    assert (theirs.status, theirs.cost_pence) == (OpportunityStatus.PUBLISHED, 0)


def test_places_change_where_nobody_has_booked_and_never_where_someone_has(db, member, three):
    pots = three[0]
    booked = factories.scheduled_session(
        opportunity=pots, places=8, starts_at=NOW + timedelta(days=2)
    )
    factories.booking(on=booked)
    past = factories.scheduled_session(
        opportunity=pots, places=8, starts_at=NOW - timedelta(days=2)
    )
    [free] = [
        each
        for each in db.query(type(booked)).filter_by(opportunity_id=pots.id)
        if each not in (booked, past)
    ]

    report = _act(db, member, [pots], BulkAct.PLACES, places=12)

    assert report.changed == ["Pots"]
    assert [(each.maximum_capacity, each.remaining_capacity) for each in (free, booked, past)] == [
        *((12, 12), (8, 7), (8, 8)),
    ]


def test_they_move_to_a_place_that_is_remembered(db, provider, member, three):
    place = factories.place(name="Kiln Yard", lon=-1.09)
    remember_place(db, provider=provider, place=place, now=NOW)

    report = _act(db, member, three, BulkAct.PLACE, place=place)

    assert report.changed == ["Kites", "Pots"]
    assert three[0].place is place
    assert lon_lat(three[0].place)[0] == pytest.approx(-1.09)
    assert three[2].place is not place


def test_what_waits_for_an_officer_is_left_alone(db, member, three):
    change_listing(
        db,
        opportunity=three[0],
        changed={"title": "See pots.org"},
        changed_by=member,
        now=NOW,
    )

    report = _act(db, member, three[:2], BulkAct.COST, cost_pence=100)

    assert report.changed == ["Kites"]
    assert report.unchanged == [("Pots", "The council is looking at it. Wait until it has.")]
    assert three[0].cost_pence == 0
