"""The order in which pre-training reads its sub-words: length-bucketed batches and dynamic masks.

Everything here is a function of (seed, epoch) or (seed, step), never of what was drawn before, so a pre-training that
was killed goes on with exactly the batches and masks it would have seen.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy
import torch

from search_spaces.languages import Language
from trainables.pretraining.corpus import smoothed_counts
from trainables.stepping.derived_seed import derived_seed

# Of the masked positions (Devlin et al. 2019, section 3.1); the other 80 % read <mask>.
KEEP_FRAC, RANDOM_FRAC = 0.1, 0.1


@dataclass(frozen=True)
class EncodedCorpus:
    """Sub-words of all sentences in one array.

    Attributes:
        ids: [N] int32, sentence after sentence, special tokens included.
        starts: [S + 1] where each sentence begins in `ids`.
        by_language: indices of each language's sentences.
        n_bytes: UTF-8 bytes that the N sub-words stand for.
    """

    ids: numpy.ndarray
    starts: numpy.ndarray
    by_language: Mapping[Language, numpy.ndarray]
    n_bytes: int


def epoch_batches(corpus: EncodedCorpus, epoch: int, n_tokens: int, smoothing: float, seed: int) -> list[numpy.ndarray]:
    """One epoch as a shuffled list of batches (arrays of sentence indices), each of about `n_tokens` padded sub-words.

    Sentences of similar length share a batch; each language gives `smoothed_counts` many, so that a small language may
    be read several times in an epoch and a large one in part.
    """
    rng = numpy.random.default_rng(derived_seed(seed, f"pretraining/epoch/{epoch}"))
    counts = smoothed_counts({language: len(rows) for language, rows in corpus.by_language.items()}, smoothing)
    drawn = numpy.concatenate([_draw(corpus.by_language[name], counts[name], rng) for name in sorted(counts)])
    lengths = numpy.diff(corpus.starts)[drawn]
    order = drawn[numpy.lexsort((rng.random(len(drawn)), lengths))]
    batches, first = [], 0
    for position in range(1, len(order) + 1):
        if position == len(order) or _padded(corpus, order[position], position + 1 - first) > n_tokens:
            batches.append(order[first:position])
            first = position
    return [batches[i] for i in rng.permutation(len(batches))]


def _draw(rows: numpy.ndarray, n: int, rng: numpy.random.Generator) -> numpy.ndarray:
    """`n` of `rows`: each as often as every other one, up to one."""
    whole, rest = divmod(n, len(rows))
    return numpy.concatenate([rows] * whole + [rng.choice(rows, rest, replace=False)])


def _padded(corpus: EncodedCorpus, longest: int, n_sentences: int) -> int:
    return int(corpus.starts[longest + 1] - corpus.starts[longest]) * n_sentences


@dataclass(frozen=True)
class MaskedBatch:
    """A padded batch and what is to be guessed in it.

    Attributes:
        input_ids, attention_mask: [B, T].
        positions: [M] masked places, as indices into the flattened [B * T].
        targets: [M] the sub-words that stood there.
    """

    input_ids: torch.Tensor
    attention_mask: torch.Tensor
    positions: torch.Tensor
    targets: torch.Tensor


def masked_batch(
    corpus: EncodedCorpus, rows: numpy.ndarray, step: int, mask_frac: float, mask_id: int, pad_id: int, n_special: int,
    n_vocabulary: int, seed: int,
) -> MaskedBatch:  # fmt: skip
    """Pads the sentences `rows` and masks `mask_frac` of their sub-words afresh (80 % <mask>, 10 % random, 10 % kept).

    The first and last sub-word of a sentence (<s>, </s>) are never masked. Ids below `n_special` are never drawn as the
    random sub-word.
    """
    rng = numpy.random.default_rng(derived_seed(seed, f"pretraining/mask/{step}"))
    lengths = (corpus.starts[rows + 1] - corpus.starts[rows]).astype(numpy.int64)
    ids_BT = numpy.full((len(rows), int(lengths.max())), pad_id, dtype=numpy.int64)
    column_T = numpy.arange(ids_BT.shape[1])
    real_BT = column_T < lengths[:, None]
    ids_BT[real_BT] = numpy.concatenate([corpus.ids[corpus.starts[row] : corpus.starts[row + 1]] for row in rows])
    maskable = numpy.flatnonzero((real_BT & (column_T > 0) & (column_T < lengths[:, None] - 1)).ravel())
    chosen = numpy.sort(rng.choice(maskable, max(1, round(mask_frac * len(maskable))), replace=False))
    flat = ids_BT.ravel()
    targets = flat[chosen].copy()
    fate = rng.random(len(chosen))
    flat[chosen[fate >= KEEP_FRAC + RANDOM_FRAC]] = mask_id
    randomised = chosen[(fate >= KEEP_FRAC) & (fate < KEEP_FRAC + RANDOM_FRAC)]
    flat[randomised] = rng.integers(n_special, n_vocabulary, len(randomised))
    return MaskedBatch(
        torch.from_numpy(flat.reshape(ids_BT.shape)), torch.from_numpy(real_BT.astype(numpy.int64)),
        torch.from_numpy(chosen), torch.from_numpy(targets),
    )  # fmt: skip
