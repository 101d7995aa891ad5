"""No small number can be worked out from what an organisation's page shows: all small worlds are tried."""

from collections import Counter, defaultdict
from datetime import date
from itertools import chain, combinations, combinations_with_replacement
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import AgeBand
from participation import own_numbers as rules
from participation.own_numbers import Activity, Figure, Offered, Sitting, Span, own_numbers
from participation.small_numbers import (
    Hidden,
    Limit,
    adds_up,
    at_most,
    covers,
    what_readers_can_tell,
    withhold,
)

CLAY, GLAZE = Activity("Clay", UUID(int=1)), Activity("Glaze", UUID(int=2))
JANUARY, APRIL, MAY, LAST_JULY = (
    *(date(2026, 1, 1), date(2026, 4, 1), date(2026, 5, 1)),
    date(2025, 7, 1),
)
THIS_TERM = {APRIL, MAY}
#: Each session: its activity, its month and how many have booked it.
WORLDS = [
    pytest.param([(CLAY, APRIL, 5)], 5, id="one session"),
    pytest.param([(CLAY, JANUARY, 4), (CLAY, APRIL, 4)], 5, id="two terms"),
    pytest.param([(CLAY, APRIL, 4), (GLAZE, APRIL, 4)], 5, id="two activities"),
    pytest.param([(CLAY, LAST_JULY, 4), (GLAZE, APRIL, 4)], 5, id="another school year"),
    pytest.param(
        [(CLAY, APRIL, 3), (GLAZE, APRIL, 2), (GLAZE, APRIL, 2)], 4, id="three in a month"
    ),
    pytest.param([(CLAY, JANUARY, 3), (GLAZE, APRIL, 3), (CLAY, MAY, 2)], 4, id="three months"),
    pytest.param([(CLAY, JANUARY, 3), (GLAZE, APRIL, 3), (CLAY, APRIL, 3)], 4, id="crossed"),
]
#: For small worlds, a smaller number than for people.
SMALLEST = 3


@pytest.fixture
def two_ages(monkeypatch):
    """Only two ages, so that all worlds can be tried."""
    ages = (AgeBand.FROM_11_TO_12, AgeBand.FROM_13_TO_15)
    monkeypatch.setattr(rules, "AgeBand", ages)
    return ages


@pytest.mark.parametrize(("sessions", "most_people"), WORLDS)
def test_in_no_small_world_does_the_page_say_a_number_that_it_hides(
    two_ages, sessions, most_people
):
    """For each page there can be, collect all worlds that it fits: they must differ where it hides."""
    told = [
        (counts, _page(sessions, counts)) for counts in _all_counts(sessions, most_people, two_ages)
    ]
    pages = {tuple(page.items()) for _counts, page in told}
    given_away = [
        (dict(page), name)
        for page in pages
        for name, shown in page
        if isinstance(shown, Hidden)
        and _is_given_away(name, [counts for counts, _page in told if _fits(page, counts)])
    ]

    assert any(isinstance(shown, Hidden) for page in pages for _name, shown in page)
    assert given_away == []


def test_a_page_that_only_hides_what_is_small_would_be_seen_through(two_ages, monkeypatch):
    """The trial above can fail: with nothing hidden but small numbers, it does."""
    monkeypatch.setattr(rules, "withhold", _hide_the_small_alone)
    sessions = [(CLAY, APRIL, 4), (GLAZE, APRIL, 4)]

    with pytest.raises(AssertionError):
        test_in_no_small_world_does_the_page_say_a_number_that_it_hides(two_ages, sessions, 5)


many_visits = st.lists(st.frozensets(st.integers(0, 11), min_size=1), min_size=0, max_size=40)


@settings(max_examples=150)
@given(
    visits=many_visits,
    absent=st.lists(st.integers(0, 3), min_size=12, max_size=12),
    ages=st.lists(st.sampled_from(AgeBand), min_size=40, max_size=40),
)
def test_of_a_larger_page_each_hidden_number_leaves_a_choice_and_each_shown_one_is_true(
    visits, absent, ages
):
    plan = [
        (activity, month)
        for activity in (CLAY, GLAZE)
        for month in (JANUARY, APRIL, MAY)
        for _twice in range(2)
    ]
    came = [sum(session in visit for visit in visits) for session in range(12)]
    sessions = [
        (*place, present + away) for place, present, away in zip(plan, came, absent, strict=True)
    ]
    counts = _counts(sessions, list(zip(visits, ages, strict=False)), AgeBand)
    scopes = rules._Scopes(_sittings(sessions))
    limits = list(rules._limits(scopes, counts))
    page = _page(sessions, counts, smallest=5)

    assert [name for name, shown in page.items() if not _is_true(shown, counts[name])] == []
    assert [limit for limit in limits if not _holds(limit, counts)] == []
    free = what_readers_can_tell(dict.fromkeys(counts, Hidden.UNTOLD), limits, 5)
    told = what_readers_can_tell(page, limits, 5)
    assert [
        name
        for name, shown in page.items()
        if isinstance(shown, Hidden) and counts[name] < 5
        if _choice(told[name]) < min(3, _choice(free[name]))
    ] == []


def test_a_lone_small_part_takes_the_next_smallest_along():
    numbers = {"all": 30, "a": 3, "b": 9, "c": 18}
    limits = adds_up("all", ["a", "b", "c"])

    shown = withhold(numbers, limits, lambda _name: [(Hidden.NOT_SHOWN, [x]) for x in "bc"])

    assert shown == {"all": 30, "a": Hidden.TOO_FEW, "b": Hidden.NOT_SHOWN, "c": 18}


def test_large_numbers_are_all_shown():
    numbers = {"all": 30, "a": 12, "b": 18}

    assert withhold(numbers, adds_up("all", ["a", "b"]), lambda _name: []) == numbers


def test_what_nobody_booked_is_no_secret():
    booked_nothing = Limit({"came": 1}, 0)

    shown = withhold({"came": 0, "people": 0}, [booked_nothing, at_most("people", "came")], _none)

    assert shown == {"came": 0, "people": 0}


def test_where_hiding_others_does_not_help_nothing_at_all_is_said():
    numbers = {"all": 5, "a": 5, "b": 0}

    shown = withhold(numbers, covers("all", ["a", "b"]) + adds_up("all", ["a", "b"]), _none)

    assert shown == dict.fromkeys(numbers, Hidden.UNTOLD)


def _none(_name):
    return []


def _hide_the_small_alone(numbers, limits, _ladder, *, smallest_shown, **_given):
    free = what_readers_can_tell(dict.fromkeys(numbers, Hidden.UNTOLD), limits, smallest_shown)
    return {
        name: Hidden.TOO_FEW if number < smallest_shown and _choice(free[name]) > 1 else number
        for name, number in numbers.items()
    }


def _all_counts(sessions, most_people, ages):
    """Yield the numbers of every world in which no more came than had booked."""
    places = range(len(sessions))
    some = chain.from_iterable(combinations(places, size) for size in range(1, len(sessions) + 1))
    kinds = [(frozenset(visits), age) for visits in some for age in ages]
    for size in range(most_people + 1):
        for people in combinations_with_replacement(kinds, size):
            came = Counter(chain.from_iterable(visits for visits, _age in people))
            if all(came[place] <= sessions[place][2] for place in places):
                yield _counts(sessions, people, ages)


def _counts(sessions, people, ages):
    counts = defaultdict(int)
    for scope, places in _places_of(sessions).items():
        times = [len(visits & places) for visits, _age in people]
        counts[Figure.CAME, scope] = sum(times)
        counts[Figure.PEOPLE, scope] = sum(each > 0 for each in times)
        if scope in tuple(Span):
            counts[Figure.BACK, scope] = sum(each > 1 for each in times)
            counts[Figure.BADGES, scope] = 0
    year = _places_of(sessions)[Span.YEAR]
    for age in ages:
        counts[Figure.PEOPLE, age] = sum(
            band is age and bool(visits & year) for visits, band in people
        )
    return counts


def _places_of(sessions):
    """Return which sessions each row of the page is of."""
    found = {
        span: {place for place, each in enumerate(sessions) if span in _spans(each[1])}
        for span in Span
    }
    for place in found[Span.YEAR]:
        for scope in sessions[place][:2]:
            found.setdefault(scope, set()).add(place)
    return found


def _spans(month):
    if month == LAST_JULY:
        return {Span.LAST_TERM}
    return {Span.YEAR, Span.TERM if month in THIS_TERM else Span.LAST_TERM}


def _sittings(sessions):
    sittings = {span: {} for span in Span}
    for activity, month, booked in sessions:
        for span in _spans(month):
            held = sittings[span].get((activity, month), Offered())
            sittings[span][activity, month] = held + Offered(1, 20, booked)
    return {
        span: [Sitting(*place, offered) for place, offered in of_span.items()]
        for span, of_span in sittings.items()
    }


def _page(sessions, counts, smallest=SMALLEST):
    """Return what the page shows of each number about young people."""
    numbers = own_numbers(_sittings(sessions), counts, smallest_shown=smallest)
    lines = (*numbers.spans.values(), *numbers.activities, *numbers.months)
    shown = {(figure, line.scope): value for line in lines for figure, value in line.shown.items()}
    ages = {(Figure.PEOPLE, age): value for age, value in numbers.ages.items()}
    # There are no badges in these worlds: to look for one would be to look for nothing.
    return {name: value for name, value in (shown | ages).items() if name[0] != Figure.BADGES}


def _fits(page, counts):
    return all(_is_true(shown, counts[name], SMALLEST) for name, shown in page)


def _is_true(shown, number, smallest=5):
    if shown is Hidden.TOO_FEW:
        return number < smallest
    if shown is Hidden.NOT_SHOWN:
        return number >= smallest
    return shown is Hidden.UNTOLD or shown == number


def _is_given_away(name, worlds):
    values = {counts[name] for counts in worlds}
    return len(values) == 1 and min(values) < SMALLEST


def _holds(limit, counts):
    if any(name not in counts for name in limit.factors):
        return True  # about a corner of two tables, which is on no page
    return sum(factor * counts[name] for name, factor in limit.factors.items()) <= limit.most


def _choice(bounds):
    return bounds[1] - bounds[0] + 1
