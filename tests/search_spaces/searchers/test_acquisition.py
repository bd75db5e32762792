"""Fast exchanges against plain evaluation, draws against the posterior, the expected improvement against quadrature."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from search_spaces.distances.matrix import DistanceMatrix
from search_spaces.inventory import REALIGNMENT_LANGUAGES
from search_spaces.objectives.base import Objective
from search_spaces.searchers.acquisition import SEEN, Acquisition, log_expected_improvement
from search_spaces.searchers.gaussian_process import Data, SetPosterior, Weights
from search_spaces.searchers.set_function import SetFunction
from search_spaces.searchers.set_kernel import SetKernel, indicators
from search_spaces.solvers.sampling import random_sets
from search_spaces.subset_space import GroupRule, SubsetSpace

POOL = tuple(sorted(REALIGNMENT_LANGUAGES[:14]))


def posterior_of(low, high, weight=0.5, second=0.4, rate=0.8, n_sets=20):
    points = np.random.default_rng(0).random((14, 3)) / 2
    distances = {"points": DistanceMatrix(POOL, np.linalg.norm(points[:, None] - points[None, :], axis=-1))}
    space = SubsetSpace(pool=POOL, min_size=low, max_size=high)
    kernel = SetKernel.of(space, distances)
    sets = [tuple(m.tolist()) for m in random_sets(space, n_sets, np.random.default_rng(1))]
    n_ways = len(kernel.names)
    ways = np.full(n_ways, weight)
    ways[1] = second
    weights = Weights(ways, np.full(n_ways, rate), 0.3, 0.1, 2.0)
    scores = np.random.default_rng(2).normal(size=n_sets)
    return SetPosterior(kernel, weights, Data(sets, scores)), space


@pytest.mark.parametrize("sizes", [(4, 4), (2, 6)])
@pytest.mark.parametrize("kind", ["thompson", "mean", "ucb", "ei"])
@pytest.mark.parametrize(("rate", "second"), [(0.05, 0.4), (0.8, 0.4), (54.0, 0.4), (0.8, 9e-5)])
def test_fast_exchanges_equal_plain_ones(sizes, kind, rate, second):
    """Closer than `solvers.base.TIE`: a local search that compares the two must come to an end."""
    posterior, space = posterior_of(*sizes, rate=rate, second=second)
    goal = Acquisition(posterior, space, kind, posterior.sets, generator=np.random.default_rng(3), best=0.5)
    for members in random_sets(space, 4, np.random.default_rng(5)):
        fast, plain = goal.exchanges(members), Objective.exchanges(goal, members)
        assert np.array_equal(np.isneginf(fast), np.isneginf(plain))
        kept = np.isfinite(plain)
        assert fast[kept] == pytest.approx(plain[kept], rel=1e-10, abs=1e-10)


def test_few_exchanges_are_valued_where_deviations_are_needed(monkeypatch):
    monkeypatch.setattr("search_spaces.searchers.acquisition.N_VALUED", 5)
    posterior, space = posterior_of(4, 4)
    rule = GroupRule(name="first", members=frozenset(POOL[:7]), at_most=1)
    ruled = replace(space, rules=(rule,))
    members = np.array([0, 8, 9, 10])
    means = Acquisition(posterior, ruled, "mean").exchanges(members)
    values = Acquisition(posterior, ruled, "ucb").exchanges(members)
    allowed = np.isfinite(means)
    assert not allowed[1:, 1:7].any() and allowed[0, 1:7].all()
    assert np.isfinite(values).sum() == 5
    assert means[np.isfinite(values)].min() >= np.sort(means[allowed])[-5]


def test_seen_sets_promise_nothing():
    posterior, space = posterior_of(3, 3)
    here, seen = np.array([0, 1, 2]), [(0, 1, 2), (0, 1, 5), (2, 7, 9), (0, 1)]
    goal = Acquisition(posterior, space, "mean", seen)
    assert goal.value(here) == SEEN
    values = goal.exchanges(here)
    assert values[2, 5] == SEEN
    assert (values == SEEN).sum() == 1


@pytest.mark.parametrize("sizes", [(4, 4), (2, 6)])
def test_the_mean_function_is_the_posterior_mean(sizes):
    posterior, space = posterior_of(*sizes)
    sets = [tuple(m.tolist()) for m in random_sets(space, 10, np.random.default_rng(6))]
    means, _ = posterior.mean_sd(sets)
    assert SetFunction(posterior).values(indicators(sets, 14)) == pytest.approx(means)


@pytest.mark.slow
@pytest.mark.parametrize("sizes", [(4, 4), (2, 6)])
def test_draws_have_the_posteriors_mean_and_covariance(sizes):
    posterior, space = posterior_of(*sizes)
    sets = [tuple(m.tolist()) for m in random_sets(space, 4, np.random.default_rng(6))] + posterior.sets[:1]
    rows, n_draws = indicators(sets, 14), 2_000
    drawn = np.array([SetFunction(posterior, np.random.default_rng(i)).values(rows) for i in range(n_draws)])
    means, sds = posterior.mean_sd(sets)
    assert np.abs(drawn.mean(axis=0) - means).max() < 4 * sds.max() / np.sqrt(n_draws)
    assert drawn.std(axis=0) == pytest.approx(sds, rel=0.08)
    differences = drawn[:, 0] - drawn[:, 1]
    _, sd = posterior.combination(sets[:2], np.array([1.0, -1.0]))
    assert differences.std() == pytest.approx(sd, rel=0.08)


@pytest.mark.parametrize("z", [-6.0, -2.0, -1.0, -0.5, 0.0, 1.5, 8.0])
def test_expected_improvement_against_quadrature(z):
    expected, _ = quad(lambda x: (z + x) * norm.pdf(x), -z, 12.0, epsabs=1e-15, epsrel=1e-10)
    assert log_expected_improvement(np.array([z]))[0] == pytest.approx(np.log(expected), rel=1e-6)


def test_expected_improvement_far_below():
    z = np.array([-50.0, -999.0, -1001.0, -1e6])
    asymptotic = norm.logpdf(z) - 2 * np.log(-z)
    assert log_expected_improvement(z) == pytest.approx(asymptotic, rel=1e-5)
    grid = log_expected_improvement(np.linspace(-1005, 5, 5_000))
    assert (np.diff(grid) > 0).all()
