"""Warm start: what is taken over from earlier scores, what is not, and that it helps where it should."""

import numpy as np
import pytest

from search_spaces.inventory import REALIGNMENT_LANGUAGES
from search_spaces.problem import SelectionProblem
from search_spaces.searchers.earlier import Earlier
from search_spaces.searchers.gaussian_process import Data, fit_weights
from search_spaces.searchers.set_kernel import N_SCALE_SETS, SCALE_SEED, SetKernel, indicators
from search_spaces.searchers.subset_gp import SubsetGpSearcher
from search_spaces.solvers.sampling import random_sets
from search_spaces.subset_space import SubsetSpace

POOL = tuple(sorted(REALIGNMENT_LANGUAGES))[:20]
SPACE = SubsetSpace(pool=POOL, min_size=4, max_size=4)
EFFECTS = np.linspace(-1.0, 1.0, len(POOL))
"""The last languages of the pool are the best."""


def scored(n: int, scale: float, offset: float, seed: int = 0) -> list[tuple[tuple, float]]:
    generator = np.random.default_rng(seed)
    sets = random_sets(SPACE, n, generator)
    noise = generator.normal(0, 0.3, n)
    return [(SPACE.languages(s), offset + scale * (EFFECTS[s].sum() + e)) for s, e in zip(sets, noise, strict=True)]


def searcher(earlier=None, seed: int = 0) -> SubsetGpSearcher:
    return SubsetGpSearcher(SelectionProblem(space=SPACE, distances=None, anchor=None), seed, earlier=earlier)


def test_the_way_is_the_squared_difference_of_mean_effects() -> None:
    kernel = SetKernel.of(SPACE, effects={"study": EFFECTS})
    assert kernel.names == ("overlap", "earlier:study")
    sets = [(0, 1, 2, 3), (4, 9, 12, 19)]
    rows = indicators(sets, len(POOL))
    means = [EFFECTS[list(members)].mean() for members in sets]
    assert kernel.distances(rows, rows)[1, 0, 1] * kernel.scales[1] == pytest.approx((means[0] - means[1]) ** 2)
    reference = random_sets(SPACE, N_SCALE_SETS, np.random.default_rng(SCALE_SEED))
    drawn = indicators([s.tolist() for s in reference], len(POOL))
    between = kernel.distances(drawn, drawn)[1]  # scaled to the mean 1 among them
    assert between.sum() / (N_SCALE_SETS * (N_SCALE_SETS - 1)) == pytest.approx(1.0)


def test_offset_scale_and_sign_are_not_taken_over() -> None:
    here = Earlier.of("here", scored(60, 1.0, 0.0), SPACE).effects
    elsewhere = Earlier.of("elsewhere", scored(60, -3.0, 50.0), SPACE).effects
    kernels = [SetKernel.of(SPACE, effects={"x": effects}) for effects in (here, elsewhere)]
    rows = indicators([s.tolist() for s in random_sets(SPACE, 10, np.random.default_rng(1))], len(POOL))
    assert kernels[0].distances(rows, rows) == pytest.approx(kernels[1].distances(rows, rows), rel=1e-6, abs=1e-9)


def test_how_much_it_counts_is_learned_from_the_new_scores() -> None:
    new = scored(40, 1.0, 0.0, seed=7)
    data = Data([tuple(SPACE.index(s).tolist()) for s, _ in new], np.array([score for _, score in new]))
    chance = np.random.default_rng(3).permutation(EFFECTS)
    true, misleading = (fit_weights(SetKernel.of(SPACE, effects={"x": effects}), data) for effects in (EFFECTS, chance))
    assert true.weights[1] / true.weights.sum() > 2 * misleading.weights[1] / misleading.weights.sum()


def test_it_helps_a_search_that_has_seen_little() -> None:
    earlier = {"study": scored(80, 0.1, 0.7, seed=9)}

    def best_of_twelve(one: SubsetGpSearcher) -> float:
        generator = np.random.default_rng(2)
        for _ in range(12):
            (languages,) = one.ask(1)
            one.tell(languages, float(EFFECTS[SPACE.index(languages)].sum() + generator.normal(0, 0.3)))
        return float(EFFECTS[SPACE.index(one.recommend(1)[0].languages)].sum())

    with_it = [best_of_twelve(searcher(earlier, seed)) for seed in range(4)]
    without = [best_of_twelve(searcher(None, seed)) for seed in range(4)]
    assert np.mean(with_it) > np.mean(without) + 0.3 and min(with_it) > 2.0  # the best set has 3.37


def test_a_warm_search_goes_on_where_it_was_saved() -> None:
    earlier = {"study": scored(30, 1.0, 0.0), "other": scored(30, 2.0, 1.0, seed=4)}
    one, other = searcher(earlier), searcher(earlier)
    for number in range(14):
        (languages,) = one.ask(1)
        one.tell(languages, float(number % 5))
    other.load(one.state())
    assert one.ask(3) == other.ask(3)


def test_unusable_scores_are_refused_and_strangers_left_out() -> None:
    strangers = [(("quy_Latn",), 1.0), ((POOL[0], "quy_Latn"), 1.0), ((), 0.5)]
    assert Earlier.of("x", scored(20, 1.0, 0.0) + strangers, SPACE).n_left_out == 3
    with pytest.raises(ValueError, match="at least 8 different sets of candidates, but x has 0"):
        Earlier.of("x", strangers, SPACE)
    with pytest.raises(ValueError, match="must be finite"):
        Earlier.of("x", [*scored(20, 1.0, 0.0), (POOL[:4], float("nan"))], SPACE)
