"""Order and masks of pre-training's batches."""

import numpy
import pytest

from search_spaces.languages import Language
from trainables.pretraining.batches import EncodedCorpus, epoch_batches, masked_batch

PAD, MASK, N_SPECIAL, N_VOCABULARY = 1, 4, 5, 50
LENGTHS = [3, 9, 4, 4, 12, 7, 5, 5, 6, 20, 3, 8]


@pytest.fixture
def corpus() -> EncodedCorpus:
    rng = numpy.random.default_rng(0)
    sentences = [[0, *rng.integers(N_SPECIAL, N_VOCABULARY, n - 2), 2] for n in LENGTHS]
    return EncodedCorpus(
        ids=numpy.concatenate(sentences).astype(numpy.int32),
        starts=numpy.concatenate([[0], numpy.cumsum(LENGTHS)]),
        by_language={Language("eng_Latn"): numpy.arange(8), Language("swh_Latn"): numpy.arange(8, 12)},
        n_bytes=0,
    )


def test_an_epoch_reads_every_sentence_once_in_batches_of_bounded_size(corpus: EncodedCorpus) -> None:
    batches = epoch_batches(corpus, epoch=0, n_tokens=24, smoothing=1.0, seed=3)
    assert sorted(row for batch in batches for row in batch) == list(range(12))
    assert all(max(LENGTHS[row] for row in batch) * len(batch) <= 24 for batch in batches)
    wasted = sum(max(LENGTHS[r] for r in batch) * len(batch) - sum(LENGTHS[r] for r in batch) for batch in batches)
    assert wasted < 0.2 * sum(LENGTHS)


def test_the_order_is_a_function_of_seed_and_epoch(corpus: EncodedCorpus) -> None:
    def order(epoch: int, seed: int) -> list[list[int]]:
        return [batch.tolist() for batch in epoch_batches(corpus, epoch, 24, 0.7, seed)]

    assert order(0, 3) == order(0, 3)
    assert order(0, 3) != order(1, 3) and order(0, 3) != order(0, 4)


def test_without_regard_to_size_each_language_gives_as_many(corpus: EncodedCorpus) -> None:
    rows = numpy.concatenate(epoch_batches(corpus, 0, 24, smoothing=0.0, seed=3))
    assert (rows < 8).sum() == (rows >= 8).sum() == 6
    assert set(rows[rows >= 8]) == {8, 9, 10, 11}  # all of the small one, two of them twice


def test_masks(corpus: EncodedCorpus) -> None:
    rows = numpy.arange(12)
    batch = masked_batch(corpus, rows, 0, 0.3, MASK, PAD, N_SPECIAL, N_VOCABULARY, seed=0)
    assert batch.input_ids.shape == (12, 20) and batch.attention_mask.sum() == sum(LENGTHS)
    original = numpy.full((12, 20), PAD)
    for row, length in enumerate(LENGTHS):
        original[row, :length] = corpus.ids[corpus.starts[row] : corpus.starts[row + 1]]
    positions = batch.positions.numpy()
    assert len(positions) == len(set(positions)) == round(0.3 * (sum(LENGTHS) - 2 * 12))
    assert (original.ravel()[positions] == batch.targets.numpy()).all()
    assert (batch.targets >= N_SPECIAL).all()  # never <s>, </s>, padding
    elsewhere = numpy.setdiff1d(numpy.arange(original.size), positions)
    assert (batch.input_ids.numpy().ravel()[elsewhere] == original.ravel()[elsewhere]).all()


def test_masks_change_from_step_to_step_and_only_with_step_and_seed(corpus: EncodedCorpus) -> None:
    def positions(step: int, seed: int) -> list[int]:
        batch = masked_batch(corpus, numpy.arange(12), step, 0.3, MASK, PAD, N_SPECIAL, N_VOCABULARY, seed)
        return batch.positions.tolist() + batch.input_ids.flatten().tolist()

    assert positions(5, 0) == positions(5, 0)
    assert positions(5, 0) != positions(6, 0) and positions(5, 0) != positions(5, 1)


def test_eight_of_ten_masked_places_read_mask_one_a_random_piece_one_itself() -> None:
    n = 40_000
    corpus = EncodedCorpus(
        ids=numpy.concatenate([[0], numpy.full(n, 7), [2]]).astype(numpy.int32), starts=numpy.array([0, n + 2]),
        by_language={Language("eng_Latn"): numpy.arange(1)}, n_bytes=n,
    )  # fmt: skip
    batch = masked_batch(corpus, numpy.arange(1), 0, 0.5, MASK, PAD, N_SPECIAL, N_VOCABULARY, seed=0)
    read = batch.input_ids.flatten()[batch.positions]
    assert (read == MASK).float().mean() == pytest.approx(0.8, abs=0.01)
    assert (read == 7).float().mean() == pytest.approx(0.1 + 0.1 / 45, abs=0.01)
    assert set(read.tolist()) - {MASK} == set(range(N_SPECIAL, N_VOCABULARY))
