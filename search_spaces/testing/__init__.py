"""Contracts of criteria, draws and searchers, for authors of plug-ins; our own tests run the same.

Each is a class of tests. A subclass whose name begins with `Test` says which member is meant, and pytest does the rest:

    from search_spaces.testing import SearcherContract

    class TestMine(SearcherContract):
        name = "mine"

The member is looked up in its table: install the plug-in, or load it first (`search_spaces.plugins.load_plugins`).
Nothing here imports pytest, and each test can be called by itself.
"""

from search_spaces.testing.criteria import CriterionContract, DrawContract
from search_spaces.testing.searchers import SearcherContract

__all__ = ["CriterionContract", "DrawContract", "SearcherContract"]
