"""How the files of the data layout are named, and which files of a folder are named so.

A language stands in a name by its ISO 639-3 code; one whose code is another language's (Traditional Chinese) by its
tag. Every file may be gzipped or plain, but not both.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from search_spaces.languages import Language, UnknownLanguageError, parse_language
from search_spaces.reading import DataError

BITEXT, FLORES = "bitext", "flores"
ROWS = ".tsv.gz"  # of these two


def file_code(language: Language) -> str:
    """What files and folders of a language are called: no other language has the same."""
    code = language.partition("_")[0]
    return code if parse_language(code) == language else language


def language_of(stem: str) -> Language | None:
    """The language that a file or folder of the layout is named after; None where no known one is."""
    try:
        return parse_language(stem)
    except UnknownLanguageError:
        return None


def is_named(path: Path, suffix: str) -> bool:
    """Whether a file's name ends in `suffix`, with or without the `.gz` at its end."""
    return path.name.endswith((suffix, suffix.removesuffix(".gz")))


def stem_of(path: Path, suffix: str) -> str:
    """The name of a file of which `is_named` holds, without its end."""
    return path.name.removesuffix(".gz").removesuffix(suffix.removesuffix(".gz"))


def files_named(folder: Path, suffix: str) -> dict[str, Path]:
    """Stem -> file of all files of a folder of which `is_named` holds, sorted; {} where there is no such folder.

    Raises:
        DataError: a file is there both gzipped and plain.
    """
    found: dict[str, Path] = {}
    names = sorted(os.listdir(folder)) if folder.is_dir() else []
    for path in (folder / name for name in names):
        if not is_named(path, suffix):
            continue
        if (other := found.setdefault(stem_of(path, suffix), path)) != path:
            raise DataError(
                f"A file may be there gzipped or plain, but not both: {other} and {path.name}. Take one of them away."
            )
    return found


def not_read(root: Path, suffixes: Mapping[str, str]) -> list[Path]:
    """Files of the parts of a data folder whose names end otherwise than those that are read, hidden ones aside.

    Args:
        suffixes: labelled part -> how its files end.
    """
    found = []
    for part, suffix in ({BITEXT: ROWS, FLORES: ROWS} | dict(suffixes)).items():
        files = (path for path in (root / part).rglob("*") if path.is_file() and not path.name.startswith("."))
        found += [path for path in files if not is_named(path, suffix)]
    return sorted(found)
