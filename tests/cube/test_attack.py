"""The bit-flip game: may someone who knows everybody else tell one thing about one learner?

A synthetic city is released in one of two worlds that differ by one learner's one bit, by a fair
coin: whether they came at all, or whether they have special educational needs. The attacker sees
every published number, knows where everyone lives, how old they are, who else came and what
everyone else told, and says which world it is. 0.5 is no better than the coin. Two attackers play:

* the fitter takes the world whose true counts lie nearer to the published ones, each number weighed
  by the chance in it, which is least squares over everything published;
* the judge weighs both worlds by how likely each makes every single cell, hidden ones included,
  which is the most that anybody can do (Neyman and Pearson).

A release that only hides small numbers must lose this game, or the attack is broken.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import exp, log, sqrt
from random import Random

import pytest

from accounts.models import YOUNG_BANDS, AgeBand
from app.terms import PeriodKind
from cube.disclosure import Policy, chance_of_telling, privacy_spent, publish
from cube.service import true_counts
from cube.tables import (
    ETHNICITIES,
    LATTICE,
    SENSITIVE,
    WISHES,
    Ground,
    Learners,
    Trait,
    privacy_of,
    published_in,
)
from geo.models import Area, City

GAMES = 3000
#: The most that anybody may be right, and the most that the luck of so many games may make of it.
BAR, UPPER_BAR = 0.60, 0.66
#: Three standard errors of a coin tossed that often.
MARGIN = 3 * sqrt(0.25 / GAMES)

AREAS = {
    f"E010000{n:02}": Area(
        lsoa_code=f"E010000{n:02}",
        name=f"Town {n}",
        ward_code=f"E0500000{n // 10}",
        ward_name=f"Ward {n // 10}",
    )
    for n in range(60)
}
GROUND = Ground(
    city=City(slug="town", name="Town"),
    areas=AREAS,
    deciles={code: 1 + n % 10 for n, code in enumerate(AREAS)},
    young_people=dict.fromkeys(AREAS, 200),
    young_people_aged={band: dict.fromkeys(AREAS, 50) for band in AgeBand},
    other_deciles={
        "iod2019": {code: 1 + n % 7 for n, code in enumerate(AREAS)},
        "iod2025-idaci": {code: 1 + n % 3 for n, code in enumerate(AREAS)},
        "custom": {code: 1 + n % 2 for n, code in enumerate(AREAS)},
    },
)
#: What a learner does who does everything: in as many cells as anybody can be.
BUSY = Trait(0)
for _trait in Trait:
    if _trait not in (*ETHNICITIES[1:], *WISHES.values()):
        BUSY |= _trait
#: The cell of a table, and the period it was published in.
Place = tuple[int, str, str]
Seen = dict[Place, int | None]


@dataclass(frozen=True)
class Game:
    """What is released, and the two worlds that a coin chooses between."""

    kinds: tuple[PeriodKind, ...]
    #: The target in the one world and in the other; `None` is not there at all.
    without: Callable[[str, AgeBand], Learners | None]
    having: Callable[[str, AgeBand], Learners]

    @property
    def tables(self):
        return [(n, table) for n, kind in enumerate(self.kinds) for table in published_in(kind)]

    def policy_of(self, number: int, table: str) -> Policy:
        kind = self.kinds[number]
        return next(each.policies[kind] for each in LATTICE if each.name == table)


def coming(*kinds: PeriodKind) -> Game:
    """The bit is whether a learner, who does everything, came at all."""
    return Game(kinds, lambda _h, _b: None, lambda home, band: Learners(home, band, 1, int(BUSY)))


def send(*kinds: PeriodKind) -> Game:
    """The bit is what a learner who came, and told, said of special educational needs."""
    told = int(Trait.CAME | Trait.TOLD_SEND)
    return Game(
        kinds,
        lambda home, band: Learners(home, band, 1, told),
        lambda home, band: Learners(home, band, 1, told | int(Trait.SEND)),
    )


def ethnicity(*kinds: PeriodKind) -> Game:
    told = int(Trait.CAME | Trait.TOLD_ETHNICITY)
    return Game(
        kinds,
        lambda home, band: Learners(home, band, 1, told | int(Trait.WHITE)),
        lambda home, band: Learners(home, band, 1, told | int(Trait.ASIAN)),
    )


@cache
def town(seed: int) -> tuple[Learners, ...]:
    """Some 3,000 learners by home and age, one in six with special educational needs."""
    chance = Random(seed)
    told = int(Trait.CAME | Trait.TOLD_SEND | Trait.TOLD_ETHNICITY)
    return tuple(
        Learners(code, band, chance.randrange(most), told | int(trait))
        for code in AREAS
        for band in YOUNG_BANDS
        for trait, most in ((Trait.WHITE, 18), (Trait.SEND | Trait.ASIAN, 5))
    )


@cache
def others(game: Game) -> Counter[Place]:
    counts: Counter[Place] = Counter()
    for number, table in game.tables:
        for cell, count in true_counts(table, town(number), GROUND).items():
            counts[number, table.name, cell] += count
    return counts


def moved(game: Game, target: Learners | None) -> Counter[Place]:
    """Return the cells that one learner is in."""
    counts: Counter[Place] = Counter()
    for number, table in game.tables if target else ():
        counts.update((number, table.name, cell) for cell in table.cells_of(target, GROUND))
    return counts


def hide_small(count, policy, _draw):
    """Suppress, and do nothing else: what most dashboards do."""
    return count if count >= policy.smallest_shown else None


def play(game: Game, publish, attacker) -> float:
    """Return how often the attacker is right."""
    chance, known = Random(20), others(game)
    right = 0
    for _game in range(GAMES):
        home, band = chance.choice(list(AREAS)), chance.choice(YOUNG_BANDS)
        here, there = moved(game, game.without(home, band)), moved(game, game.having(home, band))
        is_there = chance.random() < 0.5
        # The cells that differ between the worlds are all that anybody needs: the rest say nothing.
        differing = {place for place in here | there if here[place] != there[place]}
        worlds = [
            {place: known[place] + each[place] for place in differing} for each in (here, there)
        ]
        seen = {
            place: publish(
                worlds[is_there][place], game.policy_of(place[0], place[1]), chance.randrange
            )
            for place in sorted(differing)
        }
        right += attacker(game, seen, *worlds) == is_there
    return right / GAMES


def fitter(game: Game, seen: Seen, without, having) -> bool:
    def distance(world) -> float:
        whole = 0.0
        for place, shown in seen.items():
            policy = game.policy_of(place[0], place[1])
            off = (
                max(0, world[place] - policy.smallest_shown + 1)
                if shown is None
                else world[place] - shown
            )
            whole += off**2 / policy.variance
        return whole

    return distance(having) < distance(without)


@cache
def noise(size: int, variance: int) -> float:
    """Return how likely the chance is to be just so large."""
    return exp(-(size**2) / (2 * variance)) / _whole(variance)


@cache
def _whole(variance: int) -> float:
    return sum(exp(-(x**2) / (2 * variance)) for x in range(-200, 201))


@cache
def likelihood(count: int, shown: int | None, policy: Policy) -> float:
    if shown is not None:
        return noise(shown - count, policy.variance)
    lowest = count - 12 * round(policy.sigma)
    return sum(noise(n - count, policy.variance) for n in range(lowest, policy.smallest_shown))


def judge(game: Game, seen: Seen, without, having) -> bool:
    weight = 0.0
    for place, shown in seen.items():
        policy = game.policy_of(place[0], place[1])
        weight += log(likelihood(having[place], shown, policy) or 1e-300)
        weight -= log(likelihood(without[place], shown, policy) or 1e-300)
    return weight > 0


ATTACKERS = pytest.mark.parametrize("attacker", [fitter, judge], ids=["fitter", "judge"])
TERM, YEAR, MONTH = PeriodKind.TERM, PeriodKind.YEAR, PeriodKind.MONTH


@ATTACKERS
@pytest.mark.parametrize(
    "game",
    [
        pytest.param(send(YEAR), id="needs, in a year"),
        pytest.param(send(YEAR, YEAR), id="needs, in two years"),
        pytest.param(ethnicity(YEAR, YEAR), id="ethnicity, in two years"),
        pytest.param(send(MONTH, TERM, YEAR), id="needs, in all that one year publishes"),
    ],
)
def test_nobody_tells_what_a_learner_told(game, attacker):
    told = play(game, publish, attacker)

    assert told <= BAR
    assert told + MARGIN <= UPPER_BAR


@ATTACKERS
@pytest.mark.parametrize(
    "game",
    [pytest.param(coming(TERM), id="a term"), pytest.param(coming(TERM, TERM), id="two terms")],
)
def test_nobody_tells_who_came_much_better_than_a_coin(game, attacker):
    """A learner who does everything there is stands in as many cells as anybody can."""
    told = play(game, publish, attacker)

    assert told <= UPPER_BAR
    assert told <= chance_of_telling(privacy_of(TERM) * len(game.kinds)) + MARGIN


@pytest.mark.parametrize("game", [coming(TERM), send(YEAR), send(YEAR, YEAR), coming(TERM, TERM)])
def test_the_attack_would_win_against_hiding_small_numbers_alone(game):
    assert play(game, hide_small, fitter) >= 0.95
    assert play(game, hide_small, judge_of_bare_numbers) >= 0.95


def judge_of_bare_numbers(_game: Game, seen: Seen, without, having) -> bool:
    """Where numbers are bare, one that fits only one world decides."""
    return any(shown == having[place] for place, shown in seen.items() if shown is not None)


def test_less_noise_would_tell_more_and_the_judge_plays_near_the_bound():
    """The bound is no empty promise: the judge comes close to it where nothing is hidden."""
    game = coming(TERM)
    bold = Policy(variance=4, smallest_shown=5)

    def with_less_noise(count, _policy, draw):
        return publish(count, bold, draw)

    def bold_judge(game, seen, without, having):
        weight = sum(
            log(likelihood(having[place], shown, bold) or 1e-300)
            - log(likelihood(without[place], shown, bold) or 1e-300)
            for place, shown in seen.items()
        )
        return weight > 0

    told, told_boldly = play(game, publish, judge), play(game, with_less_noise, bold_judge)

    cells = len(moved(game, game.having("E01000003", AgeBand.FROM_13_TO_15)))
    assert told_boldly <= chance_of_telling(privacy_spent(cells, 4)) + MARGIN
    assert told_boldly > 0.7
    assert told < told_boldly
    assert abs(told - chance_of_telling(privacy_of(TERM))) < 2 * MARGIN


@pytest.mark.parametrize("kind", PeriodKind)
def test_a_learner_changes_as_many_cells_as_the_ledger_says(kind):
    """Whoever does everything is in exactly as many cells of each table as its declaration."""
    one = Learners("E01000003", AgeBand.FROM_13_TO_15, 1, int(BUSY))

    for table in published_in(kind):
        cells = list(table.cells_of(one, GROUND))
        assert len(cells) == len(set(cells)) == table.most_cells, table.name
        assert set(cells) <= {cell.cell for cell in table.cells(GROUND)}, table.name


def test_sensitive_answers_stand_in_no_other_table_and_only_in_the_year():
    plain = Learners("E01000003", AgeBand.FROM_13_TO_15, 1, int(Trait.CAME))
    told = Learners("E01000003", AgeBand.FROM_13_TO_15, 1, int(Trait.CAME | Trait.SEND))

    for table in LATTICE:
        differs = set(table.cells_of(plain, GROUND)) != set(table.cells_of(told, GROUND))
        assert differs == (table.name in SENSITIVE - {"told"}), table.name
        if table.name in SENSITIVE:
            assert set(table.policies) == {YEAR}
