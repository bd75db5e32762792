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
from trainables.stepping.devices import batch_to_device

DEPTH = 2 / 3  # of the encoder's blocks


def build(inputs: AlignmentInputs) -> Aligner:
    """Copies the encoder as it is now, to where it is now. Words cut off by `max_length` get no link."""
    model = copy.deepcopy(inputs.encoder.model).eval().requires_grad_(False)
    keep_first_layers(model, max(1, round(DEPTH * model.config.num_hidden_layers)))

    @torch.no_grad()
    def align(english: Sequence[SplitText], other: Sequence[SplitText]) -> list[list[Link]]:
        device = next(model.parameters()).device
        both = [*english, *other]
        subwords = inputs.texts.words([sentence.text for sentence in both])
        with torch.autocast(device.type, enabled=False):  # the same links whatever the precision of the training
            hidden_BTH = hidden_states(model, dict(batch_to_device(subwords.inputs, device)), -1)
        vectors_NH, places_N2 = word_vectors(hidden_BTH, subwords, "mean")
        vectors_NH = torch.nn.functional.normalize(vectors_NH, dim=-1)
        n_words = places_N2[:, 0].bincount(minlength=len(both)).tolist()  # places ascend: a sentence is a stretch
        vectors, words = vectors_NH.split(n_words), [part.tolist() for part in places_N2[:, 1].split(n_words)]
        n = len(english)
        found = mutual_argmax([vectors[i] @ vectors[n + i].T for i in range(n)])
        return [[(words[i][e], words[n + i][o]) for e, o in links] for i, links in enumerate(found)]

    return align


def mutual_argmax(similarities: Sequence[torch.Tensor]) -> list[list[Link]]:
    """Of each matrix the pairs (e, o) in which each is the other's most similar one; of equals the first counts.

    Waits for the device once, however many matrices there are. Shape: (E, O) each, either may be 0. Ascending, one to
    one.
    """
    filled = [similarity_EO for similarity_EO in similarities if similarity_EO.numel()]
    best = [similarity_EO.argmax(dim=dim) for similarity_EO in filled for dim in (1, 0)]
    parts = iter(torch.cat(best).cpu().split([len(part) for part in best]) if best else ())
    found: list[list[Link]] = []
    for similarity_EO in similarities:
        best_other_E, best_english_O = (next(parts).tolist() for _ in (0, 1)) if similarity_EO.numel() else ([], [])
        found.append([(e, o) for e, o in enumerate(best_other_E) if best_english_O[o] == e])
    return found
