"""The table of criteria. A new one is one file beside these and one line here.

Each name also has an opposite, "least-<name>", and names combine: see `parse.py`. "min-sum" is "least-max-sum" under
the name that it has in the literature.
"""

from typing import TYPE_CHECKING

from search_spaces.registry import Lazy, Registry

if TYPE_CHECKING:
    from search_spaces.criteria.base import Criterion, Draw

CRITERIA: "Registry[type[Criterion] | type[Draw]]" = Registry(
    "criterion",
    {
        # how far the members lie apart
        "max-sum": Lazy("search_spaces.criteria.max_sum:MaxSum"),
        "min-sum": Lazy("search_spaces.criteria.max_sum:MinSum"),
        "max-min": Lazy("search_spaces.criteria.max_min:MaxMin"),
        "min-diameter": Lazy("search_spaces.criteria.max_min:MinDiameter"),
        "remote-mst": Lazy("search_spaces.criteria.remote_mst:RemoteMst"),
        "nearest-neighbour": Lazy("search_spaces.criteria.nearest_neighbour:NearestNeighbour"),
        # how near all others are to a member
        "facility-location": Lazy("search_spaces.criteria.coverage:FacilityLocation"),
        "target-coverage": Lazy("search_spaces.criteria.coverage:TargetCoverage"),
        "worst-target": Lazy("search_spaces.criteria.coverage:WorstTarget"),
        "gist": Lazy("search_spaces.criteria.gist:Gist"),
        # volume and effective number
        "dpp": Lazy("search_spaces.criteria.dpp:Dpp"),
        "vendi": Lazy("search_spaces.criteria.vendi:Vendi"),
        # values of features
        "feature-entropy": Lazy("search_spaces.criteria.feature_statistics:FeatureEntropy"),
        "feature-inclusion": Lazy("search_spaces.criteria.feature_statistics:FeatureInclusion"),
        "feature-overlap": Lazy("search_spaces.criteria.feature_statistics:FeatureOverlap"),
        # kinds of languages
        "family-coverage": Lazy("search_spaces.criteria.class_coverage:FamilyCoverage"),
        "script-coverage": Lazy("search_spaces.criteria.class_coverage:ScriptCoverage"),
        "area-coverage": Lazy("search_spaces.criteria.class_coverage:AreaCoverage"),
        "class-coverage": Lazy("search_spaces.criteria.class_coverage:ClassCoverage"),
        "family-balance": Lazy("search_spaces.criteria.class_balance:FamilyBalance"),
        "resource-balance": Lazy("search_spaces.criteria.class_balance:ResourceBalance"),
        "class-balance": Lazy("search_spaces.criteria.class_balance:ClassBalance"),
        "phylogenetic-diversity": Lazy("search_spaces.criteria.phylogenetic_diversity:PhylogeneticDiversity"),
        "geographic-spread": Lazy("search_spaces.criteria.geographic_spread:GeographicSpread"),
        "anchor-distance": Lazy("search_spaces.criteria.anchor_distance:AnchorDistance"),
        "low-resource": Lazy("search_spaces.criteria.low_resource:LowResource"),
        # what trainings have shown
        "study": Lazy("search_spaces.criteria.study:Study"),
        # draws
        "random": Lazy("search_spaces.criteria.random:Random"),
        "random-stratified": Lazy("search_spaces.criteria.stratified:RandomStratified"),
        "random-family": Lazy("search_spaces.criteria.stratified:RandomFamily"),
        "random-script": Lazy("search_spaces.criteria.stratified:RandomScript"),
        "random-area": Lazy("search_spaces.criteria.stratified:RandomArea"),
        "random-resource": Lazy("search_spaces.criteria.stratified:RandomResource"),
        "k-dpp": Lazy("search_spaces.criteria.k_dpp:KDpp"),
    },
    group="criteria",
)
