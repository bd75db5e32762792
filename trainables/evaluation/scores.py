"""ScoreRow: the one schema that records, MLflow and reports rely on; and the one mean of scores."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any, Literal

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
    if unknown := set(mapping) - {*TEXTS, *COUNTS, "source", "n_cut", "value"}:
        return f"have no field {sorted(map(str, unknown))[0]!r}"
    if not all(isinstance(mapping.get(name), str) for name in TEXTS) or not isinstance(mapping.get("source", ""), str):
        return f"name its {', '.join(TEXTS)}"
    if mapping["split"] not in ("dev", "test"):
        return "be of the split dev or test"
    counts: list[Any] = [mapping.get(name) for name in COUNTS] + [mapping.get("n_cut") or 0]
    if not all(isinstance(count, int) and not isinstance(count, bool) for count in counts):
        return "have counts"
    if not 0 <= counts[0] <= counts[1] or counts[2] < 0:
        return "have counts of which the second is the larger one"
    value = mapping.get("value", 0.0)
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
        return "have a value between 0 and 1"
    if "value" in mapping and abs(value - counts[0] / max(counts[1], 1)) > 1e-6:
        return "have the value that its counts give"
    return ""


def language_scores(rows: Iterable[ScoreRow], task: str, metric: str, split: str) -> dict[str, float]:
    """One score a language, in the order of the rows: the plain mean over its test sets.

    A test set without anything to score (`n_total` 0) has no score.
    """
    by_language: dict[str, list[float]] = {}
    for row in rows:
        if (row.task, row.metric, row.split) == (task, metric, split) and row.n_total:
            by_language.setdefault(row.language, []).append(row.value)
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
