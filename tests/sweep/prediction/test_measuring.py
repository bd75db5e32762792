"""Measuring in processes of their own, once for each kind of trial and machine."""

import dataclasses
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from sweep.plan import Plan
from sweep.prediction import measuring
from sweep.prediction.measuring import identity, machine, mean_of, measure, measured
from sweep.prediction.predict import largest_run
from trainables.shared_stages import open_store
from trainables.testing.tiny import LETTERS, save_tiny_encoder
from trainables.trial_costs import Rate, TrialCosts


def test_side_by_side_seconds_are_means_and_memory_is_the_largest() -> None:
    one = TrialCosts(stages={"setup": Rate(fixed_s=1.0)}, first_setup_s=2.0, memory_bytes=5.0, units={"x": 3.0})
    other = dataclasses.replace(one, stages={"setup": Rate(fixed_s=3.0)}, first_setup_s=9.0, memory_bytes=4.0)
    both = mean_of([one, other])
    assert both == dataclasses.replace(one, stages={"setup": Rate(fixed_s=2.0)}, first_setup_s=9.0)


def test_a_machine_is_known_by_name_processor_and_cores(tmp_path: Path) -> None:
    info = tmp_path / "cpuinfo"
    info.write_text("processor\t: 0\nmodel name\t: Fast 9000\nprocessor\t: 1\nmodel name\t: Fast 9000\n")
    assert machine(info).endswith(f", Fast 9000, {os.cpu_count()} cores")
    assert machine(tmp_path / "none").endswith(f"{os.cpu_count()} cores")


def test_lengths_seeds_and_arms_of_the_same_size_share_a_measurement(
    plan_of: Callable[..., Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    base = identity(plan_of())
    assert base == identity(plan_of(seeds=[4, 5], run={"realign": {"n_steps": 9}, "finetune": {"n_steps": 77}}))
    assert base == identity(plan_of(run={"finetune": {"by_task": {"pos": {"n_steps": 5}}}})) | {"run": base["run"]}
    for other in ({"precision": "bf16"}, {"finetune": {"batch_size": 3}}, {"n_threads": 2}, {"realign": {"layer": 1}}):
        assert base != identity(plan_of(run=other))
    assert base != identity(plan_of(arms=["none"]))
    monkeypatch.setattr(measuring, "machine", lambda: "another")
    assert base != identity(plan_of())


@pytest.mark.parametrize("is_there", [False, True])
def test_a_pre_training_that_is_over_is_not_predicted_again(
    plan_of: Callable[..., Plan], monkeypatch: pytest.MonkeyPatch, is_there: bool
) -> None:
    plan = plan_of()
    costs = TrialCosts(stages={"setup": Rate(fixed_s=1.0)}, first_setup_s=1.0, pretraining=Rate(unit_s=2.0))
    store = open_store(largest_run(plan))
    store.get_or_build(measuring.KIND, identity(plan), lambda folder: measuring._write(folder / measuring.FILE, costs))
    store.close()
    monkeypatch.setattr(measuring, "is_there", lambda run, data: is_there)
    assert measured(plan) == (dataclasses.replace(costs, pretraining=None) if is_there else costs)


@pytest.mark.slow
def test_what_was_measured_is_found_again(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    save_tiny_encoder(tmp_path / "encoder", LETTERS + "0123456789")
    run = {
        "encoder": {"provider": "hub", "name": str(tmp_path / "encoder")},
        "realign": {"batch_size": 2, "max_length": 32},
        "finetune": {"batch_size": 2, "max_length": 32},
        "evaluate": {"max_length": 32},
    }
    keys = {"arms": ["none", "full"], "seeds": [0], "resources": {"gpu": 0}, "cluster": {"cpus": 2}}
    plan, said = plan_of(run=run, **keys), list[str]()
    assert measured(plan) is None
    threads = os.environ.get("OMP_NUM_THREADS")
    costs = measure(plan, said.append)
    assert os.environ.get("OMP_NUM_THREADS") == threads
    assert set(costs.stages) == {"setup", "realign", "finetune/pos", "evaluate/pos"}
    assert measured(plan) == costs and said == [
        "tiny: running miniatures of a trial (2 side by side), which takes a minute or so"
    ]
    assert measured(plan_of(run={**run, "finetune": {**run["finetune"], "n_steps": 9}}, **keys)) == costs
