"""SweepView: a sweep in MLflow, one parent run and exactly one child a trial, with statuses that are true.

Runs are found again by their tags, so that a continued sweep, or a second `sync`, continues the same runs. Writing is
repeatable: what is already there is left, what is missing or outdated is written.
"""

import json
import socket
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from search_spaces.writing import indented_json
from sweep.config.load import as_mapping
from sweep.config.sections import SweepConfig
from sweep.config.yaml_reader import write_yaml
from sweep.findings.phases import search_phases
from sweep.folders import SweepFolder
from sweep.records.records import TrialRecord
from sweep.reports.page.data import Progress, State
from sweep.reports.set_features import SetFeatures
from sweep.scores.names import language_names
from sweep.search.answer import answer_of
from sweep.search.length import n_trials_in_the_end
from sweep.tracking.base import Tracker
from sweep.tracking.data_sets import data_inputs
from sweep.tracking.metrics import SCORES_FILE, Point, curve_points, record_points, scores_table
from sweep.tracking.names import (
    CONFIG_TAG,
    DIGEST_TAG,
    FOLDER_TAG,
    MAX_TAG,
    SWEEP_TAG,
    TRIAL_TAG,
    commit_tags,
    config_digest,
    feature_params,
    planned_config,
    record_digest,
    run_name,
    sweep_params,
    tags_at_end,
    trial_note,
    trial_params,
    trial_tags,
)
from sweep.tracking.pages import VIEW_TAG, view_state
from sweep.tracking.results import SweepResult, by_end, progress_points
from sweep.tracking.store import SQLITE, FoundRun, MlflowStore, answering, migrate
from trainables.store.secrets import redacted

PARENT_TAG, NOTE_TAG = "mlflow.parentRunId", "mlflow.note.content"
SOURCE_TAGS = {"mlflow.source.name": "realign-sweep", "mlflow.source.type": "LOCAL"}
EXPERIMENT_NOTE = (
    "A run with children is a sweep, its children are trials. The list fetches a hundred runs at a time: "
    "`tags.kind = 'sweep'` in the search box shows all sweeps, `tags.kind = 'trial' and tags.size = '10'` trials of "
    "all sweeps. Sort by `score`, the mean development score (of a sweep that of its best set or arm); "
    "`pos/accuracy/all` is on test, single test sets are below `test_sets/` and in each trial's table `scores.json`. "
    "Add `&viewStateShareKey=realign-sweep` to the address of this list for columns and charts of what matters."
)
EXPERIMENT_TAGS = {
    NOTE_TAG: EXPERIMENT_NOTE,
    VIEW_TAG: view_state(),
    "mlflow.experimentKind": "custom_model_development",  # else the pages for language models, without runs, come first
    "mlflow.experiment.primaryMetric.name": "score",
    "mlflow.experiment.primaryMetric.greaterIsBetter": "true",
}
STATUS_OF = {"finished": "FINISHED", "failed": "FAILED", "stopped": "KILLED"}


class SweepView(Tracker):
    """One sweep in one MLflow store.

    Args:
        artifacts: folder for all artifacts; None = the server's.
        study: the experiment. sweep: the parent run's name. config: the complete sweep config, plain data.
        environment: "versions", "git_commit". n_trials: of the whole sweep.
        started_s: when it began; None = now.
        folder: where its records are, for what its search learned and what confirming it found; None = without.

    Raises:
        ValueError: the study was deleted in MLflow, or holds another sweep of this name. Anything of MLflow's: the
            store does not answer.
    """

    def __init__(
        self,
        tracking_uri: str,
        artifacts: Path | None,
        *,
        study: str,
        sweep: str,
        config: Mapping[str, Any],
        environment: Mapping[str, Any],
        n_trials: int,
        started_s: float | None = None,
        folder: SweepFolder | None = None,
    ) -> None:
        self.folder = folder
        self.store = MlflowStore(tracking_uri, study, artifacts, EXPERIMENT_TAGS)
        self.sweep, self.config, self.environment, self.n_trials = sweep, config, environment, n_trials
        self.digest, self.features = config_digest(config), SetFeatures.of_config(config)
        self._over: dict[str, TrialRecord] = {}  # what the parent's curves need of them
        self._open: dict[str, str] = {}
        self.parent = self._find_parent(time.time() if started_s is None else started_s)
        self._found = self._find_children()
        self._run_of = {trial: run.run_id for trial, run in self._found.items()}

    def open_trial(self, config: Mapping[str, Any]) -> None:
        """The trial's run is RUNNING: the one it has had since its first start, or a new one."""
        self._opened(config)

    def _opened(self, config: Mapping[str, Any]) -> str:
        name = config["name"]
        if name not in self._open:
            self._open[name] = self._make_or_reopen(config, time.time())
            self.store.write(self._open[name], {"config.yaml": write_yaml(config)})
        return self._open[name]

    def report(self, config: Mapping[str, Any], result: Mapping[str, Any]) -> None:
        """Draws the curves of a running trial on: one call at most."""
        points = list(curve_points(str(result.get("stage")), result.get("curve", {})))
        if points:
            self.store.log(self._opened(config), points)

    def close_trial(self, record: TrialRecord) -> None:
        """Writes everything a record says, ends the trial's run and draws the parent's curves on."""
        self._write(record)
        self.store.log(self.parent, progress_points(list(self._over.values()), last=True))

    def catch_up(self, records: Sequence[TrialRecord]) -> int:
        """Writes the records that MLflow has not heard of, or has heard otherwise; returns how many."""
        n_written = 0
        for record in tqdm(by_end(records), "MLflow", unit=" trials", disable=None, leave=False, delay=1):
            run = self._found.get(record.trial)
            told = run is not None and run.tags.get(DIGEST_TAG) == record_digest(record)
            if told and run is not None and run.status == STATUS_OF[record.status]:
                self._remember(record)
            else:
                self._write(record)
                n_written += 1
        return n_written

    def close_left_open(self) -> int:
        """Ends the runs of trials that were cut off; returns how many."""
        running = {run.run_id for run in self._found.values() if run.status == "RUNNING"}
        over = {self._run_of[trial] for trial in self._over}
        left = sorted((running | set(self._open.values())) - over)
        for run_id in left:
            self.store.log(run_id, tags={"status": "killed", "stop_reason": "interrupted"})
            self.store.end(run_id, "KILLED", time.time())
        self._open = {}
        return len(left)

    def describe(self, records: Sequence[TrialRecord]) -> None:
        """Writes what the sweep has found so far into the parent's note."""
        note = SweepResult(records, self.sweep).note(self.config["description"], self.n_trials)
        self.store.log(self.parent, tags={NOTE_TAG: note})

    def finish(self, records: Sequence[TrialRecord]) -> None:
        """Ends the parent run with its curves, tables and plots: KILLED where trials are left, FAILED where some
        failed.
        """
        phases = search_phases(self.folder, {self.sweep: records}) if self.folder else None
        result = SweepResult(records, self.sweep, phases)
        n_failed, n_trials = sum(record.failed for record in records), self._n_trials_in_the_end()
        status = "KILLED" if len(records) < n_trials else "FAILED" if n_failed else "FINISHED"
        state: State = "complete" if status == "FINISHED" else "interrupted"
        progress = Progress(n_over=len(records), n_trials=max(n_trials, len(records)), state=state)
        self.store.write(self.parent, {**result.files(), **result.page(progress)})
        note = result.note(self.config["description"], n_trials, self.n_trials)
        tags = {NOTE_TAG: note, "status": status.lower(), "n_failed": str(n_failed)}
        points, answer = progress_points(records), answer_of(records)
        if answer:
            points.append(Point("score", answer.score, max(record.ended_s for record in records)))
            tags |= {"languages": language_names(answer.languages) or "none", "best": answer.label}
        self.store.log(self.parent, points, tags=tags)
        ended_s = max((record.ended_s for record in records), default=time.time())
        self.store.end(self.parent, status, ended_s)

    def _n_trials_in_the_end(self) -> int:
        if self.folder is None:
            return self.n_trials
        repeated = self.config.get("search", {}).get("repeats", {}).get("seeds", ())
        n_arm_trials = len(self.config["arms"]) * len({*self.config["seeds"], *repeated})
        return n_trials_in_the_end(self.folder.search, n_planned=self.n_trials, n_arm_trials=n_arm_trials)

    def _find_parent(self, started_s: float) -> str:
        found = find_parent(self.store, self.sweep, self.digest)
        params = sweep_params(self.config, self.n_trials)
        if found:
            added = {key: value for key, value in params.items() if key not in found.params}
            self.store.reopen(found.run_id)
            tags = {"status": "running", CONFIG_TAG: self.digest, **self._place}
            self.store.log(found.run_id, params=added, tags=tags)
            return found.run_id
        tags = {
            SWEEP_TAG: self.sweep, CONFIG_TAG: self.digest, "kind": "sweep", "status": "running",
            NOTE_TAG: self.config["description"], **self._place, **SOURCE_TAGS,
            **commit_tags(self.environment["git_commit"]),
        }  # fmt: skip
        run_id = self.store.create(self.sweep, tags, started_s)
        self.store.log(run_id, params=params)
        environment = json.dumps(self.environment, indent=1)
        self.store.write(run_id, {"config.yaml": write_yaml(self.config), "environment.json": environment})
        return run_id

    @property
    def _place(self) -> dict[str, str]:
        return {} if self.folder is None else {FOLDER_TAG: place_of(self.folder)[:MAX_TAG]}

    def _find_children(self) -> dict[str, FoundRun]:
        """The trials' runs by trial. A repeated one (a server's answer was lost and the call repeated) is deleted, one
        whose parent was deleted gets the new one. Runs that somebody else has put below the parent are left alone.
        """
        children: dict[str, FoundRun] = {}
        for run in self.store.find({SWEEP_TAG: self.sweep, "kind": "trial"}):
            if TRIAL_TAG not in run.tags or run.tags.get(CONFIG_TAG, self.digest) != self.digest:
                continue
            if children.setdefault(run.tags[TRIAL_TAG], run) is not run:
                self.store.delete(run.run_id)
            elif run.tags.get(PARENT_TAG) != self.parent:
                self.store.log(run.run_id, tags={PARENT_TAG: self.parent})
        return children

    def _make_or_reopen(self, config: Mapping[str, Any], started_s: float) -> str:
        name, params = config["name"], trial_params(config)
        if name not in self._run_of:
            tags = {PARENT_TAG: self.parent, CONFIG_TAG: self.digest, NOTE_TAG: trial_note(config), **SOURCE_TAGS}
            run_id = self.store.create(run_name(config), {**tags, **trial_tags(config, self.sweep)}, started_s)
            self._run_of[name] = run_id
            self.store.log(run_id, params=params)
        else:
            run_id, found = self._run_of[name], self._found.get(name)
            known = found.params if found else params  # params cannot be changed, only added
            added = {key: value for key, value in params.items() if key not in known}
            self.store.reopen(run_id)
            self.store.log(run_id, params=added, tags={"status": "running", "error": "", "stop_reason": ""})
        return run_id

    def _write(self, record: TrialRecord) -> None:
        config = planned_config(record)
        run_id = self._open.get(record.trial) or self._make_or_reopen(config, record.started_s)
        files: dict[str, str | bytes] = {"record.json": _as_json(record)}
        if record.scores:
            files[SCORES_FILE] = scores_table(record)
        if record.trial not in self._open:
            files["config.yaml"] = write_yaml(config)
        if record.error:
            files["error.txt"] = record.error
        self.store.write(run_id, files)
        self.store.log_inputs(run_id, data_inputs(record))
        found = self._found.get(record.trial)
        known = found.params if found else {}
        params = feature_params(self.features.of(record.languages, record.seen_languages))
        added = {key: value for key, value in params.items() if key not in known}
        self.store.log(run_id, record_points(record), added, tags=tags_at_end(record))
        self.store.end(run_id, STATUS_OF[record.status], record.ended_s)
        self._open.pop(record.trial, None)
        self._remember(record)

    def _remember(self, record: TrialRecord) -> None:
        self._over[record.trial] = record.outline


def find_parent(store: MlflowStore, sweep: str, digest: str) -> FoundRun | None:
    """The sweep's own run, if it has one. Those of earlier versions have no digest of their config, and are taken.

    Raises:
        ValueError: there is one of another sweep by this name.
    """
    found = store.find({SWEEP_TAG: sweep, "kind": "sweep"})
    ours = [run for run in found if run.tags.get(CONFIG_TAG, digest) == digest]
    if found and not ours:
        raise ValueError(
            f"A name must stand for one sweep in a study of MLflow, but {sweep!r} has another config in the study "
            f"{store.experiment!r} there. Give another name or `study`, or another store by `--tracking-uri` or "
            "`--mlruns`."
        )
    return min(ours, key=lambda run: CONFIG_TAG not in run.tags, default=None)


def check_store(config: SweepConfig, folder: SweepFolder, tracking_uri: str | None = None) -> str:
    """Makes the sweep's own store ready, or asks the one it is to be shown in, before anything runs.

    Args:
        tracking_uri: of another store; None = the sweep's own.

    Returns:
        a sentence, where the same sweep seems to be running in another folder and to be shown in the same runs, or "".

    Raises:
        ValueError: it cannot be used or does not let us write, the study was deleted there, or it holds another sweep
            of this name.
    """
    uri = tracking_uri or folder.tracking_uri
    migrate(uri)
    with answering(uri):
        store = MlflowStore(uri, config.study, artifacts_folder(uri, folder), EXPERIMENT_TAGS)
        parent = find_parent(store, config.name, config_digest(as_mapping(config)))
        if not tracking_uri:
            return ""
        store.check_rights()
    there = parent.tags.get(FOLDER_TAG, "") if parent is not None and parent.status == "RUNNING" else ""
    if there in ("", place_of(folder)):
        return ""
    return (
        f"{config.name}: MLflow at {redacted(uri)} has this sweep as running in {there}, too, unless it was cut off "
        "there: both are one run in MLflow, and every trial of both is trained. Go on in that folder, or give another "
        "`--name`, if that is not meant."
    )


def place_of(folder: SweepFolder) -> str:
    """Machine and folder of a sweep."""
    return f"{socket.gethostname()}:{folder.root}"


def artifacts_folder(tracking_uri: str, folder: SweepFolder) -> Path | None:
    """Beside the database where the store is an SQLite file; None for a server, which has its own."""
    if tracking_uri == folder.tracking_uri:
        return folder.artifacts
    if tracking_uri.startswith(SQLITE):
        return Path(tracking_uri.removeprefix(SQLITE)).absolute().parent / "artifacts"
    return None


def _as_json(record: TrialRecord) -> str:
    return indented_json(record.as_dict())
