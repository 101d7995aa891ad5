"""What may be said of a count: noise drawn once, small numbers hidden, and what that spends.

Pure: knows counts and chance, and neither learners nor tables. The noise is the discrete Gaussian
of Canonne, Kamath and Steinke, "The Discrete Gaussian for Differential Privacy" (2020), drawn by
their exact sampler (algorithms 1 to 3), which uses whole numbers only. Rounding a floating-point
normal instead would leave traces of the true count in the last digits and in the tails.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from math import erf, isqrt, sqrt

#: Returns a whole number from 0 up to, but not including, its argument, each equally likely.
Draw = Callable[[int], int]


@dataclass(frozen=True)
class Policy:
    """How every number of a release is made safe."""

    #: Variance of the noise: a whole number, so that the sampler stays exact.
    variance: int
    #: Noisy counts below this are hidden.
    smallest_shown: int

    @property
    def sigma(self) -> float:
        return sqrt(self.variance)


def publish(count: int, policy: Policy, draw: Draw = secrets.randbelow) -> int | None:
    """Return what may be shown of `count`: it with noise, or `None` for too few to show.

    Call it once for each cell and keep the answer: noise drawn again can be averaged away.

    :param draw: another source of chance, for tests alone.
    """
    noisy = max(count + gaussian_noise(policy.variance, draw), 0)
    return noisy if noisy >= policy.smallest_shown else None


def privacy_spent(cells_per_learner: int, variance: int) -> float:
    """Return what a table spends of the privacy budget, as rho of zero-concentrated DP.

    One learner, there or not, changes `cells_per_learner` counts by one each. What several tables
    and releases spend adds up.
    """
    return cells_per_learner / (2 * variance)


def chance_of_telling(rho: float) -> float:
    """Return how often the best attacker is right about one learner; 0.5 is no better than a coin.

    The attacker knows everyone else, and sees the noisy counts before any are hidden.
    """
    return (1 + erf(sqrt(rho) / 2)) / 2


def gaussian_noise(variance: int, draw: Draw = secrets.randbelow) -> int:
    """Return a draw of the discrete Gaussian around 0 (algorithm 3 of the paper above)."""
    scale = isqrt(variance) + 1
    while True:
        noise = _laplace(scale, draw)
        # exp(-(|noise| - variance / scale)^2 / (2 * variance)), as a fraction of whole numbers.
        distance = abs(noise) * scale - variance
        if _happens_exp(distance**2, 2 * variance * scale**2, draw):
            return noise


def _laplace(scale: int, draw: Draw) -> int:
    """Return a draw of the discrete Laplace around 0 (algorithm 2)."""
    while True:
        rest = draw(scale)
        if not _happens_exp(rest, scale, draw):
            continue
        whole = 0
        while _happens_exp(1, 1, draw):
            whole += 1
        size, is_negative = rest + scale * whole, draw(2) == 1
        if size or not is_negative:  # otherwise zero would come twice as often
            return -size if is_negative else size


def _happens_exp(over: int, under: int, draw: Draw) -> bool:
    """Say yes with probability exp(-over / under) (algorithm 1)."""
    while over > under:
        if not _happens_exp_to_one(1, 1, draw):
            return False
        over -= under
    return _happens_exp_to_one(over, under, draw)


def _happens_exp_to_one(over: int, under: int, draw: Draw) -> bool:
    turn = 1
    while draw(under * turn) < over:
        turn += 1
    return turn % 2 == 1
