"""The days of a rule, held to dateutil and to plain loops."""

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import DAILY, MONTHLY, WEEKLY, rrule, weekday

from app.holidays import is_usual_holiday
from geo.queries import SchoolCalendar
from listings.repeats import (
    MOST_DAYS,
    BadRule,
    Rule,
    SchoolDays,
    days_of,
    monthly,
    occurrences,
    refuse_bad_rule,
    weekly,
)

LONDON = ZoneInfo("Europe/London")
NAMES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
USUAL = SchoolCalendar()


def rule(text="FREQ=WEEKLY;BYDAY=TH", first_on=date(2026, 9, 3), **given):
    given.setdefault("start", time(16))
    given.setdefault("end", time(18))
    return Rule(text, first_on, **given)


def drawn(random: Random):
    """A rule as our forms and other people's calendars make them, and the same as dateutil has it."""
    first = date(2026, 1, 1) + timedelta(days=random.randrange(700))
    every = random.choice([1, 1, 1, 2, 3])
    kind = random.choice(["weekly", "weekly", "monthly", "month day", "daily"])
    start = datetime.combine(first, time.min)
    if kind == "weekly":
        days = sorted(random.sample(range(7), random.randint(1, 3)))
        text = weekly(days, every=every)
        same = {"freq": WEEKLY, "interval": every, "byweekday": days}
    elif kind == "monthly":
        nth, day = random.choice([1, 2, 3, 4, -1]), random.randrange(7)
        text = f"FREQ=MONTHLY;INTERVAL={every};BYDAY={nth}{NAMES[day]}"
        same = {"freq": MONTHLY, "interval": every, "byweekday": weekday(day)(nth)}
    elif kind == "month day":
        day = random.randint(1, 31)
        text = f"FREQ=MONTHLY;INTERVAL={every};BYMONTHDAY={day}"
        same = {"freq": MONTHLY, "interval": every, "bymonthday": day}
    else:
        every = random.randint(3, 9)
        text = f"FREQ=DAILY;INTERVAL={every}"
        same = {"freq": DAILY, "interval": every}
    if random.random() < 0.3:
        count = random.randint(1, 30)
        return f"{text};COUNT={count}", first, rrule(dtstart=start, count=count, **same)
    return text, first, rrule(dtstart=start, until=start + timedelta(days=732), **same)


def terms_of(random: Random) -> SchoolCalendar:
    if random.random() < 0.3:
        return USUAL
    day, terms = date(2026, 1, 5), []
    for _ in range(random.randint(1, 12)):
        last = day + timedelta(days=random.randint(25, 60))
        terms.append((day, last))
        day = last + timedelta(days=random.randint(3, 40))
    return SchoolCalendar(terms)


def is_term(school: SchoolCalendar, day: date) -> bool:
    if school.terms and school.terms[0][0] <= day <= school.terms[-1][1]:
        return any(first <= day <= last for first, last in school.terms)
    return not is_usual_holiday(day)


def in_utc(day: date, at: time) -> datetime | None:
    """The instant at which London's clocks show it first, by the rule of the zone; or never."""
    for offset in (1, 0):
        instant = (datetime.combine(day, at) - timedelta(hours=offset)).replace(tzinfo=UTC)
        if instant.astimezone(LONDON).replace(tzinfo=None) == datetime.combine(day, at):
            return instant
    return None


def test_two_thousand_random_rules_agree_with_dateutil():
    random, clock_changes, jumps = Random(20261126), 0, 0
    for _ in range(2_000):
        text, first, same = drawn(random)
        school, meant = terms_of(random), random.choice(list(SchoolDays))
        start = time(random.choice([0, 1, 9, 16, 19]), random.choice([0, 30]))
        end = (datetime.combine(first, start) + timedelta(minutes=90)).time()
        if end <= start:
            continue
        out = {at.date() for at in same if random.random() < 0.1}
        more = {first + timedelta(days=random.randrange(400)) for _ in range(random.randrange(3))}
        until = random.choice([None, first + timedelta(days=random.randrange(500))])
        asked = Rule(text, first, start, end, until, meant, frozenset(out), frozenset(more))
        from_day = first + timedelta(days=random.randrange(-20, 200))
        to_day = from_day + timedelta(days=random.randrange(300))

        expected = {
            at.date()
            for at in same
            if from_day <= at.date() <= min(to_day, until or to_day)
            and (
                meant is SchoolDays.ALWAYS
                or is_term(school, at.date()) is (meant is SchoolDays.TERM)
            )
        }
        expected |= {day for day in more if from_day <= day <= to_day}
        expected = sorted(expected - out)
        assert days_of(asked, school, from_day, to_day) == expected, text

        found = occurrences(asked, school, from_day, to_day)
        by_hand = {day: (in_utc(day, start), in_utc(day, end)) for day in expected}
        assert found.impossible == [day for day in expected if None in by_hand[day]], text
        assert [(s.day, s.starts_at, s.ends_at) for s in found.sittings] == [
            (day, *by_hand[day]) for day in expected if None not in by_hand[day]
        ], text
        offsets = {s.starts_at.astimezone(LONDON).utcoffset() for s in found.sittings}
        clock_changes += len(offsets) == 2
        jumps += bool(found.impossible)
    # The draw has to have reached what it is about.
    assert clock_changes > 300
    assert jumps > 0


def test_every_thursday_in_term_leaves_out_half_term():
    days = days_of(rule(school=SchoolDays.TERM), USUAL, date(2026, 10, 15), date(2026, 11, 12))

    assert days == [date(2026, 10, day) for day in (15, 22)] + [
        date(2026, 11, 5),
        date(2026, 11, 12),
    ]


def test_the_council_knows_better_than_the_calendar():
    own = SchoolCalendar(
        [(date(2026, 9, 1), date(2026, 10, 16)), (date(2026, 10, 26), date(2026, 12, 18))]
    )

    days = days_of(rule(school=SchoolDays.TERM), own, date(2026, 10, 15), date(2026, 11, 6))

    assert days == [date(2026, 10, 15), date(2026, 10, 29), date(2026, 11, 5)]


def test_a_club_at_four_is_at_four_on_both_sides_of_a_clock_change():
    found = occurrences(rule(), USUAL, date(2026, 10, 22), date(2026, 10, 29)).sittings

    assert [each.starts_at for each in found] == [
        datetime(2026, 10, 22, 15, tzinfo=UTC),
        datetime(2026, 10, 29, 16, tzinfo=UTC),
    ]


def test_the_hour_that_the_clocks_jump_over_is_said():
    night = rule("FREQ=WEEKLY;BYDAY=SU", first_on=date(2027, 3, 21), start=time(1, 15), end=time(3))

    found = occurrences(night, USUAL, date(2027, 3, 21), date(2027, 4, 4))

    assert found.impossible == [date(2027, 3, 28)]
    assert [each.day for each in found.sittings] == [date(2027, 3, 21), date(2027, 4, 4)]


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (date(2026, 9, 10), "FREQ=MONTHLY;BYDAY=2TH"),
        (date(2026, 9, 24), "FREQ=MONTHLY;BYDAY=-1TH"),
        (date(2026, 10, 29), "FREQ=MONTHLY;BYDAY=-1TH"),
        (date(2026, 9, 1), "FREQ=MONTHLY;BYDAY=1TU"),
    ],
)
def test_a_day_of_the_month_is_its_weekday_as_it_stands_there(day, text):
    assert monthly(day) == text
    assert days_of(rule(text, day), USUAL, day, day) == [day]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "every thursday",
        "FREQ=SECONDLY",
        "FREQ=MINUTELY;INTERVAL=1",
        "FREQ=HOURLY;COUNT=10",
        "FREQ=DAILY;BYHOUR=1,2,3",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=WEEKLY;INTERVAL=0",
        "FREQ=WEEKLY;INTERVAL=99999999999",
        "FREQ=WEEKLY;COUNT=-1",
        "FREQ=WEEKLY;COUNT=" + "9" * 5_000,
        "FREQ=YEARLY;BYYEARDAY=366",
        "FREQ=YEARLY;BYEASTER=0",
        "FREQ=WEEKLY;FREQ=DAILY",
        "FREQ=WEEKLY;UNTIL=notaday",
        "FREQ=WEEKLY;BYDAY=TH\r\nEXRULE:FREQ=DAILY",
        "FREQ=WEEKLY;BYDAY=" + "TH," * 5_000 + "TH",
        "FREQ=MONTHLY;BYMONTHDAY=77",
        "FREQ=MONTHLY;BYMONTH=13",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31",
        "FREQ=DAILY;BYSETPOS=2",
        "FREQ=MONTHLY;BYMONTHDAY=1;BYSETPOS=2",
        "FREQ=WEEKLY;BYMONTH=x",
        "RRULE:RRULE:FREQ=DAILY",
    ],
)
def test_a_rule_that_nobody_runs_by_is_refused(app, text):
    with app.test_request_context(), pytest.raises(BadRule):
        refuse_bad_rule(rule(text))


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
        "FREQ=YEARLY;INTERVAL=100",
        "FREQ=DAILY;COUNT=999999;INTERVAL=100",
    ],
)
def test_a_rule_that_makes_nothing_for_ages_comes_to_an_end(text):
    assert len(days_of(rule(text), USUAL, date(2026, 9, 4), date(9999, 12, 31))) <= 10


def test_it_makes_no_more_days_than_anyone_runs(app):
    daily = rule("FREQ=DAILY")

    assert (
        len(days_of(daily, USUAL, daily.first_on, daily.first_on + timedelta(days=MOST_DAYS - 1)))
        == MOST_DAYS
    )
    with app.test_request_context(), pytest.raises(BadRule, match="more than 200 days"):
        days_of(daily, USUAL, daily.first_on, daily.first_on + timedelta(days=MOST_DAYS))


def test_a_day_can_be_left_out_and_taken_back_in():
    thursday, friday = date(2026, 9, 10), date(2026, 9, 11)
    week = (date(2026, 9, 7), date(2026, 9, 13))

    assert days_of(rule().without(thursday), USUAL, *week) == []
    assert days_of(rule().with_day(friday), USUAL, *week) == [thursday, friday]
    assert days_of(rule().without(thursday).with_day(thursday), USUAL, *week) == [thursday]
