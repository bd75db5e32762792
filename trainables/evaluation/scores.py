"""ScoreRow: the one schema that records, MLflow and reports rely on; and the one mean of scores.

`Scores` holds the rows of a trial as columns: a sweep has millions of rows, all of the same few hundred test sets.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from operator import itemgetter
from statistics import fmean
from typing import Any, Literal, NamedTuple, overload

import numpy as np
import numpy.typing as npt

from search_spaces.languages import ENGLISH

RETRIEVAL, P_AT_1 = "retrieval", "p_at_1"  # task and metric of the probe's rows, after realignment


@dataclass(frozen=True, kw_only=True)
class ScoreRow:
    """One score of one test set.

    Attributes:
        task: "pos", "ner", "nli", "retrieval" (of the realigned encoder), "retrieval_before" (of the encoder a trial
            starts from).
        metric: "accuracy", "f1", "precision", "recall", "p_at_1": fractions in [0, 1], larger is better.
        split: "dev" for choosing, "test" for reporting; the two never share a sentence.
        n_correct, n_total: the counts behind the score, so that averages and intervals can be recomputed. Of an F1:
            2 * true positives, and predicted + gold entities.
        source: which of the language's test sets, where it has several; "" is the main one.
        n_cut: words that carry a label and were not scored, as they lay beyond `max_length` or had no sub-word; None =
            not counted (by an earlier version, or of a probe).
    """

    task: str
    metric: str
    language: str
    split: Literal["dev", "test"]
    n_correct: int
    n_total: int
    source: str = ""
    n_cut: int | None = None

    @property
    def value(self) -> float:
        """The score; 0 where nothing could be scored."""
        return self.n_correct / self.n_total if self.n_total else 0.0

    def as_dict(self) -> dict[str, Any]:
        """The fields and `value`, as JSON takes them."""
        return {**vars(self), "value": self.value}

    @classmethod
    def from_dict(cls, mapping: Mapping[str, Any]) -> "ScoreRow":
        """The row that `as_dict` wrote.

        Raises:
            ValueError: the mapping is no such row.
        """
        if problem := problem_of_row(mapping):
            raise ValueError(f"A score must {problem}, but is {str(mapping)[:200]}. Make it again.")
        return cls(**{key: value for key, value in mapping.items() if key != "value"})


TEXTS = ("task", "metric", "language", "split")
COUNTS = ("n_correct", "n_total")
MAX_COUNT = 2**53
"""From here on, floating-point numbers leave integers out."""


TOLERANCE = 1e-6
"""Of a value beside its counts."""


def problem_of_row(mapping: object) -> str:
    """What a mapping must do to be a `ScoreRow` written by `as_dict`, and does not; "" where it is one."""
    if not isinstance(mapping, Mapping):
        return "hold fields"
    if unknown := set(mapping) - {*TEXTS, *COUNTS, "source", "n_cut", "value"}:
        return f"have no field {sorted(map(str, unknown))[0]!r}"
    if not all(isinstance(mapping.get(name), str) for name in TEXTS) or not isinstance(mapping.get("source", ""), str):
        return f"name its {', '.join(TEXTS)}"
    if mapping["split"] not in ("dev", "test"):
        return "be of the split dev or test"
    counts: list[Any] = [mapping.get(name) for name in COUNTS] + [mapping.get("n_cut") or 0]
    if not all(isinstance(count, int) and not isinstance(count, bool) and count < MAX_COUNT for count in counts):
        return "have counts"
    if not 0 <= counts[0] <= counts[1] or counts[2] < 0:
        return "have counts of which the second is the larger one"
    value = mapping.get("value", 0.0)
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
        return "have a value between 0 and 1"
    if "value" in mapping and abs(value - counts[0] / max(counts[1], 1)) > TOLERANCE:
        return "have the value that its counts give"
    return ""


class ScoredSet(NamedTuple):
    """What a score is of."""

    task: str
    metric: str
    language: str
    split: str
    source: str


@dataclass(frozen=True, eq=False)
class ScoredSets:
    """What the scores of a trial are of, in their order. Trials of one sweep share it, see `scored_sets`."""

    sets: tuple[ScoredSet, ...]

    @cached_property
    def regular(self) -> bool:
        """Whether all are texts, and of one of the two splits."""
        return all(set(map(type, one)) == {str} and one.split in ("dev", "test") for one in self.sets)

    @cached_property
    def tasks(self) -> tuple[str, ...]:
        """In the order of the scores."""
        return tuple(dict.fromkeys(one.task for one in self.sets))

    @cached_property
    def languages(self) -> frozenset[str]:
        """All that have a score."""
        return frozenset(one.language for one in self.sets)

    @cached_property
    def places(self) -> dict[tuple[str, str, str], list[tuple[int, str]]]:
        """(task, metric, split) -> place and language of each of its scores, in order."""
        found: dict[tuple[str, str, str], list[tuple[int, str]]] = {}
        for i, one in enumerate(self.sets):
            found.setdefault((one.task, one.metric, one.split), []).append((i, one.language))
        return found


@lru_cache(maxsize=1024)
def scored_sets(sets: tuple[tuple[str, ...], ...]) -> ScoredSets:
    """The one object for these sets, which are the fields of `ScoredSet` each."""
    return ScoredSets(tuple(ScoredSet(*one) for one in sets))


@dataclass(frozen=True, eq=False)
class Scores(Sequence[ScoreRow]):
    """Rows as columns, see `ScoreRow`: `n_correct` and `n_total` are [sets], and so is `n_cut` unless it is None.

    A row is made when it is asked for.
    """

    of: ScoredSets
    n_correct: npt.NDArray[np.int64]
    n_total: npt.NDArray[np.int64]
    n_cut: tuple[int | None, ...] | None = None

    @classmethod
    def of_rows(cls, rows: Iterable[ScoreRow]) -> "Scores":
        """The columns of rows."""
        if isinstance(rows, Scores):
            return rows
        kept = list(rows)
        counts = np.array([(row.n_correct, row.n_total) for row in kept], dtype=np.int64).reshape(-1, 2)
        cut = tuple(row.n_cut for row in kept)
        sets = tuple((row.task, row.metric, row.language, row.split, row.source) for row in kept)
        return cls(scored_sets(sets), counts[:, 0], counts[:, 1], cut if any(n is not None for n in cut) else None)

    @classmethod
    def from_dicts(cls, rows: Sequence[Any]) -> "Scores":
        """Of rows that `ScoreRow.as_dict` wrote.

        Raises:
            ValueError: one is no such row.
        """
        found = cls._of_regular(rows)
        return cls.of_rows(map(ScoreRow.from_dict, rows)) if found is None else found

    @classmethod
    def _of_regular(cls, rows: Sequence[Any]) -> "Scores | None":
        """The same, by columns, where all rows have every field and keep the rules of `problem_of_row`; else None."""
        if set(map(type, rows)) != {dict}:
            return None
        columns = [*COUNTS, "value", *(["n_cut"] if "n_cut" in rows[0] else [])]  # an earlier version counted no cuts
        if set(map(len, rows)) != {len(columns) + len(ScoredSet._fields)}:
            return None
        try:
            n_correct, n_total, value, *rest = (list(map(itemgetter(name), rows)) for name in columns)
            found = scored_sets(tuple(map(itemgetter(*ScoredSet._fields), rows)))
        except (KeyError, TypeError):  # another field, or a list in place of a text
            return None
        if set(map(type, [*n_correct, *n_total])) != {int} or not set(map(type, value)) <= {int, float}:
            return None
        n_cut = rest[0] if rest else []
        cut = [n for n in n_cut if n is not None]
        if not set(map(type, cut)) <= {int} or not found.regular:
            return None
        if max(n_total) >= MAX_COUNT or min(n_correct) < 0 or min(cut, default=0) < 0 or not max(value) <= 1:
            return None
        correct, total = np.array(n_correct), np.array(n_total)
        scores = np.array(value, dtype=float)
        if (correct > total).any() or not (scores >= 0).all():
            return None
        if not (np.abs(scores - correct / np.maximum(total, 1)) <= TOLERANCE).all():
            return None
        return cls(found, correct, total, tuple(n_cut) if cut else None)

    @cached_property
    def values(self) -> npt.NDArray[np.float64]:
        """See `ScoreRow.value`."""
        return np.divide(self.n_correct, self.n_total, out=np.zeros(len(self.n_total)), where=self.n_total > 0)

    def __len__(self) -> int:
        return len(self.of.sets)

    def __iter__(self) -> Iterator[ScoreRow]:
        cut = self.n_cut or [None] * len(self)
        for one, n_correct, n_total, n in zip(
            self.of.sets, self.n_correct.tolist(), self.n_total.tolist(), cut, strict=True
        ):
            yield ScoreRow(**one._asdict(), n_correct=n_correct, n_total=n_total, n_cut=n)

    @overload
    def __getitem__(self, place: int) -> ScoreRow: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[ScoreRow, ...]: ...
    def __getitem__(self, place: int | slice) -> ScoreRow | tuple[ScoreRow, ...]:
        return tuple(self)[place]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]  # equal to a tuple of the same rows

    def of_languages(self, task: str, metric: str, split: str) -> dict[str, float]:
        """See `language_scores`."""
        values, n_total = self.values.tolist(), self.n_total.tolist()
        by_language: dict[str, list[float]] = {}
        for i, language in self.of.places.get((task, metric, split), ()):
            if n_total[i]:
                by_language.setdefault(language, []).append(values[i])
        return _means(by_language)


def language_scores(rows: Iterable[ScoreRow], task: str, metric: str, split: str) -> dict[str, float]:
    """One score a language, in the order of the rows: the plain mean over its test sets.

    A test set without anything to score (`n_total` 0) has no score.
    """
    if isinstance(rows, Scores):
        return rows.of_languages(task, metric, split)
    by_language: dict[str, list[float]] = {}
    for row in rows:
        if (row.task, row.metric, row.split) == (task, metric, split) and row.n_total:
            by_language.setdefault(row.language, []).append(row.value)
    return _means(by_language)


def _means(by_language: Mapping[str, Sequence[float]]) -> dict[str, float]:
    return {language: fmean(values) for language, values in by_language.items()}


def told_score(rows: Collection[ScoreRow], metrics: Mapping[str, str], hidden: Collection[str] = ()) -> float:
    """What whoever chooses among trials is told of one: `mean_score` of its development scores.

    English never counts, nor do the languages that a search has put aside. Searches, the order of arms, the best trial,
    signals and advice all rest on this number.

    Args:
        metrics: see `mean_score`. hidden: `evaluate.no_signal_of`.

    Raises:
        ValueError: see `mean_score`.
    """
    return mean_score(rows, metrics, "dev", without={ENGLISH, *hidden})


def mean_score(
    rows: Collection[ScoreRow],
    metrics: Mapping[str, str],
    split: str,
    *,
    languages: Collection[str] | None = None,
    without: Collection[str] = (),
) -> float:
    """The one mean of scores: over tasks, of the mean over languages, of the mean over a language's test sets.

    Args:
        metrics: task -> the metric that is averaged, its main one.
        languages: that count, where they have a score; None = all. without: languages that do not count.

    Raises:
        ValueError: a task has no score that counts.
    """
    of_tasks = []
    for task, metric in metrics.items():
        scores = language_scores(rows, task, metric, split)
        counted = [
            score
            for language, score in scores.items()
            if (languages is None or language in languages) and language not in without
        ]
        if not counted:
            raise ValueError(
                f"Every task must have a {split} score in a language that counts, but {task!r} has none. Evaluate it "
                "in one, or leave the task out."
            )
        of_tasks.append(fmean(counted))
    return fmean(of_tasks)
