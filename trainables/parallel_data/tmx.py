"""Translation memories (TMX 1.4b): the English-X sentence pairs of a file, parsed as it streams by.

Entity declarations are refused, so that no file can blow up in memory or read other files; the usual DOCTYPE line is
fine and nothing is fetched for it. Codes of native formatting (`bpt ept it ph ut`) are no text and are left out.
"""

import gzip
from collections.abc import Iterator
from pathlib import Path
from xml.parsers import expat

from search_spaces.languages import ENGLISH, Language, UnknownLanguageError, parse_language
from trainables.data.labelled_files import DataError

CHUNK_BYTES = 1 << 16
CODES = frozenset({"bpt", "ept", "it", "ph", "ut"})


def read_tmx(path: Path, language: Language) -> Iterator[tuple[str, str]]:
    """(english, other) of each translation unit that has both.

    A unit with several segments of one language gives the first. `xml:lang` may carry a region ("en-GB").

    Raises:
        DataError: the file is no well-formed XML, declares entities, or has a segment without a language.
    """
    reader = _TmxReader(path, language)
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
        try:
            while chunk := file.read(CHUNK_BYTES):
                reader.parser.Parse(chunk, False)
                yield from reader.take()
            reader.parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise DataError(
                f"{path} must be well-formed XML, but line {error.lineno} is not "
                f"({expat.errors.messages.get(error.code, error)}). Export it again."
            ) from None
    yield from reader.take()


class _TmxReader:
    """Handlers of the XML parser and the pairs that they found."""

    def __init__(self, path: Path, language: Language) -> None:
        self.path = path
        self.wanted = frozenset({ENGLISH, language})
        self.language = language
        self.pairs: list[tuple[str, str]] = []
        self.unit: dict[Language, str] = {}
        self.current: Language | None = None  # language of the open <tuv>, if it is a wanted one
        self.segment: list[str] | None = None  # text of the open <seg>
        self.n_codes = 0  # open elements that hold formatting codes
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.text
        self.parser.EntityDeclHandler = self.refuse_entity

    def take(self) -> list[tuple[str, str]]:
        """The pairs found since the last call."""
        taken, self.pairs = self.pairs, []
        return taken

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "tu":
            self.unit = {}
        elif name == "tuv":
            self.current = self.language_of(attributes)
        elif name == "seg":
            self.segment = []
        elif name in CODES:
            self.n_codes += 1

    def end(self, name: str) -> None:
        if name == "seg":
            if self.current is not None and self.segment is not None:
                self.unit.setdefault(self.current, "".join(self.segment))
            self.segment = None
        elif name in CODES:
            self.n_codes -= 1
        elif name == "tu" and self.unit.keys() == self.wanted:
            self.pairs.append((self.unit[ENGLISH], self.unit[self.language]))

    def text(self, data: str) -> None:
        if self.segment is not None and not self.n_codes:
            self.segment.append(data)

    def language_of(self, attributes: dict[str, str]) -> Language | None:
        """The wanted language of a `<tuv>`, or None for any other."""
        code = attributes.get("xml:lang") or attributes.get("lang")
        if not code:
            raise DataError(
                f"A <tuv> must say its language (`xml:lang`), but the one in {self.path}, line "
                f"{self.parser.CurrentLineNumber} does not."
            )
        for candidate in (code, code.replace("_", "-").partition("-")[0]):
            try:
                language = parse_language(candidate)
            except UnknownLanguageError:
                continue
            return language if language in self.wanted else None
        return None

    def refuse_entity(self, name: str, *_: object) -> None:
        raise DataError(
            f"A TMX file must declare no entities, but {self.path}, line {self.parser.CurrentLineNumber} declares "
            f"{name!r}. Remove the declaration."
        )
