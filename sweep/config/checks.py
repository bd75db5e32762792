"""Every check of a sweep file that needs no data. Each problem is one sentence: rule, value, remedy."""

import itertools
from collections.abc import Mapping
from typing import Any

from search_spaces.criteria.parse import parse_criterion
from search_spaces.inventory import REALIGNMENT_LANGUAGES
from sweep.config.dimensions import SET_SEARCHES, SUBSET_KEYS, WARM, Dimension
from sweep.config.rungs import rungs_of
from sweep.config.sections import SEARCH_PREFIX, SweepConfig
from sweep.config.space import apply_point, sizes_of
from sweep.folders import NAME_PATTERN, problem_of_study
from trainables.mapping import ConfigError, convert, field_type, to_mapping
from trainables.run_checks import problems_of_settings
from trainables.run_config import RunConfig
from trainables.signals import TIME_OF
from trainables.store.secrets import paths_of_secrets

N_CHECKED_POINTS = 256  # of a space: corners of a box, combinations of choices
MAX_OF_POINTS = 8


def problems_of_names(config: SweepConfig) -> list[str]:
    """Names become file names."""
    names = {"name": config.name} | {f"arms[{i}].name": arm.name for i, arm in enumerate(config.arms) if arm.name}
    problems = [
        f"`{path}` must be made of letters, digits, '.', '_' and '-', but is {name!r}. It becomes a file name."
        for path, name in names.items()
        if name is not None and not NAME_PATTERN.fullmatch(str(name))
    ]
    return problems + [problem for problem in [problem_of_study(str(config.study))] if problem]


def problems_of_secrets(config: SweepConfig) -> list[str]:
    """The contents of a config are copied into records, MLflow and reports."""
    return [
        f"`{path}` must hold no password or token, as it is copied into records and reports, but does. Leave it out of "
        "the URL: fsspec takes it from the environment (FSSPEC_SFTP_PASSWORD ...) or from ~/.config/fsspec/*.json."
        for path in paths_of_secrets(to_mapping(config))
    ]


def problems_of_resources(config: SweepConfig) -> list[str]:
    """What is chosen is not given as well."""
    resources = config.resources
    if not resources.auto or (resources.cpu == 1.0 and resources.gpu is None):
        return []
    return [
        "`resources.auto` chooses `cpu` and `gpu`, so neither may be given, but `cpu` is "
        f"{resources.cpu:g} and `gpu` is {'null' if resources.gpu is None else f'{resources.gpu:g}'}. Delete them, or "
        "`auto`."
    ]


def problems_of_arms(config: SweepConfig) -> list[str]:
    """Arms differ by name and fit into the pool."""
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
        if arm.size is not None and arm.size > size_limit and config.pool != "all":  # then the data says
            problems.append(
                f"`arms[{i}].size` must be at most {size_limit} (languages in the pool), but is {arm.size}. Lower it."
            )
    if not config.arms and config.search.is_empty(config.space):
        problems.append("A sweep must have something to run, but both `arms` and `space` are empty.")
    return problems


def problems_of_numbers(config: SweepConfig) -> list[str]:
    """Seeds and resources: what their ranges do not say."""
    problems = []
    if not config.seeds or len(set(config.seeds)) < len(config.seeds):
        problems.append(f"`seeds` must be one or more different integers, but is {list(config.seeds)}.")
    gpu, device = config.resources.gpu, config.run.device
    if device.startswith("cuda:"):
        problems.append(f"`run.device` must leave the card to Ray in a sweep, but is {device!r}. Use 'auto'.")
    if gpu == 0 and device.startswith("cuda"):
        problems.append(f"`run.device` is {device!r}, but `resources.gpu: 0` reserves none. Reserve one, or a share.")
    if gpu and device == "cpu":
        problems.append(f"`run.device` is 'cpu', but `resources.gpu: {gpu:g}` reserves a GPU. Set it to 0.")
    if config.cluster.autoscaling and config.concurrency is None:
        problems.append(
            "`concurrency` must say how many trials an autoscaling cluster may run at a time, but is missing. Set it, "
            "or delete `cluster.autoscaling`."
        )
    return problems


def problems_of_space(space: Mapping[str, Dimension], kind: str, n_samples: int | None) -> list[str]:
    """One sentence for each thing that is wrong with a space and the search over it."""
    problems = []
    for key, dimension in space.items():
        found = _problem_of_shape(key, dimension) or _problem_of_key(key)
        problems += [found] if found else _problems_of_values(key, dimension)
        if not found and kind == "grid" and dimension.kind != "choice":
            problems.append(
                f"`space.{key}` must be a choice in a grid, but is {dimension.kind}. Use `search.kind: random`."
            )
    if kind in SET_SEARCHES:
        return problems + [
            f"`space.{key}` has no meaning where sets are searched (`search.kind: {kind}`). Use `search.size` and "
            "`subset.rules`."
            for key in space
            if key in SUBSET_KEYS
        ]
    if space and not {"subset.criterion", "subset.size"} <= space.keys():
        problems.append("`space` must hold `subset.criterion` and `subset.size`, but lacks one. Add `{choice: [...]}`.")
    if space and kind == "grid" and n_samples is not None:
        problems.append(f"`search.n_samples` has no meaning for a grid, but is {n_samples}. Delete it.")
    if space and kind in ("random", "optuna") and n_samples is None:
        problems.append(f"`search.n_samples` must be given for `search.kind: {kind}`, but is missing.")
    return problems


def problems_of_search(config: SweepConfig) -> list[str]:
    """One sentence for each thing that is wrong with `search`, but what `problems_of_space` says."""
    search, repeats, problems = config.search, config.search.repeats, []
    if search.objective == "retrieval" and not config.run.evaluate.n_retrieval:
        problems.append(
            "`search.objective: retrieval` needs the probe, but `run.evaluate.n_retrieval` is 0. Set it, e.g. 99."
        )
    if search.objective == "retrieval" and "during" in protocols_of(config):
        problems.append(
            "`search.objective: retrieval` needs a realigned encoder before fine-tuning, but `realign.protocol` is "
            "'during'. Use `before`."
        )
    if search.is_empty(config.space) and (search.n_samples is not None or search.kind != "grid"):
        problems.append(
            f"`search` needs a `space` for points (`search.kind: {search.kind}`), but there is none. Add one, or "
            "search for sets: `search.kind: subset-gp`."
        )
    if search.warm_start and search.kind != WARM:
        problems.append(
            f"`search.warm_start` is for `search.kind: {WARM}` only, but that is {search.kind!r}. Delete one."
        )
    if search.screen != "none" and search.kind != WARM:
        problems.append(f"`search.screen` is for `search.kind: {WARM}` only, but that is {search.kind!r}. Delete one.")
    if search.screen != "none" and config.scheduler.kind != "none":
        problems.append(
            "`search.screen` tries single languages, which no scheduler can compare with sets, but `scheduler.kind` "
            f"is {config.scheduler.kind!r}. Delete one."
        )
    if search.n_screen is not None and search.screen == "none":
        problems.append(f"`search.n_screen` is for `search.screen: singles`, but is {search.n_screen}. Delete it.")
    if not search.of_sets:
        if search.size is not None:
            problems.append(
                f"`search.size` is for a search of sets, but `search.kind` is {search.kind!r}. Use `space.subset.size`."
            )
        if repeats.seeds:
            problems.append(
                f"`search.repeats` is for a search of sets, but `search.kind` is {search.kind!r}. Delete it, or use "
                "`search.kind: subset-gp`."
            )
        return problems
    if search.n_samples is None:
        problems.append(f"`search.n_samples` must be given for `search.kind: {search.kind}`, but is missing.")
    least, most = sizes_of(search.size)
    if most is None and config.subset.rules.budget is None:
        problems.append("`search.size` must be given, or a `subset.rules.budget`, but both are missing.")
    if most is not None and (least or 1) > most:
        problems.append(f"`search.size` must go from few to many, but is {list(sizes_of(search.size))}. Swap the two.")
    if len({*repeats.seeds}) < len(repeats.seeds):
        problems.append(f"`search.repeats.seeds` must be different, but are {list(repeats.seeds)}. Change one.")
    if not search.distances:
        problems.append("`search.distances` must name a distance for a search of sets, but is empty. Delete it.")
    if config.seeds and config.seeds[0] in repeats.seeds:
        problems.append(
            f"`search.repeats.seeds` must be further seeds, but {config.seeds[0]} (the first of `seeds`) is one of "
            "searched trials. Leave it out."
        )
    return problems


def _problem_of_shape(key: str, dimension: Dimension) -> str | None:
    given = [kind for kind in ("choice", "uniform", "loguniform", "randint") if getattr(dimension, kind) is not None]
    if len(given) != 1:
        return f"`space.{key}` must be exactly one of choice, uniform, loguniform, randint, but is {given or 'none'}."
    bounds = dimension.bounds
    if dimension.choice is not None:
        if not bounds or len(set(map(repr, bounds))) < len(bounds):
            return f"`space.{key}.choice` must hold different values, but is {list(bounds)}."
        return None
    if not bounds[0] < bounds[1]:
        return f"`space.{key}.{dimension.kind}` must go from a lower to a higher value, but is {list(bounds)}."
    if dimension.loguniform is not None and bounds[0] <= 0:
        return f"`space.{key}.loguniform` must be above 0, but begins at {bounds[0]}."
    return None


def _problem_of_key(key: str) -> str | None:
    if key in SUBSET_KEYS:
        return None
    if key.startswith("subset."):
        return f"`space.{key}` must be one of {', '.join(SUBSET_KEYS)}."
    if key.split(".")[0] in ("seed", "languages", "data"):
        return f"`space.{key}` cannot be searched: it decides what is compared. Use `seeds`, `arms` or another sweep."
    try:
        field_type(RunConfig, key)
    except KeyError as error:
        return f"`space.{key}` must be a field of `run`. {error.args[0]}"
    return None


def _problems_of_values(key: str, dimension: Dimension) -> list[str]:
    """Both ends, or every choice, must be values that the field can hold."""
    problems: list[str] = []
    for value in dimension.bounds:
        if key in SUBSET_KEYS:
            problems += _problems_of_subset_value(key, value)
            continue
        try:
            apply_point(RunConfig(), {key: value})
        except ConfigError as error:
            problems += [p.replace("`run.", "`space.") for p in error.problems]
    return problems


def _problems_of_subset_value(key: str, value: Any) -> list[str]:
    """An arm is made of a point's `subset.` keys, so they keep its ranges; none of them may be missing."""
    problems: list[str] = []
    convert(value, SUBSET_KEYS[key], f"space.{key}", problems)
    if key == "subset.criterion" and not problems:
        try:
            parse_criterion(value)
        except ValueError as error:
            return [f"`space.{key}`: {error}"]
    return problems


def problems_of_points(config: SweepConfig) -> list[str]:
    """One sentence for each way in which values of the space contradict each other, or the rest of `run`."""
    keys = [key for key in config.space if key not in SUBSET_KEYS]
    problems: list[str] = []
    for values in itertools.islice(itertools.product(*(config.space[key].bounds for key in keys)), N_CHECKED_POINTS):
        point = dict(zip(keys, values, strict=True))
        found = problems_of_settings(apply_point(config.run, point)) if point else []
        at = ", ".join(f"{key}: {value}" for key, value in point.items())
        problems += [f"`space` with {at}: {problem}" for problem in found]
    return problems[:MAX_OF_POINTS]


def protocols_of(config: SweepConfig) -> set[Any]:
    """When trials may realign, by `run` and `space`."""
    if "realign.protocol" in config.space:
        return set(config.space["realign.protocol"].bounds)
    return {config.run.realign.protocol}


def problems_of_scheduler(config: SweepConfig) -> list[str]:
    """One sentence for each thing that is wrong with `scheduler`."""
    scheduler, run = config.scheduler, config.run
    if scheduler.kind == "none":
        return []
    problems = []
    if config.search.is_empty(config.space):
        problems.append("`scheduler` may stop searched trials only, but nothing is searched. Add a `search`.")
    if scheduler.metric == "retrieval_so_far":
        if not run.evaluate.n_retrieval:
            problems.append(
                "`scheduler.metric: retrieval_so_far` needs the probe, but `run.evaluate.n_retrieval` is 0."
            )
        if "during" in protocols_of(config):
            problems.append(
                "`scheduler.metric: retrieval_so_far` never appears where realignment happens during fine-tuning. "
                "Use `score_so_far` or `run.realign.protocol: before`."
            )
    elif config.search.objective == "retrieval":
        problems.append(
            "`scheduler.metric: score_so_far` is of tasks, but `search.objective` is 'retrieval'. Use "
            "`retrieval_so_far`."
        )
    elif len(run.tasks) < 2:
        problems.append(
            "`scheduler.metric: score_so_far` needs two tasks or more to stop between them, but `run.tasks` is "
            f"{list(run.tasks)}. Use `retrieval_so_far`."
        )
    if not rungs_of(scheduler, run) and not problems:
        problems.append(
            f"`scheduler.grace` must leave a rung to stop at (in {TIME_OF[scheduler.metric]}), but is "
            f"{scheduler.grace:g}. Lower it."
        )
    if scheduler.kind == "hyperband" and len(rungs_of(scheduler, run)) == 1:
        problems.append("`scheduler.kind: hyperband` needs two rungs or more, but there is 1. Use `asha`.")
    return problems
