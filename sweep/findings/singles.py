"""What single languages say about sets: trials that realigned on one language alone, beside trials of sets.

A search with `search.screen: singles` makes such trials; arms of one language are others. The value of a language is
the posterior mean of its own score by the model that the search uses, which takes what a training seed adds to all its
scores for luck. The value of a set by its singles is the mean over its languages.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from search_spaces.languages import Language
from search_spaces.searchers.learned import Surrogate
from sweep.config.space import is_screening
from sweep.records.records import TrialRecord
from sweep.scores.objective import objective
from sweep.statistics.rank_correlation import Interval, retest, spearman_interval

MIN_SINGLES, MIN_SETS = 8, 8


@dataclass(frozen=True, kw_only=True)
class SingleLanguage:
    """One language by itself. score: mean over its trials of what the search was told of them; value: what is believed
    of it, given that all trials are noisy; sd: of that belief.
    """

    language: Language
    score: float
    value: float
    sd: float
    n_trials: int


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """How well the mean value of its languages ranks sets of one size.

    kind: "planned" (arms, each the mean over the same seeds) or "searched" (sets of a search, a trial each).
    correlation: Spearman's, with its interval over sets.
    retest: mean rank correlation between two seeds of the same sets; None = not every set has the same seeds, or one.
    """

    kind: str
    size: int
    n_sets: int
    n_seeds: int
    correlation: Interval
    retest: float | None


def single_languages(
    records: Sequence[TrialRecord], tasks: Sequence[str], languages: Collection[str]
) -> list[SingleLanguage]:
    """The best first; [] for fewer than MIN_SINGLES languages.

    Args:
        languages: whose development scores count, see `objective`.
    """
    alone = [record for record in records if record.finished and len(record.languages) == 1]
    told = {Language(record.languages[0]): list[float]() for record in alone}
    if len(told) < MIN_SINGLES:
        return []
    scores = [objective(record.scores, tasks, languages) for record in alone]
    for record, score in zip(alone, scores, strict=True):
        told[Language(record.languages[0])].append(score)
    scored = [((Language(record.languages[0]),), score) for record, score in zip(alone, scores, strict=True)]
    surrogate = Surrogate.fit(scored, seeds=[record.seed for record in alone])
    tags = sorted(told)
    means, sds = surrogate.posterior.mean_sd([tuple(surrogate.space.index([tag]).tolist()) for tag in tags])
    found = [
        SingleLanguage(
            language=tag, score=float(np.mean(told[tag])), value=float(mean), sd=float(sd), n_trials=len(told[tag])
        )
        for tag, mean, sd in zip(tags, means, sds, strict=True)
    ]
    return sorted(found, key=lambda one: (-one.value, -one.score, one.language))


def predictions(
    records: Sequence[TrialRecord], singles: Sequence[SingleLanguage], tasks: Sequence[str], languages: Collection[str]
) -> list[Prediction]:
    """Of sets of several languages that all have been tried alone, by kind and size; MIN_SETS sets at least.

    Args:
        languages: whose *test* scores are predicted. The singles are valued by development scores.
    """
    value = {one.language: one.value for one in singles}
    trials: dict[tuple[str, int], dict[tuple[Language, ...], dict[int, float]]] = {}
    for record in records:
        tags = tuple(sorted(map(Language, record.languages)))
        if not record.finished or len(tags) < 2 or not set(tags) <= set(value) or is_screening(record.point):
            continue
        kind = "planned" if record.number is None else "searched"
        of_set = trials.setdefault((kind, len(tags)), {}).setdefault(tags, {})
        of_set[record.seed] = objective(record.scores, tasks, languages, "test")
    found = []
    for (kind, size), sets in sorted(trials.items()):
        if len(sets) < MIN_SETS:
            continue
        shared = sorted(set.intersection(*(set(seeds) for seeds in sets.values())))
        by_seed = np.array([[seeds[seed] for seed in shared] for seeds in sets.values()])  # [sets, seeds]
        observed = (
            by_seed.mean(axis=1) if shared else np.array([np.mean(list(seeds.values())) for seeds in sets.values()])
        )
        predicted = np.array([np.mean([value[tag] for tag in tags]) for tags in sets])
        found.append(
            Prediction(
                kind=kind, size=size, n_sets=len(sets), n_seeds=max(1, len(shared)),
                correlation=spearman_interval(predicted, observed),
                retest=retest(by_seed.T),
            )
        )  # fmt: skip
    return found
