"""Three languages whose values under every criterion are worked out by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest

from search_spaces.criteria.anchor_distance import AnchorDistance
from search_spaces.criteria.class_balance import ClassBalance, FamilyBalance, ResourceBalance
from search_spaces.criteria.class_coverage import AreaCoverage, ClassCoverage, FamilyCoverage, ScriptCoverage
from search_spaces.criteria.coverage import FacilityLocation, TargetCoverage, WorstTarget
from search_spaces.criteria.dpp import Dpp
from search_spaces.criteria.feature_statistics import FeatureEntropy, FeatureInclusion, FeatureOverlap
from search_spaces.criteria.geographic_spread import GeographicSpread
from search_spaces.criteria.gist import Gist
from search_spaces.criteria.low_resource import LowResource
from search_spaces.criteria.max_min import MaxMin, MinDiameter
from search_spaces.criteria.nearest_neighbour import NearestNeighbour
from search_spaces.criteria.phylogenetic_diversity import PhylogeneticDiversity
from search_spaces.criteria.remote_mst import RemoteMst
from search_spaces.criteria.vendi import Vendi
from search_spaces.distances.features import FeatureMatrix
from search_spaces.distances.matrix import DistanceMatrix
from search_spaces.inventory import INVENTORY
from search_spaces.problem import SelectionProblem
from search_spaces.subset_space import SubsetSpace

GERMAN, JAPANESE, SWAHILI, ENGLISH = "deu_Latn", "jpn_Jpan", "swh_Latn", "eng_Latn"
BOTH, ALL = (GERMAN, JAPANESE), (GERMAN, JAPANESE, SWAHILI)
#        deu  jpn  swh  eng
MATRIX = [
    [0.0, 0.6, 0.5, 0.2],
    [0.6, 0.0, 0.3, 0.8],
    [0.5, 0.3, 0.0, 0.7],
    [0.2, 0.8, 0.7, 0.0],
]
NAN = math.nan
FEATURES = np.array([[1, 0, 1, NAN], [1, 1, NAN, NAN], [0, 1, 0, 1]])
#                     f0 f1 f2 f3
COLUMNS = {
    "family": {GERMAN: "Indo-European", JAPANESE: "Japonic", SWAHILI: "Atlantic-Congo"},
    "script": {GERMAN: "Latn", JAPANESE: "Jpan", SWAHILI: "Latn"},
    "area": {GERMAN: "Eurasia", JAPANESE: "Eurasia", SWAHILI: "Africa"},
    "resource": {GERMAN: "4-5", JAPANESE: "4-5", SWAHILI: "<=2"},
    "mine": {GERMAN: "a", JAPANESE: "b", SWAHILI: "b"},
}
ANCHORED = SelectionProblem(
    space=SubsetSpace(pool=ALL),
    distances=DistanceMatrix((*ALL, ENGLISH), np.array(MATRIX)),
    features=FeatureMatrix(ALL, ("f0", "f1", "f2", "f3"), FEATURES, ~np.isnan(FEATURES)),
    columns=COLUMNS,
)
FREE = replace(ANCHORED, anchor=None)


def value(criterion, problem, languages):
    return criterion.bind(problem).value(problem.space.index(languages))


def entropy(*shares):
    return -sum(p * math.log2(p) for p in shares)


@pytest.mark.parametrize(
    ("criterion", "problem", "languages", "expected"),
    [
        (MaxMin(), FREE, ALL, 0.3),
        (MaxMin(), FREE, BOTH, 0.6),
        (MaxMin(), FREE, (GERMAN,), 0.6),  # no pair: the largest distance between candidates
        (MaxMin(), ANCHORED, BOTH, 0.2),
        (MaxMin(), ANCHORED, (JAPANESE,), 0.8),
        (MinDiameter(), FREE, ALL, -0.6),
        (MinDiameter(), FREE, (GERMAN,), 0.0),
        (MinDiameter(), ANCHORED, (JAPANESE, SWAHILI), -0.8),
        (RemoteMst(), FREE, ALL, 0.3 + 0.5),
        (RemoteMst(), ANCHORED, ALL, 0.2 + 0.3 + 0.5),
        (RemoteMst(), ANCHORED, (SWAHILI,), 0.7),
        (NearestNeighbour(), FREE, ALL, (0.5 + 0.3 + 0.3) / 3),
        (NearestNeighbour(), ANCHORED, ALL, (0.2 + 0.3 + 0.3 + 0.2) / 4),
        (NearestNeighbour(), FREE, (GERMAN,), 0.0),
        (FacilityLocation(), FREE, (GERMAN,), (1 + 0.4 + 0.5) / 3),
        (FacilityLocation(), ANCHORED, (SWAHILI,), (0.8 + 0.7 + 1) / 3),
        (TargetCoverage(), FREE, (GERMAN,), (1 + 0.4 + 0.5) / 3),
        (WorstTarget(), FREE, (GERMAN,), 0.4),
        (WorstTarget(), ANCHORED, (SWAHILI,), 0.7),
        (Gist(weight=0.5), FREE, (GERMAN, SWAHILI), (1 + 0.7 + 1) / 3 + 0.5 * 0.5),
        (Gist(weight=0.0), FREE, (GERMAN,), (1 + 0.4 + 0.5) / 3),
        (Gist(weight=2.0, utility="script-coverage"), FREE, ALL, 2 + 2 * 0.3),
        # f0: values 1, 1, 0; f1: 0, 1, 1; f2: 1, -, 0; f3: -, -, 1
        (FeatureEntropy(), FREE, ALL, (2 * entropy(1 / 3, 2 / 3) + 1 + 0) / 4),
        (FeatureEntropy(missing="value"), FREE, ALL, (3 * entropy(1 / 3, 2 / 3) + math.log2(3)) / 4),
        (FeatureEntropy(), FREE, BOTH, (0 + 1 + 0 + 0) / 4),
        (FeatureEntropy(missing="value"), FREE, BOTH, (0 + 1 + 1 + 0) / 4),
        (FeatureEntropy(), ANCHORED, BOTH, 1 / 4),  # the anchor does not count
        (FeatureInclusion(), FREE, BOTH, (1 / 2 + 1 + 1 / 2 + 0) / 4),
        (FeatureInclusion(), FREE, ALL, 1.0),
        (FeatureOverlap(), FREE, BOTH, -1 / 2),
        (FeatureOverlap(), FREE, ALL, -(1 / 2 + 0 / 3 + 1 / 2) / 3),
        (FamilyCoverage(), ANCHORED, ALL, 3),
        (ScriptCoverage(), ANCHORED, ALL, 2),
        (AreaCoverage(), ANCHORED, BOTH, 1),
        (ClassCoverage(column="mine"), ANCHORED, (JAPANESE, SWAHILI), 1),
        (FamilyBalance(), ANCHORED, ALL, math.log2(3)),
        (ResourceBalance(), ANCHORED, ALL, entropy(1 / 3, 2 / 3)),
        (ClassBalance(column="mine"), ANCHORED, BOTH, 1.0),
        (ClassBalance(column="mine"), ANCHORED, (JAPANESE,), 0.0),
        (AnchorDistance(), ANCHORED, ALL, (0.2 + 0.8 + 0.7) / 3),
        (AnchorDistance(), ANCHORED, (GERMAN,), 0.2),
        (LowResource(), ANCHORED, ALL, -(4.5 + 4.5 + 2) / 3),
        (LowResource(), ANCHORED, (SWAHILI,), -2.0),
    ],
    ids=lambda x: "anchored" if x is ANCHORED else "free" if x is FREE else str(x),
)
def test_value(criterion, problem, languages, expected):
    assert value(criterion, problem, languages) == pytest.approx(expected)


def test_targets_and_their_weights():
    problem = replace(FREE, targets=(SWAHILI, ENGLISH), target_weights={SWAHILI: 3.0})
    assert value(TargetCoverage(), problem, (GERMAN,)) == pytest.approx((3 * 0.5 + 1 * 0.8) / 4)
    assert value(TargetCoverage(), problem, BOTH) == pytest.approx((3 * 0.7 + 1 * 0.8) / 4)
    assert value(WorstTarget(), problem, (JAPANESE,)) == pytest.approx(0.2)
    # the pool is what facility location covers, whatever the targets
    assert value(FacilityLocation(), problem, (GERMAN,)) == pytest.approx((1 + 0.4 + 0.5) / 3)


def test_forbidden_languages_are_still_covered():
    space = SubsetSpace(pool=ALL, forbidden=frozenset({JAPANESE}))
    problem = replace(FREE, space=space)
    assert value(FacilityLocation(), problem, (GERMAN, SWAHILI)) == pytest.approx((1 + 0.7 + 1) / 3)
    # f0, f1 and f2 show both values without Japanese; f3 has the one value there is
    assert value(FeatureInclusion(), problem, (GERMAN, SWAHILI)) == 1.0
    assert value(FeatureInclusion(), problem, (GERMAN,)) == pytest.approx((1 / 2 + 1 / 2 + 1 / 2 + 0) / 4)


def test_dpp_is_the_determinant_of_the_similarities():
    # two points at the distance of the scale: similarity exp(-1/2), on a diagonal of 1 + 1e-4 before scaling
    similarity = math.exp(-0.5) / 1.0001
    assert value(Dpp(scale=0.6), FREE, BOTH) == pytest.approx(math.log(1 - similarity**2))
    assert value(Dpp(scale=0.6), FREE, (GERMAN,)) == pytest.approx(0.0)
    to_english = math.exp(-(0.2**2) / (2 * 0.6**2)) / 1.0001
    assert value(Dpp(scale=0.6), ANCHORED, (GERMAN,)) == pytest.approx(math.log(1 - to_english**2))


def test_vendi_of_two_languages():
    # the eigenvalues of [[1, s], [s, 1]] / 2 are (1 + s) / 2 and (1 - s) / 2
    similarity = math.exp(-0.5) / 1.0001
    shares = ((1 + similarity) / 2, (1 - similarity) / 2)
    assert value(Vendi(scale=0.6), FREE, BOTH) == pytest.approx(2 ** entropy(*shares))
    assert value(Vendi(scale=0.6), FREE, (GERMAN,)) == pytest.approx(1.0)
    to_english = math.exp(-(0.2**2) / (2 * 0.6**2)) / 1.0001
    shares = ((1 + to_english) / 2, (1 - to_english) / 2)
    assert value(Vendi(scale=0.6), ANCHORED, (GERMAN,)) == pytest.approx(2 ** entropy(*shares))


def test_the_scale_is_the_median_distance_when_none_is_given():
    assert value(Dpp(), FREE, BOTH) == pytest.approx(value(Dpp(scale=0.5), FREE, BOTH))


def test_geographic_spread_is_the_mean_great_circle():
    def central_angle(a, b):
        a, b = INVENTORY[a], INVENTORY[b]
        one, other = math.radians(a.latitude), math.radians(b.latitude)
        turn = math.radians(a.longitude - b.longitude)
        return math.acos(math.sin(one) * math.sin(other) + math.cos(one) * math.cos(other) * math.cos(turn))

    pairs = [(GERMAN, JAPANESE), (GERMAN, SWAHILI), (JAPANESE, SWAHILI)]
    free = sum(central_angle(a, b) for a, b in pairs) / 3 / math.pi
    assert value(GeographicSpread(), FREE, ALL) == pytest.approx(free)
    anchored = (3 * free * math.pi + sum(central_angle(ENGLISH, a) for a in ALL)) / 6 / math.pi
    assert value(GeographicSpread(), ANCHORED, ALL) == pytest.approx(anchored)
    assert value(GeographicSpread(), FREE, (GERMAN,)) == 0.0


def test_phylogenetic_diversity_counts_the_branches_of_the_tree():
    # Japonic > Japanese > Japan-Taiwan Japanese > its own; English has nine and its own; Basque has its own only
    space = SubsetSpace(pool=(JAPANESE, "eus_Latn", GERMAN))
    anchored, free = SelectionProblem(space=space), SelectionProblem(space=space, anchor=None)
    assert value(PhylogeneticDiversity(), free, (JAPANESE,)) == 4
    assert value(PhylogeneticDiversity(), free, ("eus_Latn",)) == 1
    assert value(PhylogeneticDiversity(), free, (JAPANESE, "eus_Latn")) == 5
    assert value(PhylogeneticDiversity(), anchored, (JAPANESE, "eus_Latn")) == 10 + 5
    # German: Indo-European > Germanic > Northwest > West (shared with English) > Franconian > High Franconian > its own
    assert value(PhylogeneticDiversity(), free, (GERMAN,)) == 7
    assert value(PhylogeneticDiversity(), anchored, (GERMAN,)) == 10 + 3
