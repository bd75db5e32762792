"""The data source "files": bitext and labelled files of the user's own, written into a folder of the usual layout.

`data.files` names them below `data.root` (or by absolute path); each may be gzipped:

    bitext: {swh: [train.en, train.sw], yor: pairs.tsv, hau: memory.tmx}
    pos: {eng/train: en.conllu, eng/dev: en-dev.conllu, swh: sw.conllu, swh/test.news: sw-news.conllu}
    ner: {eng/train: en.bio, swh/test: sw.bio}        # word and tag a line, blank line between sentences
    nli: {eng/train: nli.tsv, swh/test: nli-sw.tsv}   # premise, hypothesis, label
    flores: {eng: en.tsv, swh: sw.tsv}                # id, split (train or dev), topic, text

A key is a language, a language and a split (default "test"), or these and the name of a second source. Bitext is two
plain files with as many lines (Moses), a TSV of english and other (or id, english and other; see `pair_files.py` for
what else is recognised), or a TMX.
"""

import dataclasses
import functools
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

from search_spaces.languages import Language, parse_language
from search_spaces.reading import DataError, local_path, open_binary, read_lines
from search_spaces.registry import nearest_names
from trainables.data.folder import DataFolder
from trainables.data.labelled_files import Notes, read_rows
from trainables.data.layout import BITEXT, FLORES, SPLITS
from trainables.data.pair_files import read_pairs
from trainables.data_sets.base import Example
from trainables.parallel_data.corpus import FORMAT, BitextRow, CorpusEntry, CorpusWriter, part_file, text_of
from trainables.parallel_data.tmx import read_tmx
from trainables.run_config import DataConfig
from trainables.store.fingerprint import remembered_sha256
from trainables.store.stage_store import StageStore
from trainables.tasks import TASKS

LICENCE = "the user's own files"
SOURCE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")

logger = logging.getLogger(__name__)


def open_files(config: DataConfig, store: StageStore) -> DataFolder:
    """The corpus of `config.files`, written on first use and taken from the store while no file changes.

    Raises:
        DataError: no file is named, a key is malformed, a file is missing or malformed, or no pair is left.
        ValueError: an unknown language or filter.
    """
    files = named_files(config)
    identity = {
        "format": FORMAT,
        "files": {"/".join(key): [remembered_sha256(path) for path in paths] for key, paths in files.items()},
        # How a file is read depends on the end of its name.
        "kinds": {"/".join(key): [_kind(path) for path in paths] for key, paths in files.items()},
        "filters": config.filters,
    }
    for part in config.files.keys() & set(TASKS):
        identity |= TASKS.plugin_identity(part)
    return DataFolder(store.get_or_build("corpus", identity, functools.partial(_build, config, files)), store)


def named_files(config: DataConfig) -> dict[tuple[str, Language, str, str], list[Path]]:
    """(part, language, split, source) -> existing files, in the order in which they are written.

    Raises:
        DataError: see `open_files`.
    """
    if not config.files.get("bitext"):
        raise DataError(
            "The data source 'files' needs sentence pairs, but `data.files.bitext` names none. "
            "Give e.g. `bitext: {swh: [train.en, train.sw]}`."
        )
    if config.root is None:  # trials run in folders of their own: a path must not depend on where one stands
        raise DataError("The data source 'files' needs the folder of the files, but `data.root` is not given.")
    found: dict[tuple[str, Language, str, str], list[Path]] = {}
    for part in sorted(config.files, key=_place_of):
        for text, value in sorted(config.files[part].items()):
            key = (part, *_parsed_key(part, text))
            if key in found:
                raise DataError(f"A file of `data.files.{part}` may be named once, but {text!r} names one again.")
            paths = [
                _existing(config, name, f"{part}.{text}") for name in ([value] if isinstance(value, str) else value)
            ]
            if len(paths) != 1 and (part != "bitext" or len(paths) != 2):
                wanted = "one file or a Moses pair of two" if part == "bitext" else "one file"
                raise DataError(f"`data.files.{part}.{text}` must be {wanted}, but has {len(paths)}.")
            if len(paths) == 2 and paths[0].samefile(paths[1]):
                raise DataError(
                    f"A Moses pair must be of two files, but `data.files.{part}.{text}` names {paths[0]} twice. "
                    "Name the English one, then the other."
                )
            found[key] = paths
    return found


def examples_of(part: str, language: Language, paths: list[Path], notes: Notes) -> Sequence[Any]:
    """All that one entry of `named_files` holds: (English, other), fields of "flores", or examples of the task.

    Raises:
        DataError: it is malformed.
    """
    if part == BITEXT:
        return [(english, other) for _, english, other in _pairs(paths, language, notes)]
    return _rows(part, paths[0], language, notes) if part == FLORES else TASKS[part].examples(paths[0], language, notes)


def _place_of(part: str) -> int:
    """Labelled parts come first: pairs are filtered against them."""
    parts = [FLORES, *TASKS, BITEXT]
    if part not in parts:
        raise DataError(
            f"A part of `data.files` must be one of {', '.join(parts)}, but is {part!r}. "
            f"Nearest: {nearest_names(part, parts)}."
        )
    return parts.index(part)


def _parsed_key(part: str, text: str) -> tuple[Language, str, str]:
    """Language, split and source of "swh", "swh/dev" or "swh/test.news"."""
    name, _, rest = text.partition("/")
    split, _, source = rest.partition(".")
    if part in ("bitext", "flores"):
        if rest:
            raise DataError(f"A key of `data.files.{part}` must be a language alone, but is {text!r}.")
        return parse_language(name), "train" if part == "bitext" else "all", ""
    split = split or "test"
    if split not in SPLITS:
        raise DataError(f"A split must be one of {', '.join(SPLITS)}, but `data.files.{part}` has {text!r}.")
    if source and not SOURCE_NAME.fullmatch(source):  # it becomes a part of a file's name
        raise DataError(
            "The name of a second source must be of letters, digits, '-' and '_', at most 40, but "
            f"`data.files.{part}` has {text!r}. Rename it."
        )
    return parse_language(name), split, source


def _existing(config: DataConfig, name: str, where: str) -> Path:
    path = local_path(config.root or "") / local_path(name)
    try:
        with open_binary(path):
            return path
    except DataError as error:
        raise DataError(f"`data.files.{where}` must be a file. {error}") from None


def _kind(path: Path) -> str:
    return Path(path.name.removesuffix(".gz")).suffix.lower()


def _build(config: DataConfig, files: Mapping[tuple[str, Language, str, str], list[Path]], folder: Path) -> None:
    writer = CorpusWriter(folder, config.filters)
    for (part, language, split, source), paths in files.items():
        entry = CorpusEntry(
            part=part, language=language, split=split, source=source or "files", revision=None, licence=LICENCE,
            n_available=0, n_kept=0,
        )  # fmt: skip
        if part == "bitext":
            notes = Notes()
            rows = list(_pairs(paths, language, notes))
            writer.add_bitext(dataclasses.replace(entry, notes=_said(notes, paths)), rows)
            continue
        notes = Notes()
        found = _rows(part, paths[0], language, notes)
        counted = dataclasses.replace(entry, n_available=len(found), n_kept=len(found), notes=_said(notes, paths))
        writer.add(counted, text_of(part, found), part_file(part, language, split, source))
    writer.finish()


def _said(notes: Notes, paths: list[Path]) -> dict[str, int]:
    """What was recognised in a file, also said in the log: nobody wrote it that way for us."""
    found = {what: n for what, n in notes.items() if n}
    if found:
        logger.warning("%s: %s.", " and ".join(map(str, paths)), "; ".join(f"{w} ({n})" for w, n in found.items()))
    return found


def _pairs(paths: list[Path], language: Language, notes: Notes) -> Iterator[BitextRow]:
    """(id, english, other); ids that the file does not give are its line or unit numbers.

    Raises:
        DataError: the files are malformed, or hold no pair.
    """
    if len(paths) == 2:
        numbered = enumerate(_moses(*paths), start=1)
    elif _kind(paths[0]) == ".tmx":
        numbered = enumerate(read_tmx(paths[0], language, notes), start=1)
    else:
        for number, key, english, other in read_pairs(paths[0], language, notes):
            yield key or f"files.{number}", english, other
        return
    for number, (english, other) in numbered:
        yield f"files.{number}", english, other


def _moses(english: Path, other: Path) -> Iterator[tuple[str, str]]:
    """Line n of both files.

    Raises:
        DataError: one has more lines than the other.
    """
    for first, second in zip_longest(read_lines(english), read_lines(other)):
        if first is None or second is None:
            shorter, longer = (english, other) if first is None else (other, english)
            number = (second or first or (0, ""))[0]
            raise DataError(
                f"Two aligned files must have equally many lines, but {shorter} ends before line {number} of {longer}. "
                "Align them again."
            )
        yield first[1], second[1]


def _rows(part: str, path: Path, language: Language, notes: Notes) -> list[Example]:
    """(id, split, topic, text) of "flores", and what a task makes of a file."""
    if part == FLORES:
        return [tuple(fields) for _, fields in read_rows(path, n_columns=4)]
    return [dataclasses.astuple(example) for example in TASKS[part].examples(path, language, notes)]
