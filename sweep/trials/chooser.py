"""The chooser: from an arm, or a point of the search space, to a trial with its languages.

Choosing happens here, on the driver, by search without proof: the same set on every machine, however slow. Whether it
is the optimum is what `realign-sweep select` tells.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from search_spaces.columns import COLUMNS, read_columns
from search_spaces.criteria.base import Draw
from search_spaces.criteria.parse import parse_criterion
from search_spaces.distances.features import FeatureMatrix
from search_spaces.distances.matrix import DistanceMatrix
from search_spaces.distances.sources import load_distances, load_features
from search_spaces.inventory import REALIGNMENT_LANGUAGES
from search_spaces.languages import ENGLISH, Language
from search_spaces.problem import SelectionProblem
from search_spaces.published.subsets import PUBLISHED
from search_spaces.rules import build_space, read_costs
from search_spaces.selection import select
from search_spaces.subsets import LanguageSubset
from sweep.config.arms import Arm
from sweep.config.sections import SEARCH_PREFIX, SweepConfig
from sweep.config.space import apply_point
from sweep.trials.planned_trial import PlannedTrial
from trainables.data.folder import DataFolder
from trainables.mapping import ConfigError
from trainables.parallel_data.announced import AnnouncedData


@dataclass(frozen=True)
class Chooser:
    """Turns an arm, or a point of the space, into a trial.

    Args:
        config: the sweep; `run.store` absolute.
        pool: the languages there are, sorted.
    """

    config: SweepConfig
    pool: tuple[Language, ...]
    _distances: dict[str, DistanceMatrix] = dataclasses.field(default_factory=dict, repr=False)

    def trial(self, arm: Arm, seed: int) -> PlannedTrial:
        """The trial of `arm` with training seed `seed`."""
        subset = self.subset(arm, seed)
        label = subset.label if arm.criterion != "given" else arm.name
        return PlannedTrial(
            name=f"{arm.name}-seed{seed}", arm=arm.name, label=label, subset=subset,
            run=dataclasses.replace(self.config.run, languages=subset.languages, seed=seed),
        )  # fmt: skip

    def searched_trial(self, number: int, point: Mapping[str, Any]) -> PlannedTrial:
        """The trial of a point that a search asked for; it trains with the first of the sweep's seeds."""
        subset = self.subset(arm_of_point(point))
        settings = {key: value for key, value in point.items() if not key.startswith("subset.")}
        shown = "".join(f" {key.split('.')[-1]}={_short(value)}" for key, value in sorted(settings.items()))
        run = dataclasses.replace(self.config.run, languages=subset.languages, seed=self.config.seeds[0])
        return PlannedTrial(
            name=self.searched_name(number), arm=f"{SEARCH_PREFIX}{number:04d}", label=subset.label + shown,
            subset=subset, run=apply_point(run, point), number=number, point=dict(point),
        )  # fmt: skip

    def searched_name(self, number: int) -> str:
        """Name of the searched trial number `number`."""
        return f"{SEARCH_PREFIX}{number:04d}-seed{self.config.seeds[0]}"

    def subset(self, arm: Arm, training_seed: int | None = None) -> LanguageSubset:
        """The languages of an arm.

        Args:
            training_seed: draws the paper's random subsets where the arm gives no seed, as in the paper's runs.

        Raises:
            ValueError: rules that cannot be met, or distances or facts that are lacking.
        """
        if arm.criterion == "none":
            return LanguageSubset((), "none")
        if arm.criterion == "full":
            return LanguageSubset(self.pool, "full")
        if arm.published and not arm.languages:
            return PUBLISHED[arm.published].draw(training_seed)
        if arm.criterion == "given":
            return LanguageSubset(tuple(Language(language) for language in arm.languages), "given")
        rules = self.config.subset.rules if arm.rules is None else arm.rules
        space = build_space(self.pool, arm.size, rules, self._columns, self._costs)
        problem = SelectionProblem(
            space=space,
            distances=self.distances(arm.distance or self.config.subset.distance),
            features=self._features if "feature-" in arm.criterion else None,
            columns=self._columns,
            anchor=ENGLISH,
            targets=tuple(Language(language) for language in self.config.subset.targets) or None,
        )
        return select(problem, arm.criterion, solver="local", seed=arm.seed, tolerance=arm.tolerance, n_random=0).subset

    def distances(self, text: str) -> DistanceMatrix:
        """The named distances over the pool, English and the targets; loaded once."""
        if text not in self._distances:
            targets = (Language(language) for language in self.config.subset.targets)
            self._distances[text] = load_distances(text, sorted({*self.pool, ENGLISH, *targets})).matrix
        return self._distances[text]

    @cached_property
    def _features(self) -> FeatureMatrix:
        return load_features(self.config.subset.features, sorted({*self.pool, ENGLISH})).matrix

    @cached_property
    def _columns(self) -> Mapping[str, Mapping[Language, str]]:
        facts = self.config.subset.facts
        return {**COLUMNS, **(read_columns(Path(facts)) if facts else {})}

    @cached_property
    def _costs(self) -> Mapping[Language, float]:
        return read_costs(Path(self.config.subset.costs)) if self.config.subset.costs else {}


def arm_of_point(point: Mapping[str, Any]) -> Arm:
    """The choice that a point's `subset.` keys describe; a seed counts only where it has a meaning."""
    criterion, tolerance = point["subset.criterion"], point.get("subset.tolerance")
    seed = point.get("subset.seed", 0)
    if isinstance(parse_criterion(criterion), Draw):
        tolerance = None
    elif tolerance is None:
        seed = None
    return Arm(
        criterion=criterion, size=point["subset.size"], seed=seed, tolerance=tolerance,
        distance=point.get("subset.distance"),
    )  # fmt: skip


def make_chooser(config: SweepConfig, data: DataFolder | AnnouncedData) -> Chooser:
    """The pool: the given one, the realignment languages that `data` has sentence pairs for, or ("all") all such ones.

    Raises:
        ConfigError: languages of `pool` or of an arm that the data has no sentence pairs for, or an empty pool.
    """
    available = frozenset(data.bitext_languages)
    named = () if isinstance(config.pool, str) else config.pool
    wanted = {"pool": named} | {f"arms[{i}].languages": arm.languages for i, arm in enumerate(config.arms)}
    problems = []
    for path, languages in wanted.items():
        missing = [language for language in languages if language not in available]
        if missing:
            have, them = ("has", "it") if len(missing) == 1 else ("have", "them")
            names = ", ".join(missing)
            problems.append(
                f"`{path}` must have sentence pairs in the data, but {names} {have} none. Leave {them} out."
            )
        if ENGLISH in languages:
            problems.append(f"`{path}` must not hold {ENGLISH}: it is the other side of every pair. Delete it.")
    pool = tuple(Language(language) for language in named) or tuple(
        language for language in REALIGNMENT_LANGUAGES if language in available
    )
    if config.pool == "all":
        pool = tuple(sorted(available - {ENGLISH}))
    if not pool:
        others = sorted(available - {ENGLISH})
        problems.append(
            "The pool must hold a language with sentence pairs. Left out it is the paper's 65 languages, but the data "
            + (f"has others ({', '.join(others[:5])}). Set `pool: all`, or name them." if others else "has no pairs.")
        )
    if problems:
        raise ConfigError(problems)
    return Chooser(config, pool)


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
