"""Label order, model input and head of natural-language inference."""

from collections.abc import Callable

import torch

from trainables.data.labelled_files import InferencePair
from trainables.encoders.base import Encoder
from trainables.tasks.heads import PairClassifier
from trainables.tasks.nli import NLI, tokenize_pairs

PAIRS = [
    InferencePair("dog cat", "dog", "entailment"),
    InferencePair("cat", "dog dog dog dog", "contradiction"),
    InferencePair("dog", "cat", "neutral"),
]


def test_labels_are_in_the_order_of_xnli(make_encoder: Callable[..., Encoder]) -> None:
    # datasets' "xnli", and all made from it: ClassLabel(names=["entailment", "neutral", "contradiction"])
    assert NLI.labels == ("entailment", "neutral", "contradiction")
    batch = tokenize_pairs(make_encoder().tokenizer, PAIRS, NLI.labels, 32)
    assert batch["labels"].tolist() == [0, 2, 1]


def test_both_sentences_are_read_in_order(make_encoder: Callable[..., Encoder]) -> None:
    tokenizer = make_encoder().tokenizer
    batch = tokenize_pairs(tokenizer, PAIRS, NLI.labels, 32)
    pieces = tokenizer.convert_ids_to_tokens(batch["input_ids"][0].tolist())
    assert pieces[:6] == ["<s>", "▁dog", "▁cat", "</s>", "▁dog", "</s>"]


def test_the_longer_sentence_is_cut(make_encoder: Callable[..., Encoder]) -> None:
    tokenizer = make_encoder().tokenizer
    batch = tokenize_pairs(tokenizer, [PAIRS[1]], NLI.labels, 6)
    assert tokenizer.convert_ids_to_tokens(batch["input_ids"][0].tolist()) == [
        "<s>", "▁cat", "</s>", "▁dog", "▁dog", "</s>",
    ]  # fmt: skip


def test_the_head_reads_the_first_token_only_and_feeds_gradients_to_the_encoder(
    make_encoder: Callable[..., Encoder],
) -> None:
    encoder = make_encoder()
    model = PairClassifier(encoder.model, 3).eval()
    batch = tokenize_pairs(encoder.tokenizer, PAIRS, NLI.labels, 32)
    logits = model(batch)
    inputs = {key: value for key, value in batch.items() if key != "labels"}
    first = encoder.model(**inputs).last_hidden_state[:, 0]
    by_hand = torch.tanh(first @ model.dense.weight.T + model.dense.bias) @ model.classifier.weight.T
    assert torch.allclose(logits, by_hand, atol=1e-6)  # both biases are 0 at the start
    logits.sum().backward()
    embedding = encoder.model.get_input_embeddings().weight
    assert embedding.grad is not None and embedding.grad.abs().sum() > 0
