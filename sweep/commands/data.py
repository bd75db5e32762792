"""`realign-sweep data`: what a sweep's data holds, language by language, and the input that word aligners read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from textwrap import shorten
from typing import Any

from search_spaces.languages import Language
from search_spaces.reading import DataError
from sweep.config.sections import SweepConfig
from sweep.folders import SweepFolder, write_atomically
from sweep.plan import with_store
from trainables.data.folder import DataFolder
from trainables.data.labelled_files import InferencePair, Notes, TaggedSentence
from trainables.data.layout import BITEXT, FLORES, file_code, list_languages, not_read, stem_of
from trainables.evaluation.leaks import find_leaks
from trainables.parallel_data import SOURCES
from trainables.parallel_data.corpus import corpus_report, corpus_table
from trainables.parallel_data.files import examples_of, named_files
from trainables.realignment.alignments.pharaoh import fast_align_input
from trainables.shared_stages import open_store
from trainables.tasks import TASKS

N_SHOWN = 2
WIDTH = 110
"""Characters of an example that are shown."""


def open_data(config: SweepConfig, folder: SweepFolder) -> DataFolder:
    """The data of a sweep, fetched or filtered first where its source says so.

    Raises:
        ValueError: data that cannot be had or read.
    """
    run = with_store(config, folder).run
    return SOURCES[run.data.source](run.data, open_store(run))


@dataclass(frozen=True, kw_only=True)
class FileLook:
    """What a person should see of one file before anything is trained on it.

    n: of its examples. first: the first of them, as they were read. notes: what was recognised -> how often.
    refused: the sentence that says why it cannot be read.
    """

    part: str
    language: Language | None
    path: Path
    n: int = 0
    first: tuple[str, ...] = ()
    notes: Mapping[str, int] = field(default_factory=dict)
    refused: str = ""


def look_at_files(data: DataFolder) -> list[FileLook]:
    """Reads every file of the folder once, whether it can be read or not."""
    looks = []
    for part, language, path, problem in data.files(TASKS.values()):
        name = part if isinstance(part, str) else part.name
        if problem or language is None:
            looks.append(FileLook(part=name, language=language, path=path, refused=problem))
            continue
        found = partial(data.examples_of, part, language, path)
        looks.append(_look(name, language, path, found, partial(data.notes.get, path)))
    return looks


def look_before_building(config: SweepConfig) -> list[FileLook]:
    """Files that a copy is made of first (`data.files`, or a folder that is filtered), read as they are: of a copy only
    the first that cannot be read would be known. None of other sources.

    Raises:
        ValueError: a file that is not there, or a malformed setting.
    """
    data = config.run.data
    if data.source == "folder" and data.filters and data.root is not None:
        return look_at_files(DataFolder(data.root))
    looks: list[FileLook] = []
    for (part, language, _, _), paths in (named_files(data) if data.source == "files" else {}).items():
        notes = Notes()
        found = partial(examples_of, part, language, paths, notes)
        looks.append(_look(part, language, paths[-1], found, notes.copy))
    return looks


def _look(
    part: str, language: Language, path: Path, read: Callable[[], Sequence[Any]], noted: Callable[[], Notes | None]
) -> FileLook:
    try:
        found = read()
    except DataError as error:
        return FileLook(part=part, language=language, path=path, refused=str(error))
    notes = {what: n for what, n in (noted() or {}).items() if n}
    first = tuple(shorten(_shown(example), WIDTH, placeholder=" ...") for example in found[:N_SHOWN])
    return FileLook(part=part, language=language, path=path, n=len(found), first=first, notes=notes)


def _shown(example: Any) -> str:
    """One example as it was read: `word/TAG`, or its texts with bars between."""
    if isinstance(example, TaggedSentence):
        return " ".join(f"{word}/{tag}" for word, tag in zip(example.words, example.tags, strict=True))
    if isinstance(example, InferencePair):
        return f"{example.premise} | {example.hypothesis} | {example.label}"
    if isinstance(example, tuple):
        return " | ".join(example)
    return str(example)


def describe_data(data: DataFolder, looks: Sequence[FileLook]) -> str:
    """Where the data lies; files with what filters dropped and licences where that is known, else counts of pairs; then
    `describe_looks`, and what is left out."""
    lines = [f"data: {data.root}", ""]
    if entries := corpus_report(data.root):
        lines += corpus_table(entries).splitlines()
    else:
        lines += _counts(looks)
    lines += ["", *describe_looks(looks, data.root)]
    suffixes = {name: task.suffix for name, task in TASKS.items()}
    left_out = [
        path for part in (BITEXT, FLORES, *TASKS)
        for path in list_languages(data.root, part, suffixes.get(part, "")).left_out
    ]  # fmt: skip
    other_names, elsewhere = not_read(data.root, suffixes)
    for title, paths in (
        ("Left out, as no known language has these names:", left_out),
        ("Not read, as the names of data files end otherwise:", other_names),
        ("Not read, as data files lie in PART/ or PART/LANGUAGE/ (see the README):", elsewhere),
    ):
        lines += ["", title, *(f"    {path}" for path in paths)] if paths else []
    return "\n".join(lines + _last_words(looks)) + "\n"


def describe_refused(config: SweepConfig, looks: Sequence[FileLook]) -> str:
    """The same of files of which no copy is made, as one of them at least cannot be read."""
    root = Path(config.run.data.root or "").absolute()
    return "\n".join([f"data: {root}", "", *describe_looks(looks, root), *_last_words(looks)]) + "\n"


def describe_looks(looks: Sequence[FileLook], root: Path) -> list[str]:
    """The first examples of every file, what was recognised in it, and what cannot be read."""
    lines = [f"First examples of every file, as they are read ({len(looks)} files):", ""]
    for look in looks:
        lines.append(f"{look.path.relative_to(root) if look.path.is_relative_to(root) else look.path}: {look.n:,}")
        lines += [f"    {text}" for text in look.first]
        lines += [f"    read as: {what} ({n:,})" for what, n in look.notes.items()]
        lines += [f"    REFUSED: {look.refused}"] * bool(look.refused)
    return lines


def _last_words(looks: Sequence[FileLook]) -> list[str]:
    n = sum(bool(look.refused) for look in looks)
    return ["", f"{n} files cannot be read; the messages above say why."] if n else []


def describe_leaks(config: SweepConfig, folder: SweepFolder, data: DataFolder) -> str:
    """How many evaluation sentences of the sweep's tasks stand in training text, set by set."""
    run = with_store(config, folder).run
    return "\n".join(find_leaks(run, data, open_store(run)).lines()) + "\n"


def _counts(looks: Sequence[FileLook]) -> list[str]:
    n_pairs = {look.language: look.n for look in looks if look.part == "bitext"}
    sources: dict[tuple[Language, str], list[str]] = {}
    for look in looks:
        split, _, source = (
            stem_of(look.path, TASKS[look.part].suffix).partition(".") if look.part in TASKS else ("", "", "")
        )
        if split == "test" and look.language is not None:
            sources.setdefault((look.language, look.part), []).append(source or "yes")
    languages = {look.language for look in looks if look.language is not None and look.part == "bitext"}
    header = ["| language | sentence pairs | " + " | ".join(TASKS) + " |", "|---|---:|" + "---|" * len(TASKS)]
    return header + [
        f"| {language} | {n_pairs.get(language, 0):,} | "
        + " | ".join(", ".join(sources.get((language, part), ())) for part in TASKS)
        + " |"
        for language in sorted(languages | {language for language, _ in sources})
    ]


def write_aligner_input(data: DataFolder, folder: Path, words: str) -> list[Path]:
    """One file a language, `<iso639_3>.txt`, with lines "English words ||| other words" for fast_align or eflomal.

    Line i is the i-th sentence pair; save the aligner's output as `<iso639_3>.pharaoh` for `realign.alignments_root`.
    """
    written = []
    for language in data.bitext_languages:
        path = folder / f"{file_code(language)}.txt"
        write_atomically(path, "\n".join(fast_align_input(data.bitext(language), words)) + "\n")
        written.append(path)
    return written
