"""The tidy frame: one row a score (trial x task x metric x split x language x test set), from records."""

from collections.abc import Sequence

import pandas as pd

from search_spaces.languages import ENGLISH
from sweep.records.records import TrialRecord
from sweep.scores.titles import TITLES

COLUMNS = (
    "trial", "arm", "label", "seed", "n_languages", "task", "metric", "split",
    "language", "source", "value", "n_correct", "n_total", "english", "seen", "realigned",
)  # fmt: skip


def score_frame(records: Sequence[TrialRecord]) -> pd.DataFrame:
    """All scores of the finished records.

    Returns:
        the columns COLUMNS; `source` names the test set where a language has several ("" is its main one), `seen` is
        True, False or None (what the encoder saw is not known), `realigned` says whether the language was in the
        trial's own subset. Scores over nothing (`n_total` 0) are left out.

    Raises:
        ValueError: one trial scores a test set twice on the same task, metric and split.
    """
    rows = [row for record in records if record.finished for row in _rows(record)]
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"value": float})
    twice = frame[frame.duplicated(["trial", "task", "metric", "split", "language", "source"])]
    if len(twice):
        first = twice.iloc[0]
        raise ValueError(
            f"A test set may be scored once, but {first['language']} has two {first['split']} scores of "
            f"{first['task']} in {first['trial']}. Delete that record and run the trial again."
        )
    return frame


def language_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """What is averaged over languages: the main metric of each task, one row a language.

    Returns:
        the columns of `frame` (see `score_frame`) but `source` and the counts. A language with several test sets has
        the plain mean of their scores.
    """
    main = frame[frame["metric"] == frame["task"].map(lambda task: TITLES[task].metric)]
    key = ["trial", "task", "split", "language"]
    means = main.assign(value=main.groupby(key)["value"].transform("mean"))
    return means.drop_duplicates(key).drop(columns=["source", "n_correct", "n_total"])


def cost_frame(records: Sequence[TrialRecord]) -> pd.DataFrame:
    """Costs of the finished records, in seconds ("realign_s") or bytes: trial, arm, label, seed, cost, value."""
    rows = [
        (record.trial, record.arm, record.label, record.seed, cost, value)
        for record in records
        if record.finished
        for cost, value in record.costs.items()
    ]
    return pd.DataFrame(rows, columns=["trial", "arm", "label", "seed", "cost", "value"])


def _rows(record: TrialRecord) -> list[tuple[object, ...]]:
    seen = None if record.seen_languages is None else frozenset(record.seen_languages)
    realigned = frozenset(record.languages)
    return [
        (
            record.trial, record.arm, record.label, record.seed, len(record.languages),
            score["task"], score["metric"], score["split"], score["language"],
            score.get("source", ""),  # records from before a language could have two test sets hold none
            score["value"], score["n_correct"], score["n_total"],
            score["language"] == ENGLISH,
            None if seen is None else score["language"] in seen,
            score["language"] in realigned,
        )
        for score in record.scores
        if score["n_total"] > 0
    ]  # fmt: skip
