"""What a search is told: the mean of the main metrics (`trainables.evaluation.scores`) in the languages that count.

One rule for all who choose or show what was chosen: `told_score` of the development scores, without English and the
languages that the search has put aside. `TrialRecord.score` holds it.
"""

from collections.abc import Collection, Iterable, Sequence

from sweep.records.records import TrialRecord
from sweep.scores.titles import PROBES, TITLES
from trainables.evaluation.scores import RETRIEVAL, ScoreRow, language_scores, mean_score, told_score


def objective(
    rows: Collection[ScoreRow], tasks: Sequence[str], languages: Collection[str], split: str = "dev"
) -> float:
    """Mean over tasks of the mean over `languages` of the main metric; a fraction. See `mean_score`.

    With the search languages it is the trial's own `score`.

    Args:
        tasks: of the trial; each must have a score in one of `languages`.

    Raises:
        ValueError: a task has none.
    """
    scored = scored_languages(rows, tasks, split)
    if empty := [task for task in tasks if not scored[task].intersection(languages)]:
        raise ValueError(
            f"Every task must have a {split} score in one of the {len(languages)} languages that count, but "
            f"{', '.join(empty)} has none. Change `search.languages`."
        )
    return mean_score(rows, {task: TITLES[task].metric for task in tasks}, split, languages=languages)


def told_score_of(rows: Collection[ScoreRow], tasks: Sequence[str], hidden: Collection[str] = ()) -> float:
    """`told_score` by the main metrics of `tasks`."""
    return told_score(rows, {task: TITLES[task].metric for task in tasks}, hidden)


def scored_languages(rows: Collection[ScoreRow], tasks: Iterable[str], split: str) -> dict[str, set[str]]:
    """Task -> languages that have a score of its main metric on this split."""
    return {task: set(language_scores(rows, task, TITLES[task].metric, split)) for task in tasks}


def told_by(records: Sequence[TrialRecord]) -> tuple[str, ...]:
    """What the trials' told score is the mean of: their tasks, or retrieval (`search.objective`)."""
    return (RETRIEVAL,) if any(map(is_told_retrieval, records)) else tasks_of(records)


def is_told_retrieval(record: TrialRecord) -> bool:
    """Whether a finished trial's score is that of retrieval; its outline knows it too."""
    return record.finished and record.config.get("evaluate", {}).get("told") == RETRIEVAL


def told_words(records: Sequence[TrialRecord]) -> str:
    """What the told score is, for a sentence."""
    return "development scores of retrieval (P@1)" if told_by(records) == (RETRIEVAL,) else "development scores"


def tasks_of(records: Sequence[TrialRecord]) -> tuple[str, ...]:
    """The tasks that the finished records have scores of, without the retrieval probes, in the order of the reports."""
    found = {task for record in records if record.finished for task in record.columns.of.tasks}
    return tuple(task for task in TITLES if task in found and task not in PROBES)
