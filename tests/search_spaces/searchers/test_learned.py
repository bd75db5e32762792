"""Effects, Shapley values and interactions against brute force and functions whose answer is known."""

import itertools
import math

import numpy as np
import pytest

from search_spaces.inventory import REALIGNMENT_LANGUAGES
from search_spaces.problem import SelectionProblem
from search_spaces.searchers import SEARCHERS
from search_spaces.searchers.datamodel import SEED_RATIOS, Datamodel
from search_spaces.searchers.learned import (
    Surrogate,
    _Contrasts,
    exchange_values,
    interactions,
    language_values,
    shapley_values,
)
from search_spaces.searchers.set_kernel import indicators
from search_spaces.solvers.sampling import random_sets
from search_spaces.subset_space import SubsetSpace

POOL = tuple(sorted(REALIGNMENT_LANGUAGES[:10]))
EFFECTS = np.array([1.0, -0.5, 0.3, 0.0, 2.0, -1.0, 0.7, 0.1, -0.2, 0.4])


def sets_of(n_sets, low=4, high=4, seed=0):
    space = SubsetSpace(pool=POOL, min_size=low, max_size=high)
    return [tuple(m.tolist()) for m in random_sets(space, n_sets, np.random.default_rng(seed))]


def scored(value, sets, noise=0.0, seed=1):
    generator = np.random.default_rng(seed)
    return [([POOL[i] for i in members], value(members) + noise * generator.normal()) for members in sets]


def additive(members):
    return 5.0 + EFFECTS[list(members)].sum()


def test_the_datamodel_solves_the_ridge_equations():
    sets = sets_of(30, 2, 6)
    y = np.array([additive(members) for members in sets]) + np.random.default_rng(0).normal(size=30)
    model = Datamodel.fit(sets, y, 10)
    rows = np.array([[i in members for i in range(10)] for members in sets], dtype=float)
    centred = rows - rows.mean(axis=0)
    # covariance = noise * (X'X + ratio I)^-1: find the ratio from one eigenvalue, check everything else
    precision = np.linalg.inv(model.covariance) * model.noise
    ratio = (np.trace(precision) - (centred**2).sum()) / 10
    assert precision == pytest.approx(centred.T @ centred + ratio * np.eye(10), abs=1e-6)
    assert model.effects == pytest.approx(np.linalg.solve(precision, centred.T @ (y - y.mean())))


def test_the_datamodel_with_seeds_is_that_of_a_dense_mixed_model():
    """Generalised least squares with the covariance written out, for the variance between seeds that it chose."""
    generator = np.random.default_rng(3)
    sets, seeds = sets_of(40, 2, 6), [None if i % 10 == 9 else i % 5 for i in range(40)]
    luck = 4.0 * generator.normal(size=5)
    y = np.array([additive(m) + (0.0 if s is None else luck[s]) for m, s in zip(sets, seeds, strict=True)])
    y += generator.normal(size=40)
    model = Datamodel.fit(sets, y, 10, seeds)
    rows = np.array([[i in members for i in range(10)] for members in sets], dtype=float)
    same = np.array([[a is not None and a == b for b in seeds] for a in seeds], dtype=float)
    errors = {}
    for ratio in SEED_RATIOS:
        precision = np.linalg.inv(np.eye(40) + ratio * same)
        weighted = precision @ np.ones(40)
        centred = rows - weighted @ rows / weighted.sum()
        shifted = y - weighted @ y / weighted.sum()
        gram = centred.T @ precision @ centred
        penalty = (np.trace(np.linalg.inv(model.covariance) * model.noise) - np.trace(gram)) / 10
        effects = np.linalg.solve(gram + penalty * np.eye(10), centred.T @ precision @ shifted)
        covariance = model.noise * np.linalg.inv(gram + penalty * np.eye(10))
        errors[ratio] = max(
            np.abs(effects - model.effects).max(), np.abs(covariance - model.covariance).max(),
            abs(model.mean_variance - model.noise / weighted.sum()),
            abs(model.mean - model.centre @ effects - (weighted @ (y - rows @ effects)) / weighted.sum()),
        )  # fmt: skip
    chosen = min(errors, key=lambda ratio: errors[ratio])
    assert errors[chosen] < 1e-6 and chosen >= 3.0  # the seeds differ by 4, the noise is 1
    plain = Datamodel.fit(sets, y, 10)
    assert np.corrcoef(model.effects, EFFECTS)[0, 1] > np.corrcoef(plain.effects, EFFECTS)[0, 1]


def test_values_are_ranked_and_counted():
    observations = scored(additive, sets_of(80, 2, 6))
    found = language_values(Surrogate.fit(observations))
    assert found[0].language == POOL[4] and found[-1].language == POOL[5]
    assert found[0].n_with == sum(POOL[4] in languages for languages, _ in observations)
    assert [c.mean for c in found] == pytest.approx(sorted(EFFECTS, reverse=True), abs=0.15)


def test_languages_never_tried_are_unknown():
    observations = scored(additive, [m for m in sets_of(200) if 9 not in m][:40], noise=0.3)
    found = {c.language: c for c in language_values(Surrogate.fit(observations, POOL))}
    assert found[POOL[9]].n_with == 0
    assert found[POOL[9]].sd > 1.5 * max(c.sd for tag, c in found.items() if tag != POOL[9])


def test_the_interval_is_that_of_draws_of_the_function():
    """Functions drawn at every set of the sampled permutations, and the Shapley values of each: mean and deviation."""
    surrogate = Surrogate.fit(scored(additive, sets_of(30, 2, 6), noise=0.5), POOL)
    sampled = _Contrasts.of(10, 2, 6, 12, 0)
    posterior = surrogate.posterior
    distances = posterior.kernel.distances
    across = posterior.covariance(sampled.rows)
    among = posterior._kernel(distances(sampled.rows, sampled.rows)) - across @ posterior.inverse @ across.T
    values, vectors = np.linalg.eigh(among)
    normal = np.random.default_rng(0).standard_normal((len(values), 20_000))
    drawn = (vectors * np.sqrt(np.maximum(values, 0.0))) @ normal * posterior.weights.scale
    drawn += posterior.mean_sd_of_rows(sampled.rows)[0][:, None]
    shapley = np.array([sampled.means_and_errors(function)[0] for function in drawn.T[:4_000]])
    means, sds = posterior.combinations(sampled.rows, sampled.weights)
    assert shapley.mean(axis=0) == pytest.approx(means, abs=0.05 * sds.max())
    assert shapley.std(axis=0) == pytest.approx(sds, rel=0.05)


def test_sizes_are_those_that_were_tried():
    sets = [*sets_of(45, 4, 4), *sets_of(2, 2, 2), *sets_of(3, 9, 9)]
    assert Surrogate.fit(scored(additive, sets), POOL).usual_sizes == (4, 4)


def coverage_function(n, seed):
    """Each chosen language helps those near to it, ever less: 0/1 rows -> values."""
    generator = np.random.default_rng(seed)
    points = generator.normal(size=(n, 4))
    squared = ((points[:, None] - points[None]) ** 2).sum(axis=-1)
    width = np.quantile(squared[np.triu_indices(n, 1)], 0.15)
    help_NN = np.exp(-squared / width) * generator.uniform(0.5, 1.5, size=n)[:, None]
    return lambda rows: (1 - np.exp(-rows @ help_NN)).mean(axis=1)


@pytest.mark.slow
@pytest.mark.parametrize("searcher", ["random", "subset-gp"])
def test_intervals_hold_the_truth_of_coverage_functions(searcher):
    """40 trials of 4 of 16 languages, chosen at random and by an adaptive search; "95 %" at least 90 % of the time."""
    pool, held = tuple(sorted(REALIGNMENT_LANGUAGES[:16])), []
    space = SubsetSpace(pool=pool, min_size=4, max_size=4)
    for seed in range(8):
        value, generator = coverage_function(16, seed), np.random.default_rng(seed)
        noise = 0.7 * value(indicators([m.tolist() for m in random_sets(space, 300, generator)], 16)).std()
        search = SEARCHERS[searcher](SelectionProblem(space=space, distances=None, anchor=None), seed)
        observations = []
        for _ in range(40):
            (languages,) = search.ask(1)
            score = float(value(indicators([space.index(languages).tolist()], 16))[0] + noise * generator.normal())
            search.tell(languages, score)
            observations.append((languages, score))
        truth, _ = exchange_values(value, 16, 4, n_permutations=2_000)
        true = dict(zip(space.candidates, truth, strict=True))
        found = language_values(Surrogate.fit(observations, pool))
        held += [abs(c.mean - true[c.language]) <= 1.96 * c.sd for c in found]
    assert np.mean(held) >= 0.9


def test_shapley_values_of_a_sum_are_its_effects():
    values, errors = shapley_values(lambda rows: 3.0 + rows @ EFFECTS, 10, n_permutations=5)
    assert values == pytest.approx(EFFECTS)
    assert errors == pytest.approx(np.zeros(10), abs=1e-12)
    sets = sets_of(50, 2, 6)
    model = Datamodel.fit(sets, np.array([additive(m) for m in sets]), 10)
    of_model, _ = shapley_values(
        lambda rows: model.mean_sd([tuple(np.flatnonzero(row)) for row in rows])[0], 10, n_permutations=3
    )
    assert of_model == pytest.approx(model.effects)


def test_shapley_values_of_a_game_by_all_orders():
    def game(rows):
        a, b, c, d = rows.T
        return a + 2 * b * c - a * d + 3 * a * b * c * d + 0.5

    exact = np.zeros(4)
    for order in itertools.permutations(range(4)):
        row = np.zeros((1, 4))
        for i in order:
            before = game(row)[0]
            row[0, i] = 1.0
            exact[i] += (game(row)[0] - before) / math.factorial(4)
    values, errors = shapley_values(game, 4, n_permutations=2_000)
    assert (np.abs(values - exact) < 4 * errors).all()
    assert values.sum() == pytest.approx(game(np.ones((1, 4)))[0] - 0.5)


def test_exchange_values_of_a_sum_are_effects_against_the_average():
    values, errors = exchange_values(lambda rows: rows @ EFFECTS, 10, 4, n_permutations=800)
    assert (np.abs(values - (EFFECTS - EFFECTS.mean())) < 4 * errors).all()


def with_pairs(members):
    """Languages 0 and 1 help each other; 2 and 3 do the same work."""
    together = 3.0 * (0 in members and 1 in members)
    return additive(members) + together - 3.0 * (2 in members and 3 in members)


@pytest.mark.slow
def test_complements_and_substitutes_are_told_apart():
    surrogate = Surrogate.fit(scored(with_pairs, sets_of(150), noise=0.2), POOL)
    found = interactions(surrogate)
    assert len(found) == 45
    assert {(i.first, i.second) for i in found[:2]} == {(POOL[0], POOL[1]), (POOL[2], POOL[3])}
    by_pair = {(i.first, i.second): i for i in found}
    assert by_pair[POOL[0], POOL[1]].mean > 2 * by_pair[POOL[0], POOL[1]].sd
    assert by_pair[POOL[2], POOL[3]].mean < -2 * by_pair[POOL[2], POOL[3]].sd


def test_without_evidence_no_pair_is_certain():
    surrogate = Surrogate.fit(scored(additive, sets_of(12), noise=2.0), POOL)
    found = interactions(surrogate, [(POOL[0], POOL[1]), (POOL[2], POOL[3])])
    assert all(abs(i.mean) < 2 * i.sd for i in found)


def test_the_surrogate_knows_what_it_was_shown():
    observations = scored(with_pairs, sets_of(80, 3, 5))
    surrogate = Surrogate.fit(observations, POOL)
    fresh = [m for m in sets_of(200, 3, 5, seed=7) if m not in sets_of(80, 3, 5)]
    rows = np.array([[i in m for i in range(10)] for m in fresh], dtype=float)
    truth = np.array([with_pairs(m) for m in fresh])
    assert np.corrcoef(surrogate.mean(rows), truth)[0, 1] > 0.9


@pytest.mark.parametrize(
    ("observations", "message"),
    [
        ([(POOL[:2], 1.0)], "At least 2"),
        ([(POOL[:2], 1.0), ((), 0.0)], "empty"),
        ([(POOL[:2], 1.0), (POOL[1:3], float("nan"))], "finite"),
        ([(POOL[:2], 1.0), (("eng_Latn",), 0.5)], "in the pool"),
    ],
)
def test_what_cannot_be_learned_from(observations, message):
    with pytest.raises(ValueError, match=message):
        Surrogate.fit(observations, POOL)


def test_sizes_out_of_reach_are_refused():
    with pytest.raises(ValueError, match="exchange_values"):
        shapley_values(lambda rows: rows.sum(axis=1), 10, low=4, high=4)
    with pytest.raises(ValueError, match="1 to 9"):
        exchange_values(lambda rows: rows.sum(axis=1), 10, 10)
    surrogate = Surrogate.fit(scored(additive, sets_of(5)), POOL)
    with pytest.raises(ValueError, match="2 to 8"):
        interactions(surrogate, size=9)
