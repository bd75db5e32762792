"""search_spaces: describes choices of languages, and runs nothing.

Which languages there are, how far apart they are, which subsets of them can be chosen and by which criterion.
Needs numpy, scipy, the standard library and the data files of lang2vec; never torch, ray, mlflow or transformers.

The names below are imported on first use.
"""

from typing import TYPE_CHECKING

from search_spaces.lazy_names import lazy_names

if TYPE_CHECKING:
    from search_spaces.choose import Choice, make_problem, parse_pool
    from search_spaces.criteria import CRITERIA
    from search_spaces.distances.sources import load_distances
    from search_spaces.inventory import INVENTORY
    from search_spaces.languages import Language, parse_language
    from search_spaces.searchers import SEARCHERS
    from search_spaces.selection import Selection, select

__all__ = [
    "CRITERIA", "INVENTORY", "SEARCHERS", "Choice", "Language", "Selection", "load_distances", "make_problem",
    "parse_language", "parse_pool", "select",
]  # fmt: skip

_MODULES = {
    "Choice": "choose", "make_problem": "choose", "parse_pool": "choose", "CRITERIA": "criteria",
    "load_distances": "distances.sources", "INVENTORY": "inventory", "Language": "languages",
    "parse_language": "languages", "SEARCHERS": "searchers", "Selection": "selection", "select": "selection",
}  # fmt: skip

__getattr__, __dir__ = lazy_names(__name__, _MODULES)
