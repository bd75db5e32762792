"""The named language subsets of the paper (Nguyen et al. 2025, "Rethinking what Matters", IJCNLP-AACL), exactly.

The lists are facts in `data/published_subsets.json`; their source, and what is read out of them rather than stated
there, is in `data/PUBLISHED.md`. Where a name stands for a random draw, the draw of the published runs is reproduced
from its seed.
"""

import importlib.resources
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from search_spaces.languages import Language
from search_spaces.registry import Registry
from search_spaces.subsets import LanguageSubset

DIRECTIONS = ("most", "least", "")
AIMS = ("uriel", "family", "distinct_script", "same_script", "random", "pool")

PUBLISHED_SEEDS = (17, 23, 42, 66)
"""The seeds of the published runs; a run's seed also drew its languages where the name says random."""

MAX_SEED = 2**32 - 1
"""The largest seed of numpy's legacy generator."""


@dataclass(frozen=True, kw_only=True)
class PublishedSubset:
    """One named subset.

    Args:
        name: the paper's name for it.
        direction: "most" or "least" diverse; "" for random draws and whole pools.
        aim: what the diversity is of, one of `AIMS`: "uriel" = featural distance, "family", "distinct_script" = one
            language a script, "same_script" = featural distance within Latin script, "random", "pool".
        pool_name, pool: what it was chosen from; the languages in the order that random draws depend on.
        anchor: English where it counts as a fixed member, None where it does not.
        size: number of languages.
        languages: sorted; None for a random draw, see `draw`.
        note: a documented defect or peculiarity, "" where none is known.
    """

    name: str
    direction: str
    aim: str
    pool_name: str
    pool: tuple[Language, ...]
    anchor: Language | None
    size: int
    languages: tuple[Language, ...] | None
    note: str

    def draw(self, seed: int | None = None) -> LanguageSubset:
        """The languages as a subset.

        Args:
            seed: of a random draw, and only of that.

        Raises:
            ValueError: a seed is given for a fixed list, or none for a random draw, or it is out of range.
        """
        if self.languages is not None:
            if seed is not None:
                raise ValueError(f"{self.name!r} is a fixed list and takes no seed, but got {seed}. Drop it.")
            return LanguageSubset(self.languages, self.name)
        if seed is None:
            raise ValueError(
                f"{self.name!r} is drawn at random and needs a seed, but got none. "
                f"The published runs used {', '.join(map(str, PUBLISHED_SEEDS))}."
            )
        return LanguageSubset(random_langs(seed, self.size, self.pool), self.name, seed)


def random_langs(seed: int, n: int, pool: Iterable[Language] | None = None) -> tuple[Language, ...]:
    """The paper's random draw: `n` languages, sorted, uniformly without replacement.

    The published runs seed numpy's global generator and call `numpy.random.choice` on the pool in the order of their
    script. This is the same legacy stream without the global state; unlike everywhere else in this package, the order
    of the pool matters.

    Args:
        seed: from 0 to 2**32 - 1.
        n: how many languages, at least 1.
        pool: None = the 65 languages in the published order.

    Raises:
        ValueError: a seed or a number of languages out of range.
    """
    candidates = POOLS["all"] if pool is None else tuple(pool)
    if not 0 <= seed <= MAX_SEED:
        raise ValueError(f"The seed must be from 0 to {MAX_SEED}, but is {seed}. Choose another.")
    if not 1 <= n <= len(candidates):
        raise ValueError(f"The number of languages must be from 1 to {len(candidates)}, but is {n}. Change it.")
    if n == len(candidates):  # the published code draws only when there is something to leave out
        return tuple(sorted(candidates))
    drawn = np.random.RandomState(seed).choice(len(candidates), size=n, replace=False)
    return tuple(sorted(candidates[i] for i in drawn))


def memberships() -> dict[Language, tuple[str, ...]]:
    """Language -> names of the fixed lists that hold it, in the order of `PUBLISHED`; whole pools do not count."""
    chosen = [subset for subset in PUBLISHED.values() if subset.aim != "pool"]
    return {
        language: tuple(subset.name for subset in chosen if language in (subset.languages or ()))
        for language in sorted(POOLS["all"])
    }


def read_published(data: Mapping[str, Any]) -> tuple[dict[str, tuple[Language, ...]], dict[str, PublishedSubset]]:
    """(pools, subsets) by name from the content of `published_subsets.json`.

    Raises:
        ValueError: an entry contradicts itself or the pools.
    """
    pools = {name: tuple(map(Language, tags)) for name, tags in data["pools"].items()}
    subsets: dict[str, PublishedSubset] = {}
    for row in data["subsets"]:
        if row["pool"] not in pools:
            raise ValueError(f"A pool must be one of {', '.join(pools)}, but {row['name']} names {row['pool']!r}.")
        languages = None if row["languages"] is None else tuple(map(Language, row["languages"]))
        subset = PublishedSubset(
            name=row["name"],
            direction=row["direction"],
            aim=row["aim"],
            pool_name=row["pool"],
            pool=pools[row["pool"]],
            anchor=row["anchor"] and Language(row["anchor"]),
            size=row["size"],
            languages=languages,
            note=row["note"],
        )
        _check(subset, subsets)
        subsets[subset.name] = subset
    return pools, subsets


def _check(subset: PublishedSubset, others: Mapping[str, PublishedSubset]) -> None:
    wrong = []
    if subset.name in others:
        wrong.append("its name occurs twice")
    if subset.direction not in DIRECTIONS or subset.aim not in AIMS:
        wrong.append(f"it is the {subset.direction!r} of {subset.aim!r}")
    if (subset.languages is None) != (subset.aim == "random"):
        wrong.append("only random draws come without a list")
    if subset.languages is not None:
        if list(subset.languages) != sorted(set(subset.languages)) or len(subset.languages) != subset.size:
            wrong.append(f"its list is not {subset.size} sorted languages")
        if strangers := sorted(set(subset.languages) - set(subset.pool)):
            wrong.append(f"{', '.join(strangers)} is not in its pool")
    if wrong:
        raise ValueError(
            f"A published subset must be consistent, but of {subset.name}: {'; '.join(wrong)}. "
            "Correct published_subsets.json."
        )


def _load() -> tuple[dict[str, tuple[Language, ...]], dict[str, PublishedSubset]]:
    text = (importlib.resources.files("search_spaces.data") / "published_subsets.json").read_text(encoding="utf-8")
    return read_published(json.loads(text))


_POOLS, _SUBSETS = _load()
POOLS: Registry[tuple[Language, ...]] = Registry("published pool", _POOLS)
"""What the paper chose from, in the order of its script: all, latin, joshi45, joshi3, joshi35, joshi2, seen_xlmr ..."""
PUBLISHED: Registry[PublishedSubset] = Registry("published subset", _SUBSETS)
"""All named subsets, in the order of the paper's script."""
