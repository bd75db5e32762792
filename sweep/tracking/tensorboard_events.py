"""TensorBoardTracker: a folder of event files a trial below the sweep's folder; `tensorboard --logdir` shows it.

While a trial runs, its curves grow in a live file. When it is over that file gives way to one made from the record
alone, so that what a running sweep leaves is what `sync` makes.
"""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tensorboardX import SummaryWriter
from tensorboardX.summary import hparams

from sweep.config.load import as_mapping
from sweep.records.records import TrialRecord
from sweep.reports.set_features import SetFeatures
from sweep.tracking.metrics import Point, curve_points, record_points
from sweep.tracking.names import planned_config, trial_note, trial_params
from sweep.tracking.results import SweepResult, progress_points
from sweep.tracking.trackers import Shown
from sweep.tracking.written import FileTracker, Written

SWEEP = "sweep"  # the folder of the sweep's own curves; no trial is called so


class TensorBoardTracker(FileTracker):
    """One sweep, in `tensorboard/` in its folder."""

    def __init__(self, shown: Shown) -> None:
        self.root, self.name, self.n_trials = shown.folder.root / "tensorboard", shown.config.name, shown.n_trials
        self.description = shown.config.description
        self.features = SetFeatures.of_config(as_mapping(shown.config))
        self.written = Written(self.root / ".written")
        self._live: dict[str, SummaryWriter] = {}

    def report(self, config: Mapping[str, Any], result: Mapping[str, Any]) -> None:
        """Draws the curves of a running trial on."""
        if points := list(curve_points(str(result.get("stage")), result.get("curve", {}))):
            name = config["name"]
            if name not in self._live:
                self._live[name] = SummaryWriter(str(self.root / name), filename_suffix=".live")
            _add(self._live[name], points)
            self._live[name].flush()

    def close_trial(self, record: TrialRecord) -> None:
        """Everything a record says, in place of what was there."""
        if record.trial in self._live:
            self._live.pop(record.trial).close()
        folder = self._emptied(record.trial)
        planned = planned_config(record)
        features = self.features.of(record.languages, record.seen_languages)
        params = {**trial_params(planned), **{f"set.{k}": v for k, v in features.items() if k != "size"}}
        points = record_points(record)
        scores = {p.name: p.value for p in points if p.name == "score" or p.name.endswith(("/all", "/unseen"))}
        with SummaryWriter(str(folder)) as writer:
            for summary in hparams(params, scores):
                writer.file_writer.add_summary(summary, walltime=record.ended_s)
            writer.add_text("trial", trial_note(planned), 0, walltime=record.ended_s)
            _add(writer, points)
        self.written.add(record)

    def close_left_open(self) -> int:
        """Ends the live files."""
        n = len(self._live)
        for writer in self._live.values():
            writer.close()
        self._live = {}
        return n

    def finish(self, records: Sequence[TrialRecord]) -> None:
        """The course of the sweep, and its note."""
        ended_s = max((record.ended_s for record in records), default=0.0)
        with SummaryWriter(str(self._emptied(SWEEP))) as writer:
            _add(writer, progress_points(records))
            note = SweepResult(records, self.name).note(self.description, self.n_trials)
            writer.add_text("result", note, 0, walltime=ended_s)

    def _emptied(self, name: str) -> Path:
        folder = self.root / name
        if folder.exists():
            shutil.rmtree(folder)
        return folder


def _add(writer: SummaryWriter, points: Iterable[Point]) -> None:
    for point in points:
        writer.add_scalar(point.name, point.value, point.step, walltime=point.time_s)
