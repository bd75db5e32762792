"""What confirming found, where the truth is known."""

import numpy as np
import pytest

from sweep.findings.confirm_results import SEARCHED, confirm_comparisons
from sweep.search.languages import search_languages
from sweep.statistics.noise import floor_of
from tests.sweep.known_world import HALF, SCORED, Record, World


@pytest.mark.slow
def test_false_claims_are_rare(record_of: Record) -> None:
    n_false = 0
    for seed in range(40):
        world = World(record_of, 100 + seed, 0.02)
        search = world.search(20)
        comparisons = confirm_comparisons(world.confirmed(search), search_languages(search, HALF))
        n_false += any(c.verdict in ("better", "worse") for c in comparisons)
    assert n_false <= 6  # 5 % of 40 is 2; more than 6 has a chance of 0.3 %


def test_the_random_reference_is_the_mean_of_complete_controls(record_of: Record) -> None:
    world = World(record_of, 7, 0.01)
    search = world.search(12)
    confirmed = [r for r in world.confirmed(search, 1) if (r.arm, r.seed) != ("random-3-s1", 2)]
    found = [c for c in confirm_comparisons(confirmed, search_languages(search, HALF)) if "random" in c.reference]
    assert {c.n_seeds for c in found} == {3}  # seed 2 lacks a control
    values = {
        arm: np.mean([
            row.value for r in confirmed if r.arm.startswith(arm) and r.seed != 2 for row in r.scores
            if row.split == "test" and row.language in SCORED[::2]
        ])
        for arm in ("best-1", "random-3")
    }  # fmt: skip
    assert next(c for c in found if c.group == SEARCHED).difference == pytest.approx(
        values["best-1"] - values["random-3"]
    )


@pytest.mark.parametrize("n_arms", [1, 3])
def test_a_mean_of_several_arms_is_less_noisy_than_one(n_arms: int) -> None:
    controls = [f"random-{i}" for i in range(n_arms)]
    noise = floor_of({arm: (1e-4, 10) for arm in ("best-1", *controls)}).with_mean("mean", controls)
    assert noise.of("best-1").error == pytest.approx(0.01, rel=0.03)
    draws = np.random.default_rng(0).normal(0, noise.of("best-1").error, size=(200_000, 1 + n_arms))
    simulated = float((draws[:, 0] - draws[:, 1:].mean(axis=1)).std())
    assert noise.difference("best-1", "mean", 1).error == pytest.approx(simulated, rel=0.01)
