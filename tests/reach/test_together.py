"""Several cities as one: sums of released cells, worked out by hand."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from app.terms import PeriodKind
from cube.cells import Cell
from cube.queries import Released
from reach.together import Member, Together


def cell(code, learners, young_people, decile=None, variance=25):
    return Cell(code, code, learners, young_people, decile, variance, 5)


def member(name, total, deciles, **given):
    term = Released(
        **{"release_id": 1, "uuid": UUID(int=1), "period": "2026-summer", "kind": PeriodKind.TERM},
        **{"version": 1, "reason": "", "areas_digest": name, "rho": 0.1, "signature": ""},
        **{"starts_on": date(2026, 4, 1), "ends_on": date(2026, 8, 1)},
        **{"edition": "iod2025", "population": "census2021"},
        released_at=datetime(2026, 9, 1, tzinfo=UTC),
        tables={"city": (cell("all", *total, variance=64),), "decile": tuple(deciles)},
    )
    return Member(name, name, replace(term, **given), is_open=True)


YORK = member("York", (90, 1500), [cell("1", 30, 500, 1), cell("9", 60, 1000, 9)])
LEEDS = member("Leeds", (250, 5000), [cell("1", 50, 3000, 1), cell("2", 40, 1000, 2)])
HULL = Member("Hull", "Hull", None, is_open=True)


def test_the_sum_is_of_those_that_released_and_its_chance_adds_up():
    north = Together("North", [YORK, LEEDS, HULL])

    # 90 + 250 of 1,500 + 5,000; the variances 64 + 64.
    assert (north.all.learners, north.all.young_people) == (340, 6500)
    assert north.all.sigma == pytest.approx(128**0.5)
    assert [each.name for each in north.missing] == ["Hull"]
    # Decile 1: 30 + 50 of 500 + 3,000. The others are of one city each.
    assert [(each.decile, each.learners, each.young_people) for each in north.deciles] == [
        (1, 80, 3500),
        (2, 40, 1000),
        (9, 60, 1000),
    ]
    # Most deprived fifth: 80 + 40 of 3,500 + 1,000 is 26.67 in 1,000; least: 60 of 1,000 is 60.
    assert [fifth.total.learners for fifth in north.fifths] == [120, 60]
    assert north.gap.ratio == round((120 / 4500) / (60 / 1000), 2) == 0.44


def test_a_sum_is_hidden_where_a_part_of_it_is():
    hidden = member("Hull", (None, 900), [cell("2", None, 900, 2)])

    north = Together("North", [YORK, LEEDS, hidden])

    assert (north.all.learners, north.all.rate) == (None, None)
    assert [each.learners for each in north.deciles] == [80, None, 60]
    assert (north.gap.ratio, north.fifths[0].total.is_hidden) == (None, True)


@pytest.mark.parametrize("given", [{"edition": "iod2019"}, {"population": "mye2020"}])
def test_cities_that_were_counted_on_other_ground_do_not_add_up_by_decile(given):
    other = replace(LEEDS, term=replace(LEEDS.term, **given))

    assert Together("North", [YORK, LEEDS]).is_on_one_ground
    assert not Together("North", [YORK, other]).is_on_one_ground
