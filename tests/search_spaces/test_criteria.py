"""The contracts that authors of plug-ins run, over every criterion of the table, and the reading of its text."""

import inspect
import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from search_spaces.criteria import CRITERIA
from search_spaces.criteria.base import Criterion, Draw
from search_spaces.criteria.parse import parse_criterion
from search_spaces.distances.matrix import DistanceMatrix
from search_spaces.inventory import REALIGNMENT_LANGUAGES
from search_spaces.languages import ENGLISH
from search_spaces.problem import SelectionProblem
from search_spaces.selection import select
from search_spaces.subset_space import SubsetSpace
from search_spaces.testing import CriterionContract, DrawContract
from search_spaces.testing.criteria import POOL

ARGUMENTS = {
    "class-coverage": "(column=branch)",
    "class-balance": "(column=branch)",
    "random-stratified": "(column=branch)",
    "study": f"(table={Path(__file__).with_name('effects.csv')})",
}
problem_of = CriterionContract().problem


def texts(kind):
    return [name + ARGUMENTS.get(name, "") for name, member in CRITERIA.items() if issubclass(member, kind)]


class TestJudgements(CriterionContract):
    @pytest.fixture(autouse=True, params=texts(Criterion))
    def member(self, request):
        self.text = request.param

    def test_it_names_its_source(self):
        """A year stands in its docstring, in that of the criterion whose special case it is, or in its file's."""
        member = type(parse_criterion(self.text))
        documented = [thing.__doc__ or "" for thing in (*member.__mro__[:2], inspect.getmodule(member))]
        assert any(re.search(r"\b(19|20)\d\d\b", text) for text in documented)


class TestDraws(DrawContract):
    @pytest.fixture(autouse=True, params=texts(Draw))
    def member(self, request):
        self.text = request.param


def test_sums_over_all_pairs():
    problem = problem_of(POOL, 3)
    between = problem.distances.between
    subset = ("deu_Latn", "swh_Latn", "zul_Latn")
    expected = sum(between(a, b) for a, b in combinations((*subset, ENGLISH), 2))
    members = problem.space.index(subset)
    assert parse_criterion("max-sum").bind(problem).value(members) == pytest.approx(expected)
    assert parse_criterion("min-sum").bind(problem).value(members) == pytest.approx(-expected)


def test_a_combination_weighs_in_units_of_spread():
    """Ten times the distances are ten times the spread: the combination does not change."""
    problem = problem_of(POOL, 3)
    smaller = SelectionProblem(
        space=problem.space,
        distances=DistanceMatrix(problem.distances.languages, problem.distances.values / 10),
        features=problem.features,
    )
    sets = np.array(list(combinations(range(len(POOL)), 3)))
    text = "0.7*max-sum + 0.3*script-coverage"
    values, same = (parse_criterion(text).bind(p).values(sets) for p in (problem, smaller))
    assert values == pytest.approx(same, abs=1e-8)
    z = [
        (v - v.mean()) / v.std()
        for v in (parse_criterion(t).bind(problem).values(sets) for t in ("max-sum", "script-coverage"))
    ]
    # the scale is estimated from 1,000 random sets, here from all
    assert np.corrcoef(values, 0.7 * z[0] + 0.3 * z[1])[0, 1] > 0.999


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("maxsum", "'max-sum'"),
        ("gist(wait=1)", "parameters of 'gist'"),
        ("gist(weight=much)", "must be a number"),
        ("least-random", "needs a criterion that judges"),
        ("max-sum + random", "holds a draw"),
        ("max-sum, min-sum", "must look like"),
        ("class-coverage", "needs the parameters column"),
        ("", "must look like"),
    ],
)
def test_what_cannot_be_read_is_refused(text, message):
    with pytest.raises(ValueError, match=message):
        parse_criterion(text)


def test_missing_evidence_is_named():
    bare = SelectionProblem(space=SubsetSpace(pool=REALIGNMENT_LANGUAGES, min_size=3, max_size=3))
    with pytest.raises(ValueError, match="'max-sum' needs distances"):
        select(bare, "max-sum")
