"""What records say of trials of the same kind, and which records say nothing."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from sweep.folders import SweepFolder
from sweep.plan import Plan
from sweep.prediction.known import known_prediction
from sweep.prediction.recorded import costs_of, kind_of, recorded
from sweep.records.records import RecordStore, TrialRecord
from trainables.mapping import to_mapping
from trainables.run_config import FinetuneConfig
from trainables.stepping.devices import describe_machine, resolve_device


def test_means_of_what_was_computed() -> None:
    records: list[dict[str, Any]] = [
        {"costs": {"realign_s": 4.0, "finetune/pos_s": 10.0, "peak_rss_bytes": 5.0}, "started_s": 0.0, "ended_s": 24.0},
        {"costs": {"realign_s": 0.1, "realign_reused": 1.0, "finetune/pos_s": 20.0, "waiting_s": 3.0,
                   "peak_rss_bytes": 7.0}, "started_s": 30.0, "ended_s": 55.1},
        {"costs": {"realign_s": 6.0, "finetune/pos_s": 30.0}, "started_s": 60.0, "ended_s": 98.0},
    ]  # fmt: skip
    costs = costs_of(records)
    assert {stage: rate.seconds(99) for stage, rate in costs.stages.items()} == {
        "realign": 5.0, "finetune/pos": 20.0, "setup": pytest.approx(2.0),  # 10, 2 and 2 s beside the stages
    }  # fmt: skip
    assert costs.first_setup_s == pytest.approx(8.0) and costs.memory_bytes == 7.0


def test_the_first_probe_counts_as_others_take_it_from_the_store() -> None:
    some = [{"costs": {"probe_before_s": value}, "started_s": 0.0, "ended_s": 9.0} for value in (0.1, 8.0, 0.1)]
    assert costs_of(some).stages["probe_before"].seconds(0) == 8.0


def test_records_of_the_same_kind_are_found_wherever_they_lie(
    plan_of: Callable[..., Plan], folder: SweepFolder, record_of: Callable[..., TrialRecord]
) -> None:
    plan = plan_of(resources={"gpu": 0})
    run = plan.trials[0].run
    here = describe_machine(resolve_device("cpu"))
    costs = {"realign_s": 2.0, "finetune/pos_s": 5.0, "evaluate/pos_s": 1.0}
    other = RecordStore(SweepFolder.below(folder.mlruns, "other").records)
    assert recorded(plan, folder) is None and known_prediction(plan, folder) is None

    def write(name: str, run: Any, **fields: Any) -> None:
        fields = {"machine": here, "costs": costs, **fields}
        other.write(record_of(name, 0, config=to_mapping(run), started_s=10.0, ended_s=20.0, **fields))

    write("none", run)
    write("another-length", dataclasses.replace(run, finetune=FinetuneConfig(n_steps=7)))
    write("another-device", run, machine={**here, "device": "a card"})
    write("more-threads", dataclasses.replace(run, n_threads=9))
    write("failed", run, status="failed", score=None, scores=(), error="x")
    assert recorded(plan, folder) is None  # one is too few
    write("full", dataclasses.replace(run, languages=("swh_Latn",), seed=4, checkpoint_s=9.0))
    (other.folder / "damaged.json").write_text("{")
    found = recorded(plan, folder)
    assert found is not None and (found.n_trials, found.sweeps) == (2, ("other",))
    prediction = known_prediction(plan, folder)
    assert prediction is not None and prediction.stages["finetune/pos"].clock_s == 5.0 * plan.n_trials
    assert prediction.source == "from 2 recorded trials of the same kind (other)" and prediction.disk_bytes is None


def test_a_kind_leaves_out_languages_seed_and_how_a_trial_is_carried_out(plan_of: Callable[..., Plan]) -> None:
    none, full = (trial.run for trial in plan_of(arms=["none", "full"], seeds=[0]).trials)
    assert kind_of(none) == kind_of(dataclasses.replace(full, seed=5, store="/elsewhere"))
    assert kind_of(none) != kind_of(dataclasses.replace(none, precision="bf16"))
