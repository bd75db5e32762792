"""Dimension: what one hyper-parameter may be; and the kinds of searches."""

from collections import ChainMap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from search_spaces.ranges import Seed, SetSize, Share
from search_spaces.searchers import SEARCHERS

POINT_SEARCHES = ("grid", "random", "optuna")


class _SetSearches(Mapping[str, str]):
    """The table of searchers as `search.kind` names them; read when it is asked, as plug-ins add to it."""

    def __getitem__(self, kind: str) -> str:
        return {self._kind(name): name for name in SEARCHERS}[kind]

    def __iter__(self) -> Iterator[str]:
        return map(self._kind, SEARCHERS)

    def __len__(self) -> int:
        return len(SEARCHERS)

    @staticmethod
    def _kind(searcher: str) -> str:
        return "random-sets" if searcher == "random" else searcher


SET_SEARCHES: Mapping[str, str] = _SetSearches()
"""`search.kind` -> searcher of sets; "random" alone means random points."""

SEARCH_KINDS: Mapping[str, str] = ChainMap(SET_SEARCHES, {kind: kind for kind in POINT_SEARCHES})  # type: ignore[arg-type]
"""All that `search.kind` may be."""

WARM = "subset-gp"
"""The search that can begin with earlier scores."""

SUBSET_KEYS: Mapping[str, Any] = {
    "subset.criterion": str,
    "subset.size": SetSize,
    "subset.seed": Seed,
    "subset.tolerance": Share,
    "subset.distance": str,
}


@dataclass(frozen=True, kw_only=True)
class Dimension:
    """What one hyper-parameter may be. Exactly one field is set.

    choice: one of these values.
    uniform: [lowest, highest], drawn evenly; both ends included.
    loguniform: [lowest, highest], drawn evenly on a logarithmic scale; both ends included.
    randint: [lowest, highest] of an integer; both ends included.
    """

    choice: tuple[Any, ...] | None = None
    uniform: tuple[float, float] | None = None
    loguniform: tuple[float, float] | None = None
    randint: tuple[int, int] | None = None

    @property
    def kind(self) -> str:
        """The name of the field that is set."""
        return next(kind for kind in ("choice", "uniform", "loguniform", "randint") if getattr(self, kind) is not None)

    @property
    def bounds(self) -> tuple[Any, ...]:
        """The value of the field that is set: the choices, or the two ends."""
        return tuple(getattr(self, self.kind))
