"""The texts of a realignment as sub-words, each tokenized once, however many steps read it."""

from collections.abc import Iterable, Iterator, Sequence

import torch
from transformers import BatchEncoding, PreTrainedTokenizerBase

from trainables.data.words import SplitText
from trainables.realignment.pooling import tokenize
from trainables.realignment.subwords import Subwords, tokenize_words
from trainables.run_config import RealignConfig
from trainables.stepping.ready_rows import IDS, MASK, ReadyRows

POOL, WORD, REAL = "pool_mask", "word", "real"


class ReadyTexts:
    """Texts -> the model inputs that `tokenize`, or of words `tokenize_words`, would make of them.

    Args:
        config: explicit.
        of_words: whether vectors of words are wanted. Which word a sub-word belongs to is only then kept.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, config: RealignConfig, of_words: bool) -> None:
        self._tokenizer, self._config = tokenizer, config
        self._split: dict[str, SplitText] = {}
        fillers = {IDS: tokenizer.pad_token_id, MASK: 0, POOL: 0, WORD: -1, REAL: 0}
        self._rows: ReadyRows[str] = ReadyRows(self._read_words if of_words else self._read_sentences, fillers)

    def add(self, texts: Iterable[str]) -> Iterator[None]:
        """Tokenizes what is not there yet, yielding now and then."""
        return self._rows.add({text: text for text in texts})

    def sentences(self, texts: Sequence[str]) -> BatchEncoding:
        """See `pooling.tokenize`."""
        self._add_now(texts)
        return self._rows.batch(texts)

    def words(self, texts: Sequence[str]) -> Subwords:
        """See `subwords.tokenize_words`."""
        self._add_now(texts)
        batch = self._rows.batch(texts)
        word_BT, real_BT = batch.pop(WORD), batch.pop(REAL)
        return Subwords(batch, tuple(self._split[text] for text in texts), word_BT, real_BT)

    def lengths(self, texts: Sequence[str]) -> list[int]:
        """Sub-words of each text, special ones included."""
        self._add_now(texts)
        return self._rows.lengths(texts)

    def ids(self) -> torch.Tensor:
        """See `ReadyRows.ids`."""
        return self._rows.ids()

    def _add_now(self, texts: Sequence[str]) -> None:
        if lacking := [text for text in texts if text not in self._rows]:
            for _ in self.add(lacking):
                pass

    def _read_sentences(self, texts: list[str]) -> BatchEncoding:
        config = self._config
        return tokenize(self._tokenizer, texts, config.max_length, config.pooling, config.words)

    def _read_words(self, texts: list[str]) -> BatchEncoding:
        subwords = tokenize_words(self._tokenizer, texts, self._config.max_length, self._config.words)
        self._split.update(zip(texts, subwords.sentences, strict=True))
        return BatchEncoding({**subwords.inputs, WORD: subwords.word_BT, REAL: subwords.real_BT})
