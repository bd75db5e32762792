"""Script distance: whether two languages are written in the same script, with mixed scripts taken apart."""

from collections.abc import Iterable

import numpy as np

from search_spaces.distances.matrix import DistanceMatrix
from search_spaces.further_languages import SCRIPT_NOT_KNOWN
from search_spaces.inventory import language_info
from search_spaces.languages import Language

PARTS: dict[str, frozenset[str]] = {
    "Jpan": frozenset(("Hani", "Hira", "Kana")),
    "Kore": frozenset(("Hang", "Hani")),
    "Hans": frozenset(("Hani",)),
    "Hant": frozenset(("Hani",)),
}
"""ISO 15924 codes that stand for several scripts, or for a variant of one; every other code is one script."""


def script(languages: Iterable[Language]) -> DistanceMatrix:
    """0 for the same script, 1 for different ones; between, 1 - (scripts shared) / (scripts of either).

    The middle concerns Japanese only (Han, Hiragana and Katakana): 2/3 to Chinese. Simplified and traditional Chinese
    are variants of one script: 0. Korean as in the inventory (Hang) is Hangul alone: 1 to both.

    Raises:
        ValueError: no language is given, or one whose script is not known.
    """
    tags = tuple(sorted(set(languages)))
    if not tags:
        raise ValueError("At least one language is needed, but none is given. Name some.")
    written = [language_info(tag).script for tag in tags]
    if lacking := [tag for tag, script in zip(tags, written, strict=True) if script == SCRIPT_NOT_KNOWN]:
        raise ValueError(
            f"Every language needs a script, but that of {', '.join(lacking[:5])} is not known. Name it with one "
            "('xyz_Latn'), or in a table of languages (`languages`)."
        )
    scripts = [PARTS.get(script, frozenset((script,))) for script in written]
    return DistanceMatrix(tags, np.array([[1.0 - len(a & b) / len(a | b) for b in scripts] for a in scripts]))
