"""The contract of a criterion, run over the whole table, and the reading of its text."""

import inspect
import re
from itertools import combinations

import numpy as np
import pytest

from search_spaces.criteria import CRITERIA
from search_spaces.criteria.base import Criterion, Draw
from search_spaces.criteria.parse import parse_criterion
from search_spaces.distances.matrix import DistanceMatrix
from search_spaces.distances.uriel import load_uriel
from search_spaces.inventory import REALIGNMENT_LANGUAGES
from search_spaces.languages import ENGLISH
from search_spaces.problem import SelectionProblem
from search_spaces.selection import select
from search_spaces.subset_space import SubsetSpace

POOL = ("amh_Ethi", "deu_Latn", "eus_Latn", "fra_Latn", "heb_Hebr", "jpn_Jpan", "swh_Latn", "tam_Taml", "zul_Latn")
ARGUMENTS = {
    "class-coverage": "(column=branch)",
    "class-balance": "(column=branch)",
    "random-stratified": "(column=branch)",
}


def problem_of(pool, size, seed=0):
    languages = (*pool, ENGLISH)
    upper = np.triu(np.random.default_rng(seed).uniform(0.1, 1, (len(languages), len(languages))), 1)
    return SelectionProblem(
        space=SubsetSpace(pool=pool, min_size=size, max_size=size),
        distances=DistanceMatrix(languages, upper + upper.T),
        features=load_uriel(languages, "syntax", "average"),
    )


def texts(kind):
    return [name + ARGUMENTS.get(name, "") for name, member in CRITERIA.items() if issubclass(member, kind)]


@pytest.mark.parametrize("text", texts(Criterion))
class TestJudgements:
    def test_the_best_set_is_that_of_brute_force(self, text):
        problem = problem_of(POOL, 4)
        objective = parse_criterion(text).bind(problem)
        values = objective.values(np.array(list(combinations(range(len(POOL)), 4))))
        for sign, name in ((1, text), (-1, f"least-{text}")):
            chosen = select(problem, name, n_random=0)
            assert chosen.value == pytest.approx((sign * values).max(), abs=1e-9)
            assert chosen.bound >= chosen.value - 1e-9

    def test_order_of_members_and_of_the_pool_plays_no_part(self, text):
        problem = problem_of(POOL, 4)
        objective = parse_criterion(text).bind(problem)
        forward, backward = objective.value([0, 3, 5, 7]), objective.value([7, 5, 0, 3])
        assert np.isfinite(forward) and forward == pytest.approx(backward, abs=1e-9)
        shuffled = SelectionProblem(
            space=SubsetSpace(pool=POOL[::-1], min_size=4, max_size=4),
            distances=problem.distances,
            features=problem.features,
        )
        assert parse_criterion(text).bind(shuffled).value([0, 3, 5, 7]) == pytest.approx(forward, abs=1e-9)

    def test_moves_have_the_values_of_the_sets_they_lead_to(self, text):
        objective = parse_criterion(text).bind(problem_of(POOL, 4))
        members = np.array([1, 4, 6])
        for added, value in enumerate(objective.additions(members)):
            assert added in members or value == pytest.approx(objective.value([*members, added]), abs=1e-8)
        for position, row in enumerate(objective.exchanges(members)):
            kept = np.delete(members, position)
            for added, value in enumerate(row):
                assert added in members or value == pytest.approx(objective.value([*kept, added]), abs=1e-8)
        for position, value in enumerate(objective.removals(members)):
            assert value == pytest.approx(objective.value(np.delete(members, position)), abs=1e-8)

    def test_one_language_can_be_judged(self, text):
        assert np.isfinite(parse_criterion(text).bind(problem_of(POOL, 4)).value([2]))

    def test_a_seed_alone_is_refused(self, text):
        with pytest.raises(ValueError, match="deterministic"):
            select(problem_of(POOL, 4), text, seed=1)

    def test_it_names_its_source(self, text):
        """A year stands in its docstring, in that of the criterion whose special case it is, or in its file's."""
        member = type(parse_criterion(text))
        documented = [thing.__doc__ or "" for thing in (*member.__mro__[:2], inspect.getmodule(member))]
        assert any(re.search(r"\b(19|20)\d\d\b", text) for text in documented)


@pytest.mark.parametrize("text", texts(Draw))
class TestDraws:
    def test_a_seed_means_one_set_and_another_seed_mostly_another(self, text):
        sets = [select(problem_of(POOL, 4), text, seed=seed).subset.languages for seed in range(12)]
        assert sets[0] == select(problem_of(POOL, 4), text, seed=0).subset.languages
        assert len(set(sets)) > 4 and all(len(set(s)) == 4 for s in sets)

    def test_no_seed_is_refused(self, text):
        with pytest.raises(ValueError, match="needs a seed"):
            select(problem_of(POOL, 4), text)


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
        ("max-sum, min-sum", "must read like"),
        ("class-coverage", "needs the parameters column"),
        ("", "must read like"),
    ],
)
def test_what_cannot_be_read_is_refused(text, message):
    with pytest.raises(ValueError, match=message):
        parse_criterion(text)


def test_missing_evidence_is_named():
    bare = SelectionProblem(space=SubsetSpace(pool=REALIGNMENT_LANGUAGES, min_size=3, max_size=3))
    with pytest.raises(ValueError, match="'max-sum' needs distances"):
        select(bare, "max-sum")
