"""SweepConfig: what a sweep compares and how, from a preset or a YAML file plus overrides.

A file holds differences from the defaults only. Everything wrong with it is reported at once, before any data is read;
what needs data (is the pool large enough?) is checked in `plan.py`.
"""

import copy
import dataclasses
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from search_spaces.plugins import PluginError, load_plugins
from search_spaces.reading import DataError
from sweep.config.arms import arm_mapping, canonical_languages, checked_arm
from sweep.config.checks import (
    problems_of_arms,
    problems_of_names,
    problems_of_numbers,
    problems_of_points,
    problems_of_resources,
    problems_of_scheduler,
    problems_of_search,
    problems_of_secrets,
    problems_of_space,
)
from sweep.config.own_languages import taken_languages
from sweep.config.paths import absolute, with_absolute_paths
from sweep.config.presets import find_preset, presets
from sweep.config.run_settings import problems_of_run
from sweep.config.scales import SCALES, problems_of_scales, settings_of
from sweep.config.sections import (
    SearchConfig,
    SweepConfig,
)
from sweep.config.subset import checked_subset
from sweep.config.yaml_reader import parse_document, parse_yaml, read_document, read_yaml_text, write_yaml
from trainables.mapping import ConfigError, assign, from_mapping, to_mapping
from trainables.run_checks import OF_HUB

DIGEST_LINE = "# SHA-256 of what follows: "
AUTO = "auto"
DECIDED_BY_ARMS = {"languages": "`arms`", "seed": "`seeds`"}


def load_config(
    source: str,
    *,
    name: str | None = None,
    data: str | None = None,
    languages: str | None = None,
    scale: str | None = None,
    overrides: Iterable[str] = (),
) -> SweepConfig:
    """The sweep described by a preset's name or a YAML file.

    Args:
        source: "quickstart" or "path/to/sweep.yaml".
        name: instead of the file's `name` (default: the file's own name).
        data: a data folder, instead of what the file takes from the hub.
        languages: a table of languages of the user's own, instead of the key `languages`.
        scale: a name in the file's `scales`, whose settings come before `overrides`; appended to the file's name.
        overrides: "dotted.key=value" with the value in YAML.

    Raises:
        ConfigError: every problem of the file and the overrides.
        ValueError: the file is missing or no YAML.
    """
    path = find_preset(source)
    document = read_document(path)
    mapping = document.value
    if not isinstance(mapping, dict):
        raise ConfigError([f"it must hold `key: value` pairs, but is {mapping!r}"], str(path))
    mapping.setdefault("name", source.replace("/", "-") if source in presets() else path.stem)
    origins = {key: f"{path.name}, line {line}: " for key, line in document.lines.items()}
    file = copy.deepcopy(mapping)
    if scale is not None:
        for dotted, value in settings_of(mapping, scale, str(path)).items():
            assign(mapping, dotted, value)
            origins = {key: origin for key, origin in origins.items() if not _is_below(key, dotted)}
            origins[dotted] = f"--scale {scale}: "
        mapping["name"] = f"{mapping['name']}-{scale}"
        del mapping[SCALES]
    for override in overrides:
        dotted, equals, text = (part.strip() for part in override.partition("="))
        if not equals or not dotted:
            raise ConfigError([f"`--set` must be given `dotted.key=value`, but is {override!r}."])
        assign(mapping, dotted, parse_yaml(text, f"--set {dotted}") if text else "")
        origins = {key: origin for key, origin in origins.items() if not _is_below(key, dotted)}
        origins[dotted] = f"--set {dotted}: "
    if name is not None:
        mapping["name"] = name
        origins.pop("name", None)
    if data is not None:
        section = mapping.get("run", {}).get("data") if isinstance(mapping.get("run", {}), dict) else None
        for key in (*OF_HUB, "files"):  # of the file's own source: records would name sets that nobody read
            if isinstance(section, dict) and not origins.get(f"run.data.{key}", "").startswith("--set"):
                section.pop(key, None)
        assign(mapping, "run.data.source", "folder")
        assign(mapping, "run.data.root", data)
        origins |= {"run.data.source": "", "run.data.root": "--data: "}
    if languages is not None:
        mapping["languages"] = languages
        origins["languages"] = "--languages: "
    beside = None if source in presets() else path.parent
    config = _parse(mapping, str(path), origins, beside=beside)
    if problems := problems_of_scales(config.scales, file | _brought(mapping), partial(parse_config, beside=beside)):
        raise ConfigError([_origin(problem, origins) + problem for problem in problems], str(path))
    return config


def parse_config(
    mapping: object, where: str = "The configuration", is_saved: bool = False, beside: Path | None = None
) -> SweepConfig:
    """A checked SweepConfig with canonical language tags, complete arm names and absolute paths.

    Args:
        is_saved: it was checked before: the CSV files that it names need not be there, and its paths are absolute.
        beside: the folder of the sweep file.

    Raises:
        ConfigError: with all problems.
    """
    problems: list[str] = []
    if not isinstance(mapping, Mapping):
        raise ConfigError([f"it must hold `key: value` pairs, but is {mapping!r}"], where)
    prepared = dict(mapping)
    if isinstance(prepared.get("arms"), list):
        prepared["arms"] = [arm_mapping(arm) for arm in prepared["arms"]]
    if prepared.get("resources") == AUTO:
        prepared["resources"] = {AUTO: True}
    elif isinstance(prepared.get("resources"), str):
        word = prepared.pop("resources")
        problems.append(f"`resources` must be `{AUTO}` or hold `key: value` pairs, but is {word!r}.")
    if isinstance(prepared.get("plugins"), list | tuple):  # they bring names that the other keys may have
        prepared["plugins"] = _loaded_plugins(prepared["plugins"], where)
    if "languages" in prepared:  # before any other key names one of them
        prepared["languages"] = taken_languages(prepared["languages"], where, beside)
    config = from_mapping(SweepConfig, prepared, problems=problems)
    broken = {_section(problem) for problem in problems}
    given_run: Any = mapping.get("run")
    for key in sorted(DECIDED_BY_ARMS.keys() & given_run.keys()) if isinstance(given_run, dict) else ():
        if given_run[key] not in ((), [], 0):
            problems.append(f"`run.{key}` is decided by {DECIDED_BY_ARMS[key]}, but is {given_run[key]!r}. Delete it.")
    problems += problems_of_names(config) + problems_of_secrets(config)
    config = dataclasses.replace(
        config,
        arms=tuple(checked_arm(arm, f"arms[{i}]", problems) for i, arm in enumerate(config.arms)),
        pool=config.pool if isinstance(config.pool, str) else canonical_languages(config.pool, "pool", problems),
        subset=checked_subset(config.subset, problems, not is_saved),
        search=_with_canonical_languages(config.search, problems),
    )
    config = with_absolute_paths(config, problems, beside=beside, is_saved=is_saved)
    problems += problems_of_arms(config) + problems_of_numbers(config) + problems_of_resources(config)
    # Of a section with broken values, which hold their defaults, nothing more can be said.
    further = problems_of_run(config.run, is_saved) + problems_of_search(config) + problems_of_scheduler(config)
    further += problems_of_space(config.space, config.search.kind, config.search.n_samples)
    problems += [problem for problem in further if _section(problem) not in broken]
    if not problems:  # then every point can be made
        problems += problems_of_points(config)
    if problems:
        raise ConfigError(list(dict.fromkeys(problems)), where)
    return config


def _brought(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of a file that bring names to the other ones."""
    return {key: mapping[key] for key in ("plugins", "languages") if key in mapping}


def _loaded_plugins(names: Sequence[object], where: str) -> list[object]:
    """The plug-ins, loaded; files by their absolute paths, as trials run in folders of their own."""
    try:
        plugins = [absolute(name) if isinstance(name, str) and name.endswith(".py") else name for name in names]
        load_plugins(name for name in plugins if isinstance(name, str))
    except (DataError, PluginError) as error:
        raise ConfigError([f"`plugins`: {error}"], where) from None
    return plugins


def saved_config(path: Path) -> SweepConfig:
    """The config that a sweep's folder holds.

    Raises:
        ValueError: the file is missing, is no config, or has been cut or edited since `config_text` made it.
    """
    text = read_yaml_text(path)
    first, _, rest = text.partition("\n")  # before it is parsed: what was cut is often no YAML
    if first.startswith(DIGEST_LINE) and first != DIGEST_LINE + _sha256(rest):
        raise ValueError(
            f"{path} must be as the sweep wrote it, but was cut or edited since. Put it back, or delete its first line "
            "to use it as it is."
        )
    return _saved(text, path)


@lru_cache(maxsize=4)
def _saved(text: str, path: Path) -> SweepConfig:
    """A command asks for the same config again and again, and a sweep of thousands of arms takes seconds to parse."""
    document = parse_document(text, str(path))
    origins = {key: f"{path.name}, line {line}: " for key, line in document.lines.items()}
    return _parse(document.value, str(path), origins, is_saved=True)


def config_text(config: SweepConfig) -> str:
    """The text of a sweep's own config file, complete; its first line says whether the others are all there."""
    text = write_yaml(as_mapping(config))
    return f"{DIGEST_LINE}{_sha256(text)}\n{text}"


def as_mapping(config: SweepConfig) -> dict[str, Any]:
    """The complete config in plain data, without the parts of a dimension that are not set."""
    mapping: dict[str, Any] = to_mapping(config)
    for dimension in mapping["space"].values():
        for key in [k for k, v in dimension.items() if v is None]:
            del dimension[key]
    return mapping


def _parse(
    mapping: object, where: str, origins: Mapping[str, str], is_saved: bool = False, beside: Path | None = None
) -> SweepConfig:
    """`parse_config`, with the origin of what is wrong (file and line) before each problem.

    Raises:
        ConfigError: with all problems.
    """
    try:
        return parse_config(mapping, where, is_saved, beside)
    except ConfigError as error:
        raise ConfigError([_origin(problem, origins) + problem for problem in error.problems], where) from None


def _origin(problem: str, origins: Mapping[str, str]) -> str:
    """Where the key that a problem begins with, or else the nearest one above it, was written."""
    path = match[1] if (match := re.match("`([^`]+)`", problem)) else ""
    while path and path not in origins:
        path = re.sub(r"(\.[^.\[\]]*|\[\d+\]|^[^.\[\]]*)$", "", path)
    return origins.get(path, "")


def _section(problem: str) -> str:
    """The section that a problem is of: `search`, `run.encoder`."""
    return match[0] if (match := re.match(r"`(?:run\.)?\w+", problem)) else ""


def _is_below(key: str, dotted: str) -> bool:
    return key == dotted or key.startswith((f"{dotted}.", f"{dotted}["))


def _with_canonical_languages(search: SearchConfig, problems: list[str]) -> SearchConfig:
    if isinstance(search.languages, str):
        return search
    languages = canonical_languages(search.languages, "search.languages", problems)
    return dataclasses.replace(search, languages=languages)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
