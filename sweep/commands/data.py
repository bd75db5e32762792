"""`realign-sweep data`: what a sweep's data holds, language by language, and the input that word aligners read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import shorten
from typing import Any

from search_spaces.languages import Language
from search_spaces.reading import DataError
from sweep.config.sections import SweepConfig
from sweep.folders import SweepFolder, write_atomically
from sweep.plan import with_store
from trainables.data.folder import DataFolder
from trainables.data.labelled_files import InferencePair, TaggedSentence
from trainables.data.layout import file_code, not_read
from trainables.evaluation.leaks import find_leaks
from trainables.parallel_data import SOURCES
from trainables.parallel_data.corpus import corpus_report, corpus_table
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
    language: Language
    path: Path
    n: int = 0
    first: tuple[str, ...] = ()
    notes: Mapping[str, int] = field(default_factory=dict)
    refused: str = ""


def look_at_files(data: DataFolder) -> list[FileLook]:
    """Reads every file of the folder once, whether it can be read or not."""
    looks = []
    for part, language, path in data.files(TASKS.values()):
        name = part if isinstance(part, str) else part.name
        try:
            found = data.examples_of(part, language, path)
        except DataError as error:
            looks.append(FileLook(part=name, language=language, path=path, refused=str(error)))
            continue
        notes = {what: n for what, n in data.notes.get(path, {}).items() if n}
        first = tuple(shorten(_shown(example), WIDTH, placeholder=" ...") for example in found[:N_SHOWN])
        looks.append(FileLook(part=name, language=language, path=path, n=len(found), first=first, notes=notes))
    return looks


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
    the first examples of every file, what was recognised in it, and what cannot be read or is left out."""
    lines = [f"data: {data.root}", ""]
    if entries := corpus_report(data.root):
        lines += corpus_table(entries).splitlines()
    else:
        lines += _counts(data, looks)
    lines += ["", f"First examples of every file, as they are read ({len(looks)} files):", ""]
    for look in looks:
        lines.append(f"{look.path.relative_to(data.root)}: {look.n:,}")
        lines += [f"    {text}" for text in look.first]
        lines += [f"    read as: {what} ({n:,})" for what, n in look.notes.items()]
        lines += [f"    REFUSED: {look.refused}"] * bool(look.refused)
    if data.left_out:
        lines += ["", "Left out, as no known language has these names:", *(f"    {path}" for path in data.left_out)]
    if others := not_read(data.root, {name: task.suffix for name, task in TASKS.items()}):
        lines += ["", "Not read, as the names of data files end otherwise:", *(f"    {path}" for path in others)]
    if refused := sum(bool(look.refused) for look in looks):
        lines += ["", f"{refused} files cannot be read; the messages above say why."]
    return "\n".join(lines) + "\n"


def describe_leaks(config: SweepConfig, folder: SweepFolder, data: DataFolder) -> str:
    """How many evaluation sentences of the sweep's tasks stand in training text, set by set."""
    run = with_store(config, folder).run
    return "\n".join(find_leaks(run, data, open_store(run)).lines()) + "\n"


def _counts(data: DataFolder, looks: Sequence[FileLook]) -> list[str]:
    held = {name: set(data.labelled_languages(task)) for name, task in TASKS.items()}
    n_pairs = {look.language: look.n for look in looks if look.part == "bitext"}
    header = ["| language | sentence pairs | " + " | ".join(TASKS) + " |", "|---|---:|" + "---|" * len(TASKS)]
    return header + [
        f"| {language} | {n_pairs.get(language, 0):,} | "
        + " | ".join(_sources(data, part, language, held) for part in TASKS)
        + " |"
        for language in sorted(set(n_pairs).union(*held.values()))
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


def _sources(data: DataFolder, part: str, language: Language, held: dict[str, set[Language]]) -> str:
    if language not in held[part]:
        return ""
    return ", ".join(source or "yes" for source in data.sources(TASKS[part], language))
