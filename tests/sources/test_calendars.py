"""Calendars: repeats, exceptions, whole days, and times that float."""

import pytest

from opportunities.models import Opportunity, OpportunityStatus, ScheduledSession
from tests import factories
from tests.factories import YORK
from tests.sources.lists import bring, refusals, sums

GEO = f"GEO:{YORK[1]};{YORK[0]}"


@pytest.fixture
def provider(db):
    factories.area()
    return factories.provider()


def event(*lines, uid="1", summary="Pots", **given):
    start = given.get("start", "DTSTART;TZID=Europe/London:20260604T170000")
    own = [f"UID:{uid}", f"SUMMARY:{summary}", "LOCATION:Kiln Yard\\, 1 Kiln Lane", GEO, start]
    return ["BEGIN:VEVENT", *own, *lines, "END:VEVENT"]


def calendar(*events):
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", *(line for each in events for line in each)]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


def starts(db):
    found = db.query(ScheduledSession).order_by(ScheduledSession.starts_at)
    return [f"{each.starts_at:%d %b %H:%M}" for each in found]


def test_a_repeat_keeps_its_hour_across_the_change_of_the_clocks(db, provider):
    weekly = event(
        "DTEND;TZID=Europe/London:20261015T190000",
        "RRULE:FREQ=WEEKLY;UNTIL=20261105T170000Z",
        start="DTSTART;TZID=Europe/London:20261015T170000",
    )

    assert sums(bring(db, calendar(weekly), provider)) == {"made": 1}
    assert starts(db) == ["15 Oct 16:00", "22 Oct 16:00", "29 Oct 17:00", "05 Nov 17:00"]
    assert {each.duration_minutes for each in db.query(ScheduledSession)} == {120}


def test_a_repeat_without_an_end_is_worked_out_half_a_year_ahead(db, provider):
    weekly = event("RRULE:FREQ=WEEKLY", start="DTSTART:20200102T170000")

    bring(db, calendar(weekly), provider)

    assert len(starts(db)) == 26
    assert starts(db)[0] == "04 Jun 16:00"


def test_days_left_out_added_moved_and_called_off(db, provider):
    whole = event(
        "RRULE:FREQ=WEEKLY;COUNT=5",
        "EXDATE;TZID=Europe/London:20260611T170000",
        "RDATE;TZID=Europe/London:20260612T100000",
    )
    moved = event(
        "RECURRENCE-ID;TZID=Europe/London:20260618T170000",
        start="DTSTART;TZID=Europe/London:20260619T180000",
    )
    off = event("RECURRENCE-ID;TZID=Europe/London:20260625T170000", "STATUS:CANCELLED")

    assert sums(bring(db, calendar(whole, moved, off), provider)) == {"made": 1}
    assert starts(db) == ["04 Jun 16:00", "12 Jun 09:00", "19 Jun 17:00", "02 Jul 16:00"]


def test_a_change_from_one_day_on_moves_all_that_follow(db, provider):
    whole = event("RRULE:FREQ=WEEKLY;COUNT=4")
    later = event(
        "RECURRENCE-ID;TZID=Europe/London;RANGE=THISANDFUTURE:20260618T170000",
        start="DTSTART;TZID=Europe/London:20260618T180000",
    )

    bring(db, calendar(whole, later), provider)

    assert starts(db) == ["04 Jun 16:00", "11 Jun 16:00", "18 Jun 17:00", "25 Jun 17:00"]


@pytest.mark.parametrize(
    ("start", "when"),
    [
        ("DTSTART:20260604T170000", "04 Jun 16:00"),
        ("DTSTART:20260604T170000Z", "04 Jun 17:00"),
        ("DTSTART;TZID=America/New_York:20260604T170000", "04 Jun 21:00"),
        ("DTSTART;VALUE=DATE:20260604", "03 Jun 23:00"),
    ],
)
def test_floating_times_and_whole_days_are_those_of_london(db, provider, start, when):
    bring(db, calendar(event(start=start)), provider)

    assert starts(db) == [when]


def test_a_whole_day_lasts_as_long_as_the_day_does(db, provider):
    day = event("DTEND;VALUE=DATE:20261026", start="DTSTART;VALUE=DATE:20261025")
    bring(db, calendar(day), provider)

    assert db.query(ScheduledSession).one().duration_minutes == 25 * 60


def test_a_camp_of_three_days_is_no_session(db, provider):
    camp = event("DTEND;VALUE=DATE:20260607", start="DTSTART;VALUE=DATE:20260604")
    run = bring(db, calendar(camp), provider)

    assert refusals(db, run) == [("end", "It lasts longer than a day. Give each day its own date.")]


def test_the_latest_edition_of_an_event_counts(db, provider):
    run = bring(
        db,
        calendar(event("SEQUENCE:2", summary="New"), event("SEQUENCE:1", summary="Old")),
        provider,
    )

    assert sums(run) == {"made": 1}
    assert db.query(Opportunity).one().title == "New"


def test_an_event_that_is_cancelled_or_gone_is_withdrawn(db, provider):
    both = calendar(event(), event(uid="2", summary="Cups"))
    bring(db, both, provider)

    cancelled = bring(
        db, calendar(event("STATUS:CANCELLED"), event(uid="2", summary="Cups")), provider
    )
    gone = bring(db, calendar(event("STATUS:CANCELLED")), provider)
    back = bring(db, both, provider)

    assert sums(cancelled) == {"withdrawn": 1, "unchanged": 1}
    assert sums(gone) == {"withdrawn": 1, "unchanged": 1}
    assert sums(back) == {"updated": 2}
    assert {each.status for each in db.query(Opportunity)} == {OpportunityStatus.PUBLISHED}


def test_a_moved_day_that_somebody_booked_is_kept_beside_the_new_one(db, provider):
    bring(db, calendar(event("RRULE:FREQ=WEEKLY;COUNT=2")), provider)
    factories.booking(on=db.query(ScheduledSession).order_by("starts_at").first())
    db.commit()
    later = event("RRULE:FREQ=WEEKLY;COUNT=2", start="DTSTART;TZID=Europe/London:20260604T190000")

    assert sums(bring(db, calendar(later), provider)) == {"updated": 1}
    assert starts(db) == ["04 Jun 16:00", "04 Jun 18:00", "11 Jun 18:00"]


def test_what_our_own_calendar_says_can_be_brought_in(client, db, provider):
    opportunity = factories.scheduled_session().opportunity
    db.commit()
    content = client.get(f"/a/{opportunity.slug}/calendar.ics").data.replace(
        b"END:VEVENT", GEO.encode() + b"\r\nEND:VEVENT"
    )

    assert sums(bring(db, content, provider)) == {"made": 1}
