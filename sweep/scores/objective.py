"""The one mean of scores: over tasks, of the mean over languages, of the mean over test sets."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any

from sweep.records.records import TrialRecord
from sweep.scores.titles import PROBES, TITLES


def objective(
    rows: Iterable[Mapping[str, Any]], tasks: Sequence[str], languages: Collection[str], split: str = "dev"
) -> float:
    """What a search is told: mean over tasks of the mean over languages of the main metric; a fraction.

    A language with several test sets counts once, with their mean. With all languages it is the trial's own `score`.

    Args:
        rows: score rows as dicts. tasks: of the trial; each must have a score in one of `languages`.

    Raises:
        ValueError: a task has none.
    """
    values: dict[str, dict[str, list[float]]] = {task: {} for task in tasks}
    for row in rows:
        if counts(row, split, tasks) and row["language"] in languages:
            values[row["task"]].setdefault(row["language"], []).append(row["value"])
    if empty := [task for task, found in values.items() if not found]:
        raise ValueError(
            f"Every task must have a {split} score in one of the {len(languages)} languages that count, but "
            f"{', '.join(empty)} has none. Change `search.languages`."
        )
    return fmean(fmean(map(fmean, by_language.values())) for by_language in values.values())


def tasks_of(records: Sequence[TrialRecord]) -> tuple[str, ...]:
    """The tasks that the finished records have scores of, without the retrieval probes, in the order of the reports."""
    found = {row["task"] for record in records if record.finished for row in record.scores}
    return tuple(task for task in TITLES if task in found and task not in PROBES)


def counts(row: Mapping[str, Any], split: str, tasks: Collection[str]) -> bool:
    """Whether a score row enters an objective: a main metric of these tasks on this split, of at least one item."""
    task = row["task"]
    return bool(task in tasks and row["metric"] == TITLES[task].metric and row["split"] == split and row["n_total"])
