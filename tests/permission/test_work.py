"""Hours at work against the same rules written a second time: see `statutes`."""

import os
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from random import Random

import pytest

from app.clock import LONDON
from geo.queries.school import SchoolCalendar
from geo.rulebook import Nation, RuleBook
from permission import work as work_hours
from permission.pupils import LEFT_SCHOOL, Pupil, leaving_day
from permission.rules import BOOK
from permission.work import Stretch, WhyNot, why_not_work
from tests.permission import births, statutes

#: `CASES=100000 script/test tests/permission/test_work.py` plays them all.
HOW_MANY = int(os.environ.get("CASES", "6000"))
#: A day for the Act that has none yet, so that each side of it is tried.
NEW_ACT_FROM = date(2026, 10, 12)
BANDS = [(11, 12), (13, 15), (16, 17), (18, 24)]
TERMS = SchoolCalendar(
    [
        (date(2025, 9, 3), date(2025, 10, 24)),
        (date(2025, 11, 3), date(2025, 12, 19)),
        (date(2026, 1, 5), date(2026, 3, 27)),
        (date(2026, 4, 13), date(2026, 7, 21)),
        (date(2026, 9, 2), date(2026, 10, 23)),
        (date(2026, 11, 2), date(2026, 12, 18)),
        (date(2027, 1, 4), date(2027, 7, 21)),
    ]
)
#: Each side of: a school year, leaving school in each nation, half terms, clock changes, leap days.
EDGES = [
    date(2026, 3, 29),
    date(2026, 10, 25),
    date(2026, 5, 31),
    date(2026, 6, 26),
    date(2026, 6, 30),
    date(2026, 8, 31),
    date(2026, 9, 1),
    date(2026, 10, 23),
    date(2026, 12, 18),
    date(2028, 2, 29),
    date(2027, 6, 25),
    date(2026, 12, 21),
    date(2026, 8, 1),
    NEW_ACT_FROM,
]
HOLIDAYS = [date(2026, 8, 5), date(2026, 12, 26), date(2027, 8, 9)]


@dataclass(frozen=True)
class Case:
    """What both are asked."""

    ages: tuple[int, int]
    nation: str
    year: int | None
    said_on: date | None
    starts_at: datetime
    ends_at: datetime
    others: list = field(default_factory=list)
    by_school: bool = False

    def is_open(self, day: date) -> bool:
        return _is_open(day)


@cache
def _is_open(day: date) -> bool:
    return TERMS.is_open(day)


def one_case(number: int) -> Case:
    chance = Random(number)
    day = chance.choice(EDGES) + timedelta(days=chance.choice((-8, -2, -1, 0, 0, 1, 2, 7, 30)))
    year = chance.choice((None, 0, 7, 8, 9, 10, 10, 11, 11, 11, 12, 13))
    said_on = chance.choice((day, date(2025, 9, 1), date(2025, 8, 31), date(2026, 2, 1)))
    starts_at = _instant(chance, day)
    work = (
        starts_at,
        starts_at + timedelta(minutes=30 * chance.choice((1, 2, 3, 4, 4, 5, 8, 9, 17))),
    )
    others = []
    for _ in range(chance.choice((0, 0, 1, 3, 6))):
        begins = _instant(chance, day + timedelta(days=chance.randint(-6, 6)))
        others.append((begins, begins + timedelta(minutes=30 * chance.choice((2, 4, 6, 12, 16)))))
    if chance.random() < 0.1:
        # A holiday job: much of a week, and nothing too long on any day.
        day = chance.choice(HOLIDAYS) + timedelta(days=chance.randint(0, 6))
        work = _morning(day), _morning(day) + timedelta(hours=chance.choice((2, 3, 4)))
        length = timedelta(hours=chance.choice((4, 5, 7)))
        days = [day + timedelta(days=away) for away in range(-6, 7) if away]
        others = [(each, each + length) for each in (_morning(day) for day in days)]
    elif chance.random() < 0.1:
        # Two sittings on a free day, with a break between them or with less than one.
        day = chance.choice(HOLIDAYS) + timedelta(days=chance.randint(0, 6))
        work = _morning(day), _morning(day) + timedelta(hours=chance.choice((2, 3, 4)))
        begins = work[1] + timedelta(minutes=chance.choice((0, 30, 60, 90)))
        others = [(begins, begins + timedelta(hours=chance.choice((1, 2, 3, 4))))]
    if chance.random() < 0.05:
        # A job on each Saturday of the year, but for some that may be the last free ones.
        first = date(day.year, 1, 1)
        days = [first + timedelta(days=number) for number in range(366)]
        given_up = chance.choice((0, 0, 14, 28))
        others = [
            (_morning(each), _morning(each) + timedelta(hours=1))
            for each in days
            if each.weekday() == 5 and abs((each - day).days) >= given_up
        ]
    return Case(
        ages=chance.choice(BANDS[1:3] if chance.random() < 0.8 else BANDS),
        nation=str(chance.choice(list(Nation))),
        year=year,
        said_on=None if year is None else said_on,
        starts_at=work[0],
        ends_at=work[1],
        others=others,
        by_school=chance.random() < 0.15,
    )


def _instant(chance: Random, day: date) -> datetime:
    hour = chance.choice(
        (0, 1, 2, 5, 6, 7, 7, 8, 9, 13, 15, 15, 16, 16, 17, 18, 19, 20, 21, 22, 23)
    )
    at = datetime.combine(day, time(hour, chance.choice((0, 0, 30))), LONDON)
    return at.replace(fold=chance.randint(0, 1)).astimezone(UTC)


def _morning(day: date) -> datetime:
    return datetime.combine(day, time(9), LONDON).astimezone(UTC)


def product_says(case: Case) -> str | None:
    pupil = Pupil(
        ages=case.ages, nation=Nation(case.nation), school_year=case.year, said_on=case.said_on
    )
    found = why_not_work(
        pupil,
        Stretch(case.starts_at, case.ends_at),
        [Stretch(*each) for each in case.others],
        is_school_day=case.is_open,
        is_arranged_by_school=case.by_school,
    )
    return found.why.value if found else None


@pytest.fixture(params=[None, NEW_ACT_FROM], ids=["the law of today", "the Act of 2026 in force"])
def new_act_from(request, tmp_path, monkeypatch):
    if request.param:
        source = 'source = "https://www.legislation.gov.uk/ukpga/2026/21/'
        dated = tmp_path / "rules.toml"
        dated.write_text(BOOK.file.read_text().replace(source, f"from = {request.param}\n{source}"))
        monkeypatch.setattr(work_hours, "BOOK", RuleBook(dated))
    return request.param


def test_the_product_and_the_text_say_the_same(new_act_from):
    said: Counter[str | None] = Counter()
    for number in range(HOW_MANY // 2):
        case = one_case(number if new_act_from is None else -number - 1)
        expected = statutes.verdict(case, new_act_from)
        assert product_says(case) == expected, (number, case)
        said[expected] += 1

    # A generator that never came to a sentence would not have tried it.
    assert set(said) == {None, *(why.value for why in WhyNot)}
    assert min(said.values()) >= HOW_MANY / 2000


def test_nothing_is_allowed_that_the_law_forbids_to_somebody_born_on_their_day():
    allowed, forbidden = Counter(), 0
    for number in range(HOW_MANY // 2):
        person, case = births.one_case(number, one_case(number))
        if product_says(case) is None:
            broken = births.verdict(person, case)
            assert broken is None, (number, person, broken, case)
            allowed[births.is_child(person, case)] += 1
        else:
            forbidden += 1

    assert min(allowed[True], allowed[False], forbidden) > HOW_MANY / 100


def a_pupil(year=11, ages=(13, 15), nation=Nation.ENGLAND, said_on=date(2025, 9, 1)):
    return Pupil(ages=ages, nation=nation, school_year=year, said_on=said_on)


def work(day, begins, hours):
    starts_at = datetime.combine(day, time(begins), LONDON)
    return Stretch(starts_at, starts_at + timedelta(hours=hours))


def _at(day, hour, minute=0):
    return datetime.combine(day, time(hour, minute), LONDON)


def why(pupil, stretch, *others, **more):
    found = why_not_work(pupil, stretch, others, is_school_day=TERMS.is_open, **more)
    return found and (found.why, found.limit)


@pytest.mark.parametrize(
    ("nation", "last"),
    [
        (Nation.ENGLAND, date(2026, 6, 26)),
        (Nation.WALES, date(2026, 6, 26)),
        (Nation.NORTHERN_IRELAND, date(2026, 6, 30)),
    ],
)
def test_on_the_day_after_leaving_school_other_hours_hold(nation, last):
    pupil = a_pupil(ages=(16, 17), nation=nation)

    assert leaving_day(last, nation) == last
    assert why(pupil, work(last, 19, 1)) == (WhyNot.EARLY_OR_LATE, (7, 19))
    assert why(pupil, work(last + timedelta(days=1), 19, 1)) is None


@pytest.mark.parametrize(
    ("stretch", "expected"),
    [
        (work(date(2026, 6, 4), 16, 2), None),
        (work(date(2026, 6, 4), 16, 3), (WhyNot.LONG_ON_SCHOOL_DAY, 2)),
        (work(date(2026, 6, 4), 15, 1), (WhyNot.IN_SCHOOL_HOURS, time(15, 30))),
        (work(date(2026, 6, 4), 7, 1), (WhyNot.BEFORE_SCHOOL, time(15, 30))),
        (work(date(2026, 6, 7), 10, 2), None),
        (work(date(2026, 6, 7), 10, 3), (WhyNot.LONG_ON_SUNDAY, 2)),
        (work(date(2026, 6, 6), 10, 4), None),
        (work(date(2026, 6, 6), 10, 5), (WhyNot.NO_BREAK, 4)),
        (work(date(2026, 6, 6), 6, 2), (WhyNot.EARLY_OR_LATE, (7, 19))),
        (work(date(2026, 6, 6), 18, 2), (WhyNot.EARLY_OR_LATE, (7, 19))),
    ],
)
def test_a_week_in_june_of_year_11(stretch, expected):
    assert why(a_pupil(), stretch) == expected


def test_what_else_they_do_counts():
    saturday = date(2026, 6, 6)
    morning, afternoon = work(saturday, 8, 4), work(saturday, 13, 4)

    assert why(a_pupil(), afternoon, morning) is None
    assert why(a_pupil(year=10), afternoon, morning) == (WhyNot.LONG_ON_FREE_DAY, 5)
    week = [work(saturday - timedelta(days=back), 16, 2) for back in range(1, 6)]
    assert why(a_pupil(), afternoon, *week) == (WhyNot.MUCH_IN_SCHOOL_WEEK, 12)


def test_a_school_arranges_it_in_the_last_two_years():
    in_school_hours = work(date(2026, 6, 4), 9, 6)

    assert why(a_pupil(year=11), in_school_hours, is_arranged_by_school=True) is None
    assert why(a_pupil(year=10), in_school_hours, is_arranged_by_school=True) is None
    assert why(a_pupil(year=9), in_school_hours, is_arranged_by_school=True) == (WhyNot.NOT_YET, 10)
    assert why(a_pupil(year=11), in_school_hours)[0] is WhyNot.IN_SCHOOL_HOURS


def test_a_year_later_one_is_a_year_on():
    pupil = a_pupil(year=10, ages=(16, 17))

    assert why(pupil, work(date(2026, 8, 31), 19, 1)) == (WhyNot.EARLY_OR_LATE, (7, 19))
    assert why(pupil, work(date(2026, 9, 1), 19, 1)) == (WhyNot.EARLY_OR_LATE, (7, 19))
    assert why(pupil, work(date(2027, 9, 1), 19, 1)) is None


def test_what_is_said_in_august_is_of_the_year_to_come():
    evening = work(date(2026, 9, 2), 19, 1)

    assert why(a_pupil(ages=(16, 17), said_on=date(2026, 8, 20)), evening) == (
        WhyNot.EARLY_OR_LATE,
        (7, 19),
    )
    assert why(a_pupil(ages=(16, 17), said_on=date(2026, 7, 31)), evening) is None


@pytest.mark.parametrize("year", [LEFT_SCHOOL, 12, 13])
@pytest.mark.parametrize("ages", [(11, 12), (13, 15)])
def test_saying_that_school_is_over_opens_nothing_to_somebody_too_young_for_that(ages, year):
    evening = work(date(2026, 10, 8), 20, 1)

    assert why(a_pupil(year=year, ages=ages, said_on=date(2026, 9, 1)), evening) == (
        WhyNot.DO_NOT_FIT,
        ages,
    )


def test_at_15_one_can_have_left_in_the_summer_before_the_birthday():
    pupil = a_pupil(year=LEFT_SCHOOL, said_on=date(2026, 6, 1))

    assert why(pupil, work(date(2026, 6, 26), 19, 1)) == (WhyNot.DO_NOT_FIT, (13, 15))
    assert why(pupil, work(date(2026, 6, 27), 19, 1)) is None
    assert why(pupil, work(date(2026, 9, 1), 19, 1)) == (WhyNot.DO_NOT_FIT, (13, 15))


def test_in_scotland_the_younger_half_of_a_year_leaves_at_christmas():
    in_s5 = a_pupil(year=12, ages=(16, 17), nation=Nation.SCOTLAND, said_on=date(2026, 9, 1))

    assert why(in_s5, work(date(2026, 12, 21), 19, 1)) == (WhyNot.EARLY_OR_LATE, (7, 19))
    assert why(in_s5, work(date(2026, 12, 22), 19, 1)) is None


def test_a_break_is_due_across_two_sittings():
    saturday = date(2026, 6, 6)
    morning = work(saturday, 8, 4)

    assert why(a_pupil(), work(saturday, 12, 1), morning) == (WhyNot.NO_BREAK, 4)
    assert why(a_pupil(), work(saturday, 13, 1), morning) is None


def test_in_northern_ireland_other_numbers_hold():
    pupil = a_pupil(nation=Nation.NORTHERN_IRELAND)
    friday, saturday = date(2026, 6, 5), date(2026, 6, 6)

    assert why(pupil, work(friday, 7, 1)) is None
    assert why(pupil, Stretch(_at(friday, 7, 30), _at(friday, 8, 30))) == (
        WhyNot.BEFORE_SCHOOL,
        time(15, 30),
    )
    assert why(pupil, work(saturday, 13, 3), work(saturday, 8, 4)) is None
    assert why(pupil, work(saturday, 13, 4), work(saturday, 8, 4)) == (WhyNot.LONG_ON_FREE_DAY, 7)


def test_the_act_of_2026_moves_the_evening_and_sunday_on_its_day(new_act_from):
    before, since = NEW_ACT_FROM - timedelta(days=1), NEW_ACT_FROM
    pupil = a_pupil(said_on=date(2026, 9, 1))
    is_in_force = new_act_from is not None

    assert why(pupil, work(before - timedelta(days=2), 18, 2)) == (WhyNot.EARLY_OR_LATE, (7, 19))
    assert why(pupil, work(since, 18, 2)) == (
        None if is_in_force else (WhyNot.EARLY_OR_LATE, (7, 19))
    )
    assert why(pupil, work(before, 10, 3)) == (WhyNot.LONG_ON_SUNDAY, 2)
    assert why(pupil, work(before + timedelta(days=7), 10, 3)) == (
        None if is_in_force else (WhyNot.LONG_ON_SUNDAY, 2)
    )


def test_the_year_keeps_two_weeks_free():
    saturdays = [date(2026, 1, 3) + timedelta(days=7 * number) for number in range(52)]
    free = {date(2026, 8, 1), date(2026, 8, 8)}
    others = [work(each, 9, 1) for each in saturdays if each not in free]

    assert why(a_pupil(year=10), work(date(2026, 3, 7), 13, 1), *others) is None
    assert why(a_pupil(year=10), work(date(2026, 8, 1), 9, 1), *others) == (
        WhyNot.NO_FREE_WEEKS,
        2,
    )


def test_what_a_school_arranges_is_no_longer_than_for_any_under_18():
    night = work(date(2026, 6, 4), 21, 2)

    assert why(a_pupil(), night, is_arranged_by_school=True) == (WhyNot.AT_NIGHT, (6, 22))


def test_law_that_is_not_in_force_changes_nothing():
    written = (BOOK.file).read_text()

    assert "ukpga/2026/21/section/28" in written
    assert all("2026/21" not in rule.source for rule in BOOK.rules)
    assert BOOK.on(date(2030, 1, 1), "work_hours", Nation.ENGLAND).from_day == date(2000, 6, 4)
