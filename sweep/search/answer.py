"""Which set? One answer, by one rule, for everybody who names a best one."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from sweep.config.space import is_screening
from sweep.records.records import TrialRecord
from sweep.scores.names import language_names
from sweep.scores.objective import is_told_retrieval
from sweep.search.tried_sets import MIN_SETS_FOR_MODEL, ranked_sets

BELIEVED = "posterior mean of its {} on the search languages"
MEAN_OF_SET = "mean {} on the search languages"
MEAN_OF_ARM = "mean {} over its seeds"
"""What `Answer.score` is, of dev scores or of dev retrieval."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The best set of a search, or, where nothing was searched for, the best planned arm.

    score: what the search believes of it (`ranked_sets`), or the arm's mean development score; score_is says which.
    record: its best trial among those that it was chosen by.
    """

    arm: str
    label: str
    languages: tuple[str, ...]
    score: float
    score_is: str
    searched: bool
    record: TrialRecord

    def __str__(self) -> str:
        """`subset-gp k=2 #12 (Wolof, Yoruba)`."""
        return f"{self.label} ({language_names(self.languages)})" if self.languages else self.label


def answer_of(records: Sequence[TrialRecord]) -> Answer | None:
    """The first of `ranked_sets`; without a searched set the arm with the highest mean development score, over seeds.

    None: nothing has a development score.
    """
    sets = ranked_sets(records)
    if sets:
        record, score = sets[0].record, sets[0].believed
        score_is = BELIEVED if len(sets) >= MIN_SETS_FOR_MODEL else MEAN_OF_SET
    else:
        arms: dict[str, list[TrialRecord]] = {}
        for one in records:
            if one.finished and one.score is not None and not is_screening(one.point):
                arms.setdefault(one.arm, []).append(one)
        if not arms:
            return None
        means = {arm: fmean(one.score or 0.0 for one in found) for arm, found in arms.items()}
        arm = min(means, key=lambda arm: (-means[arm], arm))
        record, score = max(arms[arm], key=lambda one: (one.score or 0.0, one.trial)), means[arm]
        score_is = MEAN_OF_ARM
    told = "dev retrieval" if is_told_retrieval(record) else "dev score"
    return Answer(
        arm=record.arm, label=record.label, languages=tuple(sorted(record.languages)), score=score,
        score_is=score_is.format(told), searched=bool(sets), record=record,
    )  # fmt: skip
