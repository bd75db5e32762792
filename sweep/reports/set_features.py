"""What can be said of a set of languages in a few numbers, for whoever looks for what good sets have in common."""

import contextlib
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from search_spaces.distances.matrix import DistanceMatrix
from search_spaces.distances.sources import can_be_placed, load_distances
from search_spaces.inventory import REALIGNMENT_LANGUAGES, find_info
from search_spaces.languages import Language
from search_spaces.rules import read_costs
from sweep.reports.results import SweepResults
from sweep.scores.leaderboard import stage_times

FEATURES: Mapping[str, str] = {
    "size": "languages",
    "n_families": "families",
    "n_areas": "areas",
    "mean_distance": "mean distance",
    "unseen_frac": "share unseen",
    "cost": "cost",
    "seconds": "seconds",
}
"""Key -> title."""
DIGITS = 4


class SetFeatures:
    """Numbers of sets, by the distance and the costs of a sweep.

    Args:
        distance: as `subset.distance`. costs: by language, or none. A distance that cannot be read (a file that is no
            longer there) is left out.
    """

    def __init__(self, distance: str, costs: Mapping[Language, float] | None = None) -> None:
        self.distance = distance
        self._matrix: DistanceMatrix | None = None
        self._placed: frozenset[Language] = frozenset()
        self._asked: frozenset[Language] = frozenset()
        self._costs = costs or {}

    @classmethod
    def of_config(cls, config: Mapping[str, Any]) -> "SetFeatures":
        """Of a sweep's complete config, plain data. Costs whose file is no longer there are left out."""
        costs: Mapping[Language, float] = {}
        if path := config["subset"].get("costs"):
            with contextlib.suppress(ValueError, OSError):
                costs = read_costs(Path(path))
        return cls(str(config["subset"]["distance"]), costs)

    def of(self, languages: Iterable[str], seen: Collection[str] | None) -> dict[str, float]:
        """`size`; `n_families` (isolates count as one each) and `n_areas` (macroareas of Glottolog); `mean_distance`
        between pairs, in [0, 1]; `unseen_frac`, the share that the encoder was not pre-trained on; `cost`, the sum.
        What is not known of all languages is left out.

        Args:
            seen: what the encoder was pre-trained on; None = not known.
        """
        tags = sorted({Language(tag) for tag in languages})
        infos = [info for tag in tags if (info := find_info(tag))]
        found: dict[str, float] = {"size": len(tags)}
        if len(infos) == len(tags):
            found["n_families"] = len({info.stock for info in infos})
            found["n_areas"] = len({info.area for info in infos if info.area})
        if (mean := self._mean_distance(tags)) is not None:
            found["mean_distance"] = round(mean, DIGITS)
        if seen is not None and tags:
            found["unseen_frac"] = round(sum(tag not in seen for tag in tags) / len(tags), DIGITS)
        if self._costs and all(tag in self._costs for tag in tags):
            found["cost"] = round(sum(self._costs[tag] for tag in tags), DIGITS)
        return found

    def _mean_distance(self, tags: list[Language]) -> float | None:
        if len(tags) < 2:
            return None
        if not self._asked.issuperset(tags):
            # A pair's distance does not depend on which other languages there are, so they are asked for together.
            self._asked = frozenset({*self._asked, *REALIGNMENT_LANGUAGES, *tags})
            self._matrix = None
            with contextlib.suppress(ValueError, OSError):
                self._placed = can_be_placed(self.distance, self._asked)
                self._matrix = load_distances(self.distance, self._placed).matrix
        if self._matrix is None or not self._placed.issuperset(tags):
            return None
        n = len(tags)
        return float(self._matrix.block(tags).sum()) / (n * (n - 1))


def features_of_sets(results: SweepResults, distance: str) -> dict[str, dict[str, float | None]]:
    """Arm -> `FEATURES` of its set; None where one is not known, or the arm draws another set with each seed.

    Those of `SetFeatures`, and `seconds`: of all stages, as in the table of seconds.
    """
    features = SetFeatures(distance, results.costs)
    seen = {r.arm: r.seen_languages for r in results.finished}
    table = stage_times(results.finished)
    seconds = {str(arm): float(total) for arm, total in zip(table["arm"], table["total_s"], strict=True)}
    found: dict[str, dict[str, float | None]] = {}
    for arm in results.arms:
        languages = results.sets.get(arm)
        known = {} if languages is None else features.of(languages, seen[arm])
        found[arm] = dict.fromkeys(FEATURES) | known | {"seconds": seconds.get(arm)}
    return found
