"""WandbTracker: Weights & Biases, a run a trial and one of the sweep, grouped by the sweep's name.

A run is written when its trial is over. Its id is made of the sweep and the trial, so that one that is uploaded twice
is one run there. Without `WANDB_MODE`, a key or a login, everything stays in files, which `wandb sync` uploads.
"""

import contextlib
import json
import netrc
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import wandb

from sweep.config.load import as_mapping
from sweep.folders import write_atomically
from sweep.records.records import TrialRecord
from sweep.reports.set_features import SetFeatures
from sweep.scores.leaderboard import leaderboard
from sweep.scores.names import language_names
from sweep.search.answer import answer_of
from sweep.tracking.metrics import Point, record_points, scores_table
from sweep.tracking.names import (
    NOTED_LANGUAGES,
    config_digest,
    feature_params,
    planned_config,
    record_digest,
    run_name,
    sweep_params,
    trial_note,
    trial_params,
)
from sweep.tracking.results import SweepResult, by_end, progress_points
from sweep.tracking.trackers import Shown
from sweep.tracking.written import FileTracker, Written
from trainables.store.fingerprint import fingerprint

HOST = "api.wandb.ai"
QUIET: Mapping[str, Any] = {
    "silent": True, "console": "off", "disable_git": True, "save_code": False, "x_disable_stats": True,
    "x_disable_meta": True, "x_save_requirements": False,
}  # fmt: skip


def mode() -> Any:
    """`WANDB_MODE`; without it "online" where a key or a login is at hand, else "offline": nobody is asked for one."""
    if given := os.environ.get("WANDB_MODE"):
        return given
    if os.environ.get("WANDB_API_KEY"):
        return "online"
    try:
        return "online" if HOST in netrc.netrc().hosts else "offline"
    except (OSError, netrc.NetrcParseError):
        return "offline"


class WandbTracker(FileTracker):
    """One sweep; files in `wandb/` in its folder, the project is the sweep's study."""

    def __init__(self, shown: Shown) -> None:
        self.folder, self.config, self.n_trials = shown.folder, shown.config, shown.n_trials
        self.mapping = as_mapping(shown.config)
        self.digest = config_digest(self.mapping)
        self.features = SetFeatures.of_config(self.mapping)
        # What was kept in files has not been uploaded: each mode remembers for itself.
        self.written = Written(shown.folder.root / "wandb" / f"written-{mode()}")
        self.folder.root.mkdir(parents=True, exist_ok=True)

    def close_trial(self, record: TrialRecord) -> None:
        """Everything a record says, as one run."""
        planned = planned_config(record)
        features = self.features.of(record.languages, record.seen_languages)
        points = record_points(record)
        params = {**trial_params(planned), **feature_params(features), "languages": _named(record.languages)}
        tags = [record.criterion, record.status]
        with self._run(record.trial, run_name(planned), "trial", params, trial_note(planned), tags) as run:
            _log_curves(run, [point for point in points if point.step])
            if record.scores:
                table = json.loads(scores_table(record))
                run.log({"scores": wandb.Table(columns=table["columns"], data=table["data"])})
            run.summary.update({point.name: point.value for point in points if not point.step})
            run.summary.update({"languages": _named(record.languages), "status": record.status})
        self.written.add(record)

    def finish(self, records: Sequence[TrialRecord]) -> None:
        """The sweep's own run: the course, the leaderboard, the answer."""
        if not any(record.finished for record in records):
            return
        state = fingerprint([record_digest(record) for record in by_end(records)])
        marker = self.written.folder / ".sweep"
        if marker.exists() and marker.read_text(encoding="utf-8") == state:
            return
        note = SweepResult(records, self.config.name).note(self.config.description, self.n_trials)
        params = sweep_params(self.mapping, self.n_trials)
        table = leaderboard(records)
        table = table.astype(object).where(table.notna(), None)
        with self._run("", self.config.name, "sweep", params, note) as run:
            _log_curves(run, progress_points(records))
            run.log({"leaderboard": wandb.Table(dataframe=table, allow_mixed_types=True)})
            if answer := answer_of(records):
                run.summary.update({"score": answer.score, "best": answer.label, "languages": _named(answer.languages)})
        write_atomically(marker, state)

    @contextlib.contextmanager
    def _run(
        self, trial: str, name: str, kind: str, params: Mapping[str, Any], note: str, tags: Sequence[str] = ()
    ) -> Iterator[Any]:
        """A run, which ends with the block: one that is left open could not be written again."""
        run = wandb.init(
            project=self.config.study, id=run_id(self.config.name, self.digest, trial), name=name, notes=note,
            group=self.config.name, job_type=kind, tags=list(tags), config=dict(params), dir=str(self.folder.root),
            mode=mode(), resume="allow", reinit="create_new", settings=wandb.Settings(**QUIET),
        )  # fmt: skip
        try:
            yield run
        finally:
            run.finish(exit_code=1 if "failed" in tags else 0)


def run_id(sweep: str, digest: str, trial: str) -> str:
    """The same for the same trial of the same sweep, wherever it is written from; of the sweep itself without one."""
    return fingerprint([sweep, digest, trial])[:16]


def _log_curves(run: Any, points: Sequence[Point]) -> None:
    """Each curve against the steps of its own stage: W&B knows one step for everything, which only grows."""
    by_stage: dict[tuple[str, int], dict[str, float]] = {}
    for point in points:
        stage = point.name.rpartition("/")[0] or "trials"
        by_stage.setdefault((stage, point.step), {})[point.name] = point.value
    for stage in dict.fromkeys(stage for stage, _ in by_stage):
        step = f"{stage}/step"
        run.define_metric(step, hidden=True)
        names = {name for (of, _), values in by_stage.items() if of == stage for name in values}
        for name in sorted(names):
            run.define_metric(name, step_metric=step)
    for (stage, number), values in sorted(by_stage.items()):
        run.log({f"{stage}/step": number, **values})


def _named(languages: Sequence[str]) -> str:
    return language_names(languages, NOTED_LANGUAGES) or "none"
