import dataclasses

import pytest

from sweep.statistics.comparisons import Comparison
from sweep.statistics.confidence import Part
from sweep.statistics.noise import NoiseFloor
from sweep.statistics.sentences import claim, noise_sentence, points

NAN = float("nan")


@pytest.fixture
def comparison():
    """The example of the issue."""
    return Comparison(
        arm="max-sum-10", reference="full", task="pos", metric="accuracy", group="all", over="seeds and families",
        n_seeds=4, n_languages=17, n_families=6, n_left_out=0, difference=0.002, low=-0.005, high=0.009, p=0.52,
        p_adjusted=0.52, effect_size=0.1, better_frac=0.5, flip_seeds_p=0.5, margin=NAN,
        equivalence_p=NAN, equivalence_p_adjusted=NAN,
    )  # fmt: skip


def test_claims(comparison):
    def said(**fields):
        return claim(dataclasses.replace(comparison, **fields), "the full set")

    assert said() == (
        "indistinguishable from the full set: +0.2 [-0.5, 0.9] points over 4 seeds and 17 languages of 6 families "
        "(p = 0.52)"
    )
    assert said(
        difference=0.012, low=0.004, high=0.02, p=0.0004, p_adjusted=0.0124, correction="holm", n_comparisons=31
    ) == (
        "better than the full set: +1.2 [0.4, 2.0] points over 4 seeds and 17 languages of 6 families "
        "(p = 0.012 after Holm's correction for 31 comparisons)"
    )
    assert said(
        difference=-0.012, low=-0.02, high=-0.0004, p=0.04, p_adjusted=0.9, correction="bh", n_comparisons=1
    ) == (
        "not shown to differ from the full set once corrected for the number of comparisons: -1.2 [-2.0, 0.0] points "
        "over 4 seeds and 17 languages of 6 families (p = 0.040, but 0.90 after Benjamini and "
        "Hochberg's correction for 1 comparison)"
    )
    assert said(margin=0.01, equivalence_p=0.01, equivalence_p_adjusted=0.02) == (
        "equivalent to the full set within 1.0 points: +0.2 [-0.5, 0.9] points over 4 seeds and 17 languages of 6 "
        "families (p = 0.010)"
    )
    assert said(difference=-0.1, p=1e-9, p_adjusted=1e-8).startswith("worse than the full set: -10.0 [")
    assert said(p=1e-9, p_adjusted=1e-9).endswith("(p < 0.001)")


def test_few_seeds_are_said(comparison):
    two = dataclasses.replace(comparison, n_seeds=2)
    assert "over 2 seeds and 17 languages of 6 families; 2 seeds say little about the noise between them (p" in claim(
        two, "full"
    )
    one = dataclasses.replace(comparison, n_seeds=1, over="families")
    cautious = "; one run per arm: nothing can be claimed beyond these very trainings (p"
    assert f"points over 17 languages of 6 families, with 1 seed{cautious}" in claim(one, "full")
    differs = claim(dataclasses.replace(one, p=1e-9, p_adjusted=1e-8, margin=0.01, equivalence_p_adjusted=0.0), "full")
    assert differs.startswith("not decided against full: +0.2 [") and cautious in differs
    with_others = claim(dataclasses.replace(comparison, n_seeds=1, shrunken=True), "full")
    assert (
        "over 1 seed and 17 languages of 6 families; the noise between seeds is taken from arms with several (p"
        in with_others
    )
    these = dataclasses.replace(comparison, over="families")
    assert "over 17 languages of 6 families, with 4 seeds, whose noise is not in the interval (p" in claim(
        these, "full"
    )
    fixed = dataclasses.replace(comparison, over="seeds")
    assert "points over 4 seeds, on these 17 languages (p" in claim(fixed, "full")


def test_arms_come_first_and_zero_has_no_minus(comparison):
    assert claim(comparison, "full", "max-sum k=10").startswith("max-sum k=10: indistinguishable from full")
    assert (points(-0.0001), points(-0.1), points(0.0)) == ("+0.0", "-10.0", "+0.0")


def test_the_sentence_says_of_how_many_families_and_what_was_left_out(comparison):
    kin = dataclasses.replace(comparison, n_families=8, n_unknown=2, n_left_out=10)
    assert (
        "over 4 seeds and 17 languages of 8 families, 2 languages of unknown family counted as one each "
        "(10 languages without all scores left out) (p"
    ) in claim(kin, "full")
    one_family = dataclasses.replace(comparison, over="seeds", n_families=1)
    assert "on these 17 languages; they are of one family, which says nothing about others (p" in claim(
        one_family, "full"
    )
    one_language = dataclasses.replace(one_family, n_languages=1)
    assert "over 4 seeds, on 1 language; one language says nothing about others (p" in claim(one_language, "full")


def test_noise_sentence():
    noise = NoiseFloor(sd=0.006, low=0.0052, high=0.0071, df=84, n_arms=28, prior=Part(3e-5, 2.67), equal_p=0.00008)
    assert noise_sentence(noise, 4) == (
        "One configuration moves by 0.60 points [0.52, 0.71] from seed to seed (standard deviation; 28 arms, 84 "
        "degrees of freedom), so two usual arms of 4 seeds each that are less than 0.8 points apart are within this "
        "noise. Arms are not equally noisy (Bartlett's test, p < 0.001): each has its own variance, shrunk towards "
        "that of all arms, which counts as 2.7 degrees of freedom"
    )
    assert "equally noisy is not rejected (Bartlett's test, p = 0.30)" in noise_sentence(
        dataclasses.replace(noise, equal_p=0.3), 4
    )
    alone = noise_sentence(dataclasses.replace(noise, equal_p=NAN, n_arms=1), 4)
    assert alone.endswith("Whether other arms are as noisy is not known")
