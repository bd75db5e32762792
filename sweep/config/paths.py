"""Paths of a sweep file, made absolute where they are read: trials run in working folders of their own.

A relative path is meant from the folder in which the command is given. `run.data.files` are meant from `run.data.root`.
"""

import dataclasses
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from search_spaces.distances.text import PLUS, TERM
from search_spaces.reading import DataError, local_path
from sweep.config.dimensions import Dimension
from sweep.config.sections import SweepConfig


def with_absolute_paths(config: SweepConfig, problems: list[str]) -> SweepConfig:
    """`config` with absolute folders and files, in arms and spaces too; a path that cannot be one is a problem."""

    def made(key: str, make: Callable[[Any], Any], path: Any) -> Any:
        try:
            return make(path)
        except DataError as error:
            problems.append(f"`{key}` is a path. {error}")
            return path

    run, subset = config.run, config.subset
    return dataclasses.replace(
        config,
        run=dataclasses.replace(
            run,
            data=dataclasses.replace(run.data, root=made("run.data.root", absolute, run.data.root)),
            encoder=dataclasses.replace(run.encoder, name=made("run.encoder.name", encoder_path, run.encoder.name)),
            realign=dataclasses.replace(
                run.realign,
                alignments_root=made("run.realign.alignments_root", absolute, run.realign.alignments_root),
            ),
            store=run.store if "://" in run.store else made("run.store", absolute, run.store),
            store_cache=made("run.store_cache", absolute, run.store_cache),
        ),
        subset=dataclasses.replace(
            subset,
            distance=made("subset.distance", absolute_distance, subset.distance),
            features=made("subset.features", absolute_distance, subset.features),
            costs=made("subset.costs", absolute, subset.costs),
            facts=made("subset.facts", absolute, subset.facts),
        ),
        arms=tuple(
            dataclasses.replace(arm, distance=made(f"arms[{i}].distance", absolute_distance, arm.distance))
            for i, arm in enumerate(config.arms)
        ),
        search=dataclasses.replace(
            config.search,
            distances=tuple(made("search.distances", absolute_distance, text) for text in config.search.distances),
        ),
        space={
            key: made(f"space.{key}", partial(_with_absolute_choices, key), dimension)
            for key, dimension in config.space.items()
        },
    )


def absolute(path: Any) -> Any:
    """An absolute path; None and an empty text stay what they are.

    Raises:
        DataError: see `local_path`.
    """
    return str(local_path(path).resolve()) if path else path


def encoder_path(name: str) -> str:
    """The absolute folder where there is one of this name or where it is written like a path; else a hub's name.

    Raises:
        DataError: see `local_path`.
    """
    is_path = name.startswith(("/", "./", "../", "~"))
    return str(absolute(name)) if is_path or (name and Path(name).is_dir()) else name


def absolute_distance(text: Any) -> Any:
    """A distance's text whose files are found from any working folder; another text stays as it is written.

    Raises:
        DataError: see `local_path`.
    """
    matches = [TERM.fullmatch(part) for part in PLUS.split(text.strip())] if text else []
    if not any(match and match["path"] for match in matches) or None in matches:
        return text
    return " + ".join(
        match[0][: match.start("path")] + absolute(match["path"]) + match[0][match.end("path") :]
        if match["path"]
        else match[0]
        for match in matches
        if match
    )


SEARCHED_PATHS: dict[str, Callable[[Any], Any]] = {
    "subset.distance": absolute_distance,
    "encoder.name": encoder_path,
    "realign.alignments_root": absolute,
}


def _with_absolute_choices(key: str, dimension: Dimension) -> Dimension:
    if key not in SEARCHED_PATHS or dimension.choice is None:
        return dimension
    made = SEARCHED_PATHS[key]
    choice = tuple(made(value) if isinstance(value, str) else value for value in dimension.choice)
    return dataclasses.replace(dimension, choice=choice)
