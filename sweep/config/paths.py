"""Paths of a sweep file, made absolute where they are read: trials run in working folders of their own.

A relative path is meant from the folder in which the command is given, as those of `--data` and `--set` are; one that
is only beside the sweep file is refused with both places, never guessed. `run.data.files` are meant from
`run.data.root`.
"""

import dataclasses
import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from search_spaces.distances.text import PLUS, TERM
from search_spaces.reading import DataError, local_path
from sweep.config.dimensions import Dimension
from sweep.config.run_settings import IN_A_FOLDER
from sweep.config.sections import SweepConfig


def with_absolute_paths(
    config: SweepConfig, problems: list[str], *, beside: Path | None = None, is_saved: bool = False
) -> SweepConfig:
    """`config` with absolute folders and files, in arms and spaces too; a path that cannot be one is a problem.

    Args:
        beside: the folder of the sweep file. is_saved: paths are absolute already, and what is none is a hub's name,
            whatever folders there are where the sweep goes on.
    """

    def made(key: str, make: Callable[[Any], Any], path: Any) -> Any:
        try:
            if problem := misplaced(key, path, beside):
                problems.append(problem)
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
            encoder=run.encoder
            if is_saved
            else dataclasses.replace(run.encoder, name=made("run.encoder.name", encoder_path, run.encoder.name)),
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
            dataclasses.replace(
                arm,
                distance=made(f"arms[{i}].distance", absolute_distance, arm.distance),
                criterion=made(f"arms[{i}].criterion", absolute_criterion, arm.criterion),
            )
            for i, arm in enumerate(config.arms)
        ),
        search=dataclasses.replace(
            config.search,
            distances=tuple(made("search.distances", absolute_distance, text) for text in config.search.distances),
        ),
        space=config.space
        if is_saved
        else {
            key: made(f"space.{key}", partial(_with_absolute_choices, key), dimension)
            for key, dimension in config.space.items()
        },
    )


def misplaced(key: str, path: Any, beside: Path | None) -> str:
    """One sentence for a relative path that leads nowhere from here, but somewhere from the sweep file; "" = none."""
    if beside is None or not isinstance(path, str) or not path or key in MADE_BY_US:
        return ""
    here, there = local_path(path), beside.absolute() / path
    if here.is_absolute() or here.exists() or "://" in path or not there.exists():
        return ""
    return (
        f"`{key}` is meant from the folder in which the command is given ({Path.cwd()}), but {path!r} is not there; "
        f"beside the sweep file it is. Write {str(there.resolve())!r}, or give the command in {beside.absolute()}."
    )


def paths_of(config: SweepConfig) -> dict[str, Path]:
    """Key -> absolute path of what trials read, where it is a path: of data, encoder, alignments, plug-ins."""
    run = config.run
    searched = {
        f"space.{key}": value
        for key in ("encoder.name", "realign.alignments_root")
        if key in config.space
        for value in config.space[key].choice or ()
    }
    files = (Path(run.data.root or "") / name for part in run.data.files.values() for name in _names_of(part))
    named = {
        "run.data.root": run.data.root,
        "run.encoder.name": run.encoder.moved_to or run.encoder.name if run.encoder.provider == "hub" else None,
        "run.realign.alignments_root": run.realign.alignments_root, **searched,
        **{f"plugins[{i}]": name for i, name in enumerate(config.plugins)},
        **{f"run.data.files: {path.name}": str(path) for path in files},
    }  # fmt: skip
    return {key: Path(path) for key, path in named.items() if isinstance(path, str) and Path(path).is_absolute()}


def _names_of(part: Mapping[str, str | tuple[str, ...]]) -> list[str]:
    return [name for value in part.values() for name in ([value] if isinstance(value, str) else value)]


def with_data_folder(config: SweepConfig, folder: str | None) -> SweepConfig:
    """`config` with its data in another place, which is no part of a sweep's identity: what they hold is.

    Args:
        folder: None = where they were.

    Raises:
        ValueError: the data are in no folder, or this is no folder's path.
    """
    if folder is None:
        return config
    data = config.run.data
    if data.root is None and data.source not in IN_A_FOLDER:
        raise ValueError(
            f"`--data` must be given for data in a folder, but those of {config.name!r} are of source "
            f"{data.source!r}. Leave it out."
        )
    try:
        moved = dataclasses.replace(data, root=absolute(folder))
    except DataError as error:
        raise ValueError(f"`--data` is a path. {error}") from None
    return dataclasses.replace(config, run=dataclasses.replace(config.run, data=moved))


def with_encoder_folder(config: SweepConfig, folder: str | None) -> SweepConfig:
    """`config` with the folder of its encoder in another place: what is in it is a part of a sweep's identity, and is
    compared; where it lies is none.

    Args:
        folder: None = where it was.

    Raises:
        ValueError: the encoder is not in one folder, or this is no folder.
    """
    if folder is None:
        return config
    encoder = config.run.encoder
    if encoder.provider != "hub" or not Path(encoder.name).is_absolute() or "encoder.name" in config.space:
        what = "several, by `space`" if "encoder.name" in config.space else repr(encoder.name or encoder.provider)
        raise ValueError(
            f"`--encoder` must be given for an encoder in a local folder, but that of {config.name!r} is {what}. Leave "
            "it out."
        )
    try:
        place = absolute(folder)
    except DataError as error:
        raise ValueError(f"`--encoder` is a path. {error}") from None
    if not Path(place).is_dir():
        raise ValueError(f"`--encoder` must be a folder, but {place} is none. Correct the path.")
    moved = dataclasses.replace(encoder, moved_to=place)
    return dataclasses.replace(config, run=dataclasses.replace(config.run, encoder=moved))


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


def absolute_criterion(text: Any) -> Any:
    """A criterion's text whose table is found from any working folder; another text stays as it is written.

    Raises:
        DataError: see `local_path`.
    """
    if not isinstance(text, str) or not text:
        return text
    return TABLE.sub(lambda match: match[1] + str(absolute(match[2].strip())), text)


TABLE = re.compile(r"(\bstudy\((?:[^()]*,)?\s*table\s*=\s*)([^(),]+)")
"""The file that the criterion `study` reads."""

MADE_BY_US = ("run.store", "run.store_cache")
"""Folders that need not be there yet."""

SEARCHED_PATHS: dict[str, Callable[[Any], Any]] = {
    "subset.criterion": absolute_criterion,
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
