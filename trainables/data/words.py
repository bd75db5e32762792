"""Where words begin and end, by Unicode's general categories; the same words for every encoder and alignment file.

A word is a maximal run of letters (L*), marks (M*), numbers (N*) and joiners, so a vowel sign stays with its letter in
every script; an apostrophe between two letters belongs to the word (`ng'ombe`). Any other maximal run of non-space
characters is a word of its own. Scripts written without spaces between words (Chinese, Japanese, Thai, Lao, Khmer,
Burmese) are cut per character: a letter with the marks, stacked consonants and modifier letters that follow it.
The reference's rules are kept beside it, `split_reference`: an expression whose `\\w` matches no combining vowel sign,
so that `हिन्दी` falls apart, and segmenters for three languages without spaces.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from search_spaces.registry import Registry
from trainables.data.segmenters import segmenter_of

UNSPACED_SCRIPTS = ("CJK ", "IDEOGRAPHIC ", "HIRAGANA ", "KATAKANA", "HALFWIDTH KATAKANA", "THAI ", "LAO ", "KHMER ",
                    "MYANMAR ")  # fmt: skip
STACKERS = "\u1039\u17d2"  # Burmese virama, Khmer coeng: the letter after them is written below the one before
AM_VOWELS = "\u0e33\u0eb3"  # Thai and Lao AM: category Lo, but half of it is a mark on the letter before
JOINERS = "\u200c\u200d"  # category Cf; inside words of Persian and of the Brahmic scripts
APOSTROPHES = "'\u2019"
REFERENCE_WORD = re.compile(r"\w+|[^\w\s]+")

Span = tuple[int, int]


@dataclass(frozen=True)
class SplitText:
    """A sentence and the half-open character spans of its words, in order."""

    text: str
    spans: tuple[Span, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """The words themselves."""
        return tuple(self.text[start:end] for start, end in self.spans)


def split_unicode(text: str) -> SplitText:
    """Words by the rule at the top of this file."""
    kinds = [_kind(char) for char in text]
    for i in range(1, len(text) - 1):
        if text[i] in APOSTROPHES and kinds[i - 1] in ("letter", "mark") and kinds[i + 1] == "letter":
            kinds[i] = "mark"
    spans: list[Span] = []
    runs = groupby(range(len(text)), key=lambda i: {"space": 0, "other": 1}.get(kinds[i], 2))
    for family, run in runs:
        positions = list(run)
        if family == 1:
            spans.append((positions[0], positions[-1] + 1))
        elif family == 2:
            spans += _cut(text, kinds, positions[0], positions[-1] + 1)
    return SplitText(text, tuple(spans))


def split_regex(text: str) -> SplitText:
    """Words as the reference code finds them (for the languages it has no segmenter of their own for)."""
    return SplitText(text, tuple(match.span() for match in REFERENCE_WORD.finditer(text)))


def split_reference(text: str) -> SplitText:
    """Words as the reference code finds them: by a segmenter in Thai, Japanese and Chinese, else by `split_regex`."""
    segment = segmenter_of(text)
    if segment is None:
        return split_regex(text)
    spans: list[Span] = []
    end = 0
    for word in segment(text):
        start = text.index(word, end) if word else end
        end = start + len(word)
        if word.strip():
            spans.append((start, end))
    return SplitText(text, tuple(spans))


# name -> text to words
SPLITTERS: Registry[Callable[[str], SplitText]] = Registry(
    "way to split words", {"unicode": split_unicode, "regex": split_regex, "reference": split_reference}
)


def _cut(text: str, kinds: list[str], start: int, end: int) -> list[Span]:
    """The spans of one run of word characters: cut before and after each character of an unspaced script."""
    starts = [start]
    for i in range(start + 1, end):
        if kinds[i] == "mark" or text[i - 1] in STACKERS:
            continue
        base = next(k for k in range(i - 1, start - 1, -1) if kinds[k] != "mark" or k == start)
        if "character" in (kinds[i], kinds[base]):
            starts.append(i)
    return list(zip(starts, [*starts[1:], end], strict=True))


@lru_cache(maxsize=100_000)
def _kind(char: str) -> str:
    """ "letter", "character" (a letter of an unspaced script), "mark", "space" or "other"."""
    if char.isspace():
        return "space"
    category = unicodedata.category(char)
    if category[0] == "M" or category == "Lm" or char in JOINERS or char in AM_VOWELS:
        return "mark"
    if category[0] not in "LN":
        return "other"
    is_unspaced = category == "Lo" and unicodedata.name(char, "").startswith(UNSPACED_SCRIPTS)
    return "character" if is_unspaced else "letter"
