"""Two-step catchments: what is kept, what may only grow, and a plain working-out beside it."""

import tracemalloc
from math import hypot, isclose

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from provision.catchment import WEIGHTS, reach

METRES = 3_000
#: A town of ten kilometres, in steps of a hundred metres: many spots coincide.
_steps = st.integers(0, 100).map(lambda step: step * 100.0)
_spots = st.tuples(_steps, _steps)
_areas = st.lists(st.tuples(_spots, st.integers(0, 400)), min_size=1, max_size=25)
_places = st.lists(st.tuples(_spots, st.floats(0, 500)), max_size=25)


def _reached(areas, places, metres=METRES):
    return reach(
        areas=[spot for spot, _people in areas],
        people=[people for _spot, people in areas],
        places=[spot for spot, _supply in places],
        supply=[supply for _spot, supply in places],
        metres=metres,
    )


def _weight(one, other):
    """The weights as the method's authors draw them: steps, each closed at its far end."""
    away = hypot(one[0] - other[0], one[1] - other[1])
    if away <= METRES * 1 / 3:
        return WEIGHTS[0]
    if away <= METRES * 2 / 3:
        return WEIGHTS[1]
    return WEIGHTS[2] if away <= METRES else 0.0


def _plainly(areas, places):
    """The same by the formula, each area with each place."""
    access = [0.0] * len(areas)
    for at, supply in places:
        wanted = sum(people * _weight(spot, at) for spot, people in areas)
        for number, (spot, _people) in enumerate(areas):
            access[number] += supply / wanted * _weight(spot, at) if wanted else 0.0
    return access


@given(_areas, _places)
def test_all_that_is_offered_to_somebody_is_shared_out_and_no_more(areas, places):
    shared_out = sum(
        people * access
        for (_spot, people), access in zip(areas, _reached(areas, places).access, strict=True)
    )

    offered = sum(
        supply
        for at, supply in places
        if any(people and _weight(spot, at) for spot, people in areas)
    )
    assert isclose(shared_out, offered, rel_tol=1e-9, abs_tol=1e-9)


@given(_areas, _places)
def test_it_is_what_the_formula_says(areas, places):
    assert _reached(areas, places).access == pytest.approx(
        _plainly(areas, places), rel=1e-12, abs=1e-12
    )


@given(_areas, _places, st.tuples(_spots, st.floats(0.01, 500)))
def test_more_never_lowers_what_anybody_has(areas, places, added):
    before, after = _reached(areas, places).access, _reached(areas, [*places, added]).access

    assert (after >= before - 1e-12).all()
    near = [_weight(spot, added[0]) > 0 for spot, _people in areas]
    if not any(people for (_spot, people), is_near in zip(areas, near, strict=True) if is_near):
        return  # nobody is there to have more
    assert (after > before)[near].all()


@given(_areas, _places)
def test_two_places_at_one_spot_are_one_place(areas, places):
    together = {}
    for at, supply in places:
        together[at] = together.get(at, 0.0) + supply

    assert _reached(areas, places).access == pytest.approx(
        _reached(areas, list(together.items())).access, rel=1e-12, abs=1e-12
    )


def test_a_sum_that_can_be_done_by_hand():
    areas = [((0.0, 0.0), 100), ((1_500.0, 0.0), 50), ((2_900.0, 0.0), 200), ((9_000.0, 0.0), 70)]
    places = [((0.0, 0.0), 60.0)]

    found = _reached(areas, places)

    # 60 / (100 x 1 + 50 x 0.68 + 200 x 0.22) = 60 / 178
    assert found.rates == pytest.approx([60 / 178])
    assert found.access == pytest.approx([60 / 178, 60 / 178 * 0.68, 60 / 178 * 0.22, 0])


def test_the_edge_of_a_third_belongs_to_the_nearer_one():
    edges = [(1_000.0, 0.0), (2_000.0, 0.0), (3_000.0, 0.0), (3_001.0, 0.0)]
    for edge, weight in zip(edges, (*WEIGHTS, 0.0), strict=True):
        found = _reached([((0.0, 0.0), 10), (edge, 0)], [((0.0, 0.0), 10.0)])
        assert found.access[1] == pytest.approx(weight)


def test_what_nobody_lives_near_is_within_reach_of_nobody():
    found = _reached([((0.0, 0.0), 0), ((9_000.0, 0.0), 10)], [((0.0, 0.0), 10.0)])

    assert (found.rates.tolist(), found.access.tolist()) == ([0.0], [0.0, 0.0])


def test_where_there_is_nothing_there_is_none():
    assert _reached([((0.0, 0.0), 10)], []).access.tolist() == [0.0]
    assert len(reach(areas=[], people=[], places=[(0, 0)], supply=[1], metres=9).access) == 0
    assert np.isfinite(_reached([((0.0, 0.0), 0)], [((0.0, 0.0), 0.0)]).access).all()


def test_a_large_city_by_car_fits_beside_the_other_pages_of_a_worker():
    chance = np.random.default_rng(1)
    areas, places = chance.uniform(0, 45_000, (2_000, 2)), chance.uniform(0, 45_000, (4_000, 2))
    people, supply = np.full(2_000, 200.0), np.full(4_000, 20.0)
    reach(areas, people, places[:1], supply[:1], 20_000)  # loads what it needs

    tracemalloc.start()
    reached = reach(areas, people, places, supply, 20_000)
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < 45_000_000
    # However it is cut, all that is offered is shared out.
    assert sum(reached.access * people) == pytest.approx(sum(supply))
