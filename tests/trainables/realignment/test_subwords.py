"""Texts as model inputs with the word of every sub-word, by hand. How they are pooled: `test_pooling.py`."""

from collections.abc import Callable

import torch
from transformers import BatchEncoding

from trainables.data.words import SPLITTERS
from trainables.encoders.base import Encoder
from trainables.realignment.subwords import Subwords, tokenize_words


def test_sentences_are_padded_and_their_pieces_have_words(make_encoder: Callable[..., Encoder]) -> None:
    """The tiny tokenizer knows "dog" as a whole; "ab" is a lone word start and two letters."""
    tokenizer = make_encoder().tokenizer
    found = tokenize_words(tokenizer, ["dog ab", "dog"], 8, "unicode")
    pieces = [tokenizer.convert_ids_to_tokens(row) for row in found.inputs["input_ids"].tolist()]
    assert pieces == [
        ["<s>", "▁dog", "▁", "a", "b", "</s>"], ["<s>", "▁dog", "</s>", "<pad>", "<pad>", "<pad>"],
    ]  # fmt: skip
    assert found.word_BT.tolist() == [[-1, 0, -1, 1, 1, -1], [-1, 0, -1, -1, -1, -1]]
    assert found.real_BT.int().tolist() == [[0, 1, 1, 1, 1, 0], [0, 1, 0, 0, 0, 0]]
    assert found.inputs["attention_mask"].tolist() == [[1] * 6, [1, 1, 1, 0, 0, 0]]
    assert found.first_BT.int().tolist() == [[0, 1, 0, 1, 0, 0], [0, 1, 0, 0, 0, 0]]
    cut = tokenize_words(tokenizer, ["dog ab"], 4, "unicode")
    assert cut.word_BT.tolist() == [[-1, 0, -1, -1]]  # <s>, ▁dog, the lone start, </s>: the second word has no piece
    assert cut.sentences[0].words == ("dog", "ab")


def test_the_first_piece_of_a_word_is_marked_once_whatever_lies_between() -> None:
    word_BT = torch.tensor([[-1, 0, -1, 0, 2, 2, -1, 3]])
    found = Subwords(BatchEncoding(), (SPLITTERS["unicode"]("a b c d"),), word_BT, word_BT >= 0)
    assert found.first_BT.int().tolist() == [[0, 1, 0, 0, 1, 0, 0, 1]]
