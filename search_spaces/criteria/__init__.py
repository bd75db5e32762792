"""The table of criteria. A new one is one file beside these and one line here.

Each name also has an opposite, "least-<name>", and names combine: see `parse.py`. "min-sum" is "least-max-sum" under
the name that it has in the literature.
"""

from search_spaces.criteria.anchor_distance import AnchorDistance
from search_spaces.criteria.base import Criterion, Draw
from search_spaces.criteria.class_balance import ClassBalance, FamilyBalance, ResourceBalance
from search_spaces.criteria.class_coverage import AreaCoverage, ClassCoverage, FamilyCoverage, ScriptCoverage
from search_spaces.criteria.coverage import FacilityLocation, TargetCoverage, WorstTarget
from search_spaces.criteria.dpp import Dpp
from search_spaces.criteria.feature_statistics import FeatureEntropy, FeatureInclusion, FeatureOverlap
from search_spaces.criteria.geographic_spread import GeographicSpread
from search_spaces.criteria.gist import Gist
from search_spaces.criteria.k_dpp import KDpp
from search_spaces.criteria.low_resource import LowResource
from search_spaces.criteria.max_min import MaxMin, MinDiameter
from search_spaces.criteria.max_sum import MaxSum, MinSum
from search_spaces.criteria.nearest_neighbour import NearestNeighbour
from search_spaces.criteria.phylogenetic_diversity import PhylogeneticDiversity
from search_spaces.criteria.random import Random
from search_spaces.criteria.remote_mst import RemoteMst
from search_spaces.criteria.stratified import (
    RandomArea,
    RandomFamily,
    RandomResource,
    RandomScript,
    RandomStratified,
)
from search_spaces.criteria.vendi import Vendi
from search_spaces.registry import Registry

CRITERIA: Registry[type[Criterion] | type[Draw]] = Registry(
    "criterion",
    {
        # how far the members lie apart
        "max-sum": MaxSum,
        "min-sum": MinSum,
        "max-min": MaxMin,
        "min-diameter": MinDiameter,
        "remote-mst": RemoteMst,
        "nearest-neighbour": NearestNeighbour,
        # how near all others are to a member
        "facility-location": FacilityLocation,
        "target-coverage": TargetCoverage,
        "worst-target": WorstTarget,
        "gist": Gist,
        # volume and effective number
        "dpp": Dpp,
        "vendi": Vendi,
        # values of features
        "feature-entropy": FeatureEntropy,
        "feature-inclusion": FeatureInclusion,
        "feature-overlap": FeatureOverlap,
        # kinds of languages
        "family-coverage": FamilyCoverage,
        "script-coverage": ScriptCoverage,
        "area-coverage": AreaCoverage,
        "class-coverage": ClassCoverage,
        "family-balance": FamilyBalance,
        "resource-balance": ResourceBalance,
        "class-balance": ClassBalance,
        "phylogenetic-diversity": PhylogeneticDiversity,
        "geographic-spread": GeographicSpread,
        "anchor-distance": AnchorDistance,
        "low-resource": LowResource,
        # draws
        "random": Random,
        "random-stratified": RandomStratified,
        "random-family": RandomFamily,
        "random-script": RandomScript,
        "random-area": RandomArea,
        "random-resource": RandomResource,
        "k-dpp": KDpp,
    },
)
