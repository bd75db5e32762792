"""The embeddings' start: pieces used alike lie near each other."""

import numpy

from trainables.pretraining.start import STANDARD_DEVIATION, distributional_vectors


def test_pieces_with_the_same_neighbours_get_near_vectors() -> None:
    rng = numpy.random.default_rng(0)
    nouns, verbs = [5, 6, 7], [8, 9, 10]
    sentences = [[0, rng.choice(nouns), rng.choice(verbs), rng.choice(nouns), 2] for _ in range(2_000)]
    vectors = distributional_vectors(numpy.concatenate(sentences), n_vocabulary=12, size=4, seed=0)
    unit = vectors / numpy.maximum(numpy.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    alike = [unit[a] @ unit[b] for group in (nouns, verbs) for a in group for b in group if a < b]
    unlike = [unit[a] @ unit[b] for a in nouns for b in verbs]
    assert min(alike) > 0.9 and max(unlike) < 0.5
    assert (vectors[11] == 0).all()  # never read
    numpy.testing.assert_allclose(numpy.linalg.norm(vectors[5:11], axis=1), STANDARD_DEVIATION * 2)


def test_the_same_text_gives_the_same_vectors() -> None:
    ids = numpy.random.default_rng(1).integers(0, 30, 3_000)
    assert (distributional_vectors(ids, 30, 8, seed=0) == distributional_vectors(ids, 30, 8, seed=0)).all()


def test_also_where_the_text_has_fewer_dimensions_than_the_vectors() -> None:
    # 20 pieces in a vocabulary of 150: an iterative solver would fill the missing dimensions with unseeded noise
    ids = numpy.random.default_rng(2).integers(0, 20, 600)
    vectors = distributional_vectors(ids, 150, 32, seed=0)
    assert (vectors == distributional_vectors(ids, 150, 32, seed=0)).all()
    assert numpy.linalg.matrix_rank(vectors) <= 20
    assert (vectors[20:] == 0).all() and (vectors[:20] != 0).any(axis=1).all()
