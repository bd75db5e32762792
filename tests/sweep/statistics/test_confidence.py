import numpy as np
import pytest
from scipy import integrate, stats

from sweep.statistics.confidence import Confidence, Part, clustered, confidence, family_df
from sweep.statistics.paired import TooFewError

BOTH = "seeds and families"
NORMAL = np.random.default_rng(5).normal(0.02, 0.03, size=(4, 20))
KIN = ["a"] * 8 + ["b"] * 5 + ["c"] * 3 + ["d", "e", "f", "g"]


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


def test_unrelated_languages_are_students_t_over_languages():
    expected = stats.ttest_1samp(NORMAL.mean(axis=0), 0.0)
    sure = confidence(NORMAL, "families")
    assert sure.interval() == pytest.approx(tuple(expected.confidence_interval()), rel=1e-6)
    assert sure.p_value == pytest.approx(expected.pvalue, rel=1e-9)
    shifted = NORMAL + np.array([[0.5], [-0.5], [0.1], [-0.1]])  # blind to what all languages of a trial share
    assert confidence(shifted, "families").interval() == pytest.approx(sure.interval())


def test_families_of_one_size_are_students_t_over_their_means():
    of_families = NORMAL.mean(axis=0).reshape(5, 4).mean(axis=1)
    sure = confidence(NORMAL, "families", families=np.repeat(list("vwxyz"), 4).tolist())
    assert sure.interval() == pytest.approx(tuple(stats.ttest_1samp(of_families, 0.0).confidence_interval()), rel=1e-6)


def test_uneven_families_are_cr2_with_bell_and_mccaffreys_df():
    """The general matrix formulas of Bell & McCaffrey (2002) and Imbens & Kolesar (2016), for a regression on 1."""
    y = NORMAL.mean(axis=0)
    n, codes = len(y), np.array([sorted(set(KIN)).index(label) for label in KIN])
    X = np.ones((n, 1))
    bread = np.linalg.inv(X.T @ X)
    residuals, M = y - X @ bread @ X.T @ y, np.eye(n) - X @ bread @ X.T
    meat, columns = np.zeros((1, 1)), []
    for g in range(7):
        own = codes == g
        values, vectors = np.linalg.eigh(M[np.ix_(own, own)])
        root = vectors @ np.diag(values**-0.5) @ vectors.T  # (I - H_gg)^(-1/2)
        score = X[own].T @ root @ residuals[own]
        meat += np.outer(score, score)
        columns.append(M[:, own] @ root @ X[own] @ bread[:, 0])
    G = np.array(columns).T
    eigenvalues = np.linalg.eigvalsh(G.T @ G)
    assert clustered(y - y.mean(), codes) == pytest.approx((bread @ meat @ bread)[0, 0])
    assert family_df(codes) == pytest.approx(eigenvalues.sum() ** 2 / (eigenvalues**2).sum())


def test_related_languages_are_not_independent():
    """What one family shares is one observation: the fault of counting 20 languages."""
    rng = np.random.default_rng(0)
    families = np.repeat(np.arange(5), 4)
    d = rng.normal(size=5)[families] + 0.1 * rng.normal(size=(4, 20))
    related, apart = (confidence(d, families=labels) for labels in (families.tolist(), None))
    assert related.reach() > 2 * apart.reach()
    assert related.families.df == pytest.approx(4) and apart.families.df == pytest.approx(19)


def test_the_sum_of_two_parts_is_behrens_and_fishers():
    sure = Confidence(mean=0.0, families=Part(0.5, 2.5), seeds=Part(1.3, 7.0))

    def tail(x):
        inner = lambda t: stats.t.pdf(t, 2.5) * stats.t.sf((x - np.sqrt(0.5) * t) / np.sqrt(1.3), 7.0)  # noqa: E731
        return sum(integrate.quad(inner, *ends, limit=200)[0] for ends in ((-np.inf, 0), (0, np.inf)))

    for x in (0.0, 1.0, 3.0, 12.0):
        assert sure.beyond(x) == pytest.approx(tail(x), rel=1e-4)
    assert sure.beyond(sure.reach()) == pytest.approx(0.025, rel=1e-6)
    # far out as near: a part with many degrees of freedom is a normal one
    wide = Confidence(mean=0.0, families=Part(1.0, 1e6), seeds=Part(3.0, 1e6))
    assert 2 * wide.beyond(8.0) == pytest.approx(2 * stats.norm.sf(4.0), rel=1e-3)


def test_noise_of_seed_and_family_counts_once():
    """Families, plus seeds, less what is in both; and never narrower than seeds alone."""
    rng = np.random.default_rng(1)
    codes = np.array([sorted(set(KIN)).index(label) for label in KIN])
    d = rng.normal(size=(8, 1)) + 2 * rng.normal(size=20) + rng.normal(size=(8, 20))
    rest = d - d.mean(axis=1, keepdims=True) - d.mean(axis=0) + d.mean()
    both = sum(clustered(row, codes) for row in rest) / (8 * 7)
    sure = confidence(d, BOTH, families=KIN)
    assert sure.families.square == pytest.approx(clustered(d.mean(axis=0) - d.mean(), codes))
    assert sure.seeds.square == pytest.approx(d.mean(axis=1).var(ddof=1) / 8 - both)
    assert sure.reach() > max(confidence(d, "seeds").reach(), confidence(d, "families", families=KIN).reach())
    chance = np.array([[0.03, 0.01, 0.02], [0.01, 0.03, 0.02], [0.02, 0.02, 0.02]])  # languages differ by chance only
    assert confidence(chance, BOTH).interval() == pytest.approx(confidence(chance, "seeds").interval())


def test_families_that_differ_little_by_chance_are_not_taken_to_be_alike():
    """Three families whose means are closer than the noise of their scores: Student's t of 2 degrees still counts."""
    of_families = np.array([0.020, 0.021, 0.022])
    noise = np.array([[1.0, -2.0, 1.0], [-1.0, 2.0, -1.0], [1.0, 0.0, -1.0], [-1.0, 0.0, 1.0]])
    d = of_families + 0.004 * noise
    sure = confidence(d, BOTH)
    assert sure.families.square == pytest.approx(of_families.var(ddof=1) / 3) and sure.families.df == pytest.approx(2)
    rest = d - d.mean(axis=1, keepdims=True) - d.mean(axis=0) + d.mean()
    assert (rest**2).sum() / 2 / 3 / (4 * 3) > sure.families.square  # what used to let families fall out
    assert sure.reach() == pytest.approx(stats.t.ppf(0.975, 2) * np.sqrt(of_families.var(ddof=1) / 3), rel=1e-6)


def test_a_claim_has_an_interval_without_zero_and_the_reverse():
    for over in ("seeds", "families", BOTH):
        low, high = confidence(NORMAL, over, families=KIN).interval()
        assert confidence(NORMAL - low, over, families=KIN).p_value == pytest.approx(0.05, abs=1e-6)
        low_90, high_90 = confidence(NORMAL, over, families=KIN).interval(0.9)
        margin = max(abs(low_90), abs(high_90))
        sure = confidence(NORMAL, over, families=KIN)
        assert sure.equivalence_p(margin) == pytest.approx(0.05, abs=1e-6)
        assert sure.equivalence_p(2 * margin) < 0.05 < sure.equivalence_p(margin / 2)


def test_known_noise_replaces_that_of_few_seeds_and_makes_one_seed_answer():
    reach = stats.t.ppf(0.975, 90) * 0.01
    sure = confidence(NORMAL[:2], "seeds", noise=Part(1e-4, 90))
    assert sure.interval() == pytest.approx((NORMAL[:2].mean() - reach, NORMAL[:2].mean() + reach), rel=1e-6)
    one = NORMAL[:1]
    tiny, huge = (confidence(one, BOTH, families=KIN, noise=Part(square, 6)) for square in (1e-16, 25.0))
    assert tiny.reach() == pytest.approx(confidence(one, "families", families=KIN).reach(), rel=1e-3)
    assert huge.reach() == pytest.approx(stats.t.ppf(0.975, 6) * 5.0, rel=1e-3) and huge.p_value > 0.99


def test_where_nothing_varies_p_says_what_the_interval_says():
    same = np.tile(np.linspace(0, 0.1, 6), (3, 1))
    low, high = confidence(same, BOTH).interval()
    assert low < 0.05 < high
    for over in ("seeds", "families", BOTH):
        assert confidence(np.full((3, 4), 0.1), over).p_value == 0.0  # the interval is [0.1, 0.1]
        assert confidence(np.zeros((3, 4)), over).p_value == confidence(np.full((3, 4), 1e-17), over).p_value == 1.0
        assert confidence(np.full((3, 4), 0.001), over).equivalence_p(0.01) == 1.0
        assert confidence(np.full((3, 4), 0.1), over).interval() == pytest.approx((0.1, 0.1))


def test_questions_that_the_data_cannot_answer_are_refused():
    with pytest.raises(TooFewError, match="over seeds needs at least 2 seeds, but there is 1"):
        confidence(NORMAL[:1], "seeds")
    with pytest.raises(TooFewError, match="at least 2 families of languages, but there is 1"):
        confidence(NORMAL, BOTH, families=["a"] * 20)
    with pytest.raises(ValueError, match="20 languages must have a family, but 2 are given"):
        confidence(NORMAL, BOTH, families=["a", "b"])
    with pytest.raises(ValueError, match="finite"):
        confidence(np.array([[0.1, np.nan]]), "families")
    with pytest.raises(ValueError, match="must be 'seeds', 'families'"):
        confidence(NORMAL, "items")
    with pytest.raises(ValueError, match="margin of equivalence must be above 0"):
        confidence(NORMAL, "seeds").equivalence_p(0.0)
