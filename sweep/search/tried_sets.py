"""The sets that a search tried, best first: what it was told of each, and what a model believes of it.

This is the one answer to "which set?": reports, MLflow, the display of a running sweep, exported models and `confirm`
all name the first of these.
"""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import fmean

from search_spaces.languages import Language
from search_spaces.searchers.base import Recommendation
from search_spaces.searchers.learned import Surrogate
from sweep.config.space import is_screening
from sweep.records.records import TrialRecord
from sweep.scores.choosing import choosing_trials
from sweep.scores.objective import objective, told_by

Recommend = Callable[[int], Sequence[Recommendation]]
"""`Searcher.recommend` of the finished search."""

Tried = Mapping[tuple[str, ...], Sequence[tuple[float, TrialRecord]]]
"""Sorted languages -> what the search was told of each of their trials, in the order of asking."""


MIN_SETS_FOR_MODEL = 10


@dataclass(frozen=True, kw_only=True)
class SearchedSet:
    """A set that a search tried. score: mean over its trials of what the search was told. believed: the posterior
    mean of its true score, or the mean score where there is no model. record: the best of the trials that it was chosen
    by; of the arm that was trained again, if one was.
    """

    languages: tuple[str, ...]
    score: float
    n_trials: int
    believed: float
    record: TrialRecord


def best_sets(
    records: Sequence[TrialRecord], languages: Collection[str], m: int, recommend: Recommend | None = None
) -> list[SearchedSet]:
    """The `m` searched sets that deserve most to be tried again, best first, see `ranked_sets`.

    Args:
        languages: the search languages.

    Raises:
        ValueError: no searched trial has finished.
    """
    tasks = told_by(records)
    found = ranked_sets(records, lambda record: objective(record.scores, tasks, languages), recommend)
    if not found:
        raise ValueError(
            "Confirming needs a searched trial that has finished, but there is none. Run the search first."
        )
    return found[:m]


def ranked_sets(
    records: Sequence[TrialRecord],
    told: Callable[[TrialRecord], float | None] = lambda record: record.score,
    recommend: Recommend | None = None,
) -> list[SearchedSet]:
    """All searched sets, best first: by the posterior mean of a Gaussian process over the trials that the search chose
    by (repeats, seeds and noise known), or, for fewer than 10 different sets, by their mean score.

    Sets that the search trained again with other seeds come first, in the order in which it chose them: what repeats
    score judges a set and chooses none, so that the best one is compared on seeds that it was not chosen for.

    Args:
        told: what the search was told of a trial; the trial's own `score` is that.
        recommend: of the searcher, instead of the Gaussian process.
    """
    searched = [
        record
        for record in records
        if record.finished and record.number is not None and record.languages and not is_screening(record.point)
    ]
    chosen_by = choosing_trials(searched)
    tried: dict[tuple[str, ...], list[tuple[float, TrialRecord]]] = {}
    for record in sorted(searched, key=lambda record: (record.number or 0, record.seed)):
        if (score := told(record)) is not None:
            tried.setdefault(tuple(sorted(record.languages)), []).append((score, record))
    first = {key: [one for one in found if one[1].trial in chosen_by] or found for key, found in tried.items()}
    repeats = repeated_arms(searched)
    repeated = {key: min(repeats.get(one.arm, math.inf) for _, one in found) for key, found in tried.items()}
    found = [
        SearchedSet(
            languages=key, score=fmean(score for score, _ in tried[key]), n_trials=len(tried[key]), believed=value,
            record=min(first[key], key=lambda trial: (repeats.get(trial[1].arm, math.inf), -trial[0]))[1],
        )
        for key, value in _believed(first, recommend).items()
    ]  # fmt: skip
    return sorted(found, key=lambda s: (repeated[s.languages], -s.believed, s.languages))


def repeated_arms(records: Sequence[TrialRecord]) -> dict[str, int]:
    """Searched arm -> number of the first trial that repeats it; those without a repeat are absent."""
    chosen_by, repeats = choosing_trials(records), dict[str, int]()
    for record in records:
        if record.number is not None and record.trial not in chosen_by:
            repeats[record.arm] = min(record.number, repeats.get(record.arm, record.number))
    return repeats


def _believed(tried: Tried, recommend: Recommend | None) -> dict[tuple[str, ...], float]:
    if recommend is not None:
        told = {tuple(map(str, r.languages)): r.mean for r in recommend(len(tried))}
        return {key: told[key] for key in tried if key in told}
    if len(tried) < MIN_SETS_FOR_MODEL:
        return {key: fmean(score for score, _ in found) for key, found in tried.items()}
    scored = tuple((tuple(map(Language, key)), score) for key, found in tried.items() for score, _ in found)
    seeds = tuple(record.seed for found in tried.values() for _, record in found)
    return dict(zip(tried, _posterior_means(scored, seeds), strict=True))


@lru_cache(maxsize=8)
def _posterior_means(
    scored: tuple[tuple[tuple[Language, ...], float], ...], seeds: tuple[int, ...]
) -> tuple[float, ...]:
    """Of the different sets, in their order. Kept, as a report, a page and a display ask for the same ones: with two
    hundred sets a fit takes seconds.
    """
    surrogate = Surrogate.fit(scored, seeds=seeds)
    keys = [tuple(surrogate.space.index(languages).tolist()) for languages in dict.fromkeys(key for key, _ in scored)]
    return tuple(surrogate.posterior.mean_sd(keys)[0].tolist())
