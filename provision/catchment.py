"""How much there is within reach of each area: two-step floating catchments. Pure arithmetic.

The enhanced two-step method of Luo and Qi, "An enhanced two-step floating catchment area (E2SFCA)
method for measuring spatial accessibility" (2009). Step one shares what each place offers among the
young people within its reach, the near ones more than the far; step two adds up, for each area, the
shares of all places within its reach:

    R_j = S_j / sum over k of P_k W(d_kj)        A_i = sum over j of R_j W(d_ij)

All that is offered is shared out: what each area gets, times its people, adds up to it again.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

#: How much someone counts in the first, the second and the last third of the distance.
WEIGHTS = (1.0, 0.68, 0.22)
#: So many places are looked at at once: of a large city, each has thousands of areas within a drive.
_AT_A_TIME = 1_000


@dataclass(frozen=True)
class Reached:
    """What two steps say."""

    #: Of each place, for each young person, by how near they live.
    rates: NDArray[np.float64]
    #: Of each area, for each young person who lives there.
    access: NDArray[np.float64]


def reach(
    areas: ArrayLike, people: ArrayLike, places: ArrayLike, supply: ArrayLike, metres: float
) -> Reached:
    """Return what there is within reach of each area for each of its people.

    A place with nobody within reach is within reach of nobody: what it offers is left out.

    :param areas: east and north of each, in metres.
    :param people: how many live in each.
    :param places: east and north of each, in metres. Put together what is offered at one place:
        what this costs grows with the places.
    :param supply: what each place offers.
    :param metres: how far is within reach; a point at that very distance is.
    """
    people, supply = _numbers(people), _numbers(supply)
    spots, homes = _points(places), _points(areas)
    rates, access = np.zeros_like(supply), np.zeros_like(people)
    for first in range(0, len(spots), _AT_A_TIME):
        some = slice(first, first + _AT_A_TIME)
        place, area, weight = _pairs(spots[some], homes, metres)
        wanted = np.bincount(place, weights=weight * people[area], minlength=len(spots[some]))
        np.divide(supply[some], wanted, out=rates[some], where=wanted > 0)
        access += np.bincount(area, weights=weight * rates[some][place], minlength=len(people))
    return Reached(rates, access)


def _pairs(places: NDArray, areas: NDArray, metres: float) -> tuple[NDArray, NDArray, NDArray]:
    """Return each pair within reach: the place, the area, and how much it counts."""
    # Takes most of a second to load, and few pages need it.
    from scipy.spatial import KDTree

    if not len(places) or not len(areas):
        none = np.zeros(0, dtype=np.intp)
        return none, none, np.zeros(0)
    # As triplets: as a matrix, points at the same spot would be no pair.
    found = KDTree(places).sparse_distance_matrix(KDTree(areas), metres, output_type="ndarray")
    return found["i"], found["j"], weight_of(found["v"], metres)


def weight_of(distances: ArrayLike, metres: float) -> NDArray[np.float64]:
    """Return how much someone counts who lives so far away; nothing beyond `metres`."""
    edges = metres * np.arange(1, len(WEIGHTS) + 1) / len(WEIGHTS)
    return np.array((*WEIGHTS, 0.0))[np.searchsorted(edges, distances, side="left")]


def _points(spots: ArrayLike) -> NDArray[np.float64]:
    return np.asarray(spots, dtype=float).reshape(-1, 2)


def _numbers(values: ArrayLike) -> NDArray[np.float64]:
    return np.asarray(values, dtype=float)
