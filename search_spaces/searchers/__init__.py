"""The table of searchers. A new one is one file beside these and one line here."""

from search_spaces.registry import Registry
from search_spaces.searchers.base import Searcher
from search_spaces.searchers.diverse import DiverseSearcher
from search_spaces.searchers.evolution import EvolutionSearcher
from search_spaces.searchers.linear_thompson import LinearThompsonSearcher
from search_spaces.searchers.optuna_keys import OptunaGpSearcher, OptunaTpeSearcher
from search_spaces.searchers.random import RandomSearcher
from search_spaces.searchers.subset_gp import SubsetGpSearcher

SEARCHERS: Registry[type[Searcher]] = Registry(
    "searcher",
    {
        "random": RandomSearcher,
        "diverse": DiverseSearcher,
        "evolution": EvolutionSearcher,
        "optuna-tpe": OptunaTpeSearcher,
        "optuna-gp": OptunaGpSearcher,
        "linear-thompson": LinearThompsonSearcher,
        "subset-gp": SubsetGpSearcher,
    },
)
