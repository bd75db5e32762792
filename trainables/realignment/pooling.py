"""From the states of a sentence's sub-words to one vector.

Three readings of "sentence averaging". Words are the tokenizer's own pre-tokens (`word_ids`): white-space words for
SentencePiece-style tokenizers, words and single CJK characters for BERT's.
"""

import torch
from transformers import BatchEncoding, PreTrainedModel, PreTrainedTokenizerBase

from search_spaces.registry import Registry


def _mean(first_TB: list[list[bool]], real_TB: list[list[bool]]) -> list[list[bool]]:
    return real_TB


def _first_subword(first_TB: list[list[bool]], real_TB: list[list[bool]]) -> list[list[bool]]:
    return first_TB


def _prefix(first_TB: list[list[bool]], real_TB: list[list[bool]]) -> list[list[bool]]:
    """The reference code's reading: as many leading *positions* (from <s> on) as the sentence has words."""
    return [[position < sum(first) for position in range(len(first))] for first in first_TB]


# pooling name -> which positions of a sentence are averaged, given first sub-words of words and all real sub-words
POOLINGS = Registry("pooling", {"mean": _mean, "first_subword": _first_subword, "prefix": _prefix})


def tokenize(tokenizer: PreTrainedTokenizerBase, texts: list[str], max_length: int, pooling: str) -> BatchEncoding:
    """Model inputs of shape (B, T) plus `pool_mask` (B, T): True where a position counts in the sentence vector.

    "Real" sub-words are all but padding and special tokens. A sentence without any (empty after normalisation) is
    represented by its first position.
    """
    batch = tokenizer(texts, truncation=True, max_length=max_length, padding=True, return_tensors="pt")
    first, real = [], []
    for i in range(len(texts)):
        words = batch.word_ids(i)
        real.append([word is not None for word in words])
        first.append([word is not None and word != before for word, before in zip(words, [None, *words], strict=False)])
    mask_BT = torch.tensor(POOLINGS[pooling](first, real))
    mask_BT[:, 0] |= ~mask_BT.any(dim=1)
    batch["pool_mask"] = mask_BT
    return batch


def sentence_vectors(model: PreTrainedModel, batch: BatchEncoding, layer: int) -> torch.Tensor:
    """Average of the chosen layer's states over `pool_mask`.

    layer: index into `hidden_states`: 0 = embeddings, i = output of block i, negative from the end (-1 = last block).
    Shape: `batch` (B, T) -> (B, H).

    Raises:
        ValueError: the model has no such layer.
    """
    inputs = {key: value for key, value in batch.items() if key != "pool_mask"}
    hidden_states = model(**inputs, output_hidden_states=True).hidden_states
    if not -len(hidden_states) <= layer < len(hidden_states):
        raise ValueError(
            f"`realign.layer` must be between {-len(hidden_states)} and {len(hidden_states) - 1} for this encoder "
            f"({len(hidden_states) - 1} blocks; 0 = embeddings), but is {layer}."
        )
    hidden_BTH = hidden_states[layer].float()
    weights_BT1 = batch["pool_mask"].unsqueeze(-1).to(hidden_BTH.dtype)
    return (hidden_BTH * weights_BT1).sum(dim=1) / weights_BT1.sum(dim=1)
