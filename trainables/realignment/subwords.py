"""From texts to model inputs, with the word that every sub-word belongs to.

Words "unicode": the text is tokenized as it stands, and a sub-word belongs to the first word it shares a character
with, so a piece that covers several Chinese characters stands for the first of them. Words "regex" and "reference": the
words are tokenized one by one and lone word starts are deleted, as the reference code does for XLM-R.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch.nn.utils.rnn import pad_sequence
from transformers import BatchEncoding, PreTrainedTokenizerBase

from trainables.data.words import SPLITTERS, SplitText
from trainables.encoders.word_starts import as_words, bare_space_id


@dataclass(frozen=True)
class Subwords:
    """B tokenized sentences.

    Attributes:
        inputs: `input_ids`, `attention_mask` (and what else the model reads), each (B, T).
        sentences: the texts with their words.
        word_BT: index of the word a sub-word belongs to within its sentence, -1 = none. CPU, long.
        real_BT: True at all sub-words but padding and special tokens. CPU.
    """

    inputs: BatchEncoding
    sentences: tuple[SplitText, ...]
    word_BT: torch.Tensor
    real_BT: torch.Tensor

    @property
    def first_BT(self) -> torch.Tensor:
        """True at the first sub-word of each word that has one left."""
        before_BT = torch.nn.functional.pad(self.word_BT, (1, 0), value=-1)[:, :-1].cummax(dim=1).values
        return self.word_BT > before_BT


def tokenize_words(tokenizer: PreTrainedTokenizerBase, texts: Sequence[str], max_length: int, words: str) -> Subwords:
    """Tokenizes `texts`, each cut off after `max_length` sub-words; words that are cut off whole have no sub-word.

    words: name in `words.SPLITTERS`.
    """
    return tokenize_sentences(tokenizer, [SPLITTERS[words](text) for text in texts], max_length, words)


def tokenize_sentences(
    tokenizer: PreTrainedTokenizerBase, sentences: Sequence[SplitText], max_length: int, words: str
) -> Subwords:
    """`tokenize_words` of texts that are split already, by the splitter `words`."""
    read = _read_text if words == "unicode" else _read_words
    rows = read(tokenizer, sentences, max_length)
    ids, word, special = (
        pad_sequence([torch.tensor(row[k]) for row in rows], batch_first=True, padding_value=filler)
        for k, filler in enumerate((tokenizer.pad_token_id, -1, 1))
    )
    n_T = torch.tensor([len(row[0]) for row in rows])
    attention_BT = (torch.arange(ids.shape[1]) < n_T[:, None]).long()
    return Subwords(
        inputs=BatchEncoding({"input_ids": ids, "attention_mask": attention_BT}),
        sentences=tuple(sentences), word_BT=word, real_BT=special == 0,
    )  # fmt: skip


Row = tuple[list[int], list[int], list[int]]  # ids, word (-1 = none) and special-token flag of each sub-word


def _read_text(tokenizer: PreTrainedTokenizerBase, sentences: Sequence[SplitText], max_length: int) -> list[Row]:
    encoded = tokenizer(
        [sentence.text for sentence in sentences],
        truncation=True, max_length=max_length, return_offsets_mapping=True, return_special_tokens_mask=True,
    )  # fmt: skip
    bare = bare_space_id(tokenizer)
    rows = []
    for sentence, ids, offsets, special in zip(
        sentences, encoded["input_ids"], encoded["offset_mapping"], encoded["special_tokens_mask"], strict=True
    ):
        if not sentence.spans:
            rows.append((ids, [-1] * len(ids), special))
            continue
        word_of_char = [-1] * len(sentence.text)
        for word, (start, end) in enumerate(sentence.spans):
            word_of_char[start:end] = [word] * (end - start)
        word_row = [
            -1 if piece == bare else next((w for w in word_of_char[start:end] if w >= 0), -1)
            for piece, (start, end) in zip(ids, offsets, strict=True)
        ]
        rows.append((ids, word_row, special))
    return rows


def _read_words(tokenizer: PreTrainedTokenizerBase, sentences: Sequence[SplitText], max_length: int) -> list[Row]:
    """Cut off first, then the lone word starts are deleted: which comes first in the reference cannot be told."""
    encoded = tokenizer(
        as_words(tokenizer, (sentence.words for sentence in sentences)),
        is_split_into_words=True, truncation=True, max_length=max_length, return_special_tokens_mask=True,
    )  # fmt: skip
    bare = bare_space_id(tokenizer)
    rows = []
    for i, (ids, special) in enumerate(zip(encoded["input_ids"], encoded["special_tokens_mask"], strict=True)):
        words = [-1 if word is None else word for word in encoded.word_ids(i)]
        kept = [k for k, piece in enumerate(ids) if piece != bare]
        rows.append(([ids[k] for k in kept], [words[k] for k in kept], [special[k] for k in kept]))
    return rows
