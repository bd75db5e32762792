"""The contract of word alignments: two sentences' words -> links between them.

Links are one to one: a word that an aligner links to several is linked to none, as in the reference.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from search_spaces.languages import Language
from search_spaces.reading import DataError, local_path
from trainables.data.folder import DataFolder
from trainables.data.layout import file_code
from trainables.data.words import SplitText
from trainables.run_config import RealignConfig

if TYPE_CHECKING:
    from trainables.encoders.base import Encoder
    from trainables.realignment.ready_texts import ReadyTexts

Link = tuple[int, int]
"""(index of the English word, index of the other word), both from 0."""

Aligner = Callable[[Sequence[SplitText], Sequence[SplitText]], list[list[Link]]]
"""(English sentences, their translations) -> for each pair its one-to-one links, ascending. Deterministic, and no
function of what is trained meanwhile."""


class AlignmentError(DataError):
    """An alignment or dictionary file that is missing or does not fit the sentences."""


@dataclass(frozen=True)
class AlignmentInputs:
    """What an aligner may be built from: each member of the table takes this and returns an `Aligner`.

    encoder: as it was loaded, before any realignment.
    languages: the realigned ones.
    texts: the sentences' sub-words, shared with the loss.
    """

    config: RealignConfig
    encoder: "Encoder"
    data: DataFolder
    languages: tuple[Language, ...]
    texts: "ReadyTexts"


def one_to_one(links: Iterable[Link]) -> list[Link]:
    """The links both of whose words occur in no other link, ascending."""
    distinct = sorted(set(links))
    n_english = Counter(english for english, _ in distinct)
    n_other = Counter(other for _, other in distinct)
    return [(e, o) for e, o in distinct if n_english[e] == n_other[o] == 1]


def language_file(root: str | None, language: Language, suffix: str) -> Path:
    """`<root>/<iso639_3><suffix>`, or the same with ".gz".

    Raises:
        AlignmentError: `root` is not given, or holds neither.
    """
    if root is None:
        raise AlignmentError(
            f"Word alignments from files need a folder of `<iso639_3>{suffix}` files, but `realign.alignments_root` is "
            "not given. Name it, or use `realign.alignments: similarity`."
        )
    plain = local_path(root) / f"{file_code(language)}{suffix}"
    for path in (plain, plain.with_name(plain.name + ".gz")):
        if os.path.lexists(path):  # what is no file is refused where it is read
            return path
    raise AlignmentError(
        f"`realign.alignments_root` must hold a file for every realigned language, but {plain}[.gz] is missing. "
        f"Make it, or leave {language} out."
    )
