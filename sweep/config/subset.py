"""SubsetConfig: what every choice of languages in a sweep rests on - distances, facts, costs, rules."""

import dataclasses
import os
from dataclasses import dataclass

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
    costs: CSV file with the columns `language` and `cost`.
    facts: CSV file with the column `language` and further ones, for rules and stratified draws.
    """

    distance: str = "featural"
    features: str = "syntactic"
    targets: tuple[str, ...] = ()
    rules: SubsetRules = SubsetRules()
    costs: str | None = None
    facts: str | None = None


def checked_subset(subset: SubsetConfig, problems: list[str], has_files: bool = True) -> SubsetConfig:
    """`subset` with canonical targets.

    Args:
        has_files: whether its files must be there.
    """
    for name, path in (("costs", subset.costs), ("facts", subset.facts)):
        if has_files and path is not None and not os.path.isfile(os.path.expanduser(path)):
            problems.append(f"`subset.{name}` must be a CSV file, but {path} is none. Give another path.")
    if subset.rules.budget is not None and subset.costs is None:
        problems.append("`subset.rules.budget` needs the cost of each language, but `subset.costs` is missing.")
    targets = canonical_languages(subset.targets, "subset.targets", problems)
    return dataclasses.replace(subset, targets=targets)
