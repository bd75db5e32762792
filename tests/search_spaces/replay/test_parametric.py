"""Made-up functions."""

import numpy as np
import pytest

from search_spaces.problem import SelectionProblem
from search_spaces.replay.loop import replay
from search_spaces.replay.parametric import made_up
from search_spaces.searchers.subset_gp import SubsetGpSearcher


def test_made_up_functions_differ_from_seed_to_seed() -> None:
    sets = np.array([range(10), range(5, 15)])
    assert not np.allclose(made_up("pairs", 10, 0.7, 0).values(sets), made_up("pairs", 10, 0.7, 1).values(sets))
    # coverage: monotone, and each further language adds less
    cover = made_up("coverage", 10, 0.7, 0).objective
    grown = [float(cover.values(np.arange(k)[None])[0]) for k in range(1, 20)]
    steps = np.diff(grown)
    assert (steps > 0).all()
    assert float(cover.values(np.array([[0, 1, 2]]))[0] - cover.values(np.array([[0, 1]]))[0]) <= float(
        cover.values(np.array([[2]]))[0]
    )


def test_a_mean_of_values_and_pairs_by_hand() -> None:
    box = made_up("mean-pairs", 3, 1.0, 5)
    values, pairs = box.objective.values_N, box.objective.pairs_NN
    found = box.values(np.array([[3, 8, 20]]))[0]
    beyond = (pairs[3, 8] + pairs[3, 20] + pairs[8, 20]) / 3
    assert found == pytest.approx((values[3] + values[8] + values[20]) / 3 + beyond)
    assert box.values(np.array([[3], [8]])) == pytest.approx(values[[3, 8]])
    plain = made_up("mean", 3, 1.0, 5)
    assert plain.values(np.array([[3, 8, 20]]))[0] == pytest.approx(plain.objective.values_N[[3, 8, 20]].mean())


def test_a_replay_hands_over_no_screened_language() -> None:
    """While single languages are tried there is nothing to hand over; then sets, as good as these promised."""
    box = made_up("mean", 5, 0.0, 1)
    searcher = SubsetGpSearcher(SelectionProblem(space=box.space, distances=None, anchor=None), 1, screen=65)
    points = replay(searcher, box, 67, seed=1, checkpoints={65, 67})
    assert points[0][2:] == (0.0, 0.0) and min(points[1][2:]) > 0.8
