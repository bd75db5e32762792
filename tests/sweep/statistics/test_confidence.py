import numpy as np
import pytest
from scipy import stats

from sweep.statistics.confidence import confidence
from sweep.statistics.noise import NoiseFloor
from sweep.statistics.paired import TooFewError

BOTH = "seeds and languages"
NORMAL = np.random.default_rng(5).normal(0.02, 0.03, size=(4, 20))


def test_over_seeds_it_is_the_paired_t_test():
    of_seeds = NORMAL.mean(axis=1)
    sure = confidence(NORMAL, "seeds")
    expected = stats.ttest_1samp(of_seeds, 0.0)
    assert sure.p_value == pytest.approx(expected.pvalue, rel=1e-9)
    assert sure.interval() == pytest.approx(expected.confidence_interval(0.95), rel=1e-6)
    assert sure.interval(0.9) == pytest.approx(expected.confidence_interval(0.9), rel=1e-6)


def test_two_seeds_give_a_wide_interval():
    two = np.array([[0.01] * 5, [0.02] * 5])  # means 0.01 and 0.02: standard error 0.005, t(1) = 12.706
    assert confidence(two, "seeds").interval() == pytest.approx((0.015 - 0.06353, 0.015 + 0.06353), abs=1e-5)


def crossed_analysis(d):
    """Standard error and Satterthwaite's degrees of freedom of a mean of two crossed effects, by the textbook."""
    n_seeds, n_languages = d.shape
    rows, columns = d.mean(axis=1), d.mean(axis=0)
    seeds = n_languages * rows.var(ddof=1)
    languages = n_seeds * columns.var(ddof=1)
    rest = ((d - rows[:, None] - columns + d.mean()) ** 2).sum() / ((n_seeds - 1) * (n_languages - 1))
    parts = np.array([seeds, languages, -rest]) / d.size
    df = parts.sum() ** 2 / (parts**2 / [n_seeds - 1, n_languages - 1, (n_seeds - 1) * (n_languages - 1)]).sum()
    return np.sqrt(parts.sum()), df


def test_over_languages_it_is_close_to_t_over_languages_and_blind_to_seeds():
    sure = confidence(NORMAL, "languages", n_resamples=20_000)
    expected = stats.ttest_1samp(NORMAL.mean(axis=0), 0.0).confidence_interval()
    assert sure.interval() == pytest.approx(tuple(expected), abs=0.0015)
    shifted = NORMAL + np.array([[0.5], [-0.5], [0.1], [-0.1]])
    assert confidence(shifted, "languages").interval() == pytest.approx(confidence(NORMAL, "languages").interval())


def test_over_both_it_is_close_to_the_crossed_analysis_of_variance():
    rng = np.random.default_rng(1)
    n_seeds, n_languages = 8, 40
    d = rng.normal(size=(n_seeds, 1)) + 2 * rng.normal(size=n_languages) + rng.normal(size=(n_seeds, n_languages))
    error, df = crossed_analysis(d)
    reach = stats.t.ppf(0.975, df) * error
    low, high = confidence(d, BOTH, n_resamples=20_000).interval()
    assert (high - low) / 2 == pytest.approx(reach, rel=0.06)
    assert (high + low) / 2 == pytest.approx(d.mean(), abs=0.1 * reach)


def test_over_both_is_wider_than_over_either():
    widths = {over: np.ptp(confidence(NORMAL, over).interval()) for over in ("seeds", "languages", BOTH)}
    assert widths[BOTH] >= max(widths["seeds"], 0.9 * widths["languages"])


def test_noise_within_cells_is_no_difference_between_languages():
    """Languages that differ by chance only: both questions have the answer of the seeds."""
    d = np.array([[0.03, 0.01, 0.02], [0.01, 0.03, 0.02], [0.02, 0.02, 0.02]])
    assert confidence(d, BOTH).interval() == pytest.approx(confidence(d, "seeds").interval())
    alike = np.array([[0.03, 0.01], [0.01, 0.04], [0.03, 0.03]])  # languages' means differ by less than noise would do
    assert confidence(alike, BOTH).p_value == pytest.approx(stats.ttest_1samp(alike.mean(axis=1), 0.0).pvalue)


def test_far_out_p_is_that_of_the_t_test():
    """The bootstrap's tails are too thin there: of nine languages no resample is as far from 0 as t allows."""
    far = NORMAL[:, :9] + 0.07
    over_languages = stats.ttest_1samp(far.mean(axis=0), 0.0).pvalue
    assert over_languages < 1e-3 and (confidence(far, "languages").centres > 0).all()
    assert confidence(far, "languages").p_value == pytest.approx(over_languages, rel=1e-9)
    apart = NORMAL + np.linspace(-0.05, 0.05, 20)
    error, df = crossed_analysis(apart)
    assert (confidence(apart, BOTH).test.error, confidence(apart, BOTH).test.df) == pytest.approx((error, df))
    assert confidence(apart + 0.1, BOTH).p_value >= 2 * stats.t.sf((apart.mean() + 0.1) / error, df)


def test_a_claim_has_an_interval_without_zero():
    """p is the larger one of the interval's and the t test's: never below what the interval says, and hardly above."""
    sure = confidence(NORMAL, BOTH)
    low, high = sure.interval()
    assert sure.p_value < 0.05 and low > 0
    for over in ("seeds", "languages", BOTH):
        start = confidence(NORMAL, over).interval()[0]
        assert 0.05 - 1e-3 <= confidence(NORMAL - start, over).p_value <= 0.07  # its interval begins at 0
        low_90, high_90 = confidence(NORMAL, over).interval(0.9)
        margin = max(abs(low_90), abs(high_90))
        assert 0.05 - 1e-3 <= confidence(NORMAL, over).equivalence_p(margin) <= 0.07
        assert confidence(NORMAL, over).equivalence_p(2 * margin) < 0.05 < sure.equivalence_p(margin / 2)


def test_pooled_noise_replaces_that_of_few_seeds():
    noise = NoiseFloor(sd=0.01, low=0.0, high=0.0, df=90, n_arms=30)
    sure = confidence(NORMAL[:2], "seeds", pooled=noise)
    reach = stats.t.ppf(0.975, 90) * 0.01  # sd * sqrt(2 / 2 seeds)
    assert sure.interval() == pytest.approx((NORMAL[:2].mean() - reach, NORMAL[:2].mean() + reach), abs=1e-8)


def test_one_seed_with_pooled_noise_answers_for_seeds_and_languages():
    """Variances add up; where one of the two is nearly nothing, the t test of the other is what is left."""
    one = NORMAL[:1]
    for sd, n in ((0.01, 20), (1e-9, 20), (5.0, 20)):
        noise = NoiseFloor(sd=sd, low=0.0, high=0.0, df=6, n_arms=3)
        square = one.var(ddof=1) / n + 2 * sd**2
        test = confidence(one, BOTH, pooled=noise).test
        assert test.error == pytest.approx(np.sqrt(square))
        assert test.df == pytest.approx(square**2 / ((one.var(ddof=1) / n) ** 2 / 19 + (2 * sd**2) ** 2 / 6))
    assert confidence(one, BOTH, pooled=noise).p_value > 0.99
    wide = np.ptp(confidence(one, BOTH, pooled=NoiseFloor(sd=0.01, low=0.0, high=0.0, df=6, n_arms=3)).interval())
    assert wide > 1.5 * np.ptp(confidence(one, "languages").interval())


def test_identical_seeds_are_no_division_by_zero():
    same = np.tile(np.linspace(0, 0.1, 6), (3, 1))
    low, high = confidence(same, BOTH).interval()
    assert low < 0.05 < high
    assert confidence(np.zeros((3, 4)), BOTH).p_value == 1.0
    for over in ("seeds", "languages", BOTH):  # nothing varies: there is no test, whatever the difference
        assert confidence(np.full((3, 4), 0.1), over).p_value == 1.0
        assert confidence(np.full((3, 4), 0.001), over).equivalence_p(0.01) == 1.0


def test_the_same_seed_gives_the_same_interval():
    assert confidence(NORMAL, BOTH, seed=3).interval() == confidence(NORMAL, BOTH, seed=3).interval()
    assert confidence(NORMAL, BOTH, seed=3).interval() != confidence(NORMAL, BOTH, seed=4).interval()


def test_questions_that_the_data_cannot_answer_are_refused():
    with pytest.raises(TooFewError, match="over seeds needs at least 2 seeds, but there is 1"):
        confidence(NORMAL[:1], "seeds")
    with pytest.raises(TooFewError, match="at least 2 languages, but there is 1"):
        confidence(NORMAL[:, :1], BOTH)
    with pytest.raises(ValueError, match="finite"):
        confidence(np.array([[0.1, np.nan]]), "languages")
    with pytest.raises(ValueError, match="must be 'seeds', 'languages'"):
        confidence(NORMAL, "items")
    with pytest.raises(ValueError, match="margin of equivalence must be above 0"):
        confidence(NORMAL, "seeds").equivalence_p(0.0)


def held(n_seeds, n_languages, sd, over, skewed, n_worlds=1_000):
    """Share of simulated worlds whose 95 % interval holds the truth; sd: of seeds, languages and the rest."""
    rng = np.random.default_rng([n_seeds, n_languages, skewed])
    count = 0
    for world in range(n_worlds):
        languages = sd[1] * (rng.exponential(size=n_languages) - 1 if skewed else rng.normal(size=n_languages))
        seeds, rest = sd[0] * rng.normal(size=(n_seeds, 1)), sd[2] * rng.normal(size=(n_seeds, n_languages))
        # Over seeds the languages are fixed, and their own mean is the truth.
        truth = languages.mean() if over == "seeds" else 0.0
        count += 0.025 <= confidence(seeds + languages + rest, over, n_resamples=400, seed=world).below(truth) <= 0.975
    return count / n_worlds


@pytest.mark.slow
@pytest.mark.parametrize("sd", [(1.0, 1.0, 1.0), (0.3, 2.0, 1.0), (1.0, 0.3, 1.0)])
@pytest.mark.parametrize(("n_seeds", "n_languages"), [(4, 17), (4, 40), (8, 17)])
def test_coverage_is_nominal(n_seeds, n_languages, sd):
    """95 % nominal: 93 to 97 %, and a standard error of 0.7 % for 1,000 worlds on top."""
    for over in ("seeds", BOTH):
        assert 0.923 <= held(n_seeds, n_languages, sd, over, skewed=False) <= 0.977, over
    assert 0.923 <= held(n_seeds, n_languages, sd, BOTH, skewed=True) <= 0.977


@pytest.mark.slow
def test_coverage_over_languages_is_nominal():
    assert 0.93 <= held(1, 40, (0.0, 1.0, 0.0), "languages", skewed=False) <= 0.97


@pytest.mark.slow
@pytest.mark.parametrize("sd", [(1.0, 1.0, 1.0), (0.3, 2.0, 1.0), (0.0, 1.0, 2.0)])
def test_two_seeds_are_covered_too_at_the_price_of_width(sd):
    assert 0.923 <= held(2, 17, sd, "seeds", skewed=False) <= 0.977
    assert held(2, 17, sd, BOTH, skewed=False) >= 0.93


@pytest.mark.slow
@pytest.mark.parametrize("sd", [(0.3, 3.0, 1.0), (1.0, 1.0, 1.0)])
@pytest.mark.parametrize("shape", [(1, 5), (1, 9), (1, 17), (4, 9), (8, 9), (4, 40), (8, 40)])
def test_holms_correction_of_sixty_holds(shape, sd):
    """Sixty comparisons without a difference, normal: one is claimed in 5 % of families, 8 % at most.

    The least of sixty p-values is claimed at 0.05 / 60: of 300 x 60 comparisons at most 25 (8 % of families), with a
    standard deviation of 4 for an expected 15.
    """
    rng = np.random.default_rng([*shape, int(10 * sd[1])])
    over, found = "languages" if shape[0] == 1 else BOTH, 0
    for world in range(300 * 60):
        seeds = sd[0] * rng.normal(size=(shape[0], 1)) * (shape[0] > 1)  # one run knows of no other
        d = seeds + sd[1] * rng.normal(size=shape[1]) + sd[2] * rng.normal(size=shape)
        if 2 * confidence(d, over, n_resamples=1).test.tail(0.0) <= 0.05 / 60:  # p is never below this
            found += confidence(d, over, seed=world).p_value <= 0.05 / 60
    assert found <= 25
