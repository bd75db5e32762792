"""How a tokenizer marks that a word begins, and words given one by one in the form it knows from running text.

WordPiece and SentencePiece ("always" a leading `▁`) read a lone word as they read it in a sentence. Byte-level BPE
(ModernBERT, EuroBERT) and Gemma's BPE (mmBERT) see a word start only by the space before it: given word by word, text
would fall into a quarter more pieces, unlike any that pre-training saw. Such tokenizers get each word with its space,
as `add_prefix_space=True` has it for RoBERTa.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

MARKS = ("\u2581", "\u0120")  # a word start of SentencePiece, of byte-level BPE
PROBE = "a"


@dataclass(frozen=True)
class WordStarts:
    """What was found by trying a text of two equal words.

    Attributes:
        needs_space: whether a word loses its start when it is given alone.
        bare_id: of the piece that is a word start alone, where it did not merge with the word's first letter; None =
            the tokenizer has no such piece.
    """

    needs_space: bool
    bare_id: int | None


_known: "WeakKeyDictionary[PreTrainedTokenizerBase, WordStarts]" = WeakKeyDictionary()


def as_words(tokenizer: "PreTrainedTokenizerBase", sentences: Iterable[Sequence[str]]) -> list[list[str]]:
    """Sentences as lists of words for `tokenizer(..., is_split_into_words=True)`."""
    space = " " if word_starts(tokenizer).needs_space else ""
    return [[space + word for word in sentence] for sentence in sentences]


def bare_space_id(tokenizer: "PreTrainedTokenizerBase") -> int | None:
    """See `WordStarts.bare_id`."""
    return word_starts(tokenizer).bare_id


def word_starts(tokenizer: "PreTrainedTokenizerBase") -> WordStarts:
    """Tried once a tokenizer."""
    if tokenizer not in _known:
        in_text, alone = _ids(tokenizer, f"{PROBE} {PROBE}"), _ids(tokenizer, [PROBE, PROBE])
        needs_space = in_text != alone and in_text == _ids(tokenizer, [PROBE, f" {PROBE}"])
        # Not every such character is a mark: the second is a Maltese letter too, and stands in mBERT's vocabulary.
        starts = {piece[:1] for piece in tokenizer.convert_ids_to_tokens(in_text)}
        bare = next((tokenizer.convert_tokens_to_ids(mark) for mark in MARKS if mark in starts), None)
        _known[tokenizer] = WordStarts(needs_space, None if bare == tokenizer.unk_token_id else bare)
    return _known[tokenizer]


def _ids(tokenizer: "PreTrainedTokenizerBase", text: str | list[str]) -> list[int]:
    encoded = tokenizer(text, add_special_tokens=False, is_split_into_words=isinstance(text, list), verbose=False)
    return list(encoded["input_ids"])
