"""What must hold of a sweep that was disturbed: compared with the same sweep undisturbed, and with MLflow."""

import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlflow import MlflowClient

from sweep.folders import SweepFolder
from sweep.records.records import RecordStore
from sweep.records.session import RUNNING, is_running
from sweep.tracking.names import SWEEP_TAG, TRIAL_TAG

MARGIN_S = 1.0  # between a trial's last step and the writing of its record on another process's clock
TIMES = re.compile(r'"(at|time|began|started|ended)_s": [0-9.e+-]+')


@dataclass(frozen=True)
class Whole:
    """What an undisturbed sweep has in the end."""

    trials: dict[str, Any]
    table: str
    search: Any

    @classmethod
    def of(cls, folder: SweepFolder) -> "Whole":
        """Of a sweep that is over."""
        return cls(trials_in(folder), (folder.root / "report.csv").read_text(), search_in(folder))


def trials_in(folder: SweepFolder) -> dict[str, Any]:
    """What tables are made of, by trial."""
    return {
        record.trial: [
            list(record.languages), record.seed, record.number, record.point, record.status, record.score,
            [row.as_dict() for row in record.scores],
        ]
        for record in RecordStore(folder.records).all()
    }  # fmt: skip


def search_in(folder: SweepFolder) -> Any:
    """The memory of a search, or None."""
    try:
        return json.loads(TIMES.sub('"s": 0', folder.search.read_text()))
    except FileNotFoundError:
        return None


def problems_of(folder: SweepFolder, whole: Whole, uri: str, study: str, steps: Path | None) -> list[str]:
    """What is wrong with a sweep that was disturbed; nothing, if all is well.

    Args:
        uri: of its MLflow store. study: the experiment there.
        steps: notes of sleeping trials; None where there are none, or where two drivers ran at once.
    """
    found = trials_in(folder)
    wrong = [f"no record of {name}" for name in sorted(whole.trials.keys() - found.keys())]
    wrong += [f"a record too many: {name}" for name in sorted(found.keys() - whole.trials.keys())]
    wrong += [f"another record of {name}" for name, one in found.items() if whole.trials.get(name, one) != one]
    if not wrong and (folder.root / "report.csv").read_text() != whole.table:
        wrong.append("another table")
    if search_in(folder) != whole.search:
        wrong.append("another memory of the search")
    left = [path for path in folder.root.rglob("*") if path.is_file() and _is_left_over(path, folder)]
    wrong += [f"left over: {path.relative_to(folder.root)}" for path in left]
    if steps is not None and steps.exists():
        wrong += ran_twice(folder, steps)
    return wrong + _problems_in_mlflow(folder, uri, study)


def _is_left_over(path: Path, folder: SweepFolder) -> bool:
    if path.name == RUNNING:  # Ray ends a driver whose head is lost, now and then in its very last moment
        return is_running(folder)
    return folder.checkpoints in path.parents or path.name.startswith(".") or ".part" in path.name


def ran_twice(folder: SweepFolder, steps: Path) -> list[str]:
    """Trials that had a step after their record was written."""
    written_s = {path.stem: path.stat().st_mtime for path in folder.records.glob("*.json")}
    late: Counter[str] = Counter()
    for line in steps.read_text().splitlines():
        try:
            note = json.loads(line)
        except ValueError:  # its writer was killed, or its disk was full
            continue
        late[note["trial"]] += note["at_s"] > written_s.get(note["trial"], float("inf")) + MARGIN_S
    return [f"{name} had {n} steps after its record" for name, n in late.items() if n]


def _problems_in_mlflow(folder: SweepFolder, uri: str, study: str) -> list[str]:
    """One parent that has finished, and exactly one child a trial with the score of its record."""
    client = MlflowClient(uri)
    experiment = client.get_experiment_by_name(study)
    if experiment is None:
        return [f"MLflow has no study {study}"]
    runs = client.search_runs([experiment.experiment_id], max_results=1000)
    runs = [run for run in runs if run.data.tags.get(SWEEP_TAG) == folder.name]
    parents = [run for run in runs if run.data.tags.get("kind") == "sweep"]
    trials = [run for run in runs if run.data.tags.get("kind") == "trial"]
    wrong = [] if len(parents) == 1 else [f"{len(parents)} parent runs in MLflow"]
    count = Counter(run.data.tags.get(TRIAL_TAG) for run in trials)
    wrong += [f"MLflow has {n} runs of {name}" for name, n in count.items() if n > 1]
    records = {record.trial: record for record in RecordStore(folder.records).all()}
    wrong += [f"MLflow lacks {name}" for name in sorted(records.keys() - count.keys())]
    wrong += [f"MLflow has {name}, which no record has" for name in sorted(str(n) for n in count.keys() - records)]
    for run in [*parents, *trials]:
        if run.info.status != "FINISHED":
            wrong.append(f"MLflow says {run.info.status} of {run.info.run_name}")
    for run in trials:
        record = records.get(str(run.data.tags.get(TRIAL_TAG)))
        if parents and run.data.tags.get("mlflow.parentRunId") != parents[0].info.run_id:
            wrong.append(f"{run.info.run_name} is an orphan in MLflow")
        if record is not None and run.data.metrics.get("score") != record.score:
            wrong.append(f"MLflow has another score of {record.trial}")
    return wrong
