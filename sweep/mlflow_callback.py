"""Writes a sweep to MLflow from the driver while it runs. The only importer of mlflow.

One parent run per sweep, one nested run per trial; both are found again by their tags, so a resumed sweep continues the
same runs. What a finished trial's run holds comes from its record: what an interruption left out is written on resume.
"""

import json
import logging
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunStatus, RunTag
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID, MLFLOW_RUN_NOTE
from ray import tune

from sweep import tracking
from sweep.records import RecordStore, TrialRecord
from sweep.reports.write import report
from sweep.yaml_reader import write_yaml
from trainables.mapping import to_mapping

METRICS_A_BATCH = 900  # MLflow takes 1,000 metrics, 100 params, 100 tags
PARAMS_A_BATCH = 90
NOTE_LIMIT = 7_500
STATUS_OF = {"finished": "FINISHED", "failed": "FAILED"}


def migrate(tracking_uri: str) -> None:
    """Makes or upgrades the database, once, before anyone else opens it (seconds for a new one)."""
    for noisy in ("mlflow.store.db.utils", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    MlflowClient(tracking_uri).search_experiments(max_results=1)


class MlflowCallback(tune.Callback):
    """The MLflow view of a sweep.

    Args:
        tracking_uri: "sqlite:///...". artifacts: folder for all artifacts.
        study: the experiment. sweep: the parent run's name. config: the complete sweep config, plain data.
        records: written before this callback is told that a trial is over.
        environment: see `records.RecordCallback`. n_trials: of the whole sweep.
    """

    def __init__(
        self,
        *,
        tracking_uri: str,
        artifacts: Path,
        study: str,
        sweep: str,
        config: Mapping[str, Any],
        records: RecordStore,
        environment: Mapping[str, Any],
        n_trials: int,
    ) -> None:
        self.tracking_uri, self.artifacts, self.study, self.sweep = tracking_uri, artifacts, study, sweep
        self.config, self.records, self.environment, self.n_trials = dict(config), records, dict(environment), n_trials
        self._client: MlflowClient | None = None
        self._experiment = self._parent = ""
        self._run_of: dict[str, str] = {}
        self._open: dict[str, str] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_client": None}  # Tune pickles callbacks; a client holds a database connection

    def setup(self, **info: Any) -> None:
        """Opens the store, finds or makes the parent run, and catches up on records that MLflow has not heard of."""
        self._client = MlflowClient(self.tracking_uri)
        self._experiment = self._find_experiment()
        self._parent = self._find_parent()
        children = self._search(f"tags.`{MLFLOW_PARENT_RUN_ID}` = '{self._parent}'")
        self._run_of = {run.data.tags[tracking.TRIAL_TAG]: run.info.run_id for run in children}
        told = {run.data.tags[tracking.TRIAL_TAG]: run.data.tags.get("status") for run in children}
        self._open = {}
        for record in self.records.all():
            if told.get(record.trial) != record.status:
                self._close(record)

    def on_trial_start(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """Opens the trial's run."""
        self._open_run(trial.config)

    def on_trial_result(
        self, iteration: int, trials: list[Any], trial: Any, result: dict[str, Any], **info: Any
    ) -> None:
        """Logs the loss of the current stage."""
        metrics = tracking.progress_metrics(result)
        if metrics:
            self._log_metrics(self._open_run(trial.config), metrics, step=int(result.get("stage_step", 0)))

    def on_trial_complete(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """Closes the trial's run with what its record says."""
        self._close_recorded(trial.config["name"])

    def on_trial_error(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """Closes the trial's run as failed."""
        self._close_recorded(trial.config["name"])

    def on_experiment_end(self, trials: list[Any], **info: Any) -> None:
        """Closes the runs that were cut off as KILLED, and the parent with the leaderboard."""
        for run_id in self._open.values():
            self.client.set_tag(run_id, "status", "killed")
            self.client.set_terminated(run_id, RunStatus.to_string(RunStatus.KILLED))
        self._open = {}
        records = self.records.all()
        if any(record.finished for record in records):
            text = report(records, self.sweep)
            self.client.log_text(self._parent, text, "leaderboard.md")
            self.client.log_text(self._parent, report(records, self.sweep, "csv"), "leaderboard.csv")
            self.client.set_tag(self._parent, MLFLOW_RUN_NOTE, _cut(text))
        n_failed = sum(not record.finished for record in records)
        status = "KILLED" if len(records) < self.n_trials else "FAILED" if n_failed else "FINISHED"
        self.client.set_tag(self._parent, "status", status.lower())
        self.client.set_terminated(self._parent, status)

    @property
    def client(self) -> MlflowClient:
        """The open client."""
        assert self._client is not None, "setup() opens the client"
        return self._client

    def _find_experiment(self) -> str:
        experiment = self.client.get_experiment_by_name(self.study)
        if experiment is None:
            folder = self.artifacts / self.study
            return str(self.client.create_experiment(self.study, artifact_location=folder.as_uri()))
        if experiment.lifecycle_stage == "deleted":
            raise ValueError(
                f"The study {self.study!r} must not be deleted in MLflow, but is. "
                f"Restore it (`mlflow experiments restore -x {experiment.experiment_id}`) or set another `study`."
            )
        return str(experiment.experiment_id)

    def _find_parent(self) -> str:
        found = self._search(f"tags.`{tracking.SWEEP_TAG}` = '{self.sweep}' AND tags.kind = 'sweep'")
        if found:
            run_id = found[0].info.run_id
            self.client.update_run(run_id, status="RUNNING")
        else:
            tags = {tracking.SWEEP_TAG: self.sweep, "kind": "sweep", MLFLOW_RUN_NOTE: self.config["description"]}
            run_id = self.client.create_run(self._experiment, run_name=self.sweep, tags=tags).info.run_id
            self.client.log_text(run_id, write_yaml(self.config), "config.yaml")
            self.client.log_dict(run_id, self.environment, "environment.json")
        self.client.set_tag(run_id, "status", "running")
        return str(run_id)

    def _search(self, condition: str) -> Sequence[Any]:
        runs: list[Any] = []
        token: str | None = None
        while True:
            page = self.client.search_runs([self._experiment], condition, max_results=1000, page_token=token)
            runs += page
            token = page.token
            if not token:
                return runs

    def _open_run(self, config: Mapping[str, Any]) -> str:
        """The run of a planned config: the one it has had since its first start, or a new one."""
        name = config["name"]
        if name in self._open:
            return self._open[name]
        if name in self._run_of:
            self.client.update_run(self._run_of[name], status="RUNNING")
            self.client.set_tag(self._run_of[name], "status", "running")
        else:
            tags = {MLFLOW_PARENT_RUN_ID: self._parent, **tracking.trial_tags(config, self.sweep)}
            run = self.client.create_run(self._experiment, run_name=tracking.run_name(config), tags=tags)
            self._run_of[name] = run.info.run_id
            params = [Param(key, value) for key, value in tracking.trial_params(config).items()]
            for start in range(0, len(params), PARAMS_A_BATCH):
                self.client.log_batch(run.info.run_id, params=params[start : start + PARAMS_A_BATCH])
            self.client.log_text(run.info.run_id, write_yaml(config), "config.yaml")
            self.client.log_dict(run.info.run_id, self.environment, "environment.json")
        self._open[name] = self._run_of[name]
        return self._open[name]

    def _close_recorded(self, name: str) -> None:
        record = self.records.get(name)
        if record is not None:
            self._close(record)

    def _close(self, record: TrialRecord) -> None:
        """Writes everything the record says and ends the run."""
        run_id = self._open_run(tracking.planned_config(record))
        if record.finished:
            self._log_metrics(run_id, tracking.record_metrics(record), step=0)
        text = json.dumps(to_mapping(record), indent=1, ensure_ascii=False)
        self.client.log_text(run_id, text, "record.json")
        self.client.log_batch(run_id, tags=[RunTag(k, v) for k, v in tracking.record_tags(record).items()])
        self.client.set_terminated(run_id, STATUS_OF[record.status], end_time=int(record.ended_s * 1000))
        self._open.pop(record.trial, None)

    def _log_metrics(self, run_id: str, metrics: Mapping[str, float], step: int) -> None:
        now_ms = int(time.time() * 1000)
        batch = [Metric(name, value, now_ms, step) for name, value in metrics.items()]
        for start in range(0, len(batch), METRICS_A_BATCH):
            self.client.log_batch(run_id, metrics=batch[start : start + METRICS_A_BATCH])


def _cut(text: str) -> str:
    """`text` up to MLflow's limit for a tag, at a line's end."""
    if len(text) <= NOTE_LIMIT:
        return text
    return text[: text.rindex("\n", 0, NOTE_LIMIT)] + "\n\n(cut; the whole table is in the artifact leaderboard.md)"
