"""ScoreRow: the one schema that records, MLflow and reports rely on."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True, kw_only=True)
class ScoreRow:
    """One score of one language.

    Attributes:
        task: "pos", "retrieval" (of the realigned encoder), "retrieval_before" (of the encoder a trial starts from).
        metric: "accuracy", "p_at_1": fractions in [0, 1], larger is better.
        split: "dev" for choosing, "test" for reporting; the two never share a sentence.
        n_correct, n_total: the counts behind the score, so that averages and intervals can be recomputed.
    """

    task: str
    metric: str
    language: str
    split: Literal["dev", "test"]
    n_correct: int
    n_total: int

    @property
    def value(self) -> float:
        """The score; 0 where nothing could be scored."""
        return self.n_correct / self.n_total if self.n_total else 0.0

    def as_dict(self) -> dict[str, Any]:
        """The fields and `value`, as JSON takes them."""
        return {**asdict(self), "value": self.value}

    @classmethod
    def from_dict(cls, mapping: Mapping[str, Any]) -> "ScoreRow":
        """The row that `as_dict` wrote."""
        return cls(**{key: value for key, value in mapping.items() if key != "value"})


def mean_score(rows: list[ScoreRow], task: str, split: str, without: frozenset[str] = frozenset()) -> float:
    """Plain mean over languages of one task's scores on one split, `without` some languages.

    Raises:
        ValueError: no row is left.
    """
    values = [row.value for row in rows if (row.task, row.split) == (task, split) and row.language not in without]
    if not values:
        raise ValueError(f"A mean needs at least one language, but there is no {split} score of {task!r}.")
    return sum(values) / len(values)
