"""The plan: which trials a sweep runs, with their languages resolved, and everything checked before any training.

Choosing happens here, on the driver; a trial is told its languages and never chooses.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from search_spaces.criteria import CRITERIA
from search_spaces.distances import DistanceMatrix, angular
from search_spaces.inventory import REALIGNMENT_LANGUAGES
from search_spaces.languages import ENGLISH, Language
from search_spaces.selection import select_subset
from search_spaces.subsets import LanguageSubset
from search_spaces.uriel import load_uriel
from sweep.arms import Arm
from sweep.config import SEARCH_PREFIX, SweepConfig
from sweep.folders import SweepFolder, problem_of_writing
from sweep.space import apply_point
from trainables.data_folder import DataError, DataFolder
from trainables.fingerprint import fingerprint
from trainables.mapping import ConfigError, to_mapping
from trainables.parallel_data import SOURCES
from trainables.run_config import RunConfig
from trainables.stage_store import StageStore


@dataclass(frozen=True, kw_only=True)
class PlannedTrial:
    """One trial, complete.

    name: unique, fit for file names (`max-sum-10-seed0`).
    arm, label: what it is compared as, for machines and for people.
    number, point: of a searched trial: the search's count and its hyper-parameters.
    """

    name: str
    arm: str
    label: str
    subset: LanguageSubset
    run: RunConfig
    number: int | None = None
    point: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def config(self) -> dict[str, Any]:
        """What Tune ships to the trial: plain data only."""
        subset = {
            "languages": list(self.subset.languages),
            "criterion": self.subset.criterion,
            "size": len(self.subset),
            "seed": self.subset.seed,
        }
        return {
            "name": self.name, "arm": self.arm, "label": self.label, "subset": subset, "seed": self.run.seed,
            "number": self.number, "point": dict(self.point),
            "run": to_mapping(self.run), "fingerprint": fingerprint(self.run),
        }  # fmt: skip


@dataclass(frozen=True)
class Chooser:
    """Turns an arm, or a point of the space, into a trial.

    Args:
        config: the sweep; `run.store` absolute.
        pool: the languages there are, sorted.
        distances: over the pool and English.
    """

    config: SweepConfig
    pool: tuple[Language, ...]
    distances: DistanceMatrix

    def trial(self, arm: Arm, seed: int) -> PlannedTrial:
        """The trial of `arm` with training seed `seed`."""
        subset = self.subset(arm)
        label = subset.label if arm.criterion != "given" else arm.name
        return PlannedTrial(
            name=f"{arm.name}-seed{seed}", arm=arm.name, label=label, subset=subset,
            run=dataclasses.replace(self.config.run, languages=subset.languages, seed=seed),
        )  # fmt: skip

    def searched_trial(self, number: int, point: Mapping[str, Any]) -> PlannedTrial:
        """The trial of a point that a search asked for; it trains with the first of the sweep's seeds."""
        criterion, size = point["subset.criterion"], point["subset.size"]
        seed = point.get("subset.seed", 0) if CRITERIA[criterion].uses_seed else None
        subset = self.subset(Arm(criterion=criterion, size=size, seed=seed))
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

    def subset(self, arm: Arm) -> LanguageSubset:
        """The languages of an arm."""
        if arm.criterion == "none":
            return LanguageSubset((), "none")
        if arm.criterion == "full":
            return LanguageSubset(self.pool, "full")
        if arm.criterion == "given":
            return LanguageSubset(tuple(Language(language) for language in arm.languages), "given")
        assert arm.size is not None  # checked with the config
        return select_subset(self.pool, arm.size, arm.criterion, self.distances, ENGLISH, arm.seed)


@dataclass(frozen=True)
class Plan:
    """All trials that are known before the search asks, and how to make the others."""

    config: SweepConfig
    chooser: Chooser
    trials: tuple[PlannedTrial, ...]

    @property
    def n_searched(self) -> int:
        """Trials that the search will ask for."""
        if not self.config.space:
            return 0
        if self.config.search.n_samples is not None:
            return self.config.search.n_samples
        n_points = 1
        for dimension in self.config.space.values():
            n_points *= len(dimension.bounds)
        return n_points

    @property
    def n_trials(self) -> int:
        """All of them."""
        return len(self.trials) + self.n_searched

    @property
    def n_realignments(self) -> int:
        """Distinct realignments among the planned trials: equal languages, settings and seed are one."""
        return len({fingerprint(trial.run) for trial in self.trials if trial.subset.languages})

    @property
    def n_steps(self) -> dict[str, int]:
        """Optimiser steps of the planned trials by stage: what a sweep costs, whatever the machine."""
        realign = sum(_n_realign_steps(trial.run) for trial in self.trials)
        return {"realign": realign, "finetune": sum(trial.run.finetune.n_steps for trial in self.trials)}


def make_plan(config: SweepConfig, folder: SweepFolder) -> Plan:
    """Opens the data, chooses the languages of every arm and checks everything a trial would stumble over.

    Raises:
        ConfigError: all problems at once: folders, sizes, languages without data, damaged files.
    """
    config = with_store(config, folder)
    problems = [
        problem_of_writing(Path(config.run.store), "Set `run.store` to a folder of yours."),
        problem_of_writing(folder.root, "Give another one with `--mlruns`."),
    ]
    if found := [problem for problem in problems if problem]:
        raise ConfigError(found)
    try:
        data = SOURCES[config.run.data.source](config.run.data, StageStore(Path(config.run.store)))
        chooser = make_chooser(config, data)
        _check_sizes(config, chooser)
        plan = Plan(config, chooser, tuple(chooser.trial(arm, seed) for seed in config.seeds for arm in config.arms))
        data.check(_languages_to_read(plan), data.pos_languages)
    except DataError as error:
        raise ConfigError([str(error)]) from None
    return plan


def describe(plan: Plan) -> str:
    """The plan for people: one line a trial, the languages of every subset, the cost."""
    n_pool = len(plan.chooser.pool)
    lines = [
        f"{plan.config.name}: {plan.n_trials} trials ({plan.n_searched} searched for), pool of {n_pool} languages",
        "",
    ]
    width = max((len(trial.name) for trial in plan.trials), default=0)
    lines += [f"  {trial.name:{width}}  {trial.label}, seed {trial.run.seed}" for trial in plan.trials]
    lines += ["", "subsets:"]
    for label, subset in {trial.label: trial.subset for trial in plan.trials if trial.subset.languages}.items():
        lines.append(f"  {label}: {' '.join(subset.languages)}")
    steps = plan.n_steps
    lines += [
        "",
        f"cost of the planned trials: {plan.n_realignments} distinct realignments in {steps['realign']:,} steps, "
        f"{len(plan.trials)} fine-tunings in {steps['finetune']:,} steps",
        f"each trial takes {plan.config.resources.cpu:g} CPUs and {plan.config.resources.gpu:g} GPUs",
    ]
    return "\n".join(lines)


def with_store(config: SweepConfig, folder: SweepFolder) -> SweepConfig:
    """`config` with an absolute stage store and the threads that a trial's CPU share allows."""
    run = config.run
    store = Path(run.store).expanduser().absolute() if run.store else folder.store
    n_threads = run.n_threads or max(1, int(config.resources.cpu))
    return dataclasses.replace(config, run=dataclasses.replace(run, store=str(store), n_threads=n_threads))


def make_chooser(config: SweepConfig, data: DataFolder) -> Chooser:
    """The pool (the given one, or the realignment languages that `data` has sentence pairs for) and its distances.

    Raises:
        ConfigError: languages of `pool` or of an arm that the data has no sentence pairs for, or an empty pool.
    """
    available = frozenset(data.bitext_languages)
    wanted = {"pool": config.pool} | {f"arms[{i}].languages": arm.languages for i, arm in enumerate(config.arms)}
    problems = []
    for path, languages in wanted.items():
        missing = [language for language in languages if language not in available]
        if missing:
            lacking = " ".join(missing)
            problems.append(f"`{path}` must have sentence pairs in the data, but {lacking} has none. Leave it out.")
        if ENGLISH in languages:
            problems.append(f"`{path}` must not hold {ENGLISH}: it is the other side of every pair. Delete it.")
    pool = tuple(Language(language) for language in config.pool) or tuple(
        language for language in REALIGNMENT_LANGUAGES if language in available
    )
    if not pool:
        problems.append("The pool must hold a language, but the data has no realignment language. Give other data.")
    if problems:
        raise ConfigError(problems)
    features = load_uriel((*pool, ENGLISH), config.distance.features, config.distance.source)
    return Chooser(config, pool, angular(features))


def _check_sizes(config: SweepConfig, chooser: Chooser) -> None:
    limit = len(chooser.pool)
    problems = [
        f"`arms[{i}].size` must be at most {limit} (languages in the pool), but is {arm.size}. Lower it."
        for i, arm in enumerate(config.arms)
        if arm.size is not None and arm.size > limit
    ]
    largest = max(config.space["subset.size"].bounds) if "subset.size" in config.space else 0
    if largest > limit:
        problems.append(f"`space.subset.size` must be at most {limit} (languages in the pool), but is up to {largest}.")
    if problems:
        raise ConfigError(problems)


def _languages_to_read(plan: Plan) -> tuple[Language, ...]:
    used = {language for trial in plan.trials for language in trial.subset.languages}
    return tuple(sorted(used | set(plan.chooser.pool if plan.config.space else ())))


def _n_realign_steps(run: RunConfig) -> int:
    if not run.languages:
        return 0
    if run.realign.budget == "total":
        return run.realign.n_steps
    return -(-len(run.languages) * run.realign.n_pairs_per_language // run.realign.batch_size)


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
