"""How the files of the data layout are named, and which files of a folder are named so.

A language stands in a name by its ISO 639-3 code; one whose code is another language's (Traditional Chinese) by its
tag. Every file may be gzipped or plain, but not both.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from search_spaces.languages import Language, UnknownLanguageError, parse_language
from search_spaces.reading import DataError

BITEXT, FLORES = "bitext", "flores"
ROWS = ".tsv.gz"  # of these two
SPLITS = ("train", "dev", "test")
Key = TypeVar("Key")


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


def is_hidden(path: Path, root: Path) -> bool:
    """Whether a file, or a folder that it is in below `root`, is hidden: macOS and notebooks leave such ones behind."""
    return any(part.startswith(".") for part in path.relative_to(root).parts)


def is_named(path: Path, suffix: str) -> bool:
    """Whether a file's name ends in `suffix`, with or without the `.gz` at its end. A hidden file is no data file."""
    return path.name.endswith((suffix, suffix.removesuffix(".gz"))) and not path.name.startswith(".")


def stem_of(path: Path, suffix: str) -> str:
    """The name of a file of which `is_named` holds, without its end."""
    return path.name.removesuffix(".gz").removesuffix(suffix.removesuffix(".gz"))


@dataclass
class Listing(Generic[Key]):
    """What a folder of the layout holds.

    found: files or folders by what they are named after. problems: those that may not be there -> why, a sentence.
    left_out: those that are not named after a known language.
    """

    found: dict[Key, Path] = field(default_factory=dict)
    problems: dict[Path, str] = field(default_factory=dict)
    left_out: list[Path] = field(default_factory=list)

    def sound(self) -> dict[Key, Path]:
        """`found`, where there is no problem.

        Raises:
            DataError: there is; of several the first.
        """
        if self.problems:
            raise DataError(next(iter(self.problems.values())))
        return self.found


def list_named(folder: Path, suffix: str) -> Listing[str]:
    """Files of a folder of which `is_named` holds by stem, sorted; none where there is no such folder."""
    listing = Listing[str]()
    names = sorted(os.listdir(folder)) if folder.is_dir() else []
    for path in (folder / name for name in names):
        if not is_named(path, suffix):
            continue
        if (other := listing.found.setdefault(stem_of(path, suffix), path)) != path:
            listing.problems[path] = (
                f"A file may be there gzipped or plain, but not both: {other} and {path.name}. Take one of them away."
            )
    return listing


def files_named(folder: Path, suffix: str) -> dict[str, Path]:
    """`list_named`, refused where a file is there both gzipped and plain.

    Raises:
        DataError: one is.
    """
    return list_named(folder, suffix).sound()


def list_languages(root: Path, part: str, suffix: str = "") -> Listing[Language]:
    """The files of one folder of the layout by language; with a suffix, its folders that hold such files."""
    listing = Listing[Language]()
    if suffix:
        held = (path.parent for path in (root / part).glob("*/*") if is_named(path, suffix))
        paths = {path: path.name for path in held if not path.name.startswith(".")}
    else:
        files = list_named(root / part, ROWS)
        listing.problems |= files.problems
        paths = {path: stem for stem, path in files.found.items()}
    for path, stem in sorted(paths.items()):
        language = language_of(stem)
        if language is None:  # a language of which nothing is known may have a file: the others are read
            listing.left_out.append(path)
        elif (other := listing.found.setdefault(language, path)) != path:
            listing.problems[path] = (
                f"A language may occur once in `{part}/`, but {language} has {other} and {path}. Merge them, or take "
                "one away."
            )
    return listing


def list_splits(folder: Path, part: str, suffix: str) -> Listing[tuple[str, str]]:
    """The files of one language of a labelled part by (split, source)."""
    files = list_named(folder, suffix)
    listing = Listing[tuple[str, str]](problems=files.problems)
    for stem, path in files.found.items():
        split, _, source = stem.partition(".")
        if split in SPLITS:
            listing.found[split, source] = path
        else:
            listing.problems[path] = (
                f"A file of `{part}/` must be named <split>{suffix} or <split>.<source>{suffix}, <split> being one of "
                f"{', '.join(SPLITS)}, but {path} is not. Rename it."
            )
    return listing


def not_read(root: Path, suffixes: Mapping[str, str]) -> tuple[list[Path], list[Path]]:
    """Files of a data folder that nothing reads, hidden ones aside: those of its parts whose names end otherwise than
    data files do, and those that are named like data files but lie elsewhere than these; of a folder that is no part
    the folder.

    Args:
        suffixes: labelled part -> how its files end.
    """
    ends = {BITEXT: ROWS, FLORES: ROWS} | dict(suffixes)
    other_names, elsewhere = [], []
    for path in (path for path in sorted(root.rglob("*")) if path.is_file() and not is_hidden(path, root)):
        part, *folders = path.relative_to(root).parts[:-1] or [""]
        if part in ends and not is_named(path, ends[part]):
            other_names.append(path)
        elif part in ends and len(folders) != (part in suffixes):
            elsewhere.append(path)
        elif part and part not in ends and any(is_named(path, suffix) for suffix in ends.values()):
            elsewhere += [root / part] * (root / part not in elsewhere)  # which may be full of somebody's own
    return other_names, elsewhere
