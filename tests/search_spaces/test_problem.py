"""What a criterion reads: distances, targets, weights and facts in the order of the candidates."""

from math import inf, nan

import numpy as np
import pytest

from search_spaces.distances.matrix import DistanceMatrix
from search_spaces.languages import Language
from search_spaces.objectives.base import Objective
from search_spaces.problem import N_REFERENCE, SelectionProblem
from search_spaces.subset_space import SubsetSpace

ENGLISH, GERMAN, FRENCH, SWAHILI = (Language(tag) for tag in ("eng_Latn", "deu_Latn", "fra_Latn", "swh_Latn"))
# deu, eng, fra, swh: the order of tags
VALUES = np.array([[0, 0.1, 0.2, 0.3], [0.1, 0, 0.4, 0.5], [0.2, 0.4, 0, 0.6], [0.3, 0.5, 0.6, 0]])
DISTANCES = DistanceMatrix((GERMAN, ENGLISH, FRENCH, SWAHILI), VALUES)


def problem_of(size=2, **given):
    space = SubsetSpace(pool=(SWAHILI, FRENCH, GERMAN), min_size=size, max_size=size)
    return SelectionProblem(space=space, **given)


def test_distances_are_in_the_order_of_the_candidates():
    problem = problem_of(distances=DISTANCES)
    assert problem.candidates == (GERMAN, FRENCH, SWAHILI)
    assert problem.pair_distances("x").tolist() == [[0, 0.2, 0.3], [0.2, 0, 0.6], [0.3, 0.6, 0]]
    assert problem.anchor_distances("x").tolist() == [0.1, 0.4, 0.5]
    assert problem_of(distances=DISTANCES, anchor=None).anchor_distances("x") is None


def test_targets_weigh_as_given_and_one_otherwise():
    problem = problem_of(distances=DISTANCES, targets=[SWAHILI, FRENCH], target_weights={FRENCH: 3.0})
    to_candidates, to_anchor, weights = problem.target_distances("x")
    assert to_candidates.tolist() == [[0.2, 0, 0.6], [0.3, 0.6, 0]]  # French, Swahili
    assert to_anchor.tolist() == [0.4, 0.5] and weights.tolist() == [0.75, 0.25]
    assert problem_of().aims == (GERMAN, FRENCH, SWAHILI)


class Size(Objective):
    """A set is worth the numbers of its members."""

    def values(self, sets_BK):
        return sets_BK.sum(axis=1).astype(float)


def test_the_reference_is_the_same_for_every_objective_and_allowed():
    problem = problem_of(1)
    assert len(problem.reference) == N_REFERENCE
    assert problem.reference_values(Size(3)).tolist() == [float(sum(members)) for members in problem.reference]
    assert {tuple(members.tolist()) for members in problem.reference} == {(0,), (1,), (2,)}


def test_labels_are_the_facts_of_the_candidates():
    columns = {"kind": {GERMAN: "a", FRENCH: "b", SWAHILI: "c"}, "gaps": {GERMAN: "a", FRENCH: ""}}
    problem = problem_of(columns=columns)
    assert problem.labels("kind") == ("a", "b", "c")
    with pytest.raises(ValueError) as caught:
        problem.labels("gaps")
    assert str(caught.value) == (
        "Every language of the pool needs a value in 'gaps', but 2 have none: fra_Latn, swh_Latn. Fill them in, or "
        "forbid these languages."
    )
    with pytest.raises(ValueError, match="The column must be one of gaps, kind, but is 'family'"):
        problem.labels("family")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"anchor": GERMAN}, "The anchor must not be in the pool .* but deu_Latn is"),
        ({"targets": ()}, "There must be a target, but `targets` is empty"),
        ({"target_weights": {GERMAN: -1.0}}, "at least 0, but deu_Latn has -1.0"),
        ({"target_weights": {GERMAN: nan}}, "but deu_Latn has nan"),
        ({"target_weights": {GERMAN: inf}}, "but deu_Latn has inf"),
        ({"targets": (GERMAN,), "target_weights": {GERMAN: 0.0}}, "more than 0, but all weigh 0"),
    ],
)
def test_what_cannot_be_meant_is_refused(given, message):
    with pytest.raises(ValueError, match=message):
        problem_of(**given)


def test_distances_are_asked_for_where_there_are_none():
    with pytest.raises(ValueError, match="The criterion 'max-sum' needs distances, but got none"):
        problem_of().pair_distances("max-sum")
