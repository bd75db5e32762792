"""ScoreRow: the one schema that records, MLflow and reports rely on."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal


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
    """

    task: str
    metric: str
    language: str
    split: Literal["dev", "test"]
    n_correct: int
    n_total: int
    source: str = ""

    @property
    def value(self) -> float:
        """The score; 0 where nothing could be scored."""
        return self.n_correct / self.n_total if self.n_total else 0.0

    def as_dict(self) -> dict[str, Any]:
        """The fields and `value`, as JSON takes them."""
        return {**asdict(self), "value": self.value}

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


def problem_of_row(mapping: object) -> str:
    """What a mapping must do to be a `ScoreRow` written by `as_dict`, and does not; "" where it is one."""
    if not isinstance(mapping, Mapping):
        return "hold fields"
    if unknown := set(mapping) - {*TEXTS, *COUNTS, "source", "value"}:
        return f"have no field {sorted(map(str, unknown))[0]!r}"
    if not all(isinstance(mapping.get(name), str) for name in TEXTS) or not isinstance(mapping.get("source", ""), str):
        return f"name its {', '.join(TEXTS)}"
    if mapping["split"] not in ("dev", "test"):
        return "be of the split dev or test"
    counts = [mapping.get(name) for name in COUNTS]
    if not all(isinstance(count, int) and not isinstance(count, bool) for count in counts):
        return "have counts"
    if not 0 <= counts[0] <= counts[1]:  # type: ignore[operator]
        return "have counts of which the second is the larger one"
    value = mapping.get("value", 0.0)
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
        return "have a value between 0 and 1"
    return ""


def language_scores(rows: Iterable[ScoreRow], task: str, split: str, metric: str | None = None) -> dict[str, float]:
    """One score a language: the plain mean over its test sets. Sorted by language.

    Args:
        metric: may be left out where the task has one only.

    Raises:
        ValueError: the task has several metrics and none is named.
    """
    chosen = [row for row in rows if (row.task, row.split) == (task, split) and metric in (None, row.metric)]
    metrics = sorted({row.metric for row in chosen})
    if len(metrics) > 1:
        raise ValueError(f"A mean must be of one metric, but {task!r} has {', '.join(metrics)}. Name one.")
    by_language: dict[str, list[float]] = {}
    for row in chosen:
        by_language.setdefault(row.language, []).append(row.value)
    return {language: sum(values) / len(values) for language, values in sorted(by_language.items())}


def mean_score(
    rows: Iterable[ScoreRow],
    task: str,
    split: str,
    metric: str | None = None,
    without: frozenset[str] = frozenset(),
) -> float:
    """Plain mean over languages of one task's scores on one split, `without` some languages.

    A language with two test sets counts once, with their mean (`language_scores`).

    Raises:
        ValueError: no row is left, or the task has several metrics and none is named.
    """
    scores = language_scores(rows, task, split, metric)
    values = [score for language, score in scores.items() if language not in without]
    if not values:
        raise ValueError(f"A mean needs at least one language, but there is no {split} score of {task!r}.")
    return sum(values) / len(values)
