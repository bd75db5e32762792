"""Comparisons: arms against a reference, with everything that is said about each, corrected for how many there are."""

import dataclasses
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from sweep.statistics.confidence import Over, confidence
from sweep.statistics.corrections import CORRECTIONS
from sweep.statistics.kinship import families_of, n_unknown
from sweep.statistics.noise import OWN_SEEDS, NoiseFloor
from sweep.statistics.paired import (
    Floats,
    Group,
    Mask,
    PairedDifferences,
    ScoreBlocks,
    TooFewError,
    paired_differences,
    zero_shot,
)
from sweep.statistics.sign_flips import sign_flips

ALPHA = 0.05
ALL: Mapping[str, Group] = {"all": zero_shot}
Verdict = Literal["better", "worse", "equivalent", "inconclusive", "indistinguishable"]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One arm against the reference on one task and group of languages; scores are fractions.

    over: what the interval [low, high] (95 %) and `p` range over, see `confidence`.
    difference: mean of arm minus reference over n_languages, each once, then over n_seeds; n_left_out languages lack a
        score in one of the seeds or arms. The languages are of n_families; n_unknown of them have none in the inventory
        and count as one each.
    these_low, these_high: the 95 % interval over seeds alone, on these very languages; NaN where nothing is known of
        the noise between seeds.
    p_adjusted: `p` corrected for n_comparisons by `correction` ("none": not corrected).
    effect_size: the languages' mean difference over its standard deviation between languages (Hedges' g for paired
        values); NaN for one or two languages. better_frac: share of languages with a positive difference, ties as a
        half.
    flip_seeds_p: sign-flip test over the seeds' means, cannot be below 0.125 with four seeds; not corrected. There is
        none over families: the noise of a run moves all of them together, so their signs are not independent.
    margin, equivalence_p, equivalence_p_adjusted: NaN where no margin was given, see `Confidence.equivalence_p`.
    shrunken: the noise between seeds is that of the two arms, shrunken towards that of all arms.
    """

    arm: str
    reference: str
    task: str
    metric: str
    group: str
    over: Over
    n_seeds: int
    n_languages: int
    n_families: int
    n_left_out: int
    n_unknown: int = 0
    difference: float
    low: float
    high: float
    these_low: float = float("nan")
    these_high: float = float("nan")
    p: float
    p_adjusted: float
    correction: str = "none"
    n_comparisons: int = 1
    effect_size: float
    better_frac: float
    flip_seeds_p: float
    margin: float
    equivalence_p: float
    equivalence_p_adjusted: float
    shrunken: bool = False

    @property
    def one_run(self) -> bool:
        """One run an arm, and nothing known of the noise between runs: no claim beyond these very trainings."""
        return self.n_seeds == 1 and self.over == "families"

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
    frame: pd.DataFrame | ScoreBlocks,
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
    noise: NoiseFloor | None = None,
    seed: int = 0,
    members: Mask | None = None,
) -> Comparison:
    """Compares two arms, paired by seed and language.

    Args:
        frame, members: see `paired_differences`. group: a key of `groups`.
        over: None = the widest question that the data can answer: seeds and families, or the one of which there are
            two. With `noise` one seed is enough.
        margin: differences that do not matter, a fraction; None = equivalence is not tested.
        noise: between seeds, of this task and group; None = that of the shared seeds' differences. From `OWN_SEEDS`
            shared seeds on these speak for themselves.
        seed: of random sign flips.

    Raises:
        ValueError: nothing is shared, or too few seeds or languages for the question.
    """
    block = paired_differences(
        frame, arm, reference, task=task, metric=metric, split=split, group=groups[group], members=members
    )
    shared = None
    if noise is not None and len(block.seeds) < OWN_SEEDS:
        shared = noise.difference(arm, reference, len(block.seeds))
    families = families_of(block.languages)
    answered = over or widest(block, len(set(families)), shared is not None)
    sure = confidence(block.values, answered, families=families, noise=shared)
    low, high = sure.interval()
    these = (float("nan"), float("nan"))
    if len(block.seeds) > 1 or shared is not None:
        these = confidence(block.values, "seeds", noise=shared).interval()
    of_languages = block.values.mean(axis=0)
    equivalence_p = float("nan") if margin is None else sure.equivalence_p(margin)
    return Comparison(
        arm=arm, reference=reference, task=task, metric=metric, group=group, over=answered,
        n_seeds=len(block.seeds), n_languages=len(block.languages), n_families=len(set(families)),
        n_left_out=block.n_left_out, n_unknown=n_unknown(block.languages),
        difference=block.mean, low=low, high=high, these_low=these[0], these_high=these[1],
        p=sure.p_value, p_adjusted=sure.p_value,
        effect_size=hedges_g(of_languages),
        better_frac=float(((of_languages > 0) + (of_languages == 0) / 2).mean()),
        flip_seeds_p=sign_flips(block.values.mean(axis=1), seed=seed).p,
        margin=float("nan") if margin is None else margin,
        equivalence_p=equivalence_p, equivalence_p_adjusted=equivalence_p,
        shrunken=shared is not None and answered != "families",
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
    noises: Mapping[tuple[str, str], NoiseFloor] | None = None,
    own_noise: Collection[str] = (),
    correction: str = "holm",
    seed: int = 0,
) -> list[Comparison]:
    """Every arm against the reference, on every task and group, corrected for all of them together.

    Args:
        tasks: task -> its metric. arms: None = all others, sorted.
        noises: (task, group) -> noise floor.
        own_noise: arms to which these say nothing, as they draw other languages with each seed.
        correction: "holm" or "bh", see `corrections`; "none".
        others: see `compare`.

    Returns:
        by task, group and arm; a combination without a shared seed, language or enough of both is absent.

    Raises:
        ValueError: the reference has no score, or an unknown correction.
    """
    names = set(frame["arm"].unique())
    if reference not in names:
        raise ValueError(f"The reference must be an arm with scores, but {reference!r} is not. Name another.")
    others = sorted(names - {reference}) if arms is None else list(arms)
    found = []
    for task, metric in tasks.items():
        blocks = ScoreBlocks(frame, task, metric, split)
        for group in groups:
            members = blocks.members(groups[group])
            of_group = (noises or {}).get((task, group))
            for arm in others:
                noise = None if {arm, reference} & set(own_noise) else of_group
                try:
                    found.append(
                        compare(
                            blocks, arm, reference, task=task, metric=metric, split=split, group=group,
                            groups=groups, over=over, margin=margin, noise=noise, seed=seed, members=members,
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
        low=-comparison.high, high=-comparison.low, these_low=-comparison.these_high, these_high=-comparison.these_low,
        effect_size=-comparison.effect_size,
        better_frac=1 - comparison.better_frac,
    )  # fmt: skip


def widest(block: PairedDifferences, n_families: int, noise_is_known: bool = False) -> Over:
    """The widest question that this block of differences can answer; with known noise one seed counts as several.

    Languages of one family say nothing about those of others: the question is about these languages then.
    """
    if len(block.seeds) > 1 or noise_is_known:
        return "seeds and families" if n_families > 1 else "seeds"
    return "families"


def hedges_g(values: Floats) -> float:
    """Mean over sample standard deviation of paired differences [n], with the correction for small n of Hedges 1981.

    NaN for one or two values (the correction is 0 / 0 for two), or where all are equal.
    """
    n = values.size
    deviation = float(values.std(ddof=1)) if n > 2 else 0.0
    if deviation <= 1e-12 * float(np.abs(values).max(initial=0.0)) or not deviation:
        return float("nan")
    return float(values.mean()) / deviation * (1 - 3 / (4 * (n - 1) - 1))


def comparison_table(comparisons: Sequence[Comparison]) -> pd.DataFrame:
    """One row a comparison: the fields of `Comparison` and its verdict."""
    fields = [field.name for field in dataclasses.fields(Comparison)]
    rows = [(*(getattr(comparison, name) for name in fields), comparison.verdict) for comparison in comparisons]
    return pd.DataFrame(rows, columns=[*fields, "verdict"])
