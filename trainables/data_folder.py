"""DataFolder: a folder of multilingual text in one fixed layout, read strictly.

    bitext/<iso639_3>.tsv.gz                 id, English, other
    flores/<iso639_3>_<Script>.tsv.gz        id, split (train|dev), topic, text: n-way parallel, same ids everywhere
    pos/<iso639_3>/{train,dev,test}.conllu.gz  CoNLL-U, 17 UPOS tags

UTF-8, gzip, no header line, no quoting. A file that is missing, empty, truncated or malformed is refused by name and
line.
This file is the border where the folder's ISO 639-3 codes become language tags. The synthetic world writes this same
layout.
"""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from search_spaces.languages import ENGLISH, Language, parse_language
from trainables.fingerprint import fingerprint, remembered_sha256

# Universal Dependencies v2, https://universaldependencies.org/u/pos/
UPOS = tuple("ADJ ADP ADV AUX CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X".split())
N_CONLLU_COLUMNS = 10


class DataError(ValueError):
    """A data file or folder is not what its place in the layout says it is."""


@dataclass(frozen=True)
class TaggedSentence:
    """One sentence: as many tags as words."""

    words: tuple[str, ...]
    tags: tuple[str, ...]


class DataFolder:
    """Reads the layout above.

    Args:
        root: the folder.

    Raises:
        DataError: `root` is missing, or holds no English-X bitext.
    """

    def __init__(self, root: str | Path) -> None:
        self.root = Path(root).expanduser().resolve()
        self._files: dict[str, dict[Language, Path]] = {}  # part -> language -> file, listed once
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
        return tuple(sorted(self._by_language("bitext", "*.tsv.gz")))

    @cached_property
    def flores_languages(self) -> tuple[Language, ...]:
        """Languages with n-way parallel sentences, sorted."""
        return tuple(sorted(self._by_language("flores", "*.tsv.gz")))

    @cached_property
    def pos_languages(self) -> tuple[Language, ...]:
        """Languages with a part-of-speech test set, sorted."""
        return tuple(sorted(self._by_language("pos", "*/test.conllu.gz")))

    def bitext(self, language: Language) -> list[tuple[str, str]]:
        """All (English, other) sentence pairs of `language`, in file order."""
        path = self._path_of(language, "bitext", "*.tsv.gz")
        pairs = []
        for number, (_, english, other) in _rows(path, n_columns=3):
            if not english.strip() or not other.strip():
                raise DataError(
                    f"Both sides of a sentence pair must hold text, but one is empty in {path}, line {number}."
                )
            pairs.append((english, other))
        return pairs

    def flores(self, language: Language, split: str) -> dict[str, str]:
        """Sentences of the split "train" or "dev" by id; the same id is the same sentence in every language."""
        path = self._path_of(language, "flores", "*.tsv.gz")
        sentences = {}
        for number, (key, row_split, _, text) in _rows(path, n_columns=4):
            if row_split not in ("train", "dev"):
                raise DataError(f"The split must be 'train' or 'dev', but is {row_split!r} in {path}, line {number}.")
            if key in sentences:
                raise DataError(f"An id may occur once, but {key!r} occurs again in {path}, line {number}.")
            if row_split == split:
                sentences[key] = text
        return sentences

    def pos(self, language: Language, split: str) -> list[TaggedSentence]:
        """Sentences with UPOS tags of the split "train", "dev" or "test".

        Most languages have a test file only: of those, "dev" is its even-numbered and "test" its odd-numbered sentences
        (counted from 0), so that scores used for choosing and scores that are reported never share a sentence.
        """
        test = self._path_of(language, "pos", "*/test.conllu.gz")
        path = test.with_name(f"{split}.conllu.gz")
        if path.exists() and (split != "test" or test.with_name("dev.conllu.gz").exists()):
            return _conllu(path)
        if split not in ("dev", "test"):
            raise DataError(f"A {split} split must have a file, but {path} is missing.")
        return _conllu(test)[0 if split == "dev" else 1 :: 2]

    def fingerprint(self, *parts: str) -> str:
        """Hash of names and contents of all files below the named parts ("bitext", "flores", "pos")."""
        files = sorted(path for part in parts for path in (self.root / part).rglob("*.gz"))
        return fingerprint({str(f.relative_to(self.root)): remembered_sha256(f) for f in files})

    def check(self, bitext: tuple[Language, ...] = (), pos: tuple[Language, ...] = ()) -> None:
        """Reads the named languages' files once, so that a damaged one is refused before any training starts.

        Raises:
            DataError: for the first missing or damaged file.
        """
        for language in bitext:
            self.bitext(language)
        for language in pos:
            self.pos(language, "test")
        if pos:
            for split in ("train", "dev"):
                self.pos(ENGLISH, split)

    def _by_language(self, part: str, pattern: str) -> dict[Language, Path]:
        """The files of one part by language; a folder-per-language part is keyed by the folder's name."""
        if part in self._files:
            return self._files[part]
        found: dict[Language, Path] = {}
        for path in sorted((self.root / part).glob(pattern)):
            code = path.relative_to(self.root / part).parts[0].removesuffix(".tsv.gz")
            try:
                language = parse_language(code)
            except ValueError as error:
                raise DataError(f"{path} must be named after a known language. {error}") from None
            if language in found:
                raise DataError(
                    f"A language may have one file in `{part}/`, but {language} has {found[language]} and {path}."
                )
            found[language] = path
        self._files[part] = found
        return found

    def _path_of(self, language: Language, part: str, pattern: str) -> Path:
        files = self._by_language(part, pattern)
        if language not in files:
            have = " ".join(sorted(files)) or "none"
            raise DataError(f"`{part}` of {self.root} must hold {language}, but holds: {have}. Leave {language} out.")
        return files[language]


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Numbered lines (from 1) without line ends; refuses what is not whole gzipped UTF-8, and an empty file."""
    number = 0
    try:
        with gzip.open(path, "rb") as file:
            for number, raw in enumerate(file, start=1):
                yield number, raw.decode("utf-8").rstrip("\r\n")
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{path} must be a whole gzip file, but breaks off after line {number} ({error}).") from None
    except UnicodeDecodeError as error:
        raise DataError(f"{path} must be UTF-8, but line {number} is not ({error.reason}).") from None
    if number == 0:
        raise DataError(f"{path} must hold at least one line, but is empty.")


def _rows(path: Path, n_columns: int) -> Iterator[tuple[int, list[str]]]:
    for number, line in _lines(path):
        columns = line.split("\t")
        if len(columns) != n_columns:
            raise DataError(
                f"A line must have {n_columns} tab-separated fields, but {path}, line {number} has {len(columns)}."
            )
        yield number, columns


def _conllu(path: Path) -> list[TaggedSentence]:
    """The syntactic words of a CoNLL-U file: multi-word ranges (`3-4`) and empty nodes (`5.1`) carry no tag of
    their own.
    """
    sentences: list[TaggedSentence] = []
    words: list[str] = []
    tags: list[str] = []
    for number, line in _lines(path):
        if not line:
            if words:
                sentences.append(TaggedSentence(tuple(words), tuple(tags)))
            words, tags = [], []
            continue
        if line.startswith("#"):
            continue
        columns = line.split("\t")
        if len(columns) != N_CONLLU_COLUMNS:
            raise DataError(
                f"A token line must have {N_CONLLU_COLUMNS} fields, but {path}, line {number} has {len(columns)}."
            )
        if "-" in columns[0] or "." in columns[0]:
            continue
        if columns[3] not in UPOS:
            raise DataError(f"A tag must be one of the 17 UPOS tags, but is {columns[3]!r} in {path}, line {number}.")
        words.append(columns[1])
        tags.append(columns[3])
    if words:
        sentences.append(TaggedSentence(tuple(words), tuple(tags)))
    if not sentences:
        raise DataError(f"{path} must hold at least one sentence, but holds comments only.")
    return sentences
