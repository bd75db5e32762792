import numpy as np
import pytest
from scipy import stats

from sweep.statistics.corrections import benjamini_hochberg, holm


def test_holm_by_hand():
    """Sorted 0.01, 0.02, 0.03, 0.04 times 4, 3, 2, 1 = 0.04, 0.06, 0.06, 0.04; the last may not fall below 0.06."""
    assert holm([0.03, 0.01, 0.04, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([0.5, 0.6]) == [1.0, 1.0]


def test_benjamini_hochberg_by_hand():
    """Sorted 0.01, 0.02, 0.03, 0.5 times 4/1, 4/2, 4/3, 4/4 = 0.04, 0.04, 0.04, 0.5."""
    assert benjamini_hochberg([0.5, 0.03, 0.02, 0.01]) == pytest.approx([0.5, 0.04, 0.04, 0.04])
    # 0.01 * 3 = 0.03, 0.04 * 3 / 2 = 0.06, 0.045 * 3 / 3 = 0.045: the second may not exceed the third.
    assert benjamini_hochberg([0.01, 0.04, 0.045]) == pytest.approx([0.03, 0.045, 0.045])


def test_against_scipy_and_bonferroni():
    p = np.random.default_rng(0).random(40) ** 3
    assert benjamini_hochberg(list(p)) == pytest.approx(stats.false_discovery_control(p))
    adjusted = np.array(holm(list(p)))
    assert (adjusted <= np.minimum(1, 40 * p) + 1e-15).all() and (adjusted >= p).all()
    assert adjusted.min() == pytest.approx(min(1, 40 * p.min()))


def test_one_and_none_and_nonsense():
    assert holm([0.03]) == benjamini_hochberg([0.03]) == [0.03]
    assert holm([]) == benjamini_hochberg([]) == []
    with pytest.raises(ValueError, match="must be from 0 to 1"):
        holm([0.1, 1.2])
