"""Dimension: what one hyper-parameter may be; and the kinds of searches."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from search_spaces.searchers import SEARCHERS

POINT_SEARCHES = ("grid", "random", "optuna")

SET_SEARCHES: Mapping[str, str] = {"random-sets" if name == "random" else name: name for name in SEARCHERS}
"""`search.kind` -> searcher of sets; "random" alone means random points."""

WARM = "subset-gp"
"""The search that can begin with earlier scores."""

SUBSET_KEYS: Mapping[str, Any] = {
    "subset.criterion": str,
    "subset.size": int,
    "subset.seed": int,
    "subset.tolerance": float,
    "subset.distance": str,
}


@dataclass(frozen=True, kw_only=True)
class Dimension:
    """What one hyper-parameter may be. Exactly one field is set."""

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
