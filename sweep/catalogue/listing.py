"""`realign-sweep list`: one line a sweep below `mlruns`. Only looks; whatever cannot be read is said in its line."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from sweep.config.load import saved_config
from sweep.folders import SweepFolder
from sweep.records.records import IMPORTED, RecordStore, TrialRecord
from sweep.records.session import is_running
from sweep.reports.text_forms import plain_table
from sweep.search.answer import answer_of
from sweep.search.length import n_trials_of

State = Literal["running", "interrupted", "complete", "imported", "unreadable"]
Form = Literal["text", "json"]
FORMS: tuple[Form, ...] = ("text", "json")
SAID = {"believed": "development score believed", "mean": "mean development score"}
"""What `best_score` is."""
UNITS = ("B", "kB", "MB", "GB", "TB")


@dataclass(frozen=True, kw_only=True)
class SweepEntry:
    """One sweep.

    state: "running" = a process holds its lock; "interrupted" = trials are left, or have failed and would run again;
        "imported" = scores of a publication; "unreadable" = see `problem`.
    n_over: trials that are over, `n_failed` and `n_stopped` (early) among them, of `n_trials` in all.
    best: the sweep's answer with its languages (`answer_of`), with its development score; None before there is one.
    best_score_is: "believed" = the score is that of a searched set, as `ranked_sets` believes it to be: a model's
        posterior mean, which is not the plain mean in a leaderboard; "mean" = of a planned arm, over its seeds.
    started: of the first trial, UTC, ISO 8601; None before the first ended.
    size_bytes: of its own folder; the stage store and MLflow's files are shared by all sweeps.
    problem: a sentence; "" = none.
    """

    name: str
    state: State
    n_over: int = 0
    n_trials: int = 0
    n_failed: int = 0
    n_stopped: int = 0
    best: str | None = None
    best_languages: tuple[str, ...] = ()
    best_score: float | None = None
    best_score_is: Literal["believed", "mean"] | None = None
    started: str | None = None
    size_bytes: int = 0
    problem: str = ""


def list_sweeps(mlruns: str | Path = "mlruns") -> list[SweepEntry]:
    """Every sweep below `mlruns` by name, also those that cannot be read.

    Raises:
        ValueError: `mlruns` is no folder's path.
    """
    somewhere = SweepFolder.below(mlruns, "any")
    return [entry_of(SweepFolder(somewhere.mlruns, name)) for name in somewhere.names()]


def entry_of(folder: SweepFolder) -> SweepEntry:
    """How far one sweep has come."""
    size, running = size_bytes(folder.root), is_running(folder)
    try:
        config = saved_config(folder.config) if folder.has_config else None  # with its own languages, for names
        records = RecordStore(folder.records).all()
        n_trials = len(records)
        if config is not None:
            n_trials = max(n_trials, n_trials_of(config, folder.search))
    except ValueError as error:
        state: State = "running" if running else "unreadable"
        return SweepEntry(name=folder.name, state=state, size_bytes=size, problem=" ".join(str(error).split()))
    answer = answer_of(records)
    return SweepEntry(
        name=folder.name, state=state_of(folder, records, n_trials, running), n_over=len(records), n_trials=n_trials,
        n_failed=sum(record.failed for record in records),
        n_stopped=sum(record.status == "stopped" for record in records),
        best=str(answer) if answer else None, best_languages=answer.languages if answer else (),
        best_score=answer.score if answer else None,
        best_score_is=None if answer is None else "believed" if answer.searched else "mean",
        started=_started(records), size_bytes=size,
    )  # fmt: skip


def state_of(folder: SweepFolder, records: Sequence[TrialRecord], n_trials: int, running: bool) -> State:
    """Args:
    n_trials: of the whole sweep. running: whether a process holds its lock.
    """
    if running:
        return "running"
    if records and not folder.has_config and all(IMPORTED in record.versions for record in records):
        return "imported"
    return "complete" if len(records) == n_trials and not any(record.failed for record in records) else "interrupted"


def _started(records: Sequence[TrialRecord]) -> str | None:
    first = min((record.started_s for record in records if record.started_s > 0), default=None)
    return None if first is None else datetime.fromtimestamp(first, UTC).isoformat(timespec="seconds")


def size_bytes(folder: Path) -> int:
    """Of all files below a folder; links count as links."""
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(Path(root) / name).st_size
            except FileNotFoundError:  # a running sweep replaces its files
                continue
    return total


def listing_text(entries: Sequence[SweepEntry], form: Form = "text") -> str:
    """The sweeps as a table for people, or as JSON with the fields of `SweepEntry`."""
    if form == "json":
        return json.dumps([asdict(entry) for entry in entries], indent=1, ensure_ascii=False) + "\n"
    if not entries:
        return "No sweeps here yet: start one with `realign-sweep run`.\n"
    rows = [
        [
            entry.name, entry.state, f"{entry.n_over} of {entry.n_trials}", str(entry.n_failed),
            "-" if entry.best_score is None else f"{100 * entry.best_score:.1f}",
            "-" if entry.started is None else entry.started[:16].replace("T", " "), size_text(entry.size_bytes),
        ]
        for entry in entries
    ]  # fmt: skip
    table = plain_table(["sweep", "state", "over", "failed", "best", "started (UTC)", "size"], rows, n_text=2)
    said = [f"{entry.name}: {entry.best}, {SAID[entry.best_score_is]}" for entry in entries if entry.best_score_is]
    problems = [f"{entry.name} cannot be read: {entry.problem}" for entry in entries if entry.problem]
    parts = [table, *(["best, by development scores:", *said] if said else []), *problems]
    return "\n".join(parts) + "\n"


def size_text(n: int) -> str:
    """`3.1 MB`: decimal units, as disks are sold."""
    value, unit = float(n), 0
    while value >= 999.5 and unit < len(UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:.0f} {UNITS[unit]}" if unit == 0 or value >= 99.5 else f"{value:.1f} {UNITS[unit]}"
