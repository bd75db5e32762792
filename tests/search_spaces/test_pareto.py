from itertools import combinations

import numpy as np
import pytest

from search_spaces.criteria.parse import parse_criterion
from search_spaces.distances.matrix import DistanceMatrix
from search_spaces.inventory import REALIGNMENT_LANGUAGES
from search_spaces.pareto import pareto_front
from search_spaces.problem import SelectionProblem
from search_spaces.subset_space import SubsetSpace


@pytest.fixture(scope="module")
def problem():
    upper = np.triu(np.random.default_rng(1).uniform(0.1, 1, (66, 66)), 1)
    languages = (*REALIGNMENT_LANGUAGES, "eng_Latn")
    space = SubsetSpace(pool=REALIGNMENT_LANGUAGES[:10], min_size=4, max_size=4)
    return SelectionProblem(space=space, distances=DistanceMatrix(languages, upper + upper.T))


def test_against_the_front_of_all_sets(problem):
    """No set of all 210 beats a point of the front; both ends are there."""
    sets = np.array(list(combinations(range(10), 4)))
    first, second = (parse_criterion(name).bind(problem).values(sets) for name in ("max-sum", "script-coverage"))
    front = pareto_front(problem, "max-sum", "script-coverage")
    for point in front:
        better = (first > point.first + 1e-9) & (second >= point.second - 1e-9)
        better |= (first >= point.first - 1e-9) & (second > point.second + 1e-9)
        assert not better.any()
    assert front[0].first == pytest.approx(first.max()) and front[-1].second == pytest.approx(second.max())
    assert all(a.first > b.first and a.second < b.second for a, b in zip(front, front[1:], strict=False))


def test_a_draw_has_no_front(problem):
    with pytest.raises(ValueError, match="draws one"):
        pareto_front(problem, "max-sum", "random")
