"""Lists brought in: made, updated, left alone, withdrawn, refused."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.errors import NotAllowed
from geo.models import Place, Postcode
from opportunities.models import (
    Category,
    Opportunity,
    OpportunityOrigin,
    OpportunityStatus,
    ScheduledSession,
)
from providers.models import ProviderStatus
from sources import service
from sources.models import ImportRun, Source, SourceItem, SourceState, Takes, Verdict
from tests import factories
from tests.factories import NOW, YORK
from tests.sources.lists import (
    ROW,
    adds_up,
    bring,
    refusals,
    source,
    sums,
    table,
    told,
    try_out,
)


@pytest.fixture
def provider(db):
    factories.area()
    return factories.provider()


def test_a_row_becomes_an_activity_with_its_date_place_and_origin(db, provider):
    noise = factories.scheduled_session()

    run = bring(db, table(ROW), provider)

    assert sums(run) == {"made": 1}
    made = db.query(Opportunity).filter_by(provider_id=provider.id).one()
    assert (made.title, made.description) == ("Make a pot", "You will make a pot.")
    assert (made.category, made.min_age, made.max_age) == (Category.ARTS_AND_CULTURE, 12, 16)
    assert (made.cost_pence, made.status) == (250, OpportunityStatus.PUBLISHED)
    assert (made.place.name, made.place.step_free) == ("Kiln Yard", True)
    assert made.place.address == "1 Kiln Lane, Testford"
    (scheduled,) = db.query(ScheduledSession).filter_by(opportunity_id=made.id)
    assert scheduled.starts_at == datetime(2026, 6, 6, 9, tzinfo=UTC)
    assert scheduled.ends_at == datetime(2026, 6, 6, 11, tzinfo=UTC)
    assert (scheduled.maximum_capacity, scheduled.remaining_capacity) == (8, 8)
    origin = db.get(OpportunityOrigin, made.id)
    assert (origin.source_name, origin.source_url) == ("Their list", "https://pots.example/1")
    assert db.query(Opportunity).count() == 2
    assert noise.opportunity.title == "Pottery"


def test_the_same_list_again_changes_nothing(db, provider):
    rows = table(ROW, ROW | {"id": "8", "title": "Make a cup"}, ROW | {"id": "9", "date": ""})

    first, second = bring(db, rows, provider), bring(db, rows, provider)

    assert sums(first) == {"made": 2, "refused": 1}
    assert sums(second) == {"unchanged": 2, "refused": 1}
    assert told(db, second)[-1] == (4, "refused", "date", "It does not say on which day.")
    assert db.query(Opportunity).count() == 2
    assert db.query(ScheduledSession).count() == 2
    assert db.query(Source).count() == 1
    assert adds_up(db, first)
    assert adds_up(db, second)


def test_what_changed_is_updated_and_not_made_twice(db, provider):
    bring(db, table(ROW), provider)

    run = bring(db, table(ROW | {"description": "Now with glaze.", "start": "11:00"}), provider)

    assert sums(run) == {"updated": 1}
    opportunity = db.query(Opportunity).one()
    assert opportunity.description == "Now with glaze."
    assert db.query(ScheduledSession).one().starts_at.hour == 10


def test_a_row_that_only_moved_up_in_the_list_is_unchanged(db, provider):
    other = ROW | {"id": "8", "title": "Make a cup"}
    bring(db, table(ROW, other), provider)

    assert sums(bring(db, table(other, ROW), provider)) == {"unchanged": 2}


def test_rows_of_one_name_and_place_are_dates_of_one_activity(db, provider):
    rows = [ROW | {"id": "", "date": f"{day:02}/06/2026"} for day in (6, 13, 20)]

    run = bring(db, table(*rows), provider)

    assert sums(run) == {"made": 3}
    assert db.query(Opportunity).count() == 1
    assert db.query(ScheduledSession).count() == 3
    assert sums(bring(db, table(*rows), provider)) == {"unchanged": 3}
    assert sums(bring(db, table(*rows[:2]), provider)) == {"unchanged": 2, "withdrawn": 1}
    assert db.query(ScheduledSession).count() == 2
    assert db.query(Opportunity).one().status is OpportunityStatus.PUBLISHED


def test_what_a_list_no_longer_has_is_withdrawn_and_comes_back_with_it(db, provider):
    other = ROW | {"id": "8", "title": "Make a cup"}
    bring(db, table(ROW, other), provider)

    gone = bring(db, table(other), provider)
    still_gone = bring(db, table(other), provider)
    back = bring(db, table(ROW, other), provider)

    assert sums(gone) == {"unchanged": 1, "withdrawn": 1}
    assert told(db, gone)[-1] == (None, "withdrawn", "", "")
    assert sums(still_gone) == {"unchanged": 1}
    assert sums(back) == {"updated": 1, "unchanged": 1}
    pot = db.query(Opportunity).filter_by(title="Make a pot").one()
    assert pot.status is OpportunityStatus.PUBLISHED
    assert db.query(ScheduledSession).filter_by(opportunity_id=pot.id).count() == 1


def test_what_somebody_has_booked_is_neither_moved_nor_taken_away(db, provider):
    bring(db, table(ROW), provider)
    scheduled = db.query(ScheduledSession).one()
    factories.booking(on=scheduled)
    db.commit()

    moved = bring(db, table(ROW | {"start": "11:00", "end": "13:00"}), provider)
    notes = db.execute(text("SELECT notes FROM imported_row WHERE run_id = :id"), {"id": moved.id})

    assert sums(moved) == {"updated": 1}
    assert notes.scalar() == ["Kept: somebody has booked Sat 6 Jun."]
    hours = [each.starts_at.hour for each in db.query(ScheduledSession).order_by("starts_at")]
    assert hours == [9, 10]
    gone = bring(db, table(ROW | {"id": "8", "title": "Make a cup"}), provider)
    assert sums(gone) == {"made": 1, "withdrawn": 1}
    kept = db.get(ScheduledSession, scheduled.id)
    assert (kept.starts_at.hour, kept.remaining_capacity) == (9, 7)
    assert kept.opportunity.status is OpportunityStatus.WITHDRAWN


def test_places_of_a_session_that_somebody_has_booked_stay(db, provider):
    bring(db, table(ROW), provider)
    factories.booking(on=db.query(ScheduledSession).one())
    db.commit()

    run = bring(db, table(ROW | {"places": "3"}), provider)

    assert sums(run) == {"unchanged": 1}
    scheduled = db.query(ScheduledSession).one()
    assert (scheduled.maximum_capacity, scheduled.remaining_capacity) == (8, 7)


def test_a_session_that_a_place_given_back_points_to_is_closed_instead(db, provider):
    bring(db, table(ROW), provider)
    booking = factories.booking(on=db.query(ScheduledSession).one())
    booking.status, booking.scheduled_session.remaining_capacity = "cancelled", 8
    db.commit()

    bring(db, table(ROW | {"id": "8", "title": "Make a cup"}), provider)

    scheduled = db.get(ScheduledSession, booking.scheduled_session_id)
    assert (scheduled.maximum_capacity, scheduled.remaining_capacity) == (0, 0)


def test_a_session_added_by_hand_is_nobodys_to_take_away(db, provider):
    bring(db, table(ROW), provider)
    by_hand = factories.scheduled_session(opportunity=db.query(Opportunity).one())
    db.commit()

    bring(db, table(ROW | {"date": "20/06/2026"}), provider)

    days = [each.starts_at.day for each in db.query(ScheduledSession).order_by("starts_at")]
    assert days == [by_hand.starts_at.day, 20]


def test_what_its_organisation_withdrew_by_hand_stays_withdrawn(db, provider):
    bring(db, table(ROW), provider)
    db.query(Opportunity).one().status = OpportunityStatus.WITHDRAWN
    db.commit()

    run = bring(db, table(ROW | {"description": "Again."}), provider)

    assert sums(run) == {"updated": 1}
    assert db.query(Opportunity).one().status is OpportunityStatus.WITHDRAWN


def test_a_list_that_still_holds_it_confirms_it(db, provider):
    bring(db, table(ROW), provider)
    later = NOW + timedelta(days=3)

    bring(db, table(ROW), provider, now=later)

    assert db.query(Opportunity).one().checked_at == later


def test_a_trial_reports_what_keeping_does_and_does_nothing(db, provider):
    bring(db, table(ROW, ROW | {"id": "8", "title": "Make a cup"}), provider)
    changed = table(ROW | {"cost": "3"}, ROW | {"id": "9", "title": "Make a jug"})
    before = [(each.id, each.cost_pence, each.status) for each in db.query(Opportunity)]

    trial = try_out(db, changed, provider)

    assert trial.is_dry
    assert sums(trial) == {"made": 1, "updated": 1, "withdrawn": 1}
    assert [(each.id, each.cost_pence, each.status) for each in db.query(Opportunity)] == before
    kept = bring(db, changed, provider)
    assert told(db, kept) == told(db, trial)
    assert adds_up(db, trial)


def test_a_list_whose_twentieth_row_breaks_the_file_leaves_nothing(db, provider):
    good = [ROW | {"id": str(number), "title": f"Pot {number}"} for number in range(19)]
    broken = table(*good) + b'20,"' + b"x" * 200_000

    with pytest.raises(service.WrongList, match="Line 21 has a cell of more than 100,000"):
        bring(db, broken, provider)
    db.rollback()

    assert db.query(Opportunity).count() == 0
    assert db.query(ImportRun).count() == 0


def test_the_database_takes_no_reading_that_does_not_add_up(db, provider):
    run = bring(db, table(ROW), provider)
    run.made = 2

    with pytest.raises(IntegrityError, match="every_row_accounted_for"):
        db.flush()
    db.rollback()


def test_an_organisation_that_is_paused_brings_nothing_in(db):
    paused = factories.provider(status=ProviderStatus.SUSPENDED)

    with pytest.raises(NotAllowed, match="paused"):
        bring(db, table(ROW), paused)


def test_what_an_unchecked_organisation_brings_in_is_not_found(db):
    factories.area()
    provider = factories.provider(status=ProviderStatus.APPLIED)

    bring(db, table(ROW), provider)

    assert db.query(Opportunity).count() == 1
    assert db.execute(text("SELECT count(*) FROM opportunity_search")).scalar() == 0


def test_two_organisations_with_one_list_each_have_their_own(db, provider):
    other = factories.provider()

    bring(db, table(ROW), provider)
    bring(db, table(ROW), other)
    bring(db, table(ROW | {"id": "9", "title": "Cup"}), other)

    mine = db.query(Opportunity).filter_by(provider_id=provider.id).one()
    assert mine.status is OpportunityStatus.PUBLISHED


def test_stopping_withdraws_all_or_leaves_it(db, provider):
    bring(db, table(ROW), provider)
    list_ = db.query(Source).one()

    service.stop(db(), list_, NOW, withdraws=False)
    assert db.query(Opportunity).one().status is OpportunityStatus.PUBLISHED

    run = service.stop(db(), list_, NOW, withdraws=True)
    db.commit()
    assert run is not None
    assert sums(run) == {"withdrawn": 1}
    assert db.query(Opportunity).one().status is OpportunityStatus.WITHDRAWN
    assert list_.state is SourceState.STOPPED
    assert sums(bring(db, table(ROW), provider)) == {"updated": 1}


def test_only_the_last_reports_are_kept(db, provider):
    for day in range(8):
        bring(db, table(ROW), provider, now=NOW + timedelta(hours=day))

    assert db.query(ImportRun).count() == 5


@pytest.mark.parametrize(
    ("changed", "field", "reason"),
    [
        ({"title": ""}, "title", "It has no name."),
        ({"date": "32/06/2026"}, "date", "is no day"),
        ({"start": "late"}, "start", "is no time"),
        ({"start": "", "date": "06/06/2026"}, "start", "when it starts"),
        ({"end": "09:00"}, "end", "ends before it starts"),
        ({"date": "29/03/2027", "start": "9:00"}, None, None),
        ({"date": "28/03/2027", "start": "01:30", "end": "4:00"}, "start", "clocks go forward"),
        ({"date": "31/05/2026"}, "date", "It is over."),
        ({"places": "lots"}, "places", "no whole number"),
        ({"places": "501"}, "places", "from 1 to 500"),
        ({"places": "0"}, None, None),
        ({"cost": "a fiver"}, "cost", "no price"),
        ({"cost": "-3"}, "cost", "no price"),
        ({"min_age": "x"}, "min_age", "no whole number"),
        ({"min_age": "30", "max_age": "60"}, "ages", "not for young people"),
        ({"min_age": "2", "max_age": "10"}, "ages", "not for young people"),
        ({"lat": "200"}, "lat", "no point on the map"),
        ({"lat": "nan"}, "lat", "no point on the map"),
        ({"lat": "10", "lon": "10"}, "location", "outside the areas"),
        ({"lat": "", "lon": "", "postcode": "ZZ1 1ZZ"}, "postcode", "do not know that postcode"),
        ({"lat": "", "lon": ""}, "location", "it has no postcode"),
        ({"lat": "", "lon": "", "place_name": "", "address": "", "town": ""}, "location", "where it is"),
        ({"category": "", "title": "Zzz", "description": "Qqq"}, None, None),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_taken_says_which_column_and_why(db, provider, changed, field, reason):
    run = bring(db, table(ROW | changed, ROW | {"id": "8", "title": "Cup"}), provider)

    if reason is None:
        assert sums(run) == {"made": 2}
    else:
        assert sums(run) == {"made": 1, "refused": 1}
        ((where, why),) = refusals(db, run)
        assert where == field
        assert reason in why
    assert adds_up(db, run)


def test_a_row_that_stands_in_a_list_twice_counts_once(db, provider):
    run = bring(db, table(ROW, ROW | {"description": "Other."}), provider)

    assert sums(run) == {"made": 1, "refused": 1}
    assert refusals(db, run) == [("", "The same row stands in the list before this one.")]
    assert db.query(Opportunity).one().description == "You will make a pot."


def test_another_row_at_the_same_time_of_the_same_thing_is_refused(db, provider):
    run = bring(db, table(ROW, ROW | {"id": "8"}), provider)
    again = bring(db, table(ROW, ROW | {"id": "8"}), provider)

    assert refusals(db, run) == refusals(db, again) == [("date", "It runs at this time already.")]


def test_what_the_list_does_not_say_holds_as_it_was_said_once(db, provider):
    row = {"title": "Kickabout", "date": "06/06/2026", "start": "10:00"}
    said = {
        "kind": "volunteering",
        "category": "civic",
        "min_age": 14,
        "max_age": 17,
        "places": 5,
        "cost_pence": 150,
        "where": {"name": "Park", "postcode": "YO1 7HH"},
    }
    area = db.query(Place.lsoa_code).first() or factories.area().lsoa_code
    factories._saved(Postcode(postcode="YO17HH", lsoa_code=area, lon=YORK[0], lat=YORK[1]))

    run = bring(db, table(row), provider, defaults=said)

    assert sums(run) == {"made": 1}
    made = db.query(Opportunity).one()
    assert (made.kind, made.min_age, made.max_age, made.cost_pence) == ("volunteering", 14, 17, 150)
    # Its own words say more than what holds for all.
    assert (made.category, made.place.name) == (Category.SPORT, "Park") or made.category == "civic"


def test_a_place_is_found_again_and_not_made_for_each_row(db, provider):
    rows = [ROW | {"id": str(each), "title": f"Pot {each}"} for each in range(5)]

    bring(db, table(*rows), provider)
    bring(db, table(*rows, ROW | {"id": "x", "title": "Jug"}), provider)

    assert db.query(Place).filter_by(name="Kiln Yard").count() == 1


LIBRARY = {
    "Library": "Central",
    "Address 1": "Shambles Street",
    "Postcode": "YO1 7HH",
    "Latitude": str(YORK[1]),
    "Longitude": str(YORK[0]),
}


class TestPlaces:
    def test_a_table_of_places_becomes_places(self, db, provider):
        away = LIBRARY | {"Library": "Far", "Latitude": "10", "Longitude": "10"}
        rows = table(LIBRARY, away, LIBRARY | {"Library": ""})

        first = bring(db, rows, provider, takes=Takes.PLACES)
        second = bring(db, rows, provider, takes=Takes.PLACES)

        assert sums(first) == {"made": 1, "refused": 2}
        assert sums(second) == {"unchanged": 1, "refused": 2}
        (place,) = db.scalars(select(Place).join(SourceItem, SourceItem.place_id == Place.id))
        assert (place.name, place.address) == ("Central", "Shambles Street")

    def test_an_activity_finds_a_place_of_an_earlier_list_by_its_name(self, db, provider):
        bring(db, table(LIBRARY), provider, takes=Takes.PLACES, file_name="places.csv")

        row = ROW | dict.fromkeys(("lat", "lon", "address", "town"), "") | {"place_name": "central"}
        run = bring(db, table(row), provider, file_name="activities.csv")

        assert sums(run) == {"made": 1}
        assert db.query(Opportunity).one().place.name == "Central"

    def test_a_place_that_moved_is_updated(self, db, provider):
        factories.area(lon=-2.0, lat=53.0)
        rows = LIBRARY | {"Reference": "L1"}
        bring(db, table(rows), provider, takes=Takes.PLACES)

        moved = rows | {"Latitude": "53.0", "Longitude": "-2.0"}
        run = bring(db, table(moved), provider, takes=Takes.PLACES)

        assert sums(run) == {"updated": 1}
        assert sums(bring(db, table(moved), provider, takes=Takes.PLACES)) == {"unchanged": 1}


def test_another_kind_of_list_under_one_name_is_refused(db, provider):
    bring(db, table(ROW), provider)

    with pytest.raises(service.Conflict, match="another kind"):
        source(db, provider, b'[{"a": 1}]')


def test_every_verdict_has_a_name(app):
    from app.wording import label

    with app.app_context():
        assert label(Verdict.MADE) == "New"
