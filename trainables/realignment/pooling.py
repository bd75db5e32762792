"""From the states of a sentence's sub-words to one vector for the sentence, or one for each of its words.

Three readings of "sentence averaging", two of "the vector of a word"; what a word is, `words.py` says.
"""

import torch
from transformers import BatchEncoding, PreTrainedModel, PreTrainedTokenizerBase

from search_spaces.registry import Registry
from trainables.data.words import SplitText
from trainables.encoders.layers import states_below
from trainables.realignment.subwords import Subwords, tokenize_sentences, tokenize_words
from trainables.stepping.cuda_graphs import recorded_states
from trainables.stepping.devices import to_device


def _mean(subwords: Subwords) -> torch.Tensor:
    return subwords.real_BT


def _first_subword(subwords: Subwords) -> torch.Tensor:
    return subwords.first_BT


def _prefix(subwords: Subwords) -> torch.Tensor:
    """The reference code's reading: as many leading *positions* (from <s> on) as the sentence has words left."""
    n_words_B1 = subwords.first_BT.sum(dim=1, keepdim=True)
    return torch.arange(subwords.word_BT.shape[1]) < n_words_B1


# pooling name -> which sub-words of a sentence are averaged (B, T)
POOLINGS = Registry("pooling", {"mean": _mean, "first_subword": _first_subword, "prefix": _prefix})


def tokenize(
    tokenizer: PreTrainedTokenizerBase, texts: list[str], max_length: int, pooling: str, words: str = "unicode"
) -> BatchEncoding:
    """Model inputs of shape (B, T) plus `pool_mask` (B, T): True where a sub-word counts in the sentence vector.

    pooling: name in POOLINGS; words: name in `words.SPLITTERS`. A sentence without any sub-word that counts (empty
    after normalisation) is represented by its first position.
    """
    if pooling == "mean" and words == "unicode":  # the text as it stands, so where words begin and end is not needed
        subwords = tokenize_sentences(tokenizer, [SplitText(text, ()) for text in texts], max_length, words)
    else:
        subwords = tokenize_words(tokenizer, texts, max_length, words)
    mask_BT = POOLINGS[pooling](subwords)
    mask_BT[:, 0] |= ~mask_BT.any(dim=1)
    subwords.inputs["pool_mask"] = mask_BT
    return subwords.inputs


def sentence_vectors(model: PreTrainedModel, batch: BatchEncoding, layer: int) -> torch.Tensor:
    """Average of the chosen layer's states over `pool_mask`.

    Shape: `batch` (B, T) -> (B, H).

    Raises:
        ValueError: the model has no such layer.
    """
    hidden_BTH = hidden_states(model, {key: value for key, value in batch.items() if key != "pool_mask"}, layer)
    weights_BT1 = batch["pool_mask"].unsqueeze(-1).to(hidden_BTH.dtype)
    return (hidden_BTH * weights_BT1).sum(dim=1) / weights_BT1.sum(dim=1)


def word_vectors(hidden_BTH: torch.Tensor, subwords: Subwords, pooling: str) -> tuple[torch.Tensor, torch.Tensor]:
    """One vector for each word that has a sub-word of its own, sentence by sentence.

    pooling: "mean" of its sub-words' states or that of its "first_subword".

    Returns:
        vectors (N, H) and, for each, its sentence and its word within that sentence (N, 2), ascending, on the CPU.

    Raises:
        ValueError: another pooling.
    """
    if pooling not in ("mean", "first_subword"):
        raise ValueError(
            f"`realign.pooling` of words must be 'mean' or 'first_subword', but is {pooling!r}. Choose one of them."
        )
    counts_BT = subwords.first_BT if pooling == "first_subword" else subwords.word_BT >= 0
    sentence_K, position_K = counts_BT.nonzero(as_tuple=True)
    places_K2 = torch.stack([sentence_K, subwords.word_BT[sentence_K, position_K]], dim=1)
    places_N2, word_K, n_N = places_K2.unique(dim=0, return_inverse=True, return_counts=True)
    device = hidden_BTH.device
    sums_NH = torch.zeros(len(places_N2), hidden_BTH.shape[-1], device=device, dtype=hidden_BTH.dtype)
    word_K, sentence_K, position_K, n_N = (to_device(t, device) for t in (word_K, sentence_K, position_K, n_N))
    sums_NH = sums_NH.index_add(0, word_K, hidden_BTH[sentence_K, position_K])
    return sums_NH / n_N.unsqueeze(-1), places_N2


def hidden_states(model: PreTrainedModel, inputs: dict[str, torch.Tensor], layer: int) -> torch.Tensor:
    """States (B, T, H) of one layer in fp32; blocks above it are computed only where they draw random numbers.

    layer: index into `hidden_states`: 0 = embeddings, i = output of block i, negative from the end (-1 = last block).

    Raises:
        ValueError: the model has no such layer.
    """
    n_states = model.config.num_hidden_layers + 1
    if not -n_states <= layer < n_states:
        raise ValueError(
            f"`realign.layer` must be between {-n_states} and {n_states - 1} for this encoder ({n_states - 1} blocks; "
            f"0 = embeddings), but is {layer}."
        )
    hidden_BTH = recorded_states(model, inputs, layer)
    if hidden_BTH is None:
        hidden_BTH = states_below(model, inputs, layer % n_states)
    if hidden_BTH is None:
        hidden_BTH = model(**inputs, output_hidden_states=True).hidden_states[layer]
    return hidden_BTH.float()
