"""Comparisons: arms against a reference, with everything that is said about each, corrected for how many there are."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from sweep.statistics.confidence import Over, confidence
from sweep.statistics.corrections import CORRECTIONS
from sweep.statistics.noise import NoiseFloor
from sweep.statistics.paired import Floats, Group, PairedDifferences, TooFewError, paired_differences, zero_shot
from sweep.statistics.sign_flips import sign_flips

ALPHA = 0.05
ALL: Mapping[str, Group] = {"all": zero_shot}
Verdict = Literal["better", "worse", "equivalent", "inconclusive", "indistinguishable"]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One arm against the reference on one task and group of languages; scores are fractions.

    over: what the interval [low, high] (95 %) and `p` range over, see `confidence`.
    difference: mean of arm minus reference over n_languages, each once, then over n_seeds; n_left_out languages have no
        score in one of the seeds.
    p_adjusted: `p` corrected for n_comparisons by `correction` ("none": not corrected).
    effect_size: the languages' mean difference over its standard deviation between languages (Hedges' g for paired
        values); NaN for one language. better_frac: share of languages with a positive difference, ties as a half.
    flip_seeds_p, flip_languages_p: sign-flip tests over the seeds' and over the languages' means; the first cannot be
        below 0.125 with four seeds. Not corrected.
    margin, equivalence_p, equivalence_p_adjusted: NaN where no margin was given, see `Confidence.equivalence_p`.
    pooled: the noise between seeds is that of other arms too.
    """

    arm: str
    reference: str
    task: str
    metric: str
    group: str
    over: Over
    n_seeds: int
    n_languages: int
    n_left_out: int
    difference: float
    low: float
    high: float
    p: float
    p_adjusted: float
    correction: str = "none"
    n_comparisons: int = 1
    effect_size: float
    better_frac: float
    flip_seeds_p: float
    flip_languages_p: float
    margin: float
    equivalence_p: float
    equivalence_p_adjusted: float
    pooled: bool = False

    @property
    def one_run(self) -> bool:
        """One run an arm, and nothing known of the noise between runs: no claim beyond these very trainings."""
        return self.n_seeds == 1 and self.over == "languages"

    @property
    def verdict(self) -> Verdict:
        """What may be claimed at the level 0.05, after correction; "inconclusive" = only before correction.

        Of `one_run` no more than "inconclusive": these two trainings differ, whatever made them differ.
        """
        if self.one_run:
            return "inconclusive" if self.p <= ALPHA else "indistinguishable"
        if self.p_adjusted <= ALPHA:
            return "better" if self.difference > 0 else "worse"
        if self.equivalence_p_adjusted <= ALPHA:
            return "equivalent"
        return "inconclusive" if self.p <= ALPHA else "indistinguishable"

    @property
    def differs(self) -> bool:
        """Whether a difference may be claimed."""
        return self.verdict in ("better", "worse")


def compare(
    frame: pd.DataFrame,
    arm: str,
    reference: str,
    *,
    task: str,
    metric: str,
    split: str = "test",
    group: str = "all",
    groups: Mapping[str, Group] = ALL,
    over: Over | None = None,
    margin: float | None = None,
    pooled: NoiseFloor | None = None,
    pool_below: int | None = None,
    seed: int = 0,
) -> Comparison:
    """Compares two arms, paired by seed and language.

    Args:
        frame: see `paired.score_block`. group: a key of `groups`.
        over: None = the widest question that the data can answer: seeds and languages, or the one of which there are
            two. With pooled noise one seed is enough.
        margin: differences that do not matter, a fraction; None = equivalence is not tested.
        pooled: see `confidence`; of this task and group.
        pool_below: shared seeds from which the arms' own noise is taken, whatever is pooled; None = never.
        seed: of resampling and of random sign flips.

    Raises:
        ValueError: nothing is shared, or too few seeds or languages for the question.
    """
    block = paired_differences(frame, arm, reference, task=task, metric=metric, split=split, group=groups[group])
    if pool_below is not None and len(block.seeds) >= pool_below:
        pooled = None
    answered = over or widest(block, pooled is not None)
    sure = confidence(block.values, answered, pooled=pooled, seed=seed)
    low, high = sure.interval()
    of_languages = block.values.mean(axis=0)
    equivalence_p = float("nan") if margin is None else sure.equivalence_p(margin)
    return Comparison(
        arm=arm, reference=reference, task=task, metric=metric, group=group, over=answered,
        n_seeds=len(block.seeds), n_languages=len(block.languages), n_left_out=block.n_left_out,
        difference=block.mean, low=low, high=high, p=sure.p_value, p_adjusted=sure.p_value,
        effect_size=hedges_g(of_languages),
        better_frac=float(((of_languages > 0) + (of_languages == 0) / 2).mean()),
        flip_seeds_p=sign_flips(block.values.mean(axis=1), seed=seed).p,
        flip_languages_p=sign_flips(of_languages, seed=seed).p,
        margin=float("nan") if margin is None else margin,
        equivalence_p=equivalence_p, equivalence_p_adjusted=equivalence_p,
        pooled=pooled is not None and answered != "languages",
    )  # fmt: skip


def compare_all(
    frame: pd.DataFrame,
    reference: str,
    tasks: Mapping[str, str],
    *,
    arms: Iterable[str] | None = None,
    split: str = "test",
    groups: Mapping[str, Group] = ALL,
    over: Over | None = None,
    margin: float | None = None,
    pooled: Mapping[tuple[str, str], NoiseFloor] | None = None,
    pool_below: int | None = None,
    correction: str = "holm",
    seed: int = 0,
) -> list[Comparison]:
    """Every arm against the reference, on every task and group, corrected for all of them together.

    Args:
        tasks: task -> its metric. arms: None = all others, sorted.
        pooled: (task, group) -> noise floor.
        correction: "holm" or "bh", see `corrections`; "none".
        others: see `compare`.

    Returns:
        by task, group and arm; a combination without a shared seed, language or enough of both is absent.

    Raises:
        ValueError: the reference has no score, or an unknown correction.
    """
    if reference not in set(frame["arm"]):
        raise ValueError(f"The reference must be an arm with scores, but {reference!r} is none. Name another.")
    others = sorted(set(frame["arm"]) - {reference}) if arms is None else list(arms)
    found = []
    for task, metric in tasks.items():
        of_task = frame[(frame["task"] == task) & (frame["metric"] == metric) & (frame["split"] == split)]
        for group in groups:
            noise = (pooled or {}).get((task, group))
            for arm in others:
                try:
                    found.append(
                        compare(
                            of_task, arm, reference, task=task, metric=metric, split=split, group=group, groups=groups,
                            over=over, margin=margin, pooled=noise, pool_below=pool_below, seed=seed,
                        )
                    )  # fmt: skip
                except TooFewError:
                    continue
    return corrected(found, correction)


def corrected(comparisons: Sequence[Comparison], correction: str = "holm") -> list[Comparison]:
    """The same comparisons as one family: p-values of difference and of equivalence adjusted, each among themselves.

    Raises:
        ValueError: an unknown correction.
    """
    if correction == "none":
        return list(comparisons)
    if correction not in CORRECTIONS:
        raise ValueError(f"The correction must be 'none' or one of {', '.join(CORRECTIONS)}, but is {correction!r}.")
    adjust = CORRECTIONS[correction]
    differs = adjust([comparison.p for comparison in comparisons])
    tested = [i for i, comparison in enumerate(comparisons) if not np.isnan(comparison.margin)]
    within = dict(zip(tested, adjust([comparisons[i].equivalence_p for i in tested]), strict=True))
    return [
        dataclasses.replace(
            comparison, p_adjusted=differs[i], equivalence_p_adjusted=within.get(i, float("nan")),
            correction=correction, n_comparisons=len(comparisons),
        )
        for i, comparison in enumerate(comparisons)
    ]  # fmt: skip


def mirrored(comparison: Comparison) -> Comparison:
    """The same comparison seen from the other arm."""
    return dataclasses.replace(
        comparison, arm=comparison.reference, reference=comparison.arm, difference=-comparison.difference,
        low=-comparison.high, high=-comparison.low, effect_size=-comparison.effect_size,
        better_frac=1 - comparison.better_frac,
    )  # fmt: skip


def widest(block: PairedDifferences, is_pooled: bool = False) -> Over:
    """The widest question that this block of differences can answer; with pooled noise one seed counts as several."""
    if len(block.seeds) > 1 or is_pooled:
        return "seeds and languages" if len(block.languages) > 1 else "seeds"
    return "languages"


def hedges_g(values: Floats) -> float:
    """Mean over sample standard deviation of paired differences [n], with the correction for small n of Hedges 1981.

    NaN for one value, or where all are equal.
    """
    n = values.size
    deviation = float(values.std(ddof=1)) if n > 1 else 0.0
    if deviation <= 1e-12 * float(np.abs(values).max(initial=0.0)) or not deviation:
        return float("nan")
    return float(values.mean()) / deviation * (1 - 3 / (4 * (n - 1) - 1))


def comparison_table(comparisons: Sequence[Comparison]) -> pd.DataFrame:
    """One row a comparison: the fields of `Comparison` and its verdict."""
    fields = [field.name for field in dataclasses.fields(Comparison)]
    rows = [(*(getattr(comparison, name) for name in fields), comparison.verdict) for comparison in comparisons]
    return pd.DataFrame(rows, columns=[*fields, "verdict"])
