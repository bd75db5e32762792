"""Word alignments, one file a source: what is known before a realignment -> an `Aligner`.

The table is the only list.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from search_spaces.languages import Language
from search_spaces.registry import Lazy, Registry
from trainables.realignment.alignments import dictionary, pharaoh
from trainables.realignment.alignments.base import language_file
from trainables.realignment.objectives import OBJECTIVES
from trainables.run_config import RealignConfig
from trainables.store.fingerprint import remembered_sha256

if TYPE_CHECKING:
    from trainables.realignment.alignments.base import Aligner, AlignmentInputs

ALIGNMENTS: "Registry[Callable[[AlignmentInputs], Aligner]]" = Registry(
    "source of word alignments",
    {
        "similarity": Lazy("trainables.realignment.alignments.similarity:build"),
        "pharaoh": Lazy("trainables.realignment.alignments.pharaoh:build"),
        "dictionary": Lazy("trainables.realignment.alignments.dictionary:build"),
    },
)
SUFFIXES = {"pharaoh": pharaoh.SUFFIX, "dictionary": dictionary.SUFFIX}


def files_fingerprint(config: RealignConfig, languages: Sequence[Language]) -> dict[str, str]:
    """SHA-256 of the alignment files that a realignment on `languages` reads, by language; empty if it reads none.

    `alignments_root` is a path and no part of the identity; this belongs into it instead.

    Raises:
        AlignmentError: a file is missing.
    """
    if OBJECTIVES[config.objective].unit != "word" or config.alignments not in SUFFIXES:
        return {}
    suffix = SUFFIXES[config.alignments]
    return {
        language: remembered_sha256(language_file(config.alignments_root, language, suffix))
        for language in sorted(languages)
    }
