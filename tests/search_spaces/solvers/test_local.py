"""Local search ends, whatever an objective gives."""

import numpy as np
import pytest

from search_spaces.objectives.base import Objective
from search_spaces.objectives.pairwise_sum import PairwiseSum
from search_spaces.solvers.local import improve
from search_spaces.subset_space import SubsetSpace

SPACE = SubsetSpace(pool=["aaa_Latn", "bbb_Latn", "ccc_Latn"], min_size=1, max_size=1)


def values(*of_each):
    return PairwiseSum(np.zeros((3, 3)), np.array(of_each))


def test_a_value_that_is_no_number_is_refused():
    with pytest.raises(ValueError, match="must be a number, but a criterion gave nan"):
        improve(values(np.nan, 1.0, 2.0), SPACE, np.array([0]))


def test_exchanges_that_are_no_number_end_the_search():
    found = improve(values(1.0, np.nan, np.nan), SPACE, np.array([0]))
    assert len(found) == 1


def test_the_best_exchange_is_made_until_none_is_left():
    assert improve(values(1.0, 3.0, 2.0), SPACE, np.array([0])).tolist() == [1]


class Worth(Objective):
    """Of single languages, by hand."""

    def __init__(self, *worth):
        super().__init__(len(worth))
        self.worth = worth

    def values(self, sets_BK):
        return np.array([self.worth[members[0]] for members in sets_BK])


def test_a_set_of_no_worth_is_left_for_a_better_one_and_kept_if_there_is_none():
    assert improve(Worth(-np.inf, 3.0, 2.0), SPACE, np.array([0])).tolist() == [1]
    assert len(improve(Worth(-np.inf, -np.inf, -np.inf), SPACE, np.array([0]))) == 1
