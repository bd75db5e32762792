"""The tidy frames, from records: one row a score (trial x task x metric x split x language x test set), and one row a
language, which is what is averaged.
"""

from collections import Counter
from collections.abc import Sequence

import pandas as pd

from search_spaces.languages import ENGLISH
from sweep.records.records import TrialRecord
from sweep.scores.titles import TITLES
from trainables.evaluation.scores import ScoreRow, language_scores

OF_TRIAL = ("trial", "arm", "label", "seed", "n_languages")
OF_LANGUAGE = ("english", "seen", "realigned")
COLUMNS = (*OF_TRIAL, "task", "metric", "split", "language", "source", "value", "n_correct", "n_total", *OF_LANGUAGE)


def score_frame(records: Sequence[TrialRecord]) -> pd.DataFrame:
    """All scores of the finished records.

    Returns:
        the columns COLUMNS; `source` names the test set where a language has several ("" is its main one), `seen` is
        True, False or None (what the encoder saw is not known), `realigned` says whether the language was in the
        trial's own subset. Scores over nothing (`n_total` 0) are left out.

    Raises:
        ValueError: one trial scores a test set twice on the same task, metric and split.
    """
    rows = [
        (
            *_of_trial(record), row.task, row.metric, row.split, row.language, row.source,
            row.value, row.n_correct, row.n_total, *_of_language(record, row.language),
        )
        for record in records
        if record.finished
        for row in _checked(record)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"value": float})


def language_frame(records: Sequence[TrialRecord], split: str = "test") -> pd.DataFrame:
    """What is averaged over languages: the main metric of each task on one split, one row a language.

    Returns:
        the columns of `score_frame` but `source` and the counts. A language with several test sets has the plain mean
        of their scores (`language_scores`).

    Raises:
        ValueError: see `score_frame`.
    """
    rows = []
    for record in records:
        if not record.finished:
            continue
        scores = _checked(record)
        for task in dict.fromkeys(row.task for row in scores):
            metric = TITLES[task].metric
            rows += [
                (*_of_trial(record), task, metric, split, language, value, *_of_language(record, language))
                for language, value in language_scores(scores, task, metric, split).items()
            ]
    columns = [column for column in COLUMNS if column not in ("source", "n_correct", "n_total")]
    return pd.DataFrame(rows, columns=columns).astype({"value": float})


def mean_arm(frame: pd.DataFrame, arms: Sequence[str], name: str) -> pd.DataFrame:
    """An arm whose scores are the means over `arms`, of seeds and test sets that all of them have."""
    rows = frame[frame["arm"].isin(arms)]
    key = ["seed", "task", "metric", "split", "language", "source"]
    complete = rows[rows.groupby(key)["arm"].transform("nunique") == len(arms)]
    means = complete.assign(value=complete.groupby(key)["value"].transform("mean"), arm=name, label=name)
    return means.drop_duplicates(key).assign(realigned=False)


def cost_frame(records: Sequence[TrialRecord]) -> pd.DataFrame:
    """Costs of the finished records, in seconds ("realign_s") or bytes: trial, arm, label, seed, cost, value."""
    rows = [
        (record.trial, record.arm, record.label, record.seed, cost, value)
        for record in records
        if record.finished
        for cost, value in record.costs.items()
    ]
    return pd.DataFrame(rows, columns=["trial", "arm", "label", "seed", "cost", "value"])


def _checked(record: TrialRecord) -> list[ScoreRow]:
    """The scores of a record that are over something, each once."""
    rows = [row for row in record.scores if row.n_total > 0]
    keys = Counter((row.task, row.metric, row.split, row.language, row.source) for row in rows)
    for (task, _, split, language, _), n in keys.items():
        if n > 1:
            raise ValueError(
                f"A test set may be scored once, but {language} has {n} {split} scores of {task} in {record.trial}. "
                "Delete that record and run the trial again."
            )
    return rows


def _of_trial(record: TrialRecord) -> tuple[object, ...]:
    return record.trial, record.arm, record.label, record.seed, len(record.languages)


def _of_language(record: TrialRecord, language: str) -> tuple[bool, bool | None, bool]:
    seen = None if record.seen_languages is None else language in record.seen_languages
    return language == ENGLISH, seen, language in record.languages
