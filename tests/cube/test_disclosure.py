"""What may be said of a count."""

from collections import Counter
from math import exp, sqrt
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cube.disclosure import (
    Policy,
    chance_of_telling,
    gaussian_noise,
    privacy_spent,
    publish,
)


@given(
    count=st.integers(min_value=0, max_value=10_000),
    variance=st.integers(min_value=1, max_value=50),
    smallest_shown=st.integers(min_value=1, max_value=20),
    seed=st.integers(),
)
def test_a_shown_count_is_never_small_and_never_negative(count, variance, smallest_shown, seed):
    policy = Policy(variance=variance, smallest_shown=smallest_shown)

    shown = publish(count, policy, Random(seed).randrange)

    assert shown is None or shown >= smallest_shown


def test_one_to_four_are_never_shown():
    draw = Random(2).randrange
    shown = {
        publish(count, Policy(variance=9, smallest_shown=5), draw)
        for count in range(12)
        for _ in range(500)
    }

    assert shown & {0, 1, 2, 3, 4} == set()
    assert None in shown


@pytest.mark.parametrize("variance", [1, 4, 9])
def test_the_noise_has_the_shape_of_the_discrete_gaussian(variance):
    draws = 40_000
    draw = Random(7).randrange
    drawn = Counter(gaussian_noise(variance, draw) for _ in range(draws))

    weights = {x: exp(-(x**2) / (2 * variance)) for x in range(-60, 61)}
    whole = sum(weights.values())
    for x, weight in weights.items():
        expected = weight / whole
        # Five standard errors, and one draw for the far tails.
        margin = 5 * sqrt(expected * (1 - expected) / draws) + 1 / draws
        assert abs(drawn[x] / draws - expected) <= margin, x


def test_the_noise_is_fresh_each_time_unless_a_test_says_otherwise():
    drawn = [gaussian_noise(4) for _ in range(200)]

    assert len(set(drawn)) > 3
    assert abs(sum(drawn) / 200) < 1


def test_the_budget_of_five_cells_at_sigma_two():
    assert privacy_spent(5, 4) == 0.625
    assert round(chance_of_telling(0.625), 3) == 0.712
    assert chance_of_telling(0) == 0.5
