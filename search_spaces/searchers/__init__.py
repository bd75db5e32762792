"""The table of searchers. A new one is one file beside these and one line here."""

from typing import TYPE_CHECKING

from search_spaces.registry import Lazy, Registry

if TYPE_CHECKING:
    from search_spaces.searchers.base import Searcher

SEARCHERS: "Registry[type[Searcher]]" = Registry(
    "searcher",
    {
        "random": Lazy("search_spaces.searchers.random:RandomSearcher"),
        "diverse": Lazy("search_spaces.searchers.diverse:DiverseSearcher"),
        "evolution": Lazy("search_spaces.searchers.evolution:EvolutionSearcher"),
        "optuna-tpe": Lazy("search_spaces.searchers.optuna_keys:OptunaTpeSearcher"),
        "optuna-gp": Lazy("search_spaces.searchers.optuna_keys:OptunaGpSearcher"),
        "linear-thompson": Lazy("search_spaces.searchers.linear_thompson:LinearThompsonSearcher"),
        "subset-gp": Lazy("search_spaces.searchers.subset_gp:SubsetGpSearcher"),
    },
    group="searchers",
)
