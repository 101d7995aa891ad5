"""The rules that are data: which holds on which day, and where it is written."""

from datetime import date, timedelta
from urllib.parse import urlparse

import pytest

from geo.rulebook import Nation, NoRule, nation_of
from providers.models import AssuranceKind, CheckLevel
from providers.rules import BOOK

CHANGES = [rule for rule in BOOK.rules if rule.from_day > date(2000, 1, 1)]


@pytest.mark.parametrize(
    "rule", CHANGES, ids=lambda rule: f"{rule.name}-{rule.nation}-{rule.from_day}"
)
def test_each_holds_from_its_own_day_and_not_the_day_before(rule):
    day_before = rule.from_day - timedelta(days=1)

    assert BOOK.on(rule.from_day, rule.name, rule.nation) == rule
    try:
        before = BOOK.on(day_before, rule.name, rule.nation)
    except NoRule:
        return
    assert before != rule
    assert before.from_day < rule.from_day


@pytest.mark.parametrize(
    "rule", BOOK.rules, ids=lambda rule: f"{rule.name}-{rule.nation}-{rule.from_day}"
)
def test_each_says_where_it_is_written(rule):
    source = urlparse(rule.source)

    assert source.scheme == "https"
    assert source.netloc.endswith((".gov.uk", ".nspcc.org.uk"))


def test_since_september_2026_supervised_leaders_are_checked_too():
    before = BOOK.on(date(2026, 8, 31), "staff_check", Nation.ENGLAND).says
    since = BOOK.on(date(2026, 9, 1), "staff_check", Nation.ENGLAND).says

    assert (before["level"], before["counts_supervised"]) == ("enhanced", False)
    assert (since["level"], since["counts_supervised"]) == ("enhanced_barred", True)


@pytest.mark.parametrize("nation", list(Nation))
def test_every_nation_says_today_what_must_be_in_place(nation):
    today = date(2026, 11, 26)

    holds = BOOK.on(today, "holds_months", nation).says
    assert set(holds) == {kind.value for kind in AssuranceKind}
    assert CheckLevel(BOOK.on(today, "staff_check", nation).says["level"])
    assert BOOK.on(today, "supervision", nation).says["least"] == 2


def test_no_two_begin_on_one_day():
    begun = [(rule.name, rule.nation, rule.from_day) for rule in BOOK.rules]

    assert len(begun) == len(set(begun))


@pytest.mark.parametrize(
    ("code", "nation"),
    [
        ("E08000035", Nation.ENGLAND),
        ("W06000015", Nation.WALES),
        ("S12000033", Nation.SCOTLAND),
        ("N09000003", Nation.NORTHERN_IRELAND),
        ("", Nation.ENGLAND),
    ],
)
def test_a_code_says_which_nation(code, nation):
    assert nation_of(code) is nation


def test_what_is_not_written_is_not_made_up():
    with pytest.raises(NoRule):
        BOOK.on(date(1990, 1, 1), "staff_check", Nation.ENGLAND)
    with pytest.raises(NoRule):
        BOOK.on(date(2026, 1, 1), "no such rule", Nation.ENGLAND)
