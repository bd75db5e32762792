"""SweepConfig: what a sweep compares and how, from a preset or a YAML file plus overrides.

A file holds differences from the defaults only. Everything wrong with it is reported at once, before any data is read;
what needs data (is the pool large enough?) is checked in `plan.py`.
"""

import dataclasses
import importlib.resources
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from search_spaces.inventory import REALIGNMENT_LANGUAGES
from search_spaces.registry import nearest_names
from sweep.config.arms import Arm, arm_mapping, canonical_languages, checked_arm
from sweep.config.run_settings import problems_of_run, with_absolute_paths
from sweep.config.rungs import problems_of_scheduler
from sweep.config.space import SET_SEARCHES, Dimension, problems_of_search, problems_of_space
from sweep.config.subset import SubsetConfig, checked_subset
from sweep.config.yaml_reader import parse_yaml, read_yaml
from sweep.folders import NAME_PATTERN
from trainables.mapping import ConfigError, assign, from_mapping, to_mapping
from trainables.run_config import RunConfig

SEARCH_PREFIX = "search-"
DECIDED_BY_ARMS = {"languages": "`arms`", "seed": "`seeds`"}


def execution(default: Any) -> Any:
    """A field that says how to run a sweep, not what it computes: it may differ when a sweep is continued."""
    return dataclasses.field(default=default, metadata={"identity": False})


@dataclass(frozen=True, kw_only=True)
class RepeatConfig:
    """A second look at the best sets when all others are over: the `top` ones by posterior mean are trained again.

    seeds: training seeds, the same for each of these sets, so that they are compared in pairs; none = no second look.
    """

    top: int = 5
    seeds: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SearchConfig:
    """What is searched for after all arms: points of `space`, or sets of languages, and how.

    kind: of points: "grid" (every combination, in order), "random" or "optuna" (TPE: Bergstra et al. 2011); the set is
        then chosen by the point's criterion. Of sets: "random-sets" or another searcher of
        `search_spaces.searchers` ("subset-gp", "evolution" ...); the sets keep `subset.rules`.
    n_samples: number of trials; needed for all but "grid", not allowed for it.
    seed: of the search.
    size: of the sets: languages, or [least, most]; may be left out with a budget in `subset.rules`.
    distances: of a set search: the ways in which languages may be close, see `SubsetConfig.distance`.
    riding: how the ordinary hyper-parameters of `space` that ride along with a set are drawn.
    repeats: of a set search: further seeds for the best sets.
    languages: whose dev scores a search is told: "all", "seen", "unseen" (in pre-training) or a list.
    hold_out_frac, hold_out_seed: share of these that is put aside, for `confirm` to judge what the search never saw.
    warm_start: of "subset-gp": where earlier scores of sets come from: names of sweeps beside this one, or
        "published-pos", "published-nli" (the paper's). Other tasks and encoders are welcome, see `warm_start.py`.
    """

    kind: str = "grid"
    n_samples: int | None = None
    seed: int = 0
    size: int | tuple[int, int] | None = None
    distances: tuple[str, ...] = ("featural", "genetic", "geographic")
    riding: Literal["random", "optuna"] = "random"
    repeats: RepeatConfig = RepeatConfig()
    languages: str | tuple[str, ...] = "all"
    hold_out_frac: float = 0.0
    hold_out_seed: int = 0
    warm_start: tuple[str, ...] = ()

    @property
    def of_sets(self) -> bool:
        """Whether sets of languages are searched, not points."""
        return self.kind in SET_SEARCHES

    def is_empty(self, space: Mapping[str, Dimension]) -> bool:
        """Whether nothing is searched."""
        return not (space or self.of_sets)


@dataclass(frozen=True, kw_only=True)
class SchedulerConfig:
    """Whether a searched trial may be stopped early; arms never are, as everything is compared with them.

    kind: "none", "asha" (Li et al. 2020, "A System for Massively Parallel Hyperparameter Tuning"), "hyperband" (section
        3.3 there: asynchronous; trials take turns in whether the first rungs may stop them) or "median" (Golovin et al.
        2017, "Google Vizier", section 3.2).
    metric: what is compared (see `rungs.py`): "retrieval_so_far" after the parts of realignment that
        `run.evaluate.probe_at` names and after all of it, or "score_so_far" after each task but the last.
    grace: no trial is stopped earlier: a share of the realignment, or a number of tasks.
    reduction_factor: one of so many trials goes on at a rung; of "median" without meaning.
    min_samples: of "median": so many other trials must have reached the rung.
    """

    kind: Literal["none", "asha", "hyperband", "median"] = "none"
    metric: Literal["retrieval_so_far", "score_so_far"] = "retrieval_so_far"
    grace: float = 0.0
    reduction_factor: int = 3
    min_samples: int = 3


@dataclass(frozen=True, kw_only=True)
class TrialResources:
    """What Ray reserves for one trial. A fraction of a GPU is a share: 0.25 puts four trials on one."""

    cpu: float = 1.0
    gpu: float = 0.0


@dataclass(frozen=True, kw_only=True)
class ClusterConfig:
    """The local Ray that is started without `--address`: its CPUs and GPUs (None = those this process may use)."""

    cpus: int | None = None
    gpus: int | None = None


@dataclass(frozen=True, kw_only=True)
class SweepConfig:
    """One sweep.

    name: of its folder and its parent run. study: the MLflow experiment, shared by sweeps that belong together.
    run: what all trials have in common. arms x seeds: the planned trials; `seeds` are training seeds.
    space: dotted hyper-parameter -> what to draw from; "subset.criterion", "subset.size", "subset.seed" or a field of
        `run` ("realign.temperature"); beside a search of sets, fields of `run` only.
    search, scheduler: how; which trials are stopped early.
    pool: languages to choose from; empty = the realignment languages that the data has sentence pairs for.
    concurrency: trials at a time at most; None = as many as the resources hold.
    """

    name: str
    study: str = execution("realign-sweep")
    description: str = execution("")
    run: RunConfig = RunConfig()
    arms: tuple[Arm, ...] = (Arm(criterion="none"), Arm(criterion="full"))
    seeds: tuple[int, ...] = (0, 1)
    space: dict[str, Dimension] = dataclasses.field(default_factory=dict)
    search: SearchConfig = SearchConfig()
    scheduler: SchedulerConfig = SchedulerConfig()
    subset: SubsetConfig = SubsetConfig()
    pool: tuple[str, ...] = ()
    resources: TrialResources = execution(TrialResources())
    cluster: ClusterConfig = execution(ClusterConfig())
    concurrency: int | None = execution(None)


def load_config(
    source: str, *, name: str | None = None, data: str | None = None, overrides: Iterable[str] = ()
) -> SweepConfig:
    """The sweep described by a preset's name or a YAML file.

    Args:
        source: "quickstart" or "path/to/sweep.yaml".
        name: instead of the file's `name` (default: the file's own name).
        data: a data folder, instead of `run.data`.
        overrides: "dotted.key=value" with the value in YAML.

    Raises:
        ConfigError: every problem of the file and the overrides.
        ValueError: the file is missing or no YAML.
    """
    path = find_preset(source)
    mapping = read_yaml(path)
    if not isinstance(mapping, dict):
        raise ConfigError([f"it must hold `key: value` pairs, but is {mapping!r}"], str(path))
    mapping.setdefault("name", source.replace("/", "-") if source in presets() else path.stem)
    for override in overrides:
        dotted, equals, text = override.partition("=")
        if not equals or not dotted.strip():
            raise ConfigError([f"`--set` must be given `dotted.key=value`, but is {override!r}."])
        assign(mapping, dotted.strip(), parse_yaml(text, f"--set {dotted}") if text.strip() else "")
    if name is not None:
        mapping["name"] = name
    if data is not None:
        assign(mapping, "run.data.source", "folder")
        assign(mapping, "run.data.root", data)
    return parse_config(mapping, str(path))


def parse_config(mapping: Mapping[str, Any], where: str = "The configuration") -> SweepConfig:
    """A checked SweepConfig with canonical language tags, complete arm names and an absolute data folder.

    Raises:
        ConfigError: with all problems.
    """
    problems: list[str] = []
    prepared = dict(mapping)
    if isinstance(prepared.get("arms"), list):
        prepared["arms"] = [arm_mapping(arm) for arm in prepared["arms"]]
    config = from_mapping(SweepConfig, prepared, problems=problems)
    given_run: Any = mapping.get("run")
    for key in sorted(DECIDED_BY_ARMS.keys() & given_run.keys()) if isinstance(given_run, dict) else ():
        if given_run[key] not in ((), [], 0):
            problems.append(f"`run.{key}` is decided by {DECIDED_BY_ARMS[key]}, but is {given_run[key]!r}. Delete it.")
    problems += _problems_of_names(config)
    config = dataclasses.replace(
        config,
        arms=tuple(checked_arm(arm, f"arms[{i}]", problems) for i, arm in enumerate(config.arms)),
        pool=canonical_languages(config.pool, "pool", problems),
        subset=checked_subset(config.subset, problems),
        search=_with_canonical_languages(config.search, problems),
        run=with_absolute_paths(config.run),
    )
    problems += _problems_of_arms(config) + _problems_of_numbers(config) + problems_of_run(config.run)
    problems += problems_of_space(config.space, config.search.kind, config.search.n_samples)
    problems += problems_of_search(config) + problems_of_scheduler(config)
    if problems:
        raise ConfigError(list(dict.fromkeys(problems)), where)
    return config


def presets() -> dict[str, Path]:
    """Name -> file of the packaged presets, sorted."""
    folder = Path(str(importlib.resources.files("sweep") / "presets"))
    return {path.relative_to(folder).with_suffix("").as_posix(): path for path in sorted(folder.rglob("*.yaml"))}


def find_preset(source: str) -> Path:
    """The file behind a preset's name or a path.

    Raises:
        ValueError: neither exists.
    """
    path = Path(source).expanduser()
    if path.suffix in (".yaml", ".yml"):
        if not path.is_file():
            raise ValueError(f"The sweep file must exist, but {path} does not. Presets are: {', '.join(presets())}.")
        return path
    if source not in presets():
        near = nearest_names(source, list(presets()))
        raise ValueError(f"A sweep must be a preset or a .yaml file, but is {source!r}. Nearest presets: {near}.")
    return presets()[source]


def saved_config(path: Path) -> SweepConfig:
    """The config that a sweep's folder holds."""
    return parse_config(read_yaml(path), str(path))


def as_mapping(config: SweepConfig) -> dict[str, Any]:
    """The complete config in plain data, without the parts of a dimension that are not set."""
    mapping: dict[str, Any] = to_mapping(config)
    for dimension in mapping["space"].values():
        for key in [k for k, v in dimension.items() if v is None]:
            del dimension[key]
    return mapping


def _with_canonical_languages(search: SearchConfig, problems: list[str]) -> SearchConfig:
    if not 0 <= search.hold_out_frac < 1:
        problems.append(f"`search.hold_out_frac` must be at least 0 and below 1, but is {search.hold_out_frac}.")
    if isinstance(search.languages, str):
        if search.languages not in ("all", "seen", "unseen"):
            problems.append(f"`search.languages` must be all, seen, unseen or a list, but is {search.languages!r}.")
        return search
    languages = canonical_languages(search.languages, "search.languages", problems)
    return dataclasses.replace(search, languages=languages)


def _problems_of_names(config: SweepConfig) -> list[str]:
    names = {"name": config.name} | {f"arms[{i}].name": arm.name for i, arm in enumerate(config.arms) if arm.name}
    return [
        f"`{path}` must be made of letters, digits, '.', '_' and '-', but is {name!r}. It becomes a file name."
        for path, name in names.items()
        if name is not None and not NAME_PATTERN.fullmatch(str(name))
    ]


def _problems_of_arms(config: SweepConfig) -> list[str]:
    problems = []
    names = [arm.name for arm in config.arms]
    for name in sorted({name for name in names if names.count(name) > 1}):
        n = names.count(name)
        problems.append(f"`arms` must have different names, but {name!r} occurs {n} times. Give each a `name`.")
    for i, arm in enumerate(config.arms):
        if arm.name.startswith(SEARCH_PREFIX):
            problems.append(
                f"`arms[{i}].name` must not begin with {SEARCH_PREFIX!r} (the search's), but is {arm.name!r}."
            )
        size_limit = len(config.pool) or len(REALIGNMENT_LANGUAGES)
        if arm.size is not None and arm.size > size_limit:
            problems.append(
                f"`arms[{i}].size` must be at most {size_limit} (languages in the pool), but is {arm.size}. Lower it."
            )
    if not config.arms and config.search.is_empty(config.space):
        problems.append("A sweep must have something to run, but both `arms` and `space` are empty.")
    return problems


def _problems_of_numbers(config: SweepConfig) -> list[str]:
    problems = []
    if not config.seeds or len(set(config.seeds)) < len(config.seeds):
        problems.append(f"`seeds` must be one or more different integers, but is {list(config.seeds)}.")
    # Ray places one trial on one node: two GPUs and a half would be neither a share nor a whole.
    if config.resources.gpu < 0 or (config.resources.gpu > 1 and config.resources.gpu % 1):
        gpu = config.resources.gpu
        problems.append(f"`resources.gpu` must be a fraction of one GPU or a whole number, but is {gpu}.")
    if config.resources.cpu <= 0:
        problems.append(f"`resources.cpu` must be more than 0, but is {config.resources.cpu}.")
    if config.concurrency is not None and config.concurrency < 1:
        problems.append(f"`concurrency` must be at least 1, or null for no limit, but is {config.concurrency}.")
    return problems
