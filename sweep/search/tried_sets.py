"""The sets that a search tried, best first: what it was told of each, and what a model believes of it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from search_spaces.languages import Language
from search_spaces.searchers.base import Recommendation
from search_spaces.searchers.learned import Surrogate
from sweep.records.records import TrialRecord
from sweep.scores.objective import objective, tasks_of

Recommend = Callable[[int], Sequence[Recommendation]]
"""`Searcher.recommend` of the finished search."""


MIN_SETS_FOR_MODEL = 10


@dataclass(frozen=True, kw_only=True)
class SearchedSet:
    """A set that a search tried. score: mean over its trials of what the search was told. believed: the posterior
    mean of its true score, or `score` where there is no model. record: its best trial.
    """

    languages: tuple[str, ...]
    score: float
    n_trials: int
    believed: float
    record: TrialRecord


def best_sets(
    records: Sequence[TrialRecord], languages: Collection[str], m: int, recommend: Recommend | None = None
) -> list[SearchedSet]:
    """The `m` searched sets that deserve most to be tried again, best first.

    Args:
        languages: the search languages.
        recommend: of the searcher; None = by a Gaussian process over the sets tried (repeats and noise known), or, for
            fewer than 10 different sets, by the mean score.

    Raises:
        ValueError: no searched trial has finished.
    """
    tasks = tasks_of(records)
    trials: dict[tuple[str, ...], list[tuple[float, TrialRecord]]] = {}
    for record in sorted(records, key=lambda record: (record.number or 0, record.seed)):
        if record.finished and record.number is not None and record.languages:
            told = objective(record.scores, tasks, languages)
            trials.setdefault(tuple(sorted(record.languages)), []).append((told, record))
    if not trials:
        raise ValueError(
            "Confirming needs a searched trial that has finished, but there is none. Run the search first."
        )
    believed = _believed(trials, recommend)
    found = [
        SearchedSet(
            languages=key, score=fmean(score for score, _ in trials[key]), n_trials=len(trials[key]), believed=value,
            record=max(trials[key], key=lambda trial: trial[0])[1],
        )
        for key, value in believed.items()
    ]  # fmt: skip
    return sorted(found, key=lambda s: (-s.believed, s.languages))[:m]


def _believed(
    trials: Mapping[tuple[str, ...], Sequence[tuple[float, TrialRecord]]], recommend: Recommend | None
) -> dict[tuple[str, ...], float]:
    if recommend is not None:
        told = {tuple(map(str, r.languages)): r.mean for r in recommend(len(trials))}
        return {key: told[key] for key in trials if key in told}
    if len(trials) < MIN_SETS_FOR_MODEL:
        return {key: fmean(score for score, _ in found) for key, found in trials.items()}
    scored = [(tuple(map(Language, key)), score) for key, found in trials.items() for score, _ in found]
    surrogate = Surrogate.fit(scored)
    keys = [tuple(surrogate.space.index(tuple(map(Language, key))).tolist()) for key in trials]
    return dict(zip(trials, surrogate.posterior.mean_sd(keys)[0].tolist(), strict=True))
