"""Days and times as people type them, and what they mean in London."""

from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.clock import LONDON
from listings.timetable import NoSuchTime, instant_of, read_day, read_time

days = st.dates(date(2020, 1, 1), date(2040, 12, 31))
times = st.times().map(lambda at: at.replace(second=0, microsecond=0))


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2026-11-28", date(2026, 11, 28)),
        ("28/11/2026", date(2026, 11, 28)),
        ("28.11.2026", date(2026, 11, 28)),
        ("1 2 2027", date(2027, 2, 1)),
        ("31/02/2026", None),
        ("28/11", None),
        ("tomorrow", None),
        ("", None),
    ],
)
def test_a_day_is_read_as_it_is_typed(typed, day):
    assert read_day(typed) == day


@pytest.mark.parametrize(
    ("typed", "at"),
    [
        ("10:00", time(10)),
        ("10:00:00", time(10)),
        ("9.30", time(9, 30)),
        ("4pm", time(16)),
        ("4:15 PM", time(16, 15)),
        ("12am", time(0)),
        ("12pm", time(12)),
        ("16", time(16)),
        ("24:00", None),
        ("13pm", None),
        ("0am", None),
        ("10:75", None),
        ("noon", None),
        ("", None),
    ],
)
def test_a_time_is_read_as_it_is_typed(typed, at):
    assert read_time(typed) == at


@given(st.text(max_size=20))
def test_reading_never_fails(typed):
    read_day(typed)
    read_time(typed)


@pytest.mark.parametrize(
    ("day", "at", "instant"),
    [
        (date(2026, 1, 10), time(10), datetime(2026, 1, 10, 10, tzinfo=UTC)),
        (date(2026, 7, 10), time(10), datetime(2026, 7, 10, 9, tzinfo=UTC)),
        (date(2026, 3, 29), time(0, 59), datetime(2026, 3, 29, 0, 59, tzinfo=UTC)),
        (date(2026, 3, 29), time(2), datetime(2026, 3, 29, 1, tzinfo=UTC)),
        # Half past one comes twice that night: the first of them counts.
        (date(2026, 10, 25), time(1, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (date(2026, 10, 25), time(2), datetime(2026, 10, 25, 2, tzinfo=UTC)),
    ],
)
def test_london_time_becomes_an_instant(day, at, instant):
    assert instant_of(day, at) == instant


@pytest.mark.parametrize("at", [time(1), time(1, 30), time(1, 59)])
def test_a_time_that_the_clocks_jump_over_is_refused(at):
    with pytest.raises(NoSuchTime, match="clocks go forward"):
        instant_of(date(2026, 3, 29), at)


@given(days, times)
def test_what_is_kept_is_what_londons_clocks_show(day, at):
    try:
        instant = instant_of(day, at)
    except NoSuchTime:
        assert (day.month, at.hour) == (3, 1)
        return

    shown = instant.astimezone(LONDON)
    assert (shown.date(), shown.time()) == (day, at)
