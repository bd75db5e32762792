"""Sentence vectors: which positions count, which layer is meant."""

from collections.abc import Callable

import pytest
import torch

from search_spaces.registry import UnknownNameError
from trainables.encoders.base import Encoder
from trainables.realignment.pooling import sentence_vectors, tokenize

# "dog ab" -> <s> ▁dog ▁ a b </s>: word 0 = position 1, word 1 = positions 2-4 (a bare ▁, then letters); 2 words
TEXTS = ["dog ab", "cat"]


@pytest.mark.parametrize(
    ("pooling", "expected"),
    [
        ("mean", [[0, 1, 1, 1, 1, 0], [0, 1, 0, 0, 0, 0]]),
        ("first_subword", [[0, 1, 1, 0, 0, 0], [0, 1, 0, 0, 0, 0]]),
        ("prefix", [[1, 1, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0]]),
    ],
)
def test_which_positions_count(make_encoder: Callable[..., Encoder], pooling: str, expected: list[list[int]]) -> None:
    batch = tokenize(make_encoder().tokenizer, TEXTS, max_length=16, pooling=pooling)
    assert batch["pool_mask"].int().tolist() == expected


def test_truncation_counts_only_words_that_are_left(make_encoder: Callable[..., Encoder]) -> None:
    batch = tokenize(make_encoder().tokenizer, ["dog cat dog cat"], max_length=4, pooling="prefix")
    assert batch["pool_mask"].int().tolist() == [[1, 1, 0, 0]]  # <s> ▁dog ▁cat </s>: two words are left


def test_a_sentence_of_nothing_still_has_a_vector(make_encoder: Callable[..., Encoder]) -> None:
    batch = tokenize(make_encoder().tokenizer, ["", "dog"], max_length=8, pooling="mean")
    assert batch["pool_mask"].any(dim=1).all()


@pytest.mark.parametrize("layer", [0, 1, 2, -1, -2])
def test_the_layer_is_an_index_into_hidden_states(make_encoder: Callable[..., Encoder], layer: int) -> None:
    encoder = make_encoder()
    encoder.model.eval()
    batch = tokenize(encoder.tokenizer, TEXTS, max_length=16, pooling="mean")
    with torch.no_grad():
        states = encoder.model(
            input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], output_hidden_states=True
        ).hidden_states
        vectors = sentence_vectors(encoder.model, batch, layer)
    torch.testing.assert_close(vectors[0], states[layer][0, 1:5].mean(dim=0))
    torch.testing.assert_close(vectors[1], states[layer][1, 1])


def test_a_layer_that_is_not_there_and_an_unknown_pooling_are_refused(make_encoder: Callable[..., Encoder]) -> None:
    encoder = make_encoder()
    batch = tokenize(encoder.tokenizer, TEXTS, max_length=16, pooling="mean")
    with pytest.raises(ValueError, match=r"between -3 and 2 for this encoder \(2 blocks; 0 = embeddings\), but is 3"):
        sentence_vectors(encoder.model, batch, 3)
    with pytest.raises(UnknownNameError, match="but is 'meen'. Nearest: 'mean'"):
        tokenize(encoder.tokenizer, TEXTS, max_length=16, pooling="meen")
