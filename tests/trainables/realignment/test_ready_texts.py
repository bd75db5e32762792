"""Texts made ready are the model inputs that are made of them in the loop."""

import random
from collections.abc import Callable

import pytest
import torch
from transformers import BatchEncoding, PreTrainedTokenizerFast

from trainables.encoders.base import Encoder
from trainables.realignment.pooling import tokenize
from trainables.realignment.ready_texts import ReadyTexts
from trainables.realignment.subwords import tokenize_words
from trainables.run_config import RealignConfig

LENGTH = 12


def some_texts(rng: random.Random) -> list[str]:
    words = ["dog", "cat", "ab", "c", "Ω", "ng'o", "dog-cat", "中国", "हिन्दी", "."]
    return ["", *(" ".join(rng.choices(words, k=rng.randrange(1, 9))) for _ in range(150))]


def equal(one: BatchEncoding, other: BatchEncoding) -> bool:
    return list(one) == list(other) and all(
        one[name].dtype == other[name].dtype and torch.equal(one[name], other[name]) for name in one
    )


@pytest.fixture
def tokenizer(make_encoder: Callable[..., Encoder]) -> PreTrainedTokenizerFast:
    return make_encoder().tokenizer


@pytest.mark.parametrize("words", ["unicode", "regex"])
@pytest.mark.parametrize("pooling", ["mean", "first_subword", "prefix"])
def test_sentences_are_those_of_tokenize(tokenizer: PreTrainedTokenizerFast, pooling: str, words: str) -> None:
    rng = random.Random(0)
    texts = some_texts(rng)
    config = RealignConfig(max_length=LENGTH, pooling=pooling, words=words)  # type: ignore[arg-type]
    ready = ReadyTexts(tokenizer, config, of_words=False)
    list(ready.add(texts[:100]))  # the others are tokenized as they come
    for _ in range(30):
        chosen = rng.choices(texts, k=rng.randrange(1, 9))
        assert equal(ready.sentences(chosen), tokenize(tokenizer, chosen, LENGTH, pooling, words))


@pytest.mark.parametrize("words", ["unicode", "regex"])
def test_words_are_those_of_tokenize_words(tokenizer: PreTrainedTokenizerFast, words: str) -> None:
    rng = random.Random(0)
    texts = some_texts(rng)
    config = RealignConfig(max_length=LENGTH, words=words)  # type: ignore[arg-type]
    ready = ReadyTexts(tokenizer, config, of_words=True)
    list(ready.add(texts))
    for _ in range(30):
        chosen = rng.choices(texts, k=rng.randrange(1, 9))
        found, wanted = ready.words(chosen), tokenize_words(tokenizer, chosen, LENGTH, words)
        assert equal(found.inputs, wanted.inputs) and found.sentences == wanted.sentences
        assert torch.equal(found.word_BT, wanted.word_BT) and torch.equal(found.real_BT, wanted.real_BT)


def test_the_ids_are_those_of_all_texts_and_of_padding(tokenizer: PreTrainedTokenizerFast) -> None:
    texts = some_texts(random.Random(1))
    ready = ReadyTexts(tokenizer, RealignConfig(max_length=LENGTH), of_words=False)
    list(ready.add(texts))
    rows = tokenizer(texts, truncation=True, max_length=LENGTH)["input_ids"]
    assert ready.ids().tolist() == sorted({tokenizer.pad_token_id, *(piece for row in rows for piece in row)})
