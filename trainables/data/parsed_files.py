"""Parsed files: what a file of a data folder holds, parsed once and kept in the stage store.

To parse the text of a real evaluation takes Python longer than to train takes a GPU, and every trial needs it. The same
content is taken from the store by the file's SHA-256 and by the code that reads it, so what comes back is what parsing
would give. A file that cannot be read leaves nothing, and says why every time.
"""

import hashlib
import json
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import lru_cache
from operator import attrgetter
from pathlib import Path
from typing import Any

from search_spaces import languages, reading
from search_spaces.languages import OWN_ALIASES, Language
from search_spaces.reading import DataError
from trainables.data.columns import Notes
from trainables.data.layout import BITEXT
from trainables.data.pair_files import read_pairs
from trainables.data.part import Part
from trainables.store.fingerprint import remembered_sha256
from trainables.store.stage_store import StageStore

KIND, FILE = "parsed", "rows.json"
SMALL_BYTES = 8192  # what is not larger is parsed as fast as it is looked up

Row = Sequence[Any]


class ParsedFiles:
    """Reads files, or takes what they hold from a store's local folder: one behind a URL is slower than parsing.

    Args:
        store: where parsed files are kept; None = every reading parses.
    """

    def __init__(self, store: StageStore | None) -> None:
        self._store = store and StageStore(store.root, limit_bytes=store.limit_bytes)

    def pairs(self, language: Language, path: Path, notes: Notes) -> list[tuple[str, str]]:
        """All (English, other) sentence pairs of a file.

        Raises:
            DataError: it is malformed.
        """
        rows = self._rows(BITEXT, language, path, notes, lambda: _pairs(language, path, notes))
        return [(english, other) for english, other in rows]

    def examples(self, part: Part, language: Language, path: Path, notes: Notes) -> Sequence[Any]:
        """All examples of a file of a labelled part.

        Raises:
            DataError: it is malformed.
        """
        example = part.example
        if example is None:
            return part.examples(path, language, notes)
        row_of = attrgetter(*(field.name for field in fields(example)))  # of two fields and more: a tuple
        rows = self._rows(
            part.name, language, path, notes, lambda: [*map(row_of, part.examples(path, language, notes))]
        )  # fmt: skip
        return [example(*(tuple(value) if isinstance(value, list) else value for value in row)) for row in rows]

    def _rows(
        self, part: str, language: Language, path: Path, notes: Notes, parse: Callable[[], Sequence[Row]]
    ) -> Sequence[Row]:
        """What `parse` gives, and notes: texts, or lists of texts."""
        if self._store is None or not path.is_file() or path.stat().st_size <= SMALL_BYTES:
            return parse()
        identity = {
            "part": part, "language": str(language), "sha256": remembered_sha256(path), "code": _code(),
            "unicode": unicodedata.unidata_version, "own names": dict(OWN_ALIASES),
        }  # fmt: skip

        def build(folder: Path) -> None:
            kept = {"rows": parse(), "notes": notes}
            (folder / FILE).write_text(json.dumps(kept, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")

        stage = self._store.get_or_build(KIND, identity, build)
        try:
            found = json.loads((stage / FILE).read_bytes())
        finally:
            self._store.close()  # it is read: nothing need be kept from eviction
        notes.clear()
        notes.update(found["notes"])
        rows: list[list[Any]] = found["rows"]
        return rows


def _pairs(language: Language, path: Path, notes: Notes) -> list[tuple[str, str]]:
    pairs = []
    for number, _, english, other in read_pairs(path, language, notes):
        if not english.strip() or not other.strip():
            raise DataError(f"Both sides of a sentence pair must hold text, but one is empty in {path}, line {number}.")
        pairs.append((english, other))
    return pairs


@lru_cache(maxsize=1)
def _code() -> str:
    """A digest of what decides how a file is read: sources, and the names of languages."""
    names = Path(languages.__file__)
    tables = sorted((names.parent / "data").glob("*languages.csv*"))
    sources = [*sorted(Path(__file__).parent.glob("*.py")), Path(reading.__file__), names, *tables]
    return hashlib.sha256(b"\0".join(source.read_bytes() for source in sources)).hexdigest()
