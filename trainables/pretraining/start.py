"""Where the embeddings start: at what cheap counting already knows, so that no optimiser steps are spent on it.

The output bias is each piece's log frequency; the (tied) embeddings come from a truncated SVD of positive pointwise
mutual information between pieces and their neighbours at each offset (Levy & Goldberg 2014; Bullinaria & Levy 2012).
Counts are of one language's own sentences only: nothing here aligns two languages.
"""

import numpy
import scipy.sparse
import torch
from scipy.sparse.linalg import svds
from threadpoolctl import threadpool_limits
from transformers import BertForMaskedLM

from trainables.pretraining.batches import EncodedCorpus
from trainables.stepping.derived_seed import derived_seed

OFFSETS = (-2, -1, 1, 2)
N_CONTEXTS = 4_000  # commonest pieces that count as neighbours
N_SUBWORDS = 6_000_000  # read for counting: more changes little and costs memory
STANDARD_DEVIATION = 0.04
NULL = 1e-6  # a singular value below this share of the largest counts as zero


def start_from_counts(model: BertForMaskedLM, corpus: EncodedCorpus, seed: int) -> None:
    """Sets the output bias and the word embeddings of a fresh model in place."""
    n_vocabulary, size = model.bert.embeddings.word_embeddings.weight.shape
    ids = _sample(corpus, seed)
    counts = numpy.bincount(ids, minlength=n_vocabulary)
    frequencies = torch.from_numpy((counts + 0.5) / (counts + 0.5).sum())
    with threadpool_limits(1, user_api="blas"):  # the number of threads would show in the last digits
        vectors = torch.from_numpy(distributional_vectors(ids, n_vocabulary, size, seed))
    known = vectors.abs().sum(dim=1) > 0  # pieces that were never read keep their random start
    with torch.no_grad():
        model.cls.predictions.bias.copy_(frequencies.log())
        model.bert.embeddings.word_embeddings.weight[known] = vectors[known].float()


def distributional_vectors(ids: numpy.ndarray, n_vocabulary: int, size: int, seed: int) -> numpy.ndarray:
    """One vector of length STANDARD_DEVIATION * sqrt(size) per piece, zeros for a piece that never occurs.

    Shape: [n_vocabulary, size].

    Args:
        ids: [N] sub-words of running text.
    """
    ppmi = _ppmi(_neighbour_counts(ids, n_vocabulary))
    rank = min(size, min(ppmi.shape) - 1)
    start = numpy.random.default_rng(derived_seed(seed, "pretraining/svd")).standard_normal(min(ppmi.shape))
    left, values, _ = svds(ppmi, k=rank, v0=start)
    if values.min() <= NULL * values.max():  # beyond the matrix's own rank ARPACK goes on from unseeded directions
        left, values, _ = (part[..., :rank] for part in numpy.linalg.svd(ppmi.toarray(), full_matrices=False))
        values = numpy.where(values > NULL * values.max(), values, 0.0)
    vectors = numpy.zeros((n_vocabulary, size))
    vectors[:, :rank] = left * numpy.sqrt(numpy.maximum(values, 0.0))
    lengths = numpy.linalg.norm(vectors, axis=1, keepdims=True)
    unit = numpy.where(lengths > 1e-9, vectors / numpy.maximum(lengths, 1e-9), 0.0)
    return unit * STANDARD_DEVIATION * numpy.sqrt(size)


def _sample(corpus: EncodedCorpus, seed: int) -> numpy.ndarray:
    rng = numpy.random.default_rng(derived_seed(seed, "pretraining/counts"))
    order = rng.permutation(len(corpus.starts) - 1)
    lengths = numpy.diff(corpus.starts)[order]
    chosen = (
        numpy.sort(order[numpy.cumsum(lengths) <= N_SUBWORDS]) if len(corpus.ids) > N_SUBWORDS else numpy.sort(order)
    )
    return numpy.concatenate([corpus.ids[corpus.starts[i] : corpus.starts[i + 1]] for i in chosen])


def _neighbour_counts(ids: numpy.ndarray, n_vocabulary: int) -> scipy.sparse.csr_matrix:
    """[n_vocabulary, offsets * contexts]: how often each piece has each of the commonest pieces at each offset."""
    common = numpy.argsort(-numpy.bincount(ids, minlength=n_vocabulary), kind="stable")[:N_CONTEXTS]
    column = numpy.full(n_vocabulary, -1)
    column[common] = numpy.arange(len(common))
    blocks = []
    for offset in OFFSETS:
        here, there = (ids[:-offset], ids[offset:]) if offset > 0 else (ids[-offset:], ids[:offset])
        counted = column[there] >= 0
        entries = (numpy.ones(counted.sum()), (here[counted], column[there[counted]]))
        blocks.append(scipy.sparse.csr_matrix(entries, shape=(n_vocabulary, len(common))))
    return scipy.sparse.hstack(blocks, format="csr")


def _ppmi(counts: scipy.sparse.csr_matrix) -> scipy.sparse.csr_matrix:
    rows, columns = numpy.asarray(counts.sum(axis=1)).ravel(), numpy.asarray(counts.sum(axis=0)).ravel()
    coo = counts.tocoo()
    information = numpy.log(coo.data * counts.sum() / (rows[coo.row] * columns[coo.col]))
    return scipy.sparse.csr_matrix((numpy.maximum(information, 0.0), (coo.row, coo.col)), shape=counts.shape)
