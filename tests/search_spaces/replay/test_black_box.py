"""The scale of worth against enumeration; the noise of trials."""

from itertools import combinations

import numpy as np
import pytest

from search_spaces.languages import Language
from search_spaces.objectives.base import Floats, Objective
from search_spaces.replay.black_box import NoisyFunction, SeededFunction
from search_spaces.subset_space import SubsetSpace

POOL = tuple(Language(tag) for tag in ("amh_Ethi", "ben_Beng", "deu_Latn", "fin_Latn", "swh_Latn"))


class Sum(Objective):
    """Member i is worth i squared."""

    def values(self, sets_BK: np.ndarray) -> Floats:
        return (sets_BK.astype(float) ** 2).sum(axis=1)


def box(noise: float = 0.5) -> NoisyFunction:
    return NoisyFunction(SubsetSpace(pool=POOL, min_size=2, max_size=2), Sum(5), noise)


def test_worth_runs_from_the_average_of_all_sets_to_the_best() -> None:
    values = [a * a + b * b for a, b in combinations(range(5), 2)]
    assert box().best == 3**2 + 4**2 == max(values)
    assert box().average == pytest.approx(np.mean(values), abs=0.35)  # random sets with repetitions, sd 7 / sqrt(4000)
    middle = (5.0 - box().average) / (25.0 - box().average)
    assert box().worth([POOL[1], POOL[2]]) == pytest.approx(middle)
    assert box().worth([POOL[4], POOL[3]]) == pytest.approx(1.0)


def test_noise_has_the_share_of_the_spread_and_is_the_same_for_whoever_asks() -> None:
    function = box()
    drawn = np.array([function.trial((0, 1), seed).score for seed in range(400)])
    assert drawn.mean() == pytest.approx(1.0, abs=0.5)
    assert drawn.std() == pytest.approx(0.5 * function.spread, rel=0.1)
    assert function.trial((0, 1), 3) == box().trial((0, 1), 3) != function.trial((0, 1), 4)


SEEDS = tuple(range(60))


def seeded(noise: float = 0.5) -> SeededFunction:
    space = SubsetSpace(pool=POOL, min_size=2, max_size=2)
    return SeededFunction(space, Sum(5), noise, by_language=0.4, offset=2.0, training_seeds=SEEDS, seed=7)


def test_the_noise_of_seeds_has_its_parts() -> None:
    """Over all sets and many seeds: an offset, a sum over languages, a rest; the worth knows none of them."""
    function = seeded()
    sets = list(combinations(range(5), 2))
    scores = np.array([[function.trial(members, 3, one).score for members in sets] for one in SEEDS])
    luck = (scores - function.values(np.array(sets))) / (0.5 * function.spread)
    assert luck.mean(axis=1).std() == pytest.approx(2.0, rel=0.25)
    within = luck - luck.mean(axis=1, keepdims=True)
    rows = np.array([[float(i in members) for i in range(5)] for members in sets])
    by_language = within @ rows @ np.linalg.pinv(rows)
    assert (within**2).mean() == pytest.approx(1.0, rel=0.15)
    # the rest is noise of each set: of its 9 degrees of freedom 4 look like languages' effects
    assert (by_language**2).mean() == pytest.approx(0.4 + 0.6 * 4 / 9, rel=0.2)
    assert function.best == box().best and function.trial((0, 1), 3, 5) == seeded().trial((0, 1), 3, 5)
