"""What holds for all criteria: the order of languages and features does not matter, errors say what is missing."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from search_spaces.criteria.anchor_distance import AnchorDistance
from search_spaces.criteria.class_balance import FamilyBalance
from search_spaces.criteria.class_coverage import ClassCoverage, FamilyCoverage
from search_spaces.criteria.coverage import FacilityLocation, TargetCoverage, WorstTarget
from search_spaces.criteria.dpp import Dpp
from search_spaces.criteria.feature_statistics import FeatureEntropy, FeatureInclusion, FeatureOverlap
from search_spaces.criteria.gist import Gist
from search_spaces.criteria.low_resource import LowResource
from search_spaces.criteria.max_min import MaxMin, MinDiameter
from search_spaces.criteria.nearest_neighbour import NearestNeighbour
from search_spaces.criteria.phylogenetic_diversity import PhylogeneticDiversity
from search_spaces.criteria.remote_mst import RemoteMst
from search_spaces.criteria.vendi import Vendi
from search_spaces.distances.features import FeatureMatrix
from search_spaces.distances.matrix import DistanceMatrix
from search_spaces.inventory import REALIGNMENT_LANGUAGES
from search_spaces.problem import SelectionProblem
from search_spaces.subset_space import SubsetSpace

ON_DISTANCES = [
    MaxMin(),
    MinDiameter(),
    RemoteMst(),
    NearestNeighbour(),
    FacilityLocation(),
    TargetCoverage(),
    WorstTarget(),
    Gist(),
    Dpp(),
    Vendi(),
    AnchorDistance(),
]
ON_FEATURES = [FeatureEntropy(), FeatureEntropy(missing="value"), FeatureInclusion(), FeatureOverlap()]
ON_FACTS = [FamilyCoverage(), FamilyBalance(), LowResource(), PhylogeneticDiversity()]

POOL = REALIGNMENT_LANGUAGES[:7]
EVERYONE = (*POOL, "eng_Latn")


def random_points(seed):
    generator = np.random.default_rng(seed)
    points = generator.random((len(EVERYONE), 4))
    distance = np.sqrt(((points[:, None] - points[None, :]) ** 2).sum(axis=-1)) / 2
    values = generator.integers(0, 3, (len(EVERYONE), 6)).astype(float)
    values[generator.random(values.shape) < 0.1] = np.nan
    values[:, 0] = generator.integers(0, 2, len(EVERYONE))  # a value that every pair can share
    return distance, values


def problem_of(distance, values, order=None, feature_order=None):
    order = np.arange(len(EVERYONE)) if order is None else order
    feature_order = np.arange(values.shape[1]) if feature_order is None else feature_order
    languages = tuple(EVERYONE[i] for i in order)
    shuffled = values[np.ix_(order, feature_order)]
    return SelectionProblem(
        space=SubsetSpace(pool=[language for language in languages if language in POOL]),
        distances=DistanceMatrix(languages, distance[np.ix_(order, order)]),
        features=FeatureMatrix(languages, tuple(f"f{i}" for i in feature_order), shuffled, ~np.isnan(shuffled)),
        targets=[language for language in languages if language != POOL[0]],
        target_weights={POOL[1]: 2.0},
    )


@pytest.mark.parametrize("criterion", [*ON_DISTANCES, *ON_FEATURES, *ON_FACTS], ids=str)
def test_the_order_of_languages_and_features_does_not_matter(criterion):
    for seed in range(3):
        generator = np.random.default_rng([seed, 5])
        distance, values = random_points(seed)
        plain = problem_of(distance, values)
        shuffled = problem_of(distance, values, generator.permutation(len(EVERYONE)), generator.permutation(6))
        assert plain.candidates == shuffled.candidates == tuple(sorted(POOL))
        sets = np.array(list(itertools.combinations(range(len(POOL)), 3)))
        assert criterion.bind(plain).values(sets) == pytest.approx(criterion.bind(shuffled).values(sets))


@pytest.mark.parametrize("criterion", ON_DISTANCES, ids=str)
def test_distances_are_asked_for(criterion):
    with pytest.raises(ValueError, match="needs distances"):
        criterion.bind(SelectionProblem(space=SubsetSpace(pool=POOL)))


@pytest.mark.parametrize("criterion", ON_DISTANCES, ids=str)
def test_a_language_without_distances_is_named(criterion):
    distance, values = random_points(0)
    problem = replace(problem_of(distance, values), space=SubsetSpace(pool=(*POOL, "zul_Latn")))
    with pytest.raises(ValueError, match="zul_Latn"):
        criterion.bind(problem)


@pytest.mark.parametrize("criterion", ON_FEATURES, ids=str)
def test_features_are_asked_for(criterion):
    problem = problem_of(*random_points(0))
    with pytest.raises(ValueError, match="needs features"):
        criterion.bind(replace(problem, features=None))
    with pytest.raises(ValueError, match="zul_Latn"):
        criterion.bind(replace(problem, space=SubsetSpace(pool=(*POOL, "zul_Latn"))))
    empty = FeatureMatrix(POOL, ("f",), np.full((len(POOL), 1), np.nan), np.zeros((len(POOL), 1), dtype=bool))
    with pytest.raises(ValueError, match="all are missing"):
        criterion.bind(replace(problem, features=empty))


def test_pairs_that_share_no_feature_have_no_overlap():
    values = np.array([[1.0, np.nan], [np.nan, 0.0]])
    problem = SelectionProblem(
        space=SubsetSpace(pool=POOL[:2]),
        features=FeatureMatrix(POOL[:2], ("f", "g"), values, ~np.isnan(values)),
    )
    with pytest.raises(ValueError, match=f"{POOL[0]}-{POOL[1]}"):
        FeatureOverlap().bind(problem)


def test_overlap_is_no_mean_of_running_shares():
    # The two agree in the first feature and not in the second: 1/2 of the features, in either order. The mean of the
    # shares after each feature, as typdiv-sampling computes it, would be (1/1 + 1/2) / 2 = 3/4 or (0/1 + 1/2) / 2.
    for values in ([[1.0, 1.0], [1.0, 0.0]], [[1.0, 1.0], [0.0, 1.0]]):
        problem = SelectionProblem(
            space=SubsetSpace(pool=POOL[:2]),
            features=FeatureMatrix(POOL[:2], ("f", "g"), np.array(values), np.ones((2, 2), dtype=bool)),
        )
        assert FeatureOverlap().bind(problem).value(np.array([0, 1])) == -0.5


def test_the_anchor_distance_needs_an_anchor():
    problem = replace(problem_of(*random_points(0)), anchor=None)
    with pytest.raises(ValueError, match="needs an anchor"):
        AnchorDistance().bind(problem)


def test_a_column_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="must be one of .*'colour'"):
        ClassCoverage(column="colour").bind(SelectionProblem(space=SubsetSpace(pool=POOL)))


def test_a_resource_class_must_be_a_class_or_a_number():
    space = SubsetSpace(pool=POOL[:2])
    numbers = SelectionProblem(space=space, columns={"resource": {POOL[0]: "5", POOL[1]: "0"}})
    assert LowResource().bind(numbers).value(np.array([0, 1])) == -2.5
    words = SelectionProblem(space=space, columns={"resource": {POOL[0]: "rich", POOL[1]: "0"}})
    with pytest.raises(ValueError, match="'rich'"):
        LowResource().bind(words)


def test_parameters_are_checked():
    with pytest.raises(ValueError, match="at least 0"):
        Gist(weight=-0.1)
    with pytest.raises(ValueError, match="at least 0"):
        Gist(weight=float("nan"))
    with pytest.raises(ValueError, match="Nearest: 'facility-location'"):
        Gist(utility="facility-locations")
    with pytest.raises(ValueError, match="'value' or 'ignored'"):
        FeatureEntropy(missing="zero")
    with pytest.raises(ValueError, match="must be positive"):
        Dpp(scale=0.0).bind(problem_of(*random_points(0)))


def greedy(objective, size):
    members = np.empty(0, dtype=np.intp)
    for _ in range(size):
        members = np.append(members, objective.additions(members).argmax())
    return objective.value(members)


def best(objective, size):
    return objective.values(np.array(list(itertools.combinations(range(objective.n), size)))).max()


@pytest.mark.parametrize(
    "criterion",
    [pytest.param(PhylogeneticDiversity(), marks=pytest.mark.slow), FamilyCoverage(), FamilyBalance()],
    ids=lambda c: type(c).__name__,
)
def test_build_up_is_optimal_where_it_is_said_to_be(criterion):
    for seed in range(2):
        pool = np.random.default_rng(seed).choice(REALIGNMENT_LANGUAGES, 10, replace=False).tolist()
        for anchor in ("eng_Latn", None):
            if anchor in pool:
                continue
            objective = criterion.bind(SelectionProblem(space=SubsetSpace(pool=pool), anchor=anchor))
            for size in (2, 4, 7):
                assert greedy(objective, size) == pytest.approx(best(objective, size))


def test_build_up_reaches_its_guaranteed_share():
    for seed in range(10):
        problem = problem_of(*random_points(seed))
        for size in (2, 3, 4):
            for setting in (problem, replace(problem, anchor=None)):
                closest = MaxMin().bind(setting)
                assert greedy(closest, size) >= best(closest, size) / 2 - 1e-12
                for criterion in (FacilityLocation(), TargetCoverage(), FeatureInclusion()):
                    objective = criterion.bind(setting)
                    assert greedy(objective, size) >= (1 - 1 / np.e) * best(objective, size) - 1e-12
