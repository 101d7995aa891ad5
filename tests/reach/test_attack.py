"""The bit-flip game: may someone who knows everybody else tell whether one learner came?

A synthetic city is released once with the target among those who came and once without, by a
fair coin. The attacker sees every published number, knows where everyone lives and who else came,
and says which. 0.5 is no better than the coin. Two attackers play:

* the fitter takes the world whose true counts lie nearer to the published ones;
* the judge weighs both worlds by how likely each makes every single cell, hidden ones included,
  which is the most that anybody can do (Neyman and Pearson).

A release that only hides small numbers must lose this game, or the attack is broken.
"""

from collections import Counter
from functools import cache
from math import exp, log, sqrt
from random import Random

import pytest

from accounts.models import AgeBand
from geo.models import Area, City
from reach.disclosure import NON_SENSITIVE, Policy, chance_of_telling, publish
from reach.tables import CELLS_PER_LEARNER, LATTICE, Ground, Learners

GAMES = 1500
#: Three standard errors of a coin tossed that often.
MARGIN = 3 * sqrt(0.25 / GAMES)

AREAS = {
    f"E010000{n:02}": Area(
        lsoa_code=f"E010000{n:02}",
        name=f"Town {n}",
        ward_code=f"E0500000{n // 6}",
        ward_name=f"Ward {n // 6}",
    )
    for n in range(24)
}
GROUND = Ground(
    city=City(slug="town", name="Town"),
    areas=AREAS,
    deciles={code: 1 + n % 10 for n, code in enumerate(AREAS)},
    young_people=dict.fromkeys(AREAS, 200),
    young_people_by_age=dict.fromkeys(AgeBand, 1200),
)


def counts_of(people) -> Counter:
    """Return the true count of each cell of the declared tables."""
    counts: Counter = Counter()
    for learners in people:
        for table in LATTICE:
            counts[table.name, table.cell_of(learners, GROUND)] += learners.count
    return counts


def town(chance) -> list[Learners]:
    """Return learners by home and age: few from the most deprived areas, more from the others."""
    return [
        Learners(code, band, chance.randrange(1 + GROUND.deciles[code]))
        for code in AREAS
        for band in AgeBand
    ]


def hide_small(count, policy, _draw):
    """Suppress, and do nothing else: what most dashboards do."""
    return count if count >= policy.smallest_shown else None


def play(publish, guess) -> float:
    """Return how often the attacker is right."""
    chance = Random(20)
    others = counts_of(town(chance))
    right = 0
    for _game in range(GAMES):
        target = Learners(chance.choice(list(AREAS)), chance.choice(list(AgeBand)), 1)
        with_target = others + counts_of([target])
        came = chance.random() < 0.5
        truth = with_target if came else others
        # The cells that the target can change are all the attacker needs: the rest say nothing new.
        seen = {
            cell: publish(truth[cell], NON_SENSITIVE, chance.randrange)
            for cell in counts_of([target])
        }
        right += guess(seen, others, with_target) == came
    return right / GAMES


def fitter(seen, without, with_target) -> bool:
    def distance(world):
        return sum(
            (world[cell] - shown) ** 2 if shown is not None else max(0, world[cell] - 4) ** 2
            for cell, shown in seen.items()
        )

    return distance(with_target) < distance(without)


def judge_of(policy: Policy):
    @cache
    def noise(size: int) -> float:
        whole = sum(exp(-(x**2) / (2 * policy.variance)) for x in range(-60, 61))
        return exp(-(size**2) / (2 * policy.variance)) / whole

    @cache
    def likelihood(count: int, shown: int | None) -> float:
        if shown is not None:
            return noise(shown - count)
        return sum(noise(value - count) for value in range(-60 + count, policy.smallest_shown))

    def judge(seen, without, with_target) -> bool:
        return (
            sum(
                log(likelihood(with_target[cell], shown)) - log(likelihood(without[cell], shown))
                for cell, shown in seen.items()
            )
            > 0
        )

    return judge


@pytest.mark.parametrize("attacker", [fitter, judge_of(NON_SENSITIVE)], ids=["fitter", "judge"])
def test_nobody_does_better_than_the_policy_promises(attacker):
    told = play(publish, attacker)

    assert told <= chance_of_telling(CELLS_PER_LEARNER, NON_SENSITIVE.sigma) + MARGIN


def test_the_attack_would_win_against_hiding_small_numbers_alone():
    assert play(hide_small, fitter) >= 0.95


def test_less_noise_would_tell_more_and_the_judge_plays_near_the_bound():
    """The bound is no empty promise: the judge comes close to it where nothing is hidden."""
    bold = Policy(variance=4, smallest_shown=5)

    def with_less_noise(count, _policy, draw):
        return publish(count, bold, draw)

    told, told_boldly = (
        play(publish, judge_of(NON_SENSITIVE)),
        play(with_less_noise, judge_of(bold)),
    )
    assert told_boldly <= chance_of_telling(CELLS_PER_LEARNER, bold.sigma) + MARGIN
    assert told < told_boldly
    assert told_boldly > 0.6


def test_a_learner_changes_as_many_cells_as_the_ledger_says():
    one = Learners("E01000003", AgeBand.FROM_13_TO_15, 1)

    assert len(counts_of([one])) == CELLS_PER_LEARNER == 5
    assert set(counts_of([one]).values()) == {1}
