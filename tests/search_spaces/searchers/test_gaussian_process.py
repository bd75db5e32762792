"""Kernel, likelihood and posterior against hand-computed values and the textbook formulas, one row an observation."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import approx_fprime
from scipy.stats import multivariate_normal

from search_spaces.distances.matrix import DistanceMatrix
from search_spaces.inventory import REALIGNMENT_LANGUAGES
from search_spaces.searchers.gaussian_process import (
    JITTER,
    MEAN_VARIANCE,
    Data,
    SetPosterior,
    Weights,
    fit_weights,
    negative_log_likelihood,
    same_seed,
)
from search_spaces.searchers.set_kernel import SetKernel, indicators, typology
from search_spaces.solvers.sampling import random_sets
from search_spaces.subset_space import SubsetSpace

POOL = tuple(sorted(REALIGNMENT_LANGUAGES[:9]))
SETS = [(0, 1, 2), (1, 2, 3), (0, 1, 2), (4, 5), (0, 8), (2, 3, 7, 8), (4, 5), (0, 1, 2)]
SCORES = np.array([0.1, 0.5, 0.3, -0.4, 0.2, 0.9, -0.1, 0.2])


def distances(n=9):
    points = np.random.default_rng(0).random((n, 3)) / 2
    return {"points": DistanceMatrix(POOL[:n], np.linalg.norm(points[:, None] - points[None, :], axis=-1))}


def kernel_of(low=1, high=5):
    return SetKernel.of(SubsetSpace(pool=POOL, min_size=low, max_size=high), distances())


def plain(kernel, theta, sets):
    """The covariance of true scores, from the definition."""
    n_ways = len(kernel.names)
    rows = indicators(sets, kernel.n)
    weights, rates = np.exp(theta[:n_ways]), np.exp(theta[n_ways:-1])
    return MEAN_VARIANCE + np.einsum("c,cij->ij", weights, np.exp(-rates[:, None, None] * kernel.distances(rows, rows)))


def test_distances_by_hand():
    kernel = kernel_of()
    assert kernel.names == ("overlap", "points", "size")
    overlap, points, size = kernel.distances(indicators([(0, 1, 2)], 9), indicators([(2, 3), (0, 1, 2)], 9))[:, 0]
    scale = kernel.scales
    assert overlap * scale[0] == pytest.approx([2 - 2 / np.sqrt(6), 0.0])
    assert size * scale[2] == pytest.approx([np.log(1.5) ** 2, 0.0])
    weight = np.array([1 / 3, 1 / 3, 1 / 3 - 1 / 2, -1 / 2])  # difference of the two means
    similarity = kernel.similarity[1][:4, :4]
    assert points * scale[1] == pytest.approx([weight @ similarity @ weight, 0.0], abs=1e-12)


def test_random_sets_are_at_distance_1_on_average():
    space = SubsetSpace(pool=POOL, min_size=2, max_size=5)
    kernel = SetKernel.of(space, distances())
    rows = indicators([m.tolist() for m in random_sets(space, 300, np.random.default_rng(9))], 9)
    means = kernel.distances(rows, rows).sum(axis=(1, 2)) / (300 * 299)
    assert means == pytest.approx(np.ones(3), abs=0.2)


def test_ways_that_tell_no_sets_apart_are_left_out():
    fixed = SetKernel.of(SubsetSpace(pool=POOL, min_size=3, max_size=3), distances())
    assert fixed.names == ("overlap", "points")
    nowhere = {"nowhere": DistanceMatrix(POOL, np.zeros((9, 9)))}
    assert SetKernel.of(SubsetSpace(pool=POOL, min_size=3, max_size=3), nowhere).names == ("overlap",)
    only_one = SetKernel.of(SubsetSpace(pool=POOL[:3], min_size=3, max_size=3), distances(3))
    assert only_one.names == ("overlap",)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sets(st.integers(0, 8), min_size=1, max_size=9), min_size=2, max_size=25), st.floats(-3, 3))
def test_every_way_is_positive_semi_definite(sets, log_rate):
    rows = indicators([tuple(members) for members in sets], 9)
    for distance in kernel_of().distances(rows, rows):
        assert np.linalg.eigvalsh(np.exp(-np.exp(log_rate) * distance)).min() > -1e-8


THETA = np.log([0.7, 0.2, 0.1, 1.3, 0.5, 2.0, 0.4])


def test_the_likelihood_counts_repeats_as_what_they_are():
    kernel = kernel_of()
    data = Data(SETS, SCORES)
    distance = kernel.distances(indicators(data.sets, 9), indicators(data.sets, 9))

    def ours(theta):
        return negative_log_likelihood(theta, distance, data.means, data.counts, data.spread)[0]

    def textbook(theta):  # one row an observation
        same = np.array([[a == b for b in SETS] for a in SETS])
        covariance = plain(kernel, theta, SETS) + np.exp(theta[-1]) * np.eye(8) + JITTER * same
        return -multivariate_normal(np.zeros(8), covariance).logpdf(SCORES)

    other = THETA + np.array([0.3, -0.2, 0.5, 0.1, -0.4, 0.2, -0.6])
    # they differ by a constant only: factors 2 pi and the counts
    assert ours(other) - ours(THETA) == pytest.approx(textbook(other) - textbook(THETA), rel=1e-6)


def test_the_gradient_is_that_of_the_likelihood():
    kernel, data = kernel_of(), Data(SETS, SCORES)
    distance = kernel.distances(indicators(data.sets, 9), indicators(data.sets, 9))
    arguments = (distance, data.means, data.counts, data.spread)
    numeric = approx_fprime(THETA, lambda theta: negative_log_likelihood(theta, *arguments)[0], 1e-6)
    assert negative_log_likelihood(THETA, *arguments)[1] == pytest.approx(numeric, abs=1e-4)


def weights_of(theta, shift=0.2, scale=0.5):
    return Weights(np.exp(theta[:3]), np.exp(theta[3:6]), float(np.exp(theta[6])), shift, scale)


def test_the_posterior_is_the_textbooks():
    kernel = kernel_of()
    asked = [(0, 1, 3), (4, 5), (6, 7, 8)]
    means, sds = SetPosterior(kernel, weights_of(THETA), Data(SETS, SCORES)).mean_sd(asked)
    whole = plain(kernel, THETA, SETS + asked)
    noisy = np.linalg.inv(whole[:8, :8] + np.exp(THETA[-1]) * np.eye(8))
    across = whole[8:, :8]
    assert means == pytest.approx(0.2 + 0.5 * across @ noisy @ ((SCORES - 0.2) / 0.5), abs=1e-5)
    assert sds == pytest.approx(0.5 * np.sqrt(np.diagonal(whole[8:, 8:] - across @ noisy @ across.T)), abs=1e-5)


def test_a_combination_is_the_joint_posterior_of_its_parts():
    kernel = kernel_of()
    posterior = SetPosterior(kernel, weights_of(THETA), Data(SETS, SCORES))
    asked, factors = [(0, 1, 3), (4, 5), (6, 7, 8)], np.array([1.0, -2.0, 0.5])
    mean, sd = posterior.combination(asked, factors)
    assert mean == pytest.approx(factors @ posterior.mean_sd(asked)[0])
    whole = plain(kernel, THETA, SETS + asked)
    noisy = np.linalg.inv(whole[:8, :8] + np.exp(THETA[-1]) * np.eye(8))
    covariance = whole[8:, 8:] - whole[8:, :8] @ noisy @ whole[8:, :8].T
    assert sd == pytest.approx(0.5 * np.sqrt(factors @ covariance @ factors), abs=1e-5)


def test_sets_under_evaluation_change_no_mean_and_make_neighbours_surer():
    kernel, data, weights = kernel_of(), Data(SETS, SCORES), weights_of(THETA)
    asked = [(1, 7), (1, 6, 7), (0, 3, 4, 5)]
    means, sds = SetPosterior(kernel, weights, data).mean_sd(asked)
    waiting_means, waiting_sds = SetPosterior(kernel, weights, data, [(1, 7), (0, 1, 2)]).mean_sd(asked)
    assert waiting_means == pytest.approx(means, abs=1e-6)  # apart by the jitter
    assert (waiting_sds < sds).all()
    assert waiting_sds[0] / sds[0] < waiting_sds[2] / sds[2]


def test_repeats_tell_noise_from_differences():
    sets = [(0, 1), (2, 3), (4, 5), (6, 7)] * 6
    noise = np.random.default_rng(0).normal(size=24)
    kernel = kernel_of(2, 2)
    only_noise = fit_weights(kernel, Data(sets, noise))
    no_noise = fit_weights(kernel, Data(sets, np.tile([1.0, -1.0, 0.3, 0.0], 6) + 1e-3 * noise))
    assert only_noise.noise > 0.5
    assert no_noise.noise < 0.01


SEEDS = [4, 4, 9, None, 9, 2, None, 9]
WITH_SEEDS = np.append(THETA, np.log([0.6, 0.8]))
BY_SEEDS = {"by_seed": 0.6, "by_seed_and_set": 0.8}


def noise_of(theta):
    """The textbook's covariance of what is no true score, one row an observation."""
    same = np.array([[a is not None and a == b for b in SEEDS] for a in SEEDS])
    overlap = kernel_of().distances(indicators(SETS, 9), indicators(SETS, 9))[0]
    to_sets = np.exp(theta[-1]) * np.exp(-np.exp(theta[3]) * overlap)
    return np.exp(theta[-3]) * np.eye(8) + same * (np.exp(theta[-2]) + to_sets)


def test_a_seed_is_a_random_effect_in_likelihood_and_gradient():
    kernel, data = kernel_of(), Data(SETS, SCORES, SEEDS)
    assert len(data) == 6 and data.counts.tolist() == [1, 1, 2, 2, 1, 1]
    distance = kernel.distances(indicators(data.sets, 9), indicators(data.sets, 9))
    arguments = (distance, data.means, data.counts, data.spread, same_seed(data.seeds))

    def textbook(theta):
        keys = list(zip(SETS, SEEDS, strict=True))
        jitter = JITTER * np.array([[a == b for b in keys] for a in keys])
        covariance = plain(kernel, theta[:-2], SETS) + noise_of(theta) + jitter
        return -multivariate_normal(np.zeros(8), covariance).logpdf(SCORES)

    other = WITH_SEEDS + np.array([0.3, -0.2, 0.5, 0.1, -0.4, 0.2, -0.6, 0.7, -0.3])
    ours = negative_log_likelihood(other, *arguments)[0] - negative_log_likelihood(WITH_SEEDS, *arguments)[0]
    assert ours == pytest.approx(textbook(other) - textbook(WITH_SEEDS), rel=1e-5)
    numeric = approx_fprime(other, lambda theta: negative_log_likelihood(theta, *arguments)[0], 1e-6)
    assert negative_log_likelihood(other, *arguments)[1] == pytest.approx(numeric, abs=1e-4)


def test_the_posterior_with_seeds_is_the_textbooks_and_pending_sets_leave_its_means():
    kernel, data = kernel_of(), Data(SETS, SCORES, SEEDS)
    weights = replace(weights_of(THETA), **BY_SEEDS)
    asked = [(0, 1, 3), (4, 5), (6, 7, 8)]
    means, sds = SetPosterior(kernel, weights, data).mean_sd(asked)
    whole = plain(kernel, THETA, SETS + asked)
    noisy, across = np.linalg.inv(whole[:8, :8] + noise_of(WITH_SEEDS)), whole[8:, :8]
    assert means == pytest.approx(0.2 + 0.5 * across @ noisy @ ((SCORES - 0.2) / 0.5), abs=1e-5)
    assert sds == pytest.approx(0.5 * np.sqrt(np.diagonal(whole[8:, 8:] - across @ noisy @ across.T)), abs=1e-5)
    waiting_means, waiting_sds = SetPosterior(kernel, weights, data, [(4, 5), (6, 7, 8)]).mean_sd(asked)
    assert waiting_means == pytest.approx(means, abs=1e-6) and (waiting_sds < sds).all()


def test_drawn_noise_has_the_covariance_of_noise_and_seeds():
    posterior = SetPosterior(kernel_of(), replace(weights_of(THETA), **BY_SEEDS), Data(SETS, SCORES, SEEDS))
    draws = np.array([posterior.drawn_noise(np.random.default_rng(i)) for i in range(4_000)])
    same = (posterior.seeds[:, None] == posterior.seeds) & (posterior.seeds >= 0)
    overlap = posterior.kernel.distances(posterior.rows, posterior.rows)[0]
    wanted = np.diag(np.exp(THETA[-1]) / Data(SETS, SCORES, SEEDS).counts)
    wanted += same * (0.6 + 0.8 * np.exp(-np.exp(THETA[3]) * overlap))
    assert np.cov(draws.T) == pytest.approx(wanted, abs=0.1)


def test_a_seed_known_for_all_or_for_none_changes_nothing():
    kernel = kernel_of()
    plain_weights = fit_weights(kernel, Data(SETS, SCORES))
    for seeds in ([7] * 8, [None] * 8, [7, None] * 4):
        found = fit_weights(kernel, Data(SETS, SCORES, seeds))
        assert (found.weights.tolist(), found.noise, found.by_seed) == (
            plain_weights.weights.tolist(), plain_weights.noise, 0.0,
        )  # fmt: skip


def test_the_luck_of_a_seed_is_no_merit_of_its_sets():
    """Effects add up; every seed adds several times what languages do. Sets of the luckiest seed are not the best."""
    generator = np.random.default_rng(5)
    space = SubsetSpace(pool=POOL, min_size=4, max_size=4)
    kernel = SetKernel.of(space)
    effects, luck = generator.normal(size=9), 6.0 * generator.normal(size=4)
    sets = [tuple(m.tolist()) for m in random_sets(space, 48, generator)]
    seeds = [i % 4 for i in range(48)]
    truth = np.array([effects[list(members)].sum() for members in sets])
    scores = truth + luck[seeds] + 0.5 * generator.normal(size=48)
    knowing = SetPosterior.fitted(kernel, Data(sets, scores, seeds)).mean_sd(sets)[0]
    ignorant = SetPosterior.fitted(kernel, Data(sets, scores)).mean_sd(sets)[0]
    assert np.corrcoef(knowing, truth)[0, 1] > 0.9 > np.corrcoef(ignorant, truth)[0, 1]


@pytest.mark.slow
def test_typology_counts_only_when_scores_speak_for_it():
    tags = tuple(sorted(REALIGNMENT_LANGUAGES))
    space = SubsetSpace(pool=tags, min_size=5, max_size=5)
    known = typology(tags)
    kernel = SetKernel.of(space, known)
    sets = [tuple(m.tolist()) for m in random_sets(space, 150, np.random.default_rng(3))]
    generator = np.random.default_rng(4)
    effects = {
        "typological": 5 * np.linalg.cholesky(kernel.similarity[1] + 1e-6 * np.eye(65)) @ generator.normal(size=65),
        "unrelated": generator.normal(size=65),
    }
    share = {}
    for name, effect in effects.items():
        scores = np.array([effect[list(members)].sum() for members in sets])
        scores = scores / scores.std() + 0.3 * generator.normal(size=150)
        weights = fit_weights(kernel, Data(sets, scores)).weights
        share[name] = weights[1:].sum() / weights.sum()
    assert share["typological"] > 0.5
    assert share["unrelated"] < 0.2
