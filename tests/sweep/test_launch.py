"""Sweeps on a real Ray with a throw-away trial: shares of a GPU, joining a cluster, failures, going on."""

import contextlib
import dataclasses
import gzip
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import ray
import torch
from ray import cloudpickle, tune
from ray.cluster_utils import Cluster

from sweep import launch
from sweep.config.sections import SweepConfig
from sweep.execution.checkpoints import Checkpoints
from sweep.execution.prepare import prepare_encoder
from sweep.folders import SweepFolder
from sweep.launch import run_sweep
from sweep.plan import Plan
from sweep.records.records import RecordStore
from trainables.mapping import ConfigError

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
cloudpickle.register_pickle_by_value(sys.modules[__name__])  # Ray's workers cannot import a test file


class ShortTrial(tune.Trainable):  # type: ignore[misc]
    """Two steps of `finetune.n_steps` tenths of a second; writes down where and when, fails where a file says so.

    Where the file "together" holds a number, no trial ends its first step before so many have begun theirs; "ready" is
    the same for setting up.
    """

    def setup(self, config: dict[str, Any]) -> None:
        self.name, self.started, self.n = config["name"], time.time(), 0
        self.folder = Path(config["run"]["store"])
        self.folder.mkdir(parents=True, exist_ok=True)
        self.step_s = config["run"]["finetune"]["n_steps"] / 10
        (self.folder / f"setup-{self.name}").touch()
        ready = self.folder / "ready"
        while ready.exists() and len(list(self.folder.glob("setup-*"))) < int(ready.read_text()):
            time.sleep(0.05)

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        self.setup(new_config)
        return True

    def step(self) -> dict[str, Any]:
        time.sleep(self.step_s)
        (self.folder / f"begun-{self.name}").write_text(ray.get_runtime_context().get_node_id())
        together = self.folder / "together"
        if together.exists() and len(list(self.folder.glob("begun-*"))) < int(together.read_text()):
            return {"stage": "finetune", "stage_step": 0, "stage_steps": 2, "done": False}
        self.n += 1
        if (self.folder / f"fail-{self.name}").exists():
            raise RuntimeError("broken on purpose")
        if self.n < 2:
            return {"stage": "finetune", "stage_step": 1, "stage_steps": 2, "done": False}
        line = {
            "name": self.name, "from": self.started, "to": time.time(), "node": ray.get_runtime_context().get_node_id(),
            "threads": os.environ["OMP_NUM_THREADS"], "gpus": ray.get_gpu_ids(),
        }  # fmt: skip
        with (self.folder / "lines.jsonl").open("a") as file:
            file.write(json.dumps(line) + "\n")
        score = {
            "task": "pos",
            "metric": "accuracy",
            "language": "deu_Latn",
            "split": "test",
            "n_correct": 1,
            "n_total": 2,
        }
        return {"done": True, "score": 0.5, "scores": [{**score, "value": 0.5}], "costs": {"finetune_s": 1.4}}


@pytest.fixture(autouse=True)
def short_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "RealignTrial", ShortTrial)
    monkeypatch.setattr(launch, "prepare_encoder", lambda config, say: None)


def run(config: SweepConfig, folder: SweepFolder, address: str | None = None) -> list[dict[str, Any]]:
    """Runs the sweep and returns what its trials wrote down."""
    run_sweep(config, folder, address=address, say=lambda text: None)
    return [json.loads(line) for line in (folder.store / "lines.jsonl").read_text().splitlines()]


def write_gzip(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode()))


def most_at_once(lines: list[dict[str, Any]]) -> int:
    return max(sum(bool(a["from"] <= b["from"] < a["to"]) for a in lines) for b in lines)


def test_four_trials_share_one_declared_gpu(config_of: Callable[..., SweepConfig], folder: SweepFolder) -> None:
    config = config_of(
        arms=["none", "full"], resources={"cpu": 0.25, "gpu": 0.25}, cluster={"cpus": 2, "gpus": 1},
        run={"finetune": {"n_steps": 2}},
    )  # fmt: skip
    folder.store.mkdir(parents=True)
    (folder.store / "together").write_text("4")
    lines = run(config, folder)
    assert len(lines) == 4 and most_at_once(lines) == 4
    assert all(line["gpus"] == [0] and line["threads"] == "1" for line in lines)


def test_a_cluster_of_two_nodes_is_joined(config_of: Callable[..., SweepConfig], folder: SweepFolder) -> None:
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    try:
        cluster.add_node(num_cpus=1)
        folder.store.mkdir(parents=True)
        (folder.store / "together").write_text("2")  # neither node waits for the other to have done everything
        lines = run(config_of(run={"finetune": {"n_steps": 30}}), folder, cluster.address)
        assert len(lines) == 6 and len({line["node"] for line in lines}) == 2
        with pytest.raises(ConfigError, match="must fit on one node"):
            run(config_of(name="big", resources={"cpu": 2}), SweepFolder.below(folder.mlruns, "big"), cluster.address)
        assert len(cluster.list_all_nodes()) == 2  # leaving does not stop the cluster
    finally:
        cluster.shutdown()


def test_failed_trials_run_again_on_resume_and_finished_ones_do_not(
    config_of: Callable[..., SweepConfig], folder: SweepFolder
) -> None:
    config = config_of(concurrency=1, cluster={"cpus": 2}, run={"finetune": {"n_steps": 5}})
    folder.store.mkdir(parents=True)
    switch = folder.store / "fail-full-seed0"
    switch.touch()
    lines = run(config, folder)
    records = RecordStore(folder.records)
    assert most_at_once(lines) == 1  # concurrency
    assert {record.trial for record in records.all() if not record.finished} == {"full-seed0"}
    before = {path.name: path.stat().st_mtime_ns for path in folder.records.iterdir()}
    switch.unlink()
    lines = run(config, folder)
    changed = [path.name for path in folder.records.iterdir() if path.stat().st_mtime_ns != before[path.name]]
    assert changed == ["full-seed0.json"] and len(lines) == 6
    assert len(records.finished_names()) == 6 and not folder.ray.exists()
    assert len(run(config, folder)) == 6  # nothing left to do


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_a_reserved_gpu_that_no_worker_finds_is_said_before_any_trial(
    config_of: Callable[..., SweepConfig], folder: SweepFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The card is declared to Ray only. The encoder is set up where a trial would be."""
    monkeypatch.setattr(launch, "prepare_encoder", prepare_encoder)
    with pytest.raises(ValueError, match=r"A trial that reserves a GPU \(`resources.gpu: 0.5`\) must find one"):
        run(config_of(resources={"gpu": 0.5}, cluster={"cpus": 1, "gpus": 1}), folder)
    assert not folder.records.exists()


def test_slots_fill_at_once(config_of: Callable[..., SweepConfig], folder: SweepFolder) -> None:
    """By itself Tune sets up one trial and only then asks for the next: here the first would wait for ever."""
    folder.store.mkdir(parents=True)
    (folder.store / "ready").write_text("3")
    assert len(run(config_of(cluster={"cpus": 3}, run={"finetune": {"n_steps": 1}}), folder)) == 6


@contextlib.contextmanager
def cluster_of(*cpus: int) -> Iterator[Cluster]:
    """A cluster whose head has no CPUs, with workers."""
    head = {"num_cpus": 0, "include_dashboard": False}
    # Nodes join from other threads, in which Python lets nobody take signals.
    cluster = Cluster(initialize_head=True, head_node_args=head, shutdown_at_exit=False)
    try:
        for n in cpus:
            cluster.add_node(num_cpus=n)
        yield cluster
    finally:
        cluster.shutdown()


def when(condition: Callable[[], bool], act: Callable[[], object]) -> threading.Thread:
    """Does `act` once `condition` holds, beside what the test does."""

    def wait() -> None:
        while not condition():
            time.sleep(0.1)
        act()

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    return thread


def test_a_trial_outlives_two_lost_nodes_though_no_failure_is_allowed(
    config_of: Callable[..., SweepConfig], folder: SweepFolder
) -> None:
    """The trial waits in its first step for a file; twice its node is killed while another one joins."""
    config = config_of(arms=["none"], seeds=[0], resources={"max_failures": 0}, run={"finetune": {"n_steps": 1}})
    folder.store.mkdir(parents=True)
    begun, together = folder.store / "begun-none-seed0", folder.store / "together"
    together.write_text("99")
    with cluster_of(1) as cluster:

        def lose_nodes() -> None:
            nodes = {""}  # those that the trial was on
            while len(nodes) < 3:
                time.sleep(0.1)
                here = begun.read_text()
                if here not in nodes:
                    nodes.add(here)
                    cluster.remove_node(next(iter(cluster.worker_nodes)), allow_graceful=False)
                    cluster.add_node(num_cpus=1)
            together.unlink()

        thread = when(begun.exists, lose_nodes)
        lines = run(config, folder, cluster.address)
        thread.join(1)
    assert len(lines) == 1 and RecordStore(folder.records).finished_names() == {"none-seed0"}


def test_an_autoscaling_cluster_may_begin_with_nothing(
    config_of: Callable[..., SweepConfig], folder: SweepFolder
) -> None:
    said: list[str] = []
    config = config_of(cluster={"autoscaling": True}, concurrency=2, run={"finetune": {"n_steps": 1}})
    with cluster_of() as cluster:
        thread = when(lambda: any("trials to run" in text for text in said), lambda: cluster.add_node(num_cpus=2))
        outcome = run_sweep(config, folder, address=cluster.address, say=said.append)
        thread.join(1)
    assert len(outcome.records) == 6 and outcome.n_failed == 0


def test_a_sweep_whose_trials_all_fail_alike_ends_early_with_the_cause(
    config_of: Callable[..., SweepConfig], folder: SweepFolder
) -> None:
    config = config_of(concurrency=1, resources={"max_failures": 0}, run={"finetune": {"n_steps": 1}})
    folder.store.mkdir(parents=True)
    for arm in ("none", "full", "random-3-s5"):
        for seed in (0, 1):
            (folder.store / f"fail-{arm}-seed{seed}").touch()
    outcome = run_sweep(config, folder, address=None, say=lambda text: None)
    assert outcome.n_failed == 3 and "broken on purpose" in outcome.problem and outcome.n_open == 3


class SignalTrial(ShortTrial):
    """Two rungs before the score; Yoruba and Wolof are worth it."""

    def step(self) -> dict[str, Any]:
        self.n += 1
        languages = set(self.config["run"]["languages"])
        value = 0.2 + 0.3 * len(languages & {"yor_Latn", "wol_Latn"}) + 0.001 * len(languages & {"deu_Latn"})
        if self.n <= 2:
            at = self.n / 2
            self.signals.append({"name": "retrieval_so_far", "at": at, "value": value})
            shown = {"retrieval_so_far": value, "realigned_frac": at, "signals": list(self.signals)}
            return {"stage": "realign", "stage_step": self.n, "stage_steps": 2, "done": False, "costs": {}, **shown}
        with (self.folder / "lines.jsonl").open("a") as file:
            file.write(json.dumps({"name": self.name}) + "\n")
        row = {"task": "pos", "metric": "accuracy", "language": "deu_Latn", "n_correct": 1, "n_total": 2, "value": 0.5}
        scores = [{**row, "split": split} for split in ("dev", "test")]
        return {"done": True, "score": value, "scores": scores, "costs": {}, "signals": list(self.signals)}

    def setup(self, config: dict[str, Any]) -> None:
        super().setup(config)
        self.signals: list[dict[str, Any]] = []


@pytest.mark.parametrize("kind", ["asha", "median"])
def test_a_search_of_sets_with_early_stopping_ends_and_says_what_was_stopped(
    kind: str, config_of: Callable[..., SweepConfig], folder: SweepFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "RealignTrial", SignalTrial)
    for language in ("eng_Latn", "deu_Latn"):  # the probe needs n-way parallel sentences to be there
        path = Path(str(config_of().run.data.root)) / "flores" / f"{language}.tsv.gz"
        write_gzip(path, "".join(f"{i}\tdev\tx\tdogs bark {i} times\n" for i in range(4)))
    config = config_of(
        search={"kind": "evolution", "n_samples": 12, "size": 2, "seed": 0, "repeats": {"top": 2, "seeds": [7]}},
        scheduler={"kind": kind, "reduction_factor": 2},
        cluster={"cpus": 2}, run={"evaluate": {"probe_at": [0.5]}},
    )  # fmt: skip
    outcome = run_sweep(config, folder, address=None, say=lambda text: None)
    assert (outcome.n_failed, outcome.n_open) == (0, 0) and len(
        outcome.records
    ) == 9 + 12 + 2  # arms with seeds 0, 1 and 7
    stopped = {record.trial for record in outcome.records if record.status == "stopped"}
    assert stopped and all(record.number is not None for record in outcome.records if record.trial in stopped)
    assert all(record.score is None and record.signals for record in outcome.records if record.trial in stopped)
    lines = [json.loads(line)["name"] for line in (folder.store / "lines.jsonl").read_text().splitlines()]
    assert len(lines) == len(set(lines)) and set(lines) == {r.trial for r in outcome.records} - stopped
    memory = json.loads((folder.root / "search.json").read_text())
    told = {one["trial"]: one["stopped_at"] is not None for one in memory["told"] if one["number"] is not None}
    assert told == {r.trial: r.trial in stopped for r in outcome.records if r.number is not None}
    repeats = [record for record in outcome.records if record.seed == 7]
    assert len(repeats) == 3 + 2 and all(record.finished for record in repeats)
    assert len(run_sweep(config, folder, address=None, say=lambda text: None).records) == 23  # nothing left to do
    assert len((folder.store / "lines.jsonl").read_text().splitlines()) == len(lines)


def test_mlflow_knows_a_sweep_by_the_config_that_was_asked_for(
    plan_of: Callable[..., Plan], folder: SweepFolder
) -> None:
    """The plan's has the commit of its encoder and the languages to fetch in it: `resume` must find its own sweep."""
    plan = plan_of()
    asked = plan.config
    encoder = dataclasses.replace(asked.run.encoder, revision="c" * 40)
    data = dataclasses.replace(asked.run.data, bitext_languages=("deu_Latn",))
    run = dataclasses.replace(asked.run, encoder=encoder, data=data)
    plan = dataclasses.replace(plan, config=dataclasses.replace(asked, run=run))
    records = RecordStore(folder.records)
    _, mlflow, _ = launch.make_callbacks(asked, plan, folder, records, Checkpoints(folder.checkpoints))
    launch.check_store(asked, folder)
    mlflow.setup()
    mlflow.on_experiment_end([])
    launch.check_store(asked, folder)
