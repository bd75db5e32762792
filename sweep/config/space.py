"""The searched part of a sweep: which hyper-parameters may vary, and over what.

A dimension is one of choice, uniform, loguniform (both ends included) and randint (both ends included). The language
subset is searched through `subset.criterion`, `subset.size`, `subset.seed`, `subset.tolerance` and `subset.distance`,
beside ordinary fields such as `realign.temperature`; or the very set is searched, and only the ordinary fields are
here.
"""

import itertools
from collections.abc import Mapping
from typing import Any

from sweep.config.dimensions import SUBSET_KEYS
from sweep.config.sections import SweepConfig
from trainables.mapping import assign, from_mapping, to_mapping
from trainables.run_config import RunConfig

SCREEN = "subset.screen"
"""In the point of a trial that screens a single language."""

N_IN_TURN = 8
"""Training seeds at least: what one of them adds to some languages is an eighth of what is learned of these."""


def sizes_of(size: int | tuple[int, int] | None) -> tuple[int | None, int | None]:
    """(least, most) languages of a searched set; (None, None) where only a budget limits it."""
    return (size, size) if size is None or isinstance(size, int) else (size[0], size[1])


def n_repeats(config: SweepConfig) -> int:
    """Trials that repeat the best sets with further seeds, at most."""
    repeats = config.search.repeats
    return repeats.top * len(repeats.seeds) if config.search.of_sets else 0


def planned_seeds(config: SweepConfig) -> tuple[int, ...]:
    """Training seeds of the arms: those of the sweep, then those that repeat the best sets.

    So a searched set meets every arm on seeds that it was not chosen for.
    """
    repeated = config.search.repeats.seeds if config.search.of_sets else ()
    return tuple(dict.fromkeys((*config.seeds, *repeated)))


def search_seeds(config: SweepConfig) -> tuple[int, ...]:
    """Training seeds of the sets that a search tries, in turn: a number's is the one at its remainder.

    In turn: the sweep's own, then the smallest others up to `N_IN_TURN`; none that repeats the best sets, as these are
    judged on seeds that they were not chosen for.
    """
    if config.search.training_seeds == "first" or not config.search.of_sets:
        return config.seeds[:1]
    repeated = set(config.search.repeats.seeds)
    own = [seed for seed in config.seeds if seed not in repeated]
    others = (seed for seed in itertools.count() if seed not in repeated and seed not in own)
    return (*own, *itertools.islice(others, max(0, N_IN_TURN - len(own))))


def n_planned(config: SweepConfig) -> int:
    """Trials of the whole sweep: arms, and those that the search asks for."""
    return len(config.arms) * len(planned_seeds(config)) + n_searched(config)


def n_searched(config: SweepConfig) -> int:
    """Trials that the search asks for, repeats included."""
    if config.search.is_empty(config.space):
        return 0
    if config.search.n_samples is not None:
        return config.search.n_samples + n_repeats(config)
    n_points = 1
    for dimension in config.space.values():
        n_points *= len(dimension.bounds)
    return n_points


def is_screening(point: Mapping[str, Any]) -> bool:
    """Whether a search asked for a point for what it tells about others: it is no answer."""
    return bool(point.get(SCREEN))


def apply_point(run: RunConfig, point: Mapping[str, Any]) -> RunConfig:
    """`run` with the fields that `point` names (its `subset.` keys aside).

    Raises:
        ConfigError: a value that its field cannot hold.
    """
    mapping: dict[str, Any] = to_mapping(run)
    for key, value in point.items():
        if key not in SUBSET_KEYS and key != SCREEN:
            assign(mapping, key, value)
    return from_mapping(RunConfig, mapping, "run")
