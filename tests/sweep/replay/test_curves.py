"""Medians, trials needed and regret of replayed searches, against values by hand."""

import numpy as np
import pytest

from sweep.replay.curves import Line, delayed, interval, needed, regret_ratio


def line(*runs: list[float], n: tuple[int, ...] = (10, 20, 30)) -> Line:
    return Line(list(n), list(range(len(runs))), np.array(runs))


def test_needed_is_the_first_checkpoint_that_reaches_the_others_last_median() -> None:
    ours = line([0.1, 0.5, 0.9], [0.2, 0.6, 0.9], [0.3, 0.7, 0.8])
    theirs = line([0, 0, 0.5], [0, 0, 0.6], [0, 0, 0.4])
    one = needed("f", "ours", "theirs", ours, theirs)
    assert (one.target, one.n, one.share) == (0.5, 20, pytest.approx(2 / 3))
    assert one.low in (10.0, 20.0) and one.high in (20.0, 30.0)
    never = needed("f", "theirs", "ours", theirs, ours)
    assert never.n is None and np.isinf(never.share)


def test_needed_is_certain_where_all_seeds_agree() -> None:
    ours, theirs = line(*[[0.0, 0.8, 0.9]] * 5), line(*[[0.0, 0.1, 0.2]] * 5)
    one = needed("f", "ours", "theirs", ours, theirs)
    assert (one.low, one.n, one.high) == (20.0, 20, 20.0)


def test_lines_with_other_seeds_are_not_compared() -> None:
    with pytest.raises(ValueError, match="same seeds"):
        needed("f", "a", "b", line([1, 1, 1]), line([1, 1, 1], [1, 1, 1]))
    with pytest.raises(ValueError, match="same seeds"):
        regret_ratio(line([1, 1, 1]), line([1, 1, 1], [1, 1, 1]))


def test_regret_is_what_is_lacking_to_the_best() -> None:
    ratio, low, high = regret_ratio(line([0.4, 0.4, 0.4], [0.4, 0.4, 0.4]), line([0.5, 0.6, 0.7], [0.5, 0.6, 0.7]))
    assert ratio == pytest.approx(0.6 / 0.4) and low == pytest.approx(high) == pytest.approx(ratio)


def test_the_interval_of_a_median_agrees_with_order_statistics() -> None:
    """For n = 30 the 10th and 21st order statistics hold the median with 95.7 % (binomial)."""
    values = np.sort(np.random.default_rng(0).normal(size=30))[:, None]
    low, high = interval(values)
    assert values[7, 0] <= low[0] <= values[11, 0] and values[18, 0] <= high[0] <= values[22, 0]


def test_a_delayed_line_has_what_it_had_before() -> None:
    line = Line([5, 10, 15], [0], np.array([[0.1, 0.5, 0.7]]))
    assert delayed(line, 5).worth.tolist() == [[0.1, 0.1, 0.5]]
    assert delayed(line, 7).worth == pytest.approx(np.array([[0.1, 0.1, 0.1 + 3 / 5 * 0.4]]))
