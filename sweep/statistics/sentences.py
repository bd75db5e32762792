"""One plain sentence a claim: the verdict, the difference with its interval in points, and what stands behind it."""

import math

from sweep.statistics.comparisons import ALPHA, Comparison
from sweep.statistics.noise import NoiseFloor
from sweep.statistics.p_values import p_number, p_text

CORRECTION_TITLES = {"holm": "Holm's correction", "bh": "Benjamini and Hochberg's correction"}


def claim(comparison: Comparison, reference: str, arm: str = "") -> str:
    """ "indistinguishable from the full set: +0.2 [-0.5, 0.9] points over 4 seeds and 17 languages of 6 families
    (p = 0.52)".

    Args:
        reference: its name for people. arm: likewise, put before the claim; "" = the claim alone.
    """
    verdicts = {
        "better": f"better than {reference}",
        "worse": f"worse than {reference}",
        "equivalent": f"equivalent to {reference} within {100 * comparison.margin:.1f} points",
        "inconclusive": f"not decided against {reference}"
        if comparison.one_run
        else f"not shown to differ from {reference} once corrected for the number of comparisons",
        "indistinguishable": f"indistinguishable from {reference}",
    }
    text = f"{arm}: " if arm else ""
    text += f"{verdicts[comparison.verdict]}: {figure(comparison)}{_caution(comparison)} ({_p_values(comparison)})"
    return text


def figure(comparison: Comparison) -> str:
    """ "+0.2 [-0.5, 0.9] points over 4 seeds and 17 languages of 6 families"."""
    seeds = _count(comparison.n_seeds, "seed")
    languages = _count(comparison.n_languages, "language")
    of_families = f"{languages} of {_families(comparison)}"
    over = {
        "seeds and families": f"over {seeds} and {of_families}",
        "seeds": f"over {seeds}, on these {languages}"
        if comparison.n_languages > 1
        else f"over {seeds}, on 1 language",
        "families": f"over {of_families}, with {seeds}",
    }[comparison.over]
    if comparison.n_left_out:
        over += f" ({_count(comparison.n_left_out, 'language')} without all scores left out)"
    return f"{points(comparison.difference)} [{_points(comparison.low)}, {_points(comparison.high)}] points {over}"


def _families(comparison: Comparison) -> str:
    families = "1 family" if comparison.n_families == 1 else f"{comparison.n_families} families"
    if not comparison.n_unknown:
        return families
    return f"{families}, {_count(comparison.n_unknown, 'language')} of unknown family counted as one each"


def points(difference: float) -> str:
    """A difference of fractions as signed points: "+0.2"."""
    return f"{100 * difference:+.1f}".replace("-0.0", "+0.0")


def noise_sentence(noise: NoiseFloor, n_seeds: int) -> str:
    """What repeated runs of one configuration say about differences between configurations."""
    return (
        f"One configuration moves by {100 * noise.sd:.2f} points [{100 * noise.low:.2f}, {100 * noise.high:.2f}] from "
        f"seed to seed (standard deviation; {_count(noise.n_arms, 'arm')}, {noise.df} degrees of freedom), so two "
        f"usual arms of {_count(n_seeds, 'seed')} each that are less than "
        f"{100 * noise.smallest_difference(n_seeds):.1f} points apart are within this noise{_alike(noise)}"
    )


def _alike(noise: NoiseFloor) -> str:
    """Whether arms are equally noisy, and what is made of it."""
    if math.isnan(noise.equal_p):
        return ". Whether other arms are as noisy is not known"
    if noise.equal_p > ALPHA:
        return f". That arms are equally noisy is not rejected (Bartlett's test, {p_text(noise.equal_p)})"
    return (
        f". Arms are not equally noisy (Bartlett's test, {p_text(noise.equal_p)}): each has its own variance, shrunk "
        f"towards that of all arms, which counts as {noise.prior.df:.1f} degrees of freedom"
    )


def _caution(comparison: Comparison) -> str:
    """What a reader would otherwise overlook."""
    if comparison.one_run:
        return "; one run per arm: nothing can be claimed beyond these very trainings"
    if comparison.over == "families":
        return ", whose noise is not in the interval"
    if comparison.over == "seeds" and comparison.n_families == 1 < comparison.n_languages:
        return "; they are of one family, which says nothing about others"
    if comparison.over == "seeds" and comparison.n_languages == 1:
        return "; one language says nothing about others"
    if comparison.n_seeds == 1:
        return "; the noise between seeds is taken from arms with several"
    if comparison.shrunken:
        return ""
    return "; 2 seeds say little about the noise between them" if comparison.n_seeds == 2 else ""


def _p_values(comparison: Comparison) -> str:
    plain, adjusted = comparison.p, comparison.p_adjusted
    if comparison.verdict == "equivalent":
        plain, adjusted = comparison.equivalence_p, comparison.equivalence_p_adjusted
    if comparison.correction == "none":
        return p_text(plain)
    family = f"after {CORRECTION_TITLES[comparison.correction]} for {_count(comparison.n_comparisons, 'comparison')}"
    if plain <= ALPHA < adjusted:  # the interval says one thing, the family another: show both
        return f"{p_text(plain)}, but {p_number(adjusted)} {family}"
    return f"{p_text(adjusted)} {family}"


def _points(value: float) -> str:
    return f"{100 * value:.1f}".replace("-0.0", "0.0")


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
