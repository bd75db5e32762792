import numpy as np
import pytest
from scipy import stats

from sweep.statistics.sign_flips import sign_flips


def test_four_seeds_by_hand():
    """All 16 arrangements of signs of 1, 2, 3, 4: |sum| = 10 twice, 8 twice, 6 twice."""
    result = sign_flips(np.array([1.0, 2.0, 3.0, 4.0]))
    assert (result.p, result.smallest, result.exact) == (2 / 16, 2 / 16, True)
    assert sign_flips(np.array([-1.0, 2.0, 3.0, 4.0])).p == 4 / 16
    assert sign_flips(np.array([1.0, -2.0, 3.0, 4.0])).p == 6 / 16
    assert sign_flips(np.array([0.1, 0.1])).p == 2 / 4
    assert sign_flips(np.zeros(3)).p == 1.0


def test_exact_equals_scipy():
    values = np.random.default_rng(0).normal(0.5, 1, size=11)
    other = stats.permutation_test((values,), np.sum, permutation_type="samples", n_resamples=np.inf)
    assert sign_flips(values).p == pytest.approx(other.pvalue)


def test_many_values_are_sampled_and_near_the_t_test():
    values = np.random.default_rng(1).normal(0.3, 1, size=50)
    result = sign_flips(values)
    assert not result.exact and result.smallest == 1 / 10_001
    assert result.p == pytest.approx(stats.ttest_1samp(values, 0).pvalue, abs=0.01)
    assert sign_flips(np.ones(50)).p == result.smallest
    assert sign_flips(values) == sign_flips(values) == sign_flips(-values)


def test_nothing_to_flip_is_refused():
    with pytest.raises(ValueError, match="needs a row of finite numbers"):
        sign_flips(np.array([]))
    with pytest.raises(ValueError, match="needs a row of finite numbers"):
        sign_flips(np.array([[0.1]]))
