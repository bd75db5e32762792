"""Made-up set functions over the 65 languages whose noise is calibrated to the published scores.

coverage   each chosen language helps those that are like it, ever less: sum over languages of 1 - exp(-help). Who is
           like whom is hidden: 75 % a mix of half of URIEL's features, geography and family, 25 % chance.
hidden     the same, where nothing of it is typological.
pairs      a value a language, and a tenth of all pairs worth more or less together.
mean       the mean of a value a language.
mean-pairs the same, and the mean over its pairs of what a tenth of all pairs are worth beyond that, which is as much.

With `training_seeds` their noise belongs in part to the seed of a training.
"""

from typing import Literal

import numpy as np

from search_spaces.distances.sources import load_distances
from search_spaces.distances.uriel import load_uriel
from search_spaces.inventory import REALIGNMENT_LANGUAGES
from search_spaces.objectives.base import Floats, Objective
from search_spaces.replay.black_box import NoisyFunction, SeededFunction
from search_spaces.subset_space import SubsetSpace

Kind = Literal["coverage", "hidden", "pairs", "mean", "mean-pairs"]
KINDS: tuple[Kind, ...] = ("coverage", "pairs", "hidden", "mean", "mean-pairs")
"""In the order of their seeds."""

POOL = tuple(sorted(REALIGNMENT_LANGUAGES))
N = len(POOL)
N_HIDDEN = 8
TYPOLOGICAL = 0.75
WIDTH = 0.03
"""Languages count as alike up to about this quantile of squared distances."""

PAIRS, PAIRS_OF_MEAN = 0.1, 4.0
BY_LANGUAGE, SEED_OFFSET = 0.45, 1.0
"""How much of the noise's variance is what a training seed adds to each language, and what it adds to all sets over the
noise's standard deviation: as in trainings on the synthetic world (docs/search-quality.md)."""


class Coverage(Objective):
    """Mean over the languages of 1 - exp(-the sum of what the chosen ones help)."""

    def __init__(self, help_NN: Floats) -> None:
        super().__init__(len(help_NN))
        self.help_NN = help_NN

    def values(self, sets_BK: np.ndarray) -> Floats:
        total = np.zeros((len(sets_BK), self.n))
        for position in range(sets_BK.shape[1]):
            total += self.help_NN[sets_BK[:, position]]
        covered: Floats = (1 - np.exp(-total)).mean(axis=1)
        return covered


class Pairs(Objective):
    """The members' values and what their pairs are worth beyond that."""

    def __init__(self, values_N: Floats, pairs_NN: Floats) -> None:
        super().__init__(len(values_N))
        self.values_N, self.pairs_NN = values_N, pairs_NN

    def values(self, sets_BK: np.ndarray) -> Floats:
        total: Floats = self.values_N[sets_BK].sum(axis=1)
        for a in range(sets_BK.shape[1]):
            for b in range(a):
                total = total + self.pairs_NN[sets_BK[:, a], sets_BK[:, b]]
        return total


class MeanOfPairs(Pairs):
    """The mean of the members' values, and over all pairs of members of what they are worth beyond that."""

    def values(self, sets_BK: np.ndarray) -> Floats:
        size = sets_BK.shape[1]
        alone: Floats = self.values_N[sets_BK].mean(axis=1)
        if size == 1:
            return alone
        beyond = super().values(sets_BK) - size * alone
        return alone + beyond / (size * (size - 1) / 2)


def made_up(kind: Kind, size: int, noise: float, seed: int, training_seeds: tuple[int, ...] = ()) -> NoisyFunction:
    """A function of its own for each seed.

    Args:
        noise: standard deviation of a trial, as a share of that between random sets.
        training_seeds: that trials take in turn, see `SeededFunction`; none = noise belongs to the trial alone.
    """
    generator = np.random.default_rng([seed, KINDS.index(kind)])
    objective = _objective(kind, generator)
    space = SubsetSpace(pool=POOL, min_size=size, max_size=size)
    if not training_seeds:
        return NoisyFunction(space, objective, noise)
    return SeededFunction(
        space, objective, noise, by_language=BY_LANGUAGE, offset=SEED_OFFSET, training_seeds=training_seeds, seed=seed
    )


def _objective(kind: Kind, generator: np.random.Generator) -> Objective:
    if kind in ("coverage", "hidden"):
        return _coverage(generator, typological=kind == "coverage")
    pairs = _pairs(generator)
    if kind == "pairs":
        return pairs
    return MeanOfPairs(pairs.values_N, pairs.pairs_NN * (PAIRS_OF_MEAN if kind == "mean-pairs" else 0.0))


def _pairs(generator: np.random.Generator) -> Pairs:
    upper = np.triu_indices(N, 1)
    pairs = np.zeros((N, N))
    there = generator.random(len(upper[0])) < PAIRS
    pairs[upper] = np.where(there, generator.normal(size=len(upper[0])), 0.0)
    return Pairs(generator.normal(size=N), pairs + pairs.T)


def _coverage(generator: np.random.Generator, typological: bool) -> Coverage:
    points = _points(generator, typological)
    squared = ((points[:, None] - points[None]) ** 2).sum(axis=-1)
    width = np.quantile(squared[np.triu_indices(N, 1)], WIDTH)
    return Coverage(np.exp(-squared / width) * generator.uniform(0.5, 1.5, size=N)[:, None])


def _points(generator: np.random.Generator, typological: bool) -> Floats:
    """Where languages lie, [N, dimensions]."""
    chance = _standardised(generator.normal(size=(N, N_HIDDEN)))
    if not typological:
        return chance
    features = load_uriel(POOL, "featural", "knn").values
    half = generator.choice(features.shape[1], features.shape[1] // 2, replace=False)
    places, families = (_embedded(load_distances(name, POOL).matrix.values) for name in ("geographic", "genetic"))
    shares = (*(generator.dirichlet(np.full(3, 2.0)) * TYPOLOGICAL), 1 - TYPOLOGICAL)
    parts = (_standardised(features[:, half]), places, families, chance)
    return np.hstack([np.sqrt(share) * part for share, part in zip(shares, parts, strict=True)])


def _standardised(points: Floats) -> Floats:
    """With mean 0 and mean squared length 1."""
    centred = points - points.mean(axis=0)
    scaled: Floats = centred / np.sqrt((centred**2).sum(axis=1).mean())
    return scaled


def _embedded(distance_NN: Floats) -> Floats:
    """Points with these distances (classical scaling: Torgerson 1952)."""
    centre = np.eye(N) - 1 / N
    values, vectors = np.linalg.eigh(-centre @ distance_NN**2 @ centre / 2)
    kept = values > 1e-9
    return _standardised(vectors[:, kept] * np.sqrt(values[kept]))
