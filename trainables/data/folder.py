"""DataFolder: a folder of multilingual text in one fixed layout, read strictly.

    bitext/<iso639_3>.tsv.gz                        id, English, other
    flores/<iso639_3>_<Script>.tsv.gz               id, split (train|dev), topic, text: n-way parallel, same ids
    <part>/<iso639_3>/<split>[.<source>]<suffix>    labelled text: whoever asks says what the part is (`part.py`)

<split> is train, dev or test; a second data set of a language has its own name as <source>. Files may be plain, without
the `.gz`. This file is the border where the folder's codes become language tags (names: `layout.py`). The synthetic
world writes this same layout.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from search_spaces.languages import ENGLISH, Language
from search_spaces.reading import DataError, local_path
from trainables.data.columns import Notes
from trainables.data.labelled_files import read_rows
from trainables.data.layout import (
    BITEXT,
    FLORES,
    ROWS,
    SPLITS,
    is_hidden,
    is_named,
    language_of,
    list_languages,
    list_splits,
    stem_of,
)
from trainables.data.pair_files import PairRow, read_pairs
from trainables.data.parsed_files import ParsedFiles
from trainables.data.part import Part
from trainables.store.fingerprint import fingerprint, remembered_sha256
from trainables.store.stage_store import StageStore

logger = logging.getLogger(__name__)

READING = 2  # raise it whenever the same files would be read as other examples
N_REMEMBERED = 4  # parsed files: dev and test of a language in two sources


class FoundFile(NamedTuple):
    """part: "bitext", "flores" or a labelled one. problem: why it may not be there, a sentence."""

    part: str | Part
    language: Language | None
    path: Path
    problem: str = ""


NOTHING: Mapping[Part, Iterable[Language]] = MappingProxyType({})


class DataFolder:
    """Reads the layout above.

    Args:
        root: the folder.
        store: where parsed files are kept; None = every reading parses.

    Raises:
        DataError: `root` is missing, or holds no English-X bitext.
    """

    def __init__(self, root: str | Path, store: StageStore | None = None) -> None:
        self.root = local_path(root).resolve()
        self._files_read = ParsedFiles(store)
        self.notes: dict[Path, Notes] = {}  # of the files that were read: what was recognised in them
        self.left_out: list[Path] = []  # files and folders that are not named after a known language
        self._listed: dict[tuple[str, str], dict[Language, Path]] = {}  # (name, suffix) -> language -> file or folder
        self._splits: dict[tuple[str, str, Language], dict[tuple[str, str], Path]] = {}  # see `_files`
        self._files_below: dict[tuple[str, str], list[Path]] = {}  # see `_below`
        self._parsed: dict[tuple[Path, int], Sequence[Any]] = {}  # (file, time of change) -> examples
        if not self.root.is_dir():
            raise DataError(f"The data folder must exist, but {self.root} does not. Give another one with `--data`.")
        if not (self.root / "bitext").is_dir():
            raise DataError(
                f"A data folder must hold `bitext/`, but {self.root} does not. "
                "See the data layout in the README, or give another folder with `--data`."
            )

    @cached_property
    def bitext_languages(self) -> tuple[Language, ...]:
        """Languages with English-X sentence pairs, sorted."""
        return tuple(sorted(self._by_language("bitext")))

    @cached_property
    def flores_languages(self) -> tuple[Language, ...]:
        """Languages with n-way parallel sentences, sorted."""
        return tuple(sorted(self._by_language("flores")))

    def bitext(self, language: Language) -> list[tuple[str, str]]:
        """All (English, other) sentence pairs of `language`, in file order."""
        path = self._path_of(language, "bitext")
        return self._files_read.pairs(language, path, self._noted(path))

    def bitext_rows(self, language: Language) -> Iterator[PairRow]:
        """(line, id, English, other) of all sentence pairs of `language`, sides that are empty included."""
        path = self._path_of(language, "bitext")
        return read_pairs(path, language, self._noted(path))

    def flores(self, language: Language, split: str) -> dict[str, str]:
        """Sentences of the split "train" or "dev" by id; the same id is the same sentence in every language."""
        return self._sentences(self._path_of(language, "flores"), split)

    def _sentences(self, path: Path, split: str) -> dict[str, str]:
        sentences = {}
        for number, (key, row_split, _, text) in read_rows(path, n_columns=4):
            if row_split not in ("train", "dev"):
                raise DataError(f"The split must be 'train' or 'dev', but is {row_split!r} in {path}, line {number}.")
            if key in sentences:
                raise DataError(f"An id may occur once, but {key!r} occurs again in {path}, line {number}.")
            if row_split == split:
                sentences[key] = text
        return sentences

    def labelled_languages(self, part: Part) -> tuple[Language, ...]:
        """Languages with a test set in `part`, sorted."""
        return tuple(
            sorted(language for language in self._by_language(part.name, part.suffix) if self.sources(part, language))
        )

    def sources(self, part: Part, language: Language) -> tuple[str, ...]:
        """Names of a language's test sets, sorted, so that "" (the plain file) comes first."""
        return tuple(sorted(source for split, source in self._files(part, language) if split == "test"))

    def has_dev(self, part: Part, language: Language, source: str) -> bool:
        """Whether a test set has a development file of its own."""
        return ("dev", source) in self._files(part, language)

    def labelled(
        self, part: Part, language: Language, split: str, source: str | None = None, halve: bool = True
    ) -> list[Any]:
        """The examples of one split ("train", "dev", "test") of one source (None = the language's main one).

        The test set is the file as it is. No sentence of it, or of the language's other test sets, is in "dev":
        such examples are left out there. Many a data set has a test file only: then "dev" are the even-numbered and
        "test" the odd-numbered of its distinct (first) sentences, counted from 0, with all their examples. Without
        `halve`, "test" is all of it and there is no "dev".

        Raises:
            DataError: there is no such file, it is malformed, or the split is left without a sentence of its own.
        """
        files = self._files(part, language)
        if source is None:
            source = min((name for which, name in files if which in (split, "test")), default="")
        if split == "train":
            path = self._file(part, language, split, source)
            return list(self._files_read.examples(part, language, path, self._noted(path)))
        if split == "test":
            return self._some(self._test(part, language, source, halve), part, language, split)
        if split != "dev":
            raise DataError(f"A split must be one of {', '.join(SPLITS)}, but is {split!r}.")
        if ("dev", source) in files:
            examples = list(self._examples(part, language, files["dev", source]))
        elif not halve:
            raise DataError(
                f"The test set of {language} in `{part.name}` must be halved to have a dev split. Halve it."
            )
        else:
            examples = _half(self._examples(part, language, self._file(part, language, "test", source)), 0)
        tests = (self._test(part, language, name, halve) for name in self.sources(part, language))
        held_out = {sentence for test in tests for example in test for sentence in example.sentences}
        kept = [example for example in examples if held_out.isdisjoint(example.sentences)]
        return self._some(kept, part, language, split)

    def files(self, parts: Iterable[Part]) -> Iterator[FoundFile]:
        """Every file of a known language, in a fixed order: "bitext", "flores", the parts; of each last those that may
        not be there as they are named.
        """
        for name in (BITEXT, FLORES):
            listing = list_languages(self.root, name)
            for language, path in sorted(listing.found.items()):
                yield FoundFile(name, language, path)
            for path, problem in listing.problems.items():
                yield FoundFile(name, language_of(stem_of(path, ROWS)), path, problem)
        for part in parts:
            listing = list_languages(self.root, part.name, part.suffix)
            for language, folder in sorted(listing.found.items()):
                splits = list_splits(folder, part.name, part.suffix)
                for path in splits.found.values():
                    yield FoundFile(part, language, path)
                for path, problem in splits.problems.items():
                    yield FoundFile(part, language, path, problem)
            for path, problem in listing.problems.items():
                yield FoundFile(part, language_of(path.name), path, problem)

    def labelled_files(self, part: Part, language: Language) -> list[Path]:
        """One language's files of a labelled part, sorted; none where it has none."""
        return [*self._files(part, language).values()] if language in self._by_language(part.name, part.suffix) else []

    def examples_of(self, part: str | Part, language: Language, path: Path) -> Sequence[Any]:
        """All that one of `files` holds: (English, other), fields of "flores", or examples of the task.

        Raises:
            DataError: it is malformed.
        """
        if isinstance(part, Part):
            return self._files_read.examples(part, language, path, self._noted(path))
        if part == "bitext":
            return self._files_read.pairs(language, path, self._noted(path))
        self._sentences(path, "dev")
        return [tuple(fields) for _, fields in read_rows(path, n_columns=4)]

    def fingerprint(self, *parts: str | Part) -> str:
        """Hash of names and contents of all files below the parts: "bitext", "flores" or labelled ones."""
        files = sorted(path for part in parts for path in self._below(part))
        return _fingerprint({str(f.relative_to(self.root)): remembered_sha256(f) for f in files})

    def bitext_fingerprint(self, languages: Iterable[Language]) -> str:
        """Hash of the sentence pairs of some languages: what others have plays no part."""
        paths = {language: self._path_of(language, "bitext") for language in sorted(languages)}
        return _fingerprint({language: remembered_sha256(path) for language, path in paths.items()})

    def labelled_fingerprint(self, part: Part, languages: Iterable[Language], splits: Sequence[str]) -> str:
        """Hash of names and contents of some languages' files of a labelled part, of these splits and every source."""
        files = {
            f"{language}/{path.name}": remembered_sha256(path)
            for language in sorted(languages)
            for (split, _), path in self._files(part, language).items()
            if split in splits
        }
        return _fingerprint(files)

    def check(
        self,
        bitext: Iterable[Language] = (),
        labelled: Mapping[Part, Iterable[Language]] = NOTHING,
        flores: Iterable[Language] = (),
    ) -> None:
        """Reads the named languages' files once, so that a damaged one is refused before any training starts.

        Args:
            bitext: languages whose sentence pairs are read.
            labelled: languages by labelled part. One of which any is asked for must hold the English training set.
            flores: languages whose n-way parallel sentences are read; they must hold the ids of the English ones.

        Raises:
            DataError: for the first missing or damaged file.
        """
        for language in bitext:
            self.bitext(language)
        english = self.flores(ENGLISH, "dev") if flores else {}
        for language in flores:
            if missing := sorted(set(english) - set(self.flores(language, "dev"))):
                raise DataError(
                    f"`flores/` of {language} must hold the ids of the English sentences, but {self.root} lacks "
                    f"{missing[0]!r} and {len(missing) - 1} more. Complete it, or leave the file out."
                )
        for part, languages in labelled.items():
            for language in languages:
                for source in self.sources(part, language) or ("",):
                    self.labelled(part, language, "dev", source)
                    self.labelled(part, language, "test", source)
            if languages:
                for split in ("train", "dev"):
                    self.labelled(part, ENGLISH, split)

    def _test(self, part: Part, language: Language, source: str, halve: bool) -> list[Any]:
        examples = self._examples(part, language, self._file(part, language, "test", source))
        return _half(examples, 1) if halve and not self.has_dev(part, language, source) else list(examples)

    def _some(self, examples: list[Any], part: Part, language: Language, split: str) -> list[Any]:
        if not examples:
            raise DataError(
                f"The {split} split must hold a sentence that no other split has, but `{part.name}` of {language} in "
                f"{self.root} has none left. Give it more sentences, or leave it out."
            )
        return examples

    def _below(self, part: str | Part) -> list[Path]:
        """Files below a part that are gzipped, or named as those that are read; listed once, as by `_by_language`."""
        assert not isinstance(part, str) or part in (BITEXT, FLORES), "Labelled parts say how their files end."
        name, suffix = (part, ROWS) if isinstance(part, str) else (part.name, part.suffix)
        if (name, suffix) not in self._files_below:
            self._files_below[name, suffix] = [
                path
                for path in (self.root / name).rglob("*")
                if (path.name.endswith(".gz") or is_named(path, suffix)) and not is_hidden(path, self.root)
            ]
        return self._files_below[name, suffix]

    def _noted(self, path: Path) -> Notes:
        """Fresh notes of a file, kept in `notes`."""
        self.notes[path] = Notes()
        return self.notes[path]

    def _examples(self, part: Part, language: Language, path: Path) -> Sequence[Any]:
        """A parsed file; the last few are remembered, as "dev" and "test" need the same ones."""
        key = (path, path.stat().st_mtime_ns)
        if key not in self._parsed:
            if len(self._parsed) == N_REMEMBERED:
                del self._parsed[next(iter(self._parsed))]
            self._parsed[key] = self._files_read.examples(part, language, path, self._noted(path))
        return self._parsed[key]

    def _file(self, part: Part, language: Language, split: str, source: str) -> Path:
        files = self._files(part, language)
        if (split, source) not in files:
            name = ".".join(filter(None, (split, source))) + part.suffix
            folder = self._path_of(language, part.name, part.suffix)
            have = " ".join(sorted(path.name for path in files.values()))
            raise DataError(f"A {split} split must have a file, but {folder / name} is missing; there are: {have}.")
        return files[split, source]

    def _files(self, part: Part, language: Language) -> dict[tuple[str, str], Path]:
        """(split, source) -> file of one language of a labelled part; a folder is listed once."""
        key = (part.name, part.suffix, language)
        if key not in self._splits:
            folder = self._path_of(language, part.name, part.suffix)
            self._splits[key] = list_splits(folder, part.name, part.suffix).sound()
        return self._splits[key]

    def _by_language(self, name: str, suffix: str = "") -> dict[Language, Path]:
        """The files of one folder of the layout by language; with a suffix, its folders that hold such files."""
        if (name, suffix) in self._listed:
            return self._listed[name, suffix]
        listing = list_languages(self.root, name, suffix)
        for path in listing.left_out:
            logger.warning("%s is left out: no known language has this name. Rename it if it should be read.", path)
        self.left_out += listing.left_out
        found = listing.sound()
        self._listed[name, suffix] = found
        return found

    def _path_of(self, language: Language, name: str, suffix: str = "") -> Path:
        listed = self._by_language(name, suffix)
        if language not in listed:
            have = " ".join(sorted(listed)) or "none"
            raise DataError(f"`{name}` of {self.root} must hold {language}, but holds: {have}. Leave {language} out.")
        return listed[language]


def _fingerprint(digests: Mapping[str, str]) -> str:
    return fingerprint({"reading": READING, "files": dict(digests)})


def _half(examples: Sequence[Any], remainder: Literal[0, 1]) -> list[Any]:
    """The examples whose first sentence has an even (0) or odd (1) place among the distinct ones, in file order.

    So all pairs of one premise, and all copies of one sentence, are on the same side.
    """
    places: dict[str, int] = {}
    return [example for example in examples if places.setdefault(example.sentences[0], len(places)) % 2 == remainder]
