"""Counting, sharing and dividing: all sums by hand, from costs that are made up."""

from collections.abc import Callable
from typing import Any

import pytest

from sweep.plan import Plan
from sweep.prediction.predict import END_S, RECORD_BYTES, START_S, TRIAL_S, largest_run, makespan, places, predict
from trainables.trial_costs import Rate, TrialCosts

LANGUAGES = ("deu_Latn", "fra_Latn", "jpn_Jpan", "swh_Latn", "tel_Telu", "tur_Latn", "wol_Latn", "yor_Latn")
COSTS = TrialCosts(
    stages={
        "setup": Rate(fixed_s=1.0, fixed_cpu_s=1.0),
        "realign": Rate(fixed_s=2.0, unit_s=0.1, fixed_cpu_s=1.0, unit_cpu_s=0.05),
        "finetune/pos": Rate(fixed_s=3.0, unit_s=0.01, fixed_cpu_s=3.0, unit_cpu_s=0.01),
        "evaluate/pos": Rate(unit_s=0.5, unit_cpu_s=0.5),
        "probe_before": Rate(unit_s=1.0, unit_cpu_s=1.0), "probe_after": Rate(unit_s=1.0, unit_cpu_s=1.0),
    },
    first_setup_s=7.0, pair_subwords=dict.fromkeys(LANGUAGES, 2.0) | {"swh_Latn": 6.0, "yor_Latn": 6.0},
    units={"evaluate/pos": 10.0, "probe_before": 4.0, "probe_after": 4.0, "signal": 1.0},
    memory_bytes=1e9, realigned_bytes=5e8, finetuned_bytes=1e8, checkpoint_bytes=2e8,
)  # fmt: skip
RUN = {"realign": {"n_steps": 10, "batch_size": 4}, "finetune": {"n_steps": 20, "batch_size": 5}}
ONE = {"concurrency": 1, "cluster": {"cpus": 4}, "seeds": [0], "resources": {"gpu": 0}}
NONE_S = 1 + TRIAL_S + 3 + 20 * 5 * 0.01 + 5


def realign_s(subwords: float) -> float:
    return 2 + 10 * 4 * subwords * 0.1


def test_stages_are_multiplied_and_added(plan_of: Callable[..., Plan]) -> None:
    arms = ["none", "full", {"languages": ["swh", "yor"]}]
    prediction = predict(plan_of(arms=arms, run=RUN, **ONE), COSTS, "made up", plan_s=2.0)
    stages = {name: (stage.n, stage.clock_s) for name, stage in prediction.stages.items()}
    assert stages == {
        "setup": (3, 3.0), "between": (3, pytest.approx(3 * TRIAL_S)),
        "realign": (2, pytest.approx(realign_s(3.0) + realign_s(6.0))),  # the full pool has a mean of 3
        "probe_before": (1, 4.0), "probe_after": (2, 10.0),  # the look at few languages after it, too
        "finetune/pos": (3, 12.0), "evaluate/pos": (3, 15.0),
    }  # fmt: skip
    assert prediction.stages["realign"].cpu_s == pytest.approx((realign_s(3.0) + realign_s(6.0)) / 2)
    assert prediction.trial_s["none-seed0"] == pytest.approx(NONE_S + 4)
    assert prediction.trial_s["full-seed0"] == pytest.approx(NONE_S + realign_s(3.0) + 5)
    assert prediction.wall_s == pytest.approx(2 + START_S + 7 + 7 + prediction.trials_s + END_S)
    assert prediction.disk_bytes == 2 * 5e8 + 3 * (1e8 + RECORD_BYTES)
    assert (prediction.checkpoint_bytes, prediction.n_at_a_time, prediction.gpu) == (2e8, 1, 0)
    assert not prediction.is_bound and prediction.pretraining_s == 0


def test_what_trials_share_is_counted_once(plan_of: Callable[..., Plan]) -> None:
    arm = {"languages": ["swh", "yor"]}
    prediction = predict(plan_of(arms=[arm, {**arm, "name": "again"}], run=RUN, **ONE), COSTS, "made up")
    assert {name: stage.n for name, stage in prediction.stages.items()} == {
        "setup": 2, "between": 2, "realign": 1, "probe_before": 1, "probe_after": 1, "finetune/pos": 1,
        "evaluate/pos": 1,
    }  # fmt: skip
    assert prediction.trial_s["again-seed0"] == pytest.approx(1 + TRIAL_S)


def test_what_is_over_is_not_counted(plan_of: Callable[..., Plan]) -> None:
    plan = plan_of(arms=["none", "full"], run=RUN, **ONE)
    prediction = predict(plan, COSTS, "made up", over={"none-seed0"})
    assert set(prediction.trial_s) == {"full-seed0"} and "probe_before" not in prediction.stages
    nothing = predict(plan, COSTS, "made up", over={"none-seed0", "full-seed0"})
    assert (nothing.trials_s, nothing.start_s) == (0, 0)


def test_searched_trials_count_at_their_largest(plan_of: Callable[..., Plan]) -> None:
    search = {"kind": "random-sets", "size": [2, 8], "n_samples": 4, "repeats": {"top": 2, "seeds": [7]}}
    plan = plan_of(arms=["none"], run=RUN, search=search, **ONE)
    prediction = predict(plan, COSTS, "made up")
    # The arm meets both seeds; four sets and two that are repeated, each of the pool's mean length.
    assert prediction.stages["setup"].n == 2 + 6 and prediction.stages["realign"].n == 6
    assert prediction.stages["realign"].clock_s == pytest.approx(6 * realign_s(3.0))
    assert prediction.is_bound and prediction.trial_s[""] == pytest.approx(NONE_S + realign_s(3.0) + 5)
    assert len(largest_run(plan).languages) == 8
    space = {"realign.n_steps": {"choice": [5, 30]}, "subset.criterion": {"choice": ["max-sum"]},
             "subset.size": {"choice": [2, 3]}}  # fmt: skip
    grid = predict(plan_of(arms=["none"], run=RUN, space=space, **ONE), COSTS, "made up")
    assert grid.stages["realign"].n == 4
    assert grid.stages["realign"].clock_s == pytest.approx(4 * (2 + 30 * 4 * 3.0 * 0.1))


def test_probes_on_the_way_and_pretraining_count(plan_of: Callable[..., Plan]) -> None:
    run: dict[str, Any] = {**RUN, "evaluate": {"probe_at": [0.25, 0.5]}, "encoder": {"pretrain": {"n_steps": 30}}}
    costs = TrialCosts(**{**vars(COSTS), "pretraining": Rate(fixed_s=5.0, unit_s=2.0)})
    prediction = predict(plan_of(arms=["full"], run=run, **ONE), costs, "made up")
    assert prediction.stages["realign"].clock_s == pytest.approx(realign_s(3.0) + 2)
    assert prediction.pretraining_s == 65 and prediction.start_s == START_S + 7 + 65


def test_places_follow_resources_and_concurrency(plan_of: Callable[..., Plan]) -> None:
    def n(**keys: Any) -> tuple[int, float]:
        plan = plan_of(**{"arms": ["none", "full"], **keys})
        return places(plan.config, plan.n_trials)

    assert n(cluster={"cpus": 3}, resources={"gpu": 0}) == (3, 0)
    assert n(cluster={"cpus": 3}, resources={"cpu": 2, "gpu": 0}) == (1, 0)
    assert n(cluster={"cpus": 9}, resources={"gpu": 0}, concurrency=2) == (2, 0)
    assert n(cluster={"cpus": 9}, resources={"gpu": 0}) == (4, 0)  # no more than trials
    assert n(cluster={"cpus": 9, "gpus": 1}, resources={"gpu": 0.5}) == (2, 0.5)


def test_trials_go_to_the_place_that_is_free_first() -> None:
    assert makespan([4.0, 1.0, 1.0, 5.0], 2, first_s=10.0) == 10 + 7
    assert makespan([4.0, 1.0], 8, first_s=10.0) == 14
    assert makespan([], 2, first_s=10.0) == 0
