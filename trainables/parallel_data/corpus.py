"""Writes a corpus in the DataFolder layout: labelled parts, then the sentence pairs, filtered, then a report.

`corpus.json` and `corpus.md` beside the data say per language and file where it comes from, its licence, and how many
records were available, kept, and dropped by which filter.
"""

import dataclasses
import gzip
import io
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from search_spaces.languages import ENGLISH, Language, parse_language
from search_spaces.structured import read_json
from trainables.data.labelled_files import DataError, Notes, read_rows
from trainables.data.labelled_text import clean, row_text
from trainables.data.layout import ROWS, file_code, files_named, language_of
from trainables.data_sets.base import Example
from trainables.mapping import ConfigError, from_mapping
from trainables.parallel_data.filters import (
    MIN_EVALUATED,
    Context,
    apply_filters,
    normalised,
    parse_filters,
)
from trainables.store.fingerprint import fingerprint
from trainables.tasks import TASKS

FORMAT = 3  # raise it whenever the same sources would give other files
REPORT = "corpus.json"
LOCAL_COPY = "local copy"  # begins the revision of what was read from one; the digest of its files follows
BitextRow = tuple[str, str, str]  # id, english, other


@dataclass(frozen=True, kw_only=True)
class CorpusEntry:
    """One file of a corpus: of which part, language and split, from where, and what became of its records.

    notes: what was read in another way than it stood there -> how often.
    """

    part: str
    language: str
    split: str
    source: str
    revision: str | None
    licence: str
    n_available: int
    n_kept: int
    dropped: dict[str, int] = field(default_factory=dict)
    notes: dict[str, int] = field(default_factory=dict)


def part_file(part: str, language: Language, split: str = "", source: str = "") -> str:
    """Path of a file inside the layout; `source` names a second data set of the language."""
    code = file_code(language)
    if part == "bitext":
        return f"bitext/{code}.tsv.gz"
    if part == "flores":
        return f"flores/{language}.tsv.gz"
    return f"{part}/{code}/{'.'.join(filter(None, (split, source)))}{TASKS[part].suffix}"


def text_of(part: str, examples: Iterable[Example]) -> str:
    """The text of one file; rows of "flores" are (id, split, topic, text), of "bitext" (id, english, other)."""
    return TASKS[part].write(examples) if part in TASKS else row_text(examples)


def write_gzip(path: Path, text: str) -> None:
    """Gzip without a time stamp or name, so that the same text has the same bytes.

    Raises:
        DataError: there is no text: an empty file is no data file.
    """
    if not text:
        raise DataError(f"A data file must hold at least one record, but {path.name} of {path.parent} would be empty.")
    path.parent.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=buffer, mtime=0, compresslevel=6) as file:
        file.write(text.encode("utf-8"))
    path.write_bytes(buffer.getvalue())


def evaluated_sentences(folder: Path, language: Language) -> frozenset[str]:
    """`normalised` sentences of all evaluation sets of a language in a folder of the layout: the development and test
    files of every labelled part and the n-way parallel sentences. Those shorter than MIN_EVALUATED are left out.
    """
    found = {normalised(sentence) for sentence in _evaluation_texts(folder, language)}
    return frozenset(sentence for sentence in found if len(sentence) >= MIN_EVALUATED)


def _evaluation_texts(folder: Path, language: Language) -> Iterator[str]:
    for part, task in TASKS.items():
        for path in (path for one in _of(language, folder / part) for path in files_named(one, task.suffix).values()):
            if not path.name.startswith("train."):
                for example in task.examples(path, language, Notes()):
                    yield from example.sentences
    for stem, path in files_named(folder / "flores", ROWS).items():
        if language_of(stem) == language:
            yield from (fields[3] for _, fields in read_rows(path, n_columns=4))


def _of(language: Language, part: Path) -> list[Path]:
    """The folders of a language in a labelled part."""
    return sorted(path for path in part.glob("*") if path.is_dir() and language_of(path.name) == language)


class CorpusWriter:
    """Fills the folder of a corpus. Write the labelled parts first: pairs are filtered against them.

    Args:
        folder: empty.
        filters: `data.filters`.

    Raises:
        DataError: a filter is unknown or malformed.
    """

    def __init__(self, folder: Path, filters: Sequence[str]) -> None:
        self.folder = folder
        self.filters = parse_filters(filters)
        self.entries: list[CorpusEntry] = []
        self._of_english: frozenset[str] | None = None

    def add(self, entry: CorpusEntry, text: str, file: str) -> None:
        """Writes one labelled file (or one of "flores") as it is."""
        write_gzip(self.folder / file, text)
        self.entries.append(entry)

    def add_bitext(self, entry: CorpusEntry, rows: Iterable[BitextRow]) -> None:
        """Filters and writes the pairs of one language; the counts of `entry` are filled in here.

        What `entry` says was dropped before the filters is kept in the counts.

        Raises:
            DataError: no pair is left.
        """
        language = parse_language(entry.language)
        if self._of_english is None:
            self._of_english = evaluated_sentences(self.folder, ENGLISH)
        evaluated = {ENGLISH: self._of_english, language: evaluated_sentences(self.folder, language)}
        cleaned = ((key, clean(english), clean(other)) for key, english, other in rows)
        kept, counts = apply_filters(
            cleaned, lambda row: (row[1], row[2]), self.filters, Context(language, evaluated=evaluated)
        )
        if not counts.n_available:
            raise DataError(
                f"A language must have at least one sentence pair, but {entry.source!r} has none of {language}. Leave "
                "it out, or give another source."
            )
        if not kept:
            raise DataError(
                f"A language must have at least one sentence pair, but the filters drop all {counts.n_available} of "
                f"{language} ({counts.dropped}). Loosen `data.filters` or leave {language} out."
            )
        write_gzip(self.folder / part_file("bitext", language), row_text(kept))
        before = {reason: n for reason, n in entry.dropped.items() if n}
        self.entries.append(dataclasses.replace(
            entry, n_available=counts.n_available + sum(before.values()), n_kept=counts.n_kept,
            dropped=before | counts.dropped,
        ))  # fmt: skip

    def finish(self) -> None:
        """Writes the report, as JSON and as a table to read.

        Raises:
            DataError: there is no sentence pair of any language.
        """
        if not any(entry.part == "bitext" for entry in self.entries):
            raise DataError("A corpus must hold sentence pairs of at least one language, but holds none. Add a source.")
        self.entries.sort(key=lambda entry: (entry.part, entry.language, entry.source, entry.split))
        text = json.dumps([dataclasses.asdict(entry) for entry in self.entries], indent=1, ensure_ascii=False)
        (self.folder / REPORT).write_text(text + "\n", encoding="utf-8")
        (self.folder / "corpus.md").write_text(corpus_table(self.entries), encoding="utf-8")


def corpus_report(folder: str | Path) -> list[CorpusEntry]:
    """What `corpus.json` of a folder says; empty for a folder that the user made.

    Raises:
        DataError: the file is malformed.
    """
    path = Path(folder) / REPORT
    if not os.path.lexists(path):
        return []
    found = read_json(path)
    if not isinstance(found, list):
        raise DataError(f"{path} must be a report of a corpus, but is a {type(found).__name__}. Remove it.")
    try:
        return [from_mapping(CorpusEntry, entry) for entry in found]
    except ConfigError as error:
        raise DataError(f"{path} must be a report of a corpus, but is not ({error.problems[0]}). Remove it.") from None


def corpus_revisions(folder: str | Path) -> dict[str, str]:
    """What a folder was put together from: data set -> the commit or version that was read; {} for a folder of files.

    A data set with a repository a language has an entry for each: "uner/eng_Latn". Of a local copy it is the digest of
    all its files that were read.

    Raises:
        DataError: the report is damaged.
    """
    found: dict[str, dict[str, str]] = {}
    for entry in corpus_report(folder):
        if entry.revision and entry.n_kept:
            found.setdefault(entry.source, {})[entry.language] = entry.revision
    revisions: dict[str, str] = {}
    for source, of in sorted(found.items()):
        if len(set(of.values())) == 1:
            revisions[source] = next(iter(of.values()))
        elif all(revision.startswith(LOCAL_COPY) for revision in of.values()):
            revisions[source] = f"{LOCAL_COPY} {fingerprint(of)}"
        else:
            revisions |= {f"{source}/{language}": revision for language, revision in sorted(of.items())}
    return revisions


def corpus_table(entries: Sequence[CorpusEntry]) -> str:
    """The report as a Markdown table, a row a file."""
    lines = [
        "| part | language | split | source | revision | available | kept | dropped | read as | licence |",
        "|---|---|---|---|---|---:|---:|---|---|---|",
    ]
    for entry in entries:
        dropped = ", ".join(f"{name} {n}" for name, n in entry.dropped.items() if n)
        cells = [entry.part, entry.language, entry.split, entry.source, entry.revision or "not pinned"]
        noted = ", ".join(f"{what} ({n})" for what, n in entry.notes.items())
        cells += [str(entry.n_available), str(entry.n_kept), dropped, noted, entry.licence]
        lines.append("| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"
