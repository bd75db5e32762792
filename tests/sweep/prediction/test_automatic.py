"""`resources: auto` by numbers given by hand: a CPU machine, GPUs that none of this was run on, and refusals."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sweep.config.load import config_text, parse_config, saved_config
from sweep.config.sections import SweepConfig, TrialResources
from sweep.folders import SweepFolder
from sweep.launch import run_sweep
from sweep.plan import Plan
from sweep.prediction import automatic
from sweep.prediction.automatic import Choice, Machine, choice_of, choose, free_memory_bytes, with_chosen_resources
from sweep.prediction.predict import DRIVER_BYTES
from trainables.mapping import ConfigError
from trainables.stepping.devices import CONTEXT_BYTES
from trainables.trial_costs import TrialCosts

GB = 1e9


def on_cpu(n_cpus: int, memory: float, n_trials: int, trial: float = 2 * GB) -> tuple[float, int, float | None]:
    machine = Machine(n_cpus=n_cpus, memory_bytes=memory + DRIVER_BYTES)
    chosen = choose(TrialCosts(stages={}, first_setup_s=0, memory_bytes=trial), machine, n_trials, TrialResources())
    return chosen.resources.cpu, chosen.concurrency, chosen.resources.gpu


@pytest.mark.parametrize(
    ("n_cpus", "memory", "n_trials", "chosen"),
    [
        (8, 64 * GB, 30, (1, 8, 0)),  # one core each
        (8, 10.1 * GB, 30, (2, 4, 0)),  # memory of four with a quarter to spare: two cores each
        (8, 64 * GB, 3, (2, 3, 0)),  # three trials share what there is
        (2, 0.5 * GB, 9, (2, 1, 0)),  # one trial runs whatever is known of memory
    ],
)
def test_on_cpus(n_cpus: int, memory: float, n_trials: int, chosen: tuple[float, int, float]) -> None:
    assert on_cpu(n_cpus, memory, n_trials) == chosen


def on_gpu(
    gpu: float, busy: float, n_gpus: int = 1, n_cpus: int = 16, n_trials: int = 99
) -> tuple[float | None, int, float]:
    costs = TrialCosts(stages={}, first_setup_s=0, memory_bytes=GB, gpu_bytes=gpu, busy_frac=busy)
    machine = Machine(n_cpus=n_cpus, memory_bytes=900 * GB, n_gpus=n_gpus, gpu_bytes=80 * GB)
    chosen = choose(costs, machine, n_trials, TrialResources())
    return chosen.resources.gpu, chosen.concurrency, chosen.resources.cpu


def test_on_gpus() -> None:
    # 80 GB hold 1.25 x 10 GB and CUDA's own six times; at 10 % busy it is the memory that says how many.
    assert 1.25 * 10 * GB + CONTEXT_BYTES < 80 * GB / 6 and 1.25 * 10 * GB + CONTEXT_BYTES > 80 * GB / 7
    assert on_gpu(10 * GB, 0.10) == (0.1666, 6, 2)
    assert on_gpu(10 * GB, 0.40) == (0.3333, 3, 4)  # three keep it busy
    assert on_gpu(10 * GB, 1.0) == (1.0, 1, 4)
    assert on_gpu(70 * GB, 0.1) == (1.0, 1, 4)
    assert on_gpu(1 * GB, 0.05, n_cpus=4) == (0.25, 4, 1)  # a core each
    assert on_gpu(1 * GB, 0.05, n_gpus=2, n_trials=6) == (0.3333, 6, 2)
    assert on_gpu(10 * GB, 0.0) == (0.1666, 6, 2)


def test_what_was_chosen_is_said_with_its_reason() -> None:
    costs = TrialCosts(stages={}, first_setup_s=0, memory_bytes=2 * GB)
    chosen = choose(costs, Machine(n_cpus=8, memory_bytes=12 * GB), 30, TrialResources(max_failures=4, auto=True))
    assert chosen.resources == TrialResources(cpu=2, gpu=0, max_failures=4, auto=False)
    assert "4 at a time with 2 of 8 cores each, as memory holds no more" in chosen.why
    assert "2.0 GB of 12.0 GB" in chosen.why


def test_free_memory_is_no_more_than_a_container_leaves(tmp_path: Path) -> None:
    info = tmp_path / "meminfo"
    info.write_text("MemTotal:  9000 kB\nMemAvailable:  5000 kB\n")
    assert free_memory_bytes(info, tmp_path) == 5000 * 1024
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "memory.current").write_text("7\n")
    assert free_memory_bytes(info, tmp_path) == 5000 * 1024
    (tmp_path / "memory.max").write_text("3000000\n")
    assert free_memory_bytes(info, tmp_path) == 2_999_993
    assert free_memory_bytes(tmp_path / "none", tmp_path / "none") > 1e8


@pytest.mark.parametrize("written", ["auto", {"auto": True}])
def test_auto_is_short_for_its_key(config_of: Callable[..., SweepConfig], written: Any) -> None:
    assert config_of(resources=written).resources == TrialResources(auto=True)


@pytest.mark.parametrize("given", [{"cpu": 4}, {"gpu": 0.5}])
def test_what_is_chosen_may_not_be_given(config_of: Callable[..., SweepConfig], given: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match="`resources.auto` chooses `cpu` and `gpu`"):
        config_of(resources={"auto": True, **given})


def chosen_as(monkeypatch: pytest.MonkeyPatch, **fields: Any) -> None:
    choice = Choice(resources=TrialResources(cpu=3, gpu=0), concurrency=5, why="it fits")
    monkeypatch.setattr(automatic, "choose", lambda *args: choice)
    monkeypatch.setattr(automatic, "measured", lambda plan: TrialCosts(stages={}, first_setup_s=0))


def test_what_was_chosen_is_as_if_it_had_been_typed_and_is_kept(
    config_of: Callable[..., SweepConfig], plan_of: Callable[..., Plan], folder: SweepFolder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    chosen_as(monkeypatch)
    said: list[str] = []
    asked = config_of(resources="auto")
    config = with_chosen_resources(plan_of(resources="auto"), asked, folder, said.append)
    assert config == config_of(resources={"cpu": 3, "gpu": 0}, concurrency=5)
    assert said == ["tiny: resources: auto: it fits"]
    typed = plan_of(resources={"cpu": 3, "gpu": 0}, concurrency=5)
    assert {trial.run.n_threads for trial in typed.trials} == {3}
    folder.root.mkdir(parents=True)
    folder.config.write_text(config_text(config))
    assert saved_config(folder.config).resources == TrialResources(cpu=3, gpu=0)
    monkeypatch.undo()  # nothing is measured again
    assert with_chosen_resources(plan_of(resources="auto"), asked, folder, said.append) == config
    assert len(said) == 1 and parse_config({"name": "x", "resources": "auto"}).resources.auto


def test_a_limit_that_was_given_holds(plan_of: Callable[..., Plan], monkeypatch: pytest.MonkeyPatch) -> None:
    chosen_as(monkeypatch)
    assert choice_of(plan_of(resources="auto", concurrency=2), lambda text: None).concurrency == 2


def test_nothing_is_chosen_for_nodes_that_nobody_has_measured(
    config_of: Callable[..., SweepConfig], folder: SweepFolder
) -> None:
    with pytest.raises(ConfigError, match="must be chosen on the machine that the trials run on"):
        run_sweep(config_of(resources="auto"), folder, address="head:6379", say=lambda text: None)
    assert not folder.root.exists()
