"""What can be said of a set of languages in a few numbers, for whoever looks for what good sets have in common."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from search_spaces.distances.sources import load_distances
from search_spaces.inventory import find_info
from search_spaces.languages import Language
from sweep.reports.gains import placed_languages
from sweep.reports.results import SweepResults
from sweep.scores.leaderboard import stage_times
from sweep.statistics.kinship import families_of

FEATURES: Mapping[str, str] = {
    "size": "languages",
    "families": "families",
    "areas": "areas",
    "mean_distance": "mean distance",
    "unseen_frac": "share unseen",
    "cost": "cost",
    "seconds": "seconds",
}
"""Key -> title."""


def features_of_sets(results: SweepResults, distance: str) -> dict[str, dict[str, float | None]]:
    """Arm -> `FEATURES` of its set; None where one is not known, or the arm draws another set with each seed.

    size, families (isolates count as one each), areas (macroareas of Glottolog); mean_distance: between pairs of the
    set, by `distance`; unseen_frac: of the set, not among what the encoder was pre-trained on; cost: sum over the set,
    in the user's unit; seconds: of all stages, as in the table of seconds.

    Raises:
        ValueError: an unknown distance.
    """
    sets = results.sets
    between = mean_distances(sets, distance)
    seen = {r.arm: r.seen_languages for r in results.finished}
    seconds = seconds_of(results)
    found: dict[str, dict[str, float | None]] = {}
    for arm in results.arms:
        languages = sets.get(arm)
        one: dict[str, float | None] = dict.fromkeys(FEATURES) | {"seconds": seconds.get(arm)}
        if languages is not None:
            known = seen[arm]
            one |= {"size": len(languages), "mean_distance": between.get(arm)}
            one["families"] = len(set(families_of(list(languages))))
            one["areas"] = len({info.area for tag in languages if (info := find_info(tag)) and info.area})
            if known is not None and languages:
                one["unseen_frac"] = sum(tag not in known for tag in languages) / len(languages)
            if results.costs and all(tag in results.costs for tag in languages):
                one["cost"] = float(sum(results.costs[Language(tag)] for tag in languages))
        found[arm] = one
    return found


def mean_distances(sets: Mapping[str, Sequence[str]], distance: str) -> dict[str, float]:
    """Name -> mean distance between two of the set's languages; sets of fewer than two are absent, and so are those
    with a language that cannot be placed.
    """
    together = {tag for languages in sets.values() for tag in languages}
    placed = placed_languages(distance, together)
    if len(placed) < 2:
        return {}
    matrix = load_distances(distance, placed).matrix
    row: dict[str, int] = {str(tag): i for i, tag in enumerate(matrix.languages)}
    return {
        name: _mean_of_pairs(matrix.values, [row[tag] for tag in languages])
        for name, languages in sets.items()
        if len(languages) > 1 and all(tag in row for tag in languages)
    }


def seconds_of(results: SweepResults) -> dict[str, float]:
    """Arm -> seconds of all its stages (`stage_times`); arms without times are absent."""
    table = stage_times(results.finished)
    return {str(arm): float(total) for arm, total in zip(table["arm"], table["total_s"], strict=True)}


def _mean_of_pairs(values_LL: Any, rows: Iterable[int]) -> float:
    chosen = list(rows)
    block = values_LL[np.ix_(chosen, chosen)]
    return float(block[np.triu_indices(len(chosen), 1)].mean())
