"""Word alignments by similarity of the encoder's own embeddings: link words that are each other's nearest.

The "Argmax" of SimAlign (Jalili Sabet et al. 2020, section 2.2), on the mean of a word's sub-words, from the layer two
thirds up: layer 8 of 12 was best there for mBERT and XLM-R alike, and Dou & Neubig 2021 (AWESOME) read the same one.

A *frozen copy* of the encoder computes them, not the one in training: links are then a function of the sentence pair
alone, so a resumed realignment sees the same ones, and mistakes of the encoder are not fed back into it step by step.
The copy holds only the blocks up to that layer and costs one forward pass without gradient a batch.
"""

import copy
from collections.abc import Sequence

import torch

from trainables.data.words import SplitText
from trainables.encoders.architecture import keep_first_layers
from trainables.realignment.alignments.base import Aligner, AlignmentInputs, Link
from trainables.realignment.pooling import hidden_states, word_vectors
from trainables.realignment.subwords import tokenize_sentences

DEPTH = 2 / 3  # of the encoder's blocks


def build(inputs: AlignmentInputs) -> Aligner:
    """Copies the encoder as it is now, to where it is now. Words cut off by `max_length` get no link."""
    model = copy.deepcopy(inputs.encoder.model).eval().requires_grad_(False)
    keep_first_layers(model, max(1, round(DEPTH * model.config.num_hidden_layers)))
    tokenizer, config, texts = inputs.encoder.tokenizer, inputs.config, inputs.texts

    @torch.no_grad()
    def align(english: Sequence[SplitText], other: Sequence[SplitText]) -> list[list[Link]]:
        device = next(model.parameters()).device
        both = [*english, *other]
        if texts is not None:
            subwords = texts.words([sentence.text for sentence in both])
        else:
            subwords = tokenize_sentences(tokenizer, both, config.max_length, config.words)
        with torch.autocast(device.type, enabled=False):  # the same links whatever the precision of the training
            hidden_BTH = hidden_states(model, dict(subwords.inputs.to(device)), -1)
        vectors_NH, places_N2 = word_vectors(hidden_BTH, subwords, "mean")
        vectors_NH = torch.nn.functional.normalize(vectors_NH, dim=-1)
        sides = []
        for i in range(len(english) + len(other)):
            chosen_N = places_N2[:, 0] == i
            sides.append((vectors_NH[chosen_N.to(device)], places_N2[chosen_N, 1].tolist()))
        return [_links(*sides[i], *sides[len(english) + i]) for i in range(len(english))]

    return align


def _links(english_EH: torch.Tensor, english: list[int], other_OH: torch.Tensor, other: list[int]) -> list[Link]:
    return [(english[e], other[o]) for e, o in mutual_argmax(english_EH @ other_OH.T)]


def mutual_argmax(similarity_EO: torch.Tensor) -> list[Link]:
    """The pairs (e, o) in which each is the other's most similar one; of equals the first counts.

    Shape: (E, O), either may be 0. Ascending, one to one.
    """
    if not similarity_EO.numel():
        return []
    best_other_E = similarity_EO.argmax(dim=1).tolist()
    best_english_O = similarity_EO.argmax(dim=0).tolist()
    return [(e, o) for e, o in enumerate(best_other_E) if best_english_O[o] == e]
