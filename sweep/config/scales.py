"""The key `scales` of a sweep file: named sets of settings, such as a reduction that shows in minutes that all works.

`--scale NAME` sets them as `--set` would, before what the command line sets itself, and gives the sweep a name of its
own, so that its records are never among those of the full one.
"""

import copy
import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from sweep.config.presets import find_preset
from sweep.config.sections import SweepConfig
from sweep.config.yaml_reader import read_yaml
from sweep.folders import NAME_PATTERN
from trainables.mapping import ConfigError, assign, field_type

SCALES = "scales"
NOT_SCALED = ("name", SCALES)


def settings_of(mapping: Mapping[str, Any], scale: str, where: str) -> dict[str, Any]:
    """Dotted key -> value, as a sweep file gives them for one scale.

    Args:
        mapping: the whole file. where: names it in messages.

    Raises:
        ConfigError: it has no such scale, or what it has is none.
    """
    scales = mapping.get(SCALES) or {}
    if not isinstance(scales, Mapping) or scale not in scales:
        there = ", ".join(map(str, scales)) if isinstance(scales, Mapping) and scales else "none"
        raise ConfigError([f"`--scale` must be one of the file's `scales` ({there}), but is {scale!r}."], where)
    settings = scales[scale]
    if problems := problems_of_settings(scale, settings):
        raise ConfigError(problems, where)
    return dict(settings)


def read_scale(source: str, scale: str) -> dict[str, Any]:
    """`settings_of` a preset or a file that has been found to be right."""
    return settings_of(read_yaml(find_preset(source)), scale, source)


def problems_of_settings(scale: str, settings: Any) -> list[str]:
    """One sentence for each thing that is no setting of a scale, whatever its value."""
    path = f"{SCALES}.{scale}"
    if not NAME_PATTERN.fullmatch(scale):
        return [
            f"`{path}` must be called by letters, digits, '.', '_' and '-', as it becomes a part of a folder's name. "
            "Rename it."
        ]
    if not isinstance(settings, Mapping):
        return [f"`{path}` must hold `dotted.key: value` pairs, but is {settings!r}."]
    problems = [f"`{path}` may not set `{key}`. Delete it." for key in NOT_SCALED if key in settings]
    for key, value in settings.items():
        if isinstance(value, Mapping) and _is_section(str(key)):
            problems.append(
                f"`{path}.{key}` is a section, and would replace all of it. Give its keys: `{key}.KEY: value`."
            )
    return problems


def problems_of_scales(scales: Mapping[str, Any], file: Mapping[str, Any], parse: Callable[[Any], object]) -> list[str]:
    """One sentence for each key and value of a scale that the file could not have itself.

    What a scale contradicts elsewhere is said when it is used.

    Args:
        file: the whole file, without what the command line has changed: a scale need not fit to that while it is not
            used. parse: raises ConfigError for a file that has problems.
    """
    problems = []
    for scale, settings in scales.items():
        if found := problems_of_settings(scale, settings):
            problems += found
            continue
        scaled = {key: copy.deepcopy(value) for key, value in file.items() if key != SCALES}
        try:
            for key, value in settings.items():
                assign(scaled, key, value)
            parse(scaled)
        except ConfigError as error:
            for problem in error.problems:
                if key := _key_of(problem, settings):
                    problems.append(f"`{SCALES}.{scale}.{key}`: {problem}")
    return list(dict.fromkeys(problems))


def settings_text(settings: Mapping[str, Any]) -> str:
    """`run.realign.n_steps=4, seeds=[17]`, as one would type them."""
    return ", ".join(f"{key}={value}" for key, value in settings.items())


def _is_section(dotted: str) -> bool:
    try:
        return dataclasses.is_dataclass(field_type(SweepConfig, dotted))
    except KeyError:  # not known, or below a name of the user's own
        return False


def _key_of(problem: str, settings: Mapping[str, Any]) -> str:
    """The setting that a problem is of: its key, one above or one below; "" = none."""
    named = problem.partition("`")[2].partition("`")[0] + "."
    return next(
        (key for key in settings if named.startswith((f"{key}.", f"{key}[")) or f"{key}.".startswith(named)), ""
    )
