"""Terms of the school year."""

from datetime import UTC, date, datetime

import pytest

from app.terms import UnknownPeriod, closed_terms, period_named, term_of


@pytest.mark.parametrize(
    ("code", "starts_on", "ends_on"),
    [
        ("2025-autumn", date(2025, 9, 1), date(2026, 1, 1)),
        ("2026-spring", date(2026, 1, 1), date(2026, 4, 1)),
        ("2026-summer", date(2026, 4, 1), date(2026, 9, 1)),
    ],
)
def test_a_term_runs_until_the_next_one_starts(code, starts_on, ends_on):
    period = period_named(code)

    assert (period.starts_on, period.ends_on, period.code) == (starts_on, ends_on, code)


@pytest.mark.parametrize(
    "code", ["", "summer", "2026", "2026-winter", "1999-summer", "2026-Summer"]
)
def test_what_names_no_term_is_refused(code):
    with pytest.raises(UnknownPeriod, match="2026-summer"):
        period_named(code)


def test_a_term_is_closed_from_the_first_day_after_it():
    summer = period_named("2026-summer")

    assert not summer.is_closed(date(2026, 8, 31))
    assert summer.is_closed(date(2026, 9, 1))


def test_a_term_starts_and_ends_at_midnight_in_london():
    summer = period_named("2026-summer")

    # Both ends lie in British Summer Time.
    assert summer.opens_at == datetime(2026, 3, 31, 23, tzinfo=UTC)
    assert summer.closes_at == datetime(2026, 8, 31, 23, tzinfo=UTC)


def test_closed_terms_come_oldest_first_and_leave_out_the_open_one():
    closed = closed_terms(since=date(2025, 9, 1), today=date(2026, 6, 1))

    assert [period.code for period in closed] == ["2025-autumn", "2026-spring"]


def test_a_term_has_a_name_in_words(app):
    with app.test_request_context():
        assert period_named("2026-summer").name == "Summer 2026"


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (date(2026, 1, 1), "2026-spring"),
        (date(2026, 3, 31), "2026-spring"),
        (date(2026, 4, 1), "2026-summer"),
        (date(2026, 8, 31), "2026-summer"),
        (date(2026, 9, 1), "2026-autumn"),
        (date(2026, 12, 31), "2026-autumn"),
    ],
)
def test_every_day_lies_in_one_term(day, code):
    term = term_of(day)

    assert term == period_named(code)
    assert term.starts_on <= day < term.ends_on
