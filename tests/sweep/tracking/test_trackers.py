"""Trackers beside MLflow: what a running sweep leaves is what `sync` makes, and each library reads its own back."""

import dataclasses
import logging
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import optuna
import pytest
from optuna.trial import TrialState

from sweep.folders import SweepFolder
from sweep.plan import Plan
from sweep.records.records import RecordStore, TrialRecord, make_record
from sweep.records.session import remember
from sweep.tracking import trackers
from sweep.tracking.base import Tracker
from sweep.tracking.callback import FolderCallback
from sweep.tracking.sync import SyncOutcome, sync_folder
from sweep.tracking.trackers import TRACKERS, Shown, check_installed, trackers_of

ENVIRONMENT = {"sweep": "tiny", "versions": {"python": "3.11"}, "git_commit": None}
SPACE = {
    "subset.criterion": {"choice": ["random"]}, "subset.size": {"choice": [2, 3]},
    "realign.temperature": {"uniform": [0.05, 0.5]},
}  # fmt: skip


@pytest.fixture
def plan(plan_of: Callable[..., Plan]) -> Plan:
    return plan_of(arms=["none"], seeds=[0], space=SPACE, search={"kind": "random", "n_samples": 3})


class Sweep:
    """A search of three trials and its arm, as Tune would drive them."""

    def __init__(self, plan: Plan, folder: SweepFolder, scores: Any) -> None:
        self.plan, self.folder, self.scores, self.records = plan, folder, scores, RecordStore(folder.records)
        self.shown = Shown(folder=folder, config=plan.config, n_trials=plan.n_trials)
        remember(plan.config, folder)
        points = [{"subset.criterion": "random", "subset.size": n, "realign.temperature": t} for n, t in
                  ((2, 0.1), (3, 0.2), (3, 0.4))]  # fmt: skip
        self.configs = [plan.trials[0].config()]
        self.configs += [plan.chooser.searched_trial(i, point).config() for i, point in enumerate(points)]

    def record(self, number: int, score: float = 0.5, error: str = "") -> TrialRecord:
        curve = {"step": [1, 2], "time_s": [time.time(), time.time()], "loss": [1.0, 0.5]}
        result = {"score": score, "scores": self.scores, "seen_languages": ["deu_Latn"], "curves": {"realign": curve}}
        record = make_record(self.configs[number], result, error, time.time(), ENVIRONMENT)
        self.records.write(record)
        return record

    def run(self, name: str, numbers: Any = (0, 1, 2, 3)) -> FolderCallback:
        callback = FolderCallback(name, self.shown, self.records)
        callback.setup()
        for number in numbers:
            trial = SimpleNamespace(config=self.configs[number])
            callback.on_trial_start(0, [], trial)
            curve = {"step": [1], "time_s": [time.time()], "loss": [1.0]}
            callback.on_trial_result(0, [], trial, {"stage": "realign", "curve": curve})
            callback.flush()
            self.record(number, 0.5 + number / 10, "RuntimeError: x" if number == 3 else "")
            callback.on_trial_complete(0, [], trial)
        callback.on_experiment_end([])
        return callback


@pytest.fixture
def sweep(plan: Plan, folder: SweepFolder, pos_scores: Callable[..., Any]) -> Sweep:
    return Sweep(plan, folder, pos_scores(eng_Latn=90, deu_Latn=60, wol_Latn=30))


def study_of(folder: SweepFolder) -> optuna.Study:
    return optuna.load_study(study_name="tiny", storage=f"sqlite:///{folder.optuna}")


def told(study: optuna.Study) -> list[Any]:
    return [(t.user_attrs["trial"], t.state, t.value, t.params, t.user_attrs["languages"]) for t in study.trials]


def test_a_search_is_an_optuna_study(sweep: Sweep) -> None:
    assert trackers_of(sweep.plan.config) == ("mlflow", "optuna")
    sweep.run("optuna")
    study = study_of(sweep.folder)
    assert [(trial.state, trial.value) for trial in study.trials] == [
        (TrialState.COMPLETE, 0.6), (TrialState.COMPLETE, 0.7), (TrialState.FAIL, None),
    ]  # fmt: skip
    best = study.best_trial
    assert best.params["subset.size"] == 3 and best.params["realign.temperature"] == 0.2
    assert 0 < best.params["mean_distance"] < 1 and 1 <= best.params["n_families"] <= 3
    languages = sweep.configs[2]["subset"]["languages"]
    assert best.params["unseen_frac"] == pytest.approx(sum(tag != "deu_Latn" for tag in languages) / 3, abs=1e-4)
    assert best.user_attrs["subset"].split() == sorted(languages) and len(best.user_attrs["languages"].split(", ")) == 3
    assert "told" in study.user_attrs["values"] and "Test scores" in study.user_attrs["values"]
    live = told(study)
    assert sync_folder("optuna", sweep.folder) == SyncOutcome(n_written=0, n_there=3, n_closed=0)
    sweep.folder.optuna.unlink()
    assert sync_folder("optuna", sweep.folder).n_written == 3 and told(study_of(sweep.folder)) == live


def test_a_trial_that_ran_again_is_in_the_study_once(sweep: Sweep) -> None:
    sweep.run("optuna")
    sweep.run("optuna", [])  # resumed, nothing to do
    assert len(study_of(sweep.folder).trials) == 3
    callback = FolderCallback("optuna", sweep.shown, sweep.records)
    callback.setup()
    record = sweep.record(3, 0.9)
    callback.on_trial_complete(0, [], SimpleNamespace(config=sweep.configs[3]))
    callback.on_experiment_end([])
    ends = {t.user_attrs["trial"]: t.value for t in study_of(sweep.folder).trials}
    assert len(ends) == len(study_of(sweep.folder).trials) == 3 and ends[record.trial] == 0.9


def test_a_stopped_trial_is_pruned_with_its_signals(sweep: Sweep) -> None:
    signals = tuple({"name": "retrieval_so_far", "at": at, "value": value} for at, value in ((0.1, 0.5), (0.2, 0.25)))
    record = dataclasses.replace(sweep.record(1), status="stopped", score=None, scores=(), signals=signals)
    TRACKERS["optuna"](sweep.shown).close_trial(record)
    (trial,) = study_of(sweep.folder).trials
    assert trial.state == TrialState.PRUNED and trial.intermediate_values == {10: 0.5, 20: 0.25}


def test_tensorboard_reads_its_event_files(sweep: Sweep) -> None:
    events = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator",
        reason="needs tensorboard: pip install -e '.[tensorboard]'",
    )

    def read() -> dict[str, Any]:
        root, found = sweep.folder.root / "tensorboard", {}
        for path in sorted(path for path in root.iterdir() if not path.name.startswith(".")):
            read = events.EventAccumulator(str(path))
            read.Reload()
            tags = {tag: [(e.step, e.value) for e in read.Scalars(tag)] for tag in read.Tags()["scalars"]}
            found[path.name] = (tags, sorted(read.Tags()["tensors"]))
        return found

    sweep.run("tensorboard")
    live = read()
    assert set(live) == {"none-seed0", "search-0000-seed0", "search-0001-seed0", "search-0002-seed0", "sweep"}
    scalars, texts = live["search-0001-seed0"]
    assert scalars["progress/realign/loss"] == [(1, 1.0), (2, 0.5)]
    assert scalars["score"] == [(0, pytest.approx(0.7))] and scalars["test_sets/pos/accuracy/wol_Latn"][0][
        1
    ] == pytest.approx(0.3)
    assert texts == ["trial/text_summary"] and live["sweep"][0]["best_so_far"][-1] == (4, pytest.approx(0.7))
    assert sync_folder("tensorboard", sweep.folder) == SyncOutcome(n_written=0, n_there=4, n_closed=0)
    shutil.rmtree(sweep.folder.root / "tensorboard")
    assert sync_folder("tensorboard", sweep.folder).n_written == 4 and read() == live


@pytest.mark.slow
def test_weights_and_biases_offline(sweep: Sweep, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("wandb", reason="needs wandb: pip install -e '.[wandb]'")
    monkeypatch.setenv("WANDB_MODE", "offline")

    def read() -> dict[str, Any]:
        return dict(map(_run_of, (sweep.folder.root / "wandb").glob("offline-run-*/*.wandb")))

    sweep.run("wandb")
    live = read()
    assert len(live) == 5  # the sweep's own, and one a trial
    by_name = {run["name"].partition(" ")[0]: run for run in live.values()}
    assert {run["group"] for run in live.values()} == {"tiny"} and by_name["tiny"]["job_type"] == "sweep"
    searched = next(run for run in live.values() if run["config"].get("realign.temperature") == "0.2")
    assert searched["summary"]["score"] == 0.7 and searched["summary"]["test_sets/pos/accuracy/wol_Latn"] == 0.3
    assert searched["config"]["subset.size"] == "3" and "set.mean_distance" in searched["config"]
    losses = [row["progress/realign/loss"] for row in searched["history"] if "progress/realign/loss" in row]
    assert losses == [1.0, 0.5] and [run["exit_code"] for run in live.values()].count(1) == 1
    assert sync_folder("wandb", sweep.folder) == SyncOutcome(n_written=0, n_there=4, n_closed=0)
    shutil.rmtree(sweep.folder.root / "wandb")
    assert sync_folder("wandb", sweep.folder).n_written == 4
    again = read()
    assert again.keys() == live.keys()  # the same ids: uploaded twice, they are one run each
    assert all(again[key]["config"] == live[key]["config"] for key in live)


def _run_of(path: Path) -> tuple[str, dict[str, Any]]:
    """What a W&B file says, read by its format (LevelDB's log after a header of seven bytes) and W&B's own messages."""
    import json

    from wandb.proto.wandb_internal_pb2 import Record

    data, at, whole = path.read_bytes(), 7, b""
    run: dict[str, Any] = {"config": {}, "summary": {}, "history": [], "exit_code": 0}
    key = ""
    while at + 7 <= len(data):
        if 32_768 - at % 32_768 < 7:
            at += 32_768 - at % 32_768
            continue
        length, kind = int.from_bytes(data[at + 4 : at + 6], "little"), data[at + 6]
        whole = (b"" if kind in (1, 2) else whole) + data[at + 7 : at + 7 + length]  # full, first, middle, last
        at += 7 + length
        if kind not in (1, 4):
            continue
        record = Record.FromString(whole)
        if record.HasField("run"):
            key = record.run.run_id
            run |= {"name": record.run.display_name, "group": record.run.run_group, "job_type": record.run.job_type}
            run["config"] |= {item.key: json.loads(item.value_json) for item in record.run.config.update}
        elif record.HasField("summary"):
            run["summary"] |= {item.key: json.loads(item.value_json) for item in record.summary.update}
        elif record.HasField("history"):
            row = {item.key or "/".join(item.nested_key): json.loads(item.value_json) for item in record.history.item}
            run["history"].append(row)
        elif record.HasField("exit"):
            run["exit_code"] = record.exit.exit_code
    return key, run


def test_a_tracker_that_fails_is_one_line_and_no_failure(
    sweep: Sweep, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Tracker):
        def __init__(self, shown: Shown) -> None:
            raise OSError("no space left")

        def close_trial(self, record: TrialRecord) -> None: ...
        def catch_up(self, records: Any) -> int: ...  # type: ignore[empty-body]
        def finish(self, records: Any) -> None: ...

    monkeypatch.setattr("sweep.tracking.callback.TRACKERS", {"tensorboard": Broken})
    with caplog.at_level(logging.WARNING):
        sweep.run("tensorboard")
    said = [record.getMessage() for record in caplog.records if "no space left" in record.getMessage()]
    # While it runs, and once more at the end, as nothing here makes it good any more.
    assert len(said) == 2 and all("realign-sweep sync tiny" in line and "tensorboard" in line for line in said)


def test_a_package_that_is_missing_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trackers.importlib.util, "find_spec", lambda name: None)
    check_installed(["mlflow", "optuna"])
    with pytest.raises(ValueError, match=r"needs the package wandb.*pip install 'realign-sweep\[wandb\]'"):
        check_installed(["mlflow", "wandb"])
    with pytest.raises(ValueError, match="must be one of mlflow, optuna, tensorboard, wandb, but is 'neptune'"):
        check_installed(["neptune"])
