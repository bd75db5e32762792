"""SubsetConfig: what every choice of languages in a sweep rests on - distances, facts, costs, rules."""

import dataclasses
import re
from dataclasses import dataclass
from pathlib import Path

from search_spaces.rules import SubsetRules
from sweep.config.arms import canonical_languages


@dataclass(frozen=True, kw_only=True)
class SubsetConfig:
    """What every choice of languages rests on; English is the anchor.

    distance: what "diverse" is measured on (`search_spaces.distances.sources`): "featural", "genetic",
        "0.5*featural + 0.5*geographic", "file:distances.csv" ...
    features: what feature statistics (feature-entropy ...) read.
    targets: languages that target-coverage is meant to serve; empty = the pool.
    rules: what every chosen subset must keep (require, forbid, at_least, at_most, budget).
    costs, facts: CSV files: cost per language; further columns for rules and stratified draws.
    """

    distance: str = "featural"
    features: str = "syntactic"
    targets: tuple[str, ...] = ()
    rules: SubsetRules = SubsetRules()
    costs: str | None = None
    facts: str | None = None


def checked_subset(subset: SubsetConfig, problems: list[str]) -> SubsetConfig:
    """`subset` with canonical targets and absolute paths."""
    for name, path in (("costs", subset.costs), ("facts", subset.facts)):
        if path is not None and not Path(path).expanduser().is_file():
            problems.append(f"`subset.{name}` must be a CSV file, but {path} is none. Give another path.")
    if subset.rules.budget is not None and subset.costs is None:
        problems.append("`subset.rules.budget` needs the cost of each language, but `subset.costs` is missing.")
    return dataclasses.replace(
        subset,
        distance=_with_absolute_files(subset.distance),
        features=_with_absolute_files(subset.features),
        targets=canonical_languages(subset.targets, "subset.targets", problems),
        costs=_absolute(subset.costs),
        facts=_absolute(subset.facts),
    )


def _absolute(path: str | None) -> str | None:
    return None if path is None else str(Path(path).expanduser().resolve())


def _with_absolute_files(text: str) -> str:
    """A distance's text whose files are found from any working folder."""
    return re.sub(
        r"\b(file|features):([^()+]+)", lambda m: f"{m[1]}:{Path(m[2].strip()).expanduser().resolve()} ", text
    ).strip()
