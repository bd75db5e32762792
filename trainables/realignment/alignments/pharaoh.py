"""Word alignments from files in the Pharaoh format, as fast_align (Dyer et al. 2013), eflomal and others write them.

`<iso639_3>.pharaoh[.gz]`: line i holds the links "0-0 1-2" (English word - other word, from 0) of the i-th sentence
pair of `bitext/<iso639_3>`. `fast_align_input` writes the aligner's input with the same words.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from search_spaces.reading import read_lines
from trainables.data.words import SPLITTERS, SplitText
from trainables.realignment.alignments.base import (
    Aligner,
    AlignmentError,
    AlignmentInputs,
    Link,
    language_file,
    one_to_one,
)

SUFFIX = ".pharaoh"
SEPARATOR = "|||"
LINK = re.compile(r"([0-9]{1,6})-([0-9]{1,6})")


def build(inputs: AlignmentInputs) -> Aligner:
    """Reads the files of all realigned languages; a pair that occurs twice has the links of its first line.

    Raises:
        AlignmentError: a language has no file, its number of lines is not that of the bitext, a line is malformed, or a
            link points behind the last word of its sentence.
    """
    split = SPLITTERS[inputs.config.words]
    known: dict[tuple[str, str], list[Link]] = {}
    for language in sorted(inputs.languages):
        path = language_file(inputs.config.alignments_root, language, SUFFIX)
        pairs = inputs.data.bitext(language)
        lines = [line for _, line in read_lines(path)]
        if len(lines) != len(pairs):
            raise AlignmentError(
                f"An alignment file must have a line for each of the {len(pairs)} sentence pairs of {language}, but "
                f"{path} has {len(lines)}. Align the bitext as it is now."
            )
        for number, (line, pair) in enumerate(zip(lines, pairs, strict=True), start=1):
            if pair not in known:
                counts = (len(split(pair[0]).spans), len(split(pair[1]).spans))
                known[pair] = one_to_one(parse_links(line, counts, f"{path}, line {number}"))
    return _aligner(known)


def parse_links(line: str, n_words: tuple[int, int], where: str) -> list[Link]:
    """All links of a line "0-0 1-2", in the order given.

    Args:
        line: links separated by white space; may be empty.
        n_words: of the English and of the other sentence.
        where: names the line in messages.

    Raises:
        AlignmentError: an item is no link, or points behind the last word.
    """
    links = []
    for item in line.split():
        match = LINK.fullmatch(item)
        if match is None:
            raise AlignmentError(f"A link must look like '0-0', but is {item[:40]!r} in {where}. Correct it.")
        link = (int(match[1]), int(match[2]))
        if link[0] >= n_words[0] or link[1] >= n_words[1]:
            raise AlignmentError(
                f"A link must lie within {n_words[0]} English and {n_words[1]} other words (from 0), but is {item!r} "
                f"in {where}. Split words as `realign.words` does (`fast_align_input`), and align again."
            )
        links.append(link)
    return links


def fast_align_input(pairs: Iterable[tuple[str, str]], words: str = "unicode") -> Iterator[str]:
    """Lines "English words ||| other words" for fast_align, without line ends; `words`: name in `words.SPLITTERS`.

    fast_align refuses a line with an empty side; such pairs do not occur in a `DataFolder`.
    """
    split = SPLITTERS[words]
    for sides in pairs:
        yield f" {SEPARATOR} ".join(
            " ".join(word.replace(SEPARATOR, "|") for word in split(side).words) for side in sides
        )


def _aligner(known: dict[tuple[str, str], list[Link]]) -> Aligner:
    def align(english: Sequence[SplitText], other: Sequence[SplitText]) -> list[list[Link]]:
        try:
            return [known[e.text, o.text] for e, o in zip(english, other, strict=True)]
        except KeyError as error:
            raise AlignmentError(
                f"Alignments from files exist for the bitext's own pairs only, but are asked for {error.args[0]!r}. "
                "Use `realign.alignments: similarity`."
            ) from None

    return align
