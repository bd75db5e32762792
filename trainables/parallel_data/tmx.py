"""Translation memories (TMX 1.4b): the English-X sentence pairs of a file, parsed as it streams by.

Entity declarations are refused, so that no file can blow up in memory or read other files; the usual DOCTYPE line is
fine and nothing is fetched for it. Codes of native formatting (`bpt ept it ph ut`) are no text and are left out.
"""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from xml.parsers import expat

from search_spaces.languages import ENGLISH, Language, UnknownLanguageError, parse_language
from search_spaces.reading import DataError, read_chunks
from trainables.data.labelled_files import Notes

CODE = re.compile(
    r"(?P<language>[A-Za-z]{2,3})(?:-(?P<extlang>[A-Za-z]{3}))?(?:-(?P<script>[A-Za-z]{4}))?"
    r"(?:-(?P<region>[A-Za-z]{2}|[0-9]{3}))?(?:-.*)?$"
)
# (language, region) -> the script that is written there, where it is not the language's usual one: from CLDR's likely
# subtags, https://github.com/unicode-org/cldr/blob/main/common/supplemental/likelySubtags.xml
REGION_SCRIPTS = {
    ("zh", "TW"): "Hant", ("zh", "HK"): "Hant", ("zh", "MO"): "Hant", ("zh", "CN"): "Hans", ("zh", "SG"): "Hans",
    ("sr", "ME"): "Latn", ("sr", "RO"): "Latn", ("sr", "TR"): "Latn", ("sr", "RU"): "Latn", ("pa", "PK"): "Arab",
    ("uz", "AF"): "Arab", ("uz", "CN"): "Cyrl", ("az", "IR"): "Arab", ("az", "IQ"): "Arab", ("az", "RU"): "Cyrl",
    ("kk", "CN"): "Arab", ("kk", "IR"): "Arab", ("kk", "MN"): "Arab", ("ky", "CN"): "Arab", ("ky", "TR"): "Latn",
    ("ug", "KZ"): "Cyrl", ("ug", "MN"): "Cyrl", ("ha", "CM"): "Arab", ("ha", "SD"): "Arab", ("ms", "CC"): "Arab",
}  # fmt: skip
CODES = frozenset({"bpt", "ept", "it", "ph", "ut"})


def read_tmx(path: Path, language: Language, notes: Notes | None = None) -> Iterator[tuple[str, str]]:
    """(english, other) of each translation unit that has both.

    A unit with several segments of one language gives the first. `xml:lang` is a BCP 47 code: its script counts, and
    its region where that implies a script ("zh-TW"); any other region does not ("en-GB").

    Args:
        notes: codes of languages that are left out are counted here.

    Raises:
        DataError: as `read_chunks`; the file is no well-formed XML, declares entities, has a segment without a
            language, or no unit with both languages.
    """
    reader = _TmxReader(path, language)
    n_pairs = 0
    try:
        for chunk in read_chunks(path):
            reader.parser.Parse(chunk, False)
            n_pairs += len(reader.pairs)
            yield from reader.take()
        reader.parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise DataError(
            f"{path} must be well-formed XML, but line {error.lineno} is not "
            f"({expat.errors.messages.get(error.code, error)}). Export it again."
        ) from None
    except DataError:
        raise
    except (LookupError, ValueError) as error:  # what Python's codecs say to the parser
        raise DataError(
            f"{path} must be in an encoding that is known, but is not ({error}). Export it as UTF-8."
        ) from None
    if not n_pairs + len(reader.pairs):
        codes = ", ".join(f"{code} ({n})" for code, n in sorted(reader.codes.items())) or "none"
        held = sorted({str(language_of_code(code)) for code in reader.codes} - {"None", str(ENGLISH), str(language)})
        remedy = f"Name one that it holds: {', '.join(held)}." if held else "Leave it out."
        raise DataError(
            f"A translation memory must hold units with {ENGLISH} and {language}, but {path} has none; its codes are: "
            f"{codes}. {remedy}"
        )
    if notes is not None:
        notes.update({f"segments in {code} left out": n for code, n in reader.codes.items() if not reader.wants(code)})
    yield from reader.take()


@cache
def language_of_code(code: str) -> Language | None:
    """The language that a BCP 47 code means, script honoured; None where it is unknown or in another script.

    Of "language[-extlang][-Script][-REGION]..." the extlang counts instead of the language ("zh-yue"), and a region
    that implies a script (REGION_SCRIPTS) implies it unless a script is given.
    """
    match = CODE.match(code.strip().replace("_", "-"))
    if match is None:
        return _known(code)
    name = match["extlang"] or match["language"]
    region = (match["region"] or "").upper()
    script = (match["script"] or REGION_SCRIPTS.get((name.lower(), region), "")).title()
    return _known(f"{name}-{script}") if script else _known(name)


def _known(name: str) -> Language | None:
    try:
        return parse_language(name)
    except UnknownLanguageError:
        return None


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
        self.codes: Counter[str] = Counter()  # of the languages of all segments
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
        self.codes[code[:40]] += 1
        return language_of_code(code) if self.wants(code) else None

    def wants(self, code: str) -> bool:
        """Whether a code means one of the two languages."""
        return language_of_code(code) in self.wanted

    def refuse_entity(self, name: str, *_: object) -> None:
        raise DataError(
            f"A TMX file must declare no entities, but {self.path}, line {self.parser.CurrentLineNumber} declares "
            f"{name!r}. Remove the declaration."
        )
