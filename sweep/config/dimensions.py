"""Dimension: what one hyper-parameter may be; and the kinds of searches."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from search_spaces.ranges import Count, Seed, Share
from search_spaces.searchers import SEARCHERS

POINT_SEARCHES = ("grid", "random", "optuna")

RANDOM_SETS = "random-sets"

WARM = "subset-gp"
"""The search that can begin with earlier scores."""

SUBSET_KEYS: Mapping[str, Any] = {
    "subset.criterion": str,
    "subset.size": Count,
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


def set_searches() -> dict[str, str]:
    """`search.kind` -> searcher of sets, with those of plug-ins; "random" alone means random points."""
    return {RANDOM_SETS if name == "random" else name: name for name in SEARCHERS}


class _SearchKinds(Mapping[str, str]):
    """`search.kind` -> "points" or "sets": what is searched for. Searchers of plug-ins are among them."""

    def __getitem__(self, kind: str) -> str:
        return self._all()[kind]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def _all(self) -> dict[str, str]:
        return dict.fromkeys(POINT_SEARCHES, "points") | dict.fromkeys(set_searches(), "sets")


SEARCH_KINDS = _SearchKinds()
