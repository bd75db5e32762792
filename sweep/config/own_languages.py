"""The key `languages` of a sweep file: a table of the user's own, kept in the sweep's configuration row by row.

So a sweep that goes on, its workers and its reports know the same languages, wherever the table has gone meanwhile.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from search_spaces.own_languages import read_own_languages, use_languages
from search_spaces.reading import DataError, local_path, read_text
from sweep.config.paths import misplaced
from sweep.config.yaml_reader import parse_yaml
from sweep.folders import SweepFolder
from trainables.mapping import ConfigError

# The section alone: what else a `config.yaml` holds, or has lost, must not keep anybody from the records.
SECTION = re.compile(r"^languages:[^\n]*\n(?:[ -][^\n]*\n)*", re.MULTILINE)


def taken_languages(value: object, where: str, beside: Path | None = None) -> object:
    """The rows that the key holds, or those of the file that it names, in force from now on; what is neither, as it is.

    Args:
        beside: the folder of the sweep file.

    Raises:
        ConfigError: no such file, or one that is only beside the sweep file, or a row that breaks a rule.
    """
    try:
        if isinstance(value, str):
            if problem := misplaced("languages", value, beside):
                raise ConfigError([problem], where)
            rows: Any = read_own_languages(local_path(value))
            use_languages(rows, value)
            return list(rows)
        if isinstance(value, list | tuple) and all(isinstance(row, Mapping) for row in value):
            rows = [{str(key): str(cell) for key, cell in row.items() if cell is not None} for row in value]
            use_languages(rows)
            return rows
    except DataError as error:
        raise ConfigError([f"`languages`: {error}"], where) from None
    return value


def sweep_to_read(mlruns: str | Path, name: str, *, needs_config: bool = False) -> SweepFolder:
    """The sweep's folder, for who only reads it; its own languages are known from now on.

    Args:
        needs_config: records alone, as of an imported sweep, are not enough.

    Raises:
        ValueError: no such sweep, or its languages cannot be read.
    """
    folder = SweepFolder.existing(mlruns, name, to_read=not needs_config)
    if folder.has_config:
        section = SECTION.search(read_text(folder.config))
        found = parse_yaml(section[0], str(folder.config)) if section else {}
        taken_languages(found.get("languages") or (), str(folder.config))
    return folder
