"""The similarity kernel is positive definite whatever the distances, and conditioning on languages is exact."""

import numpy as np
import pytest

from search_spaces.criteria.kernels import given, similarity_kernel


def random_distance(seed, n=12):
    upper = np.triu(np.random.default_rng(seed).random((n, n)), 1)  # far from Euclidean
    return upper + upper.T


@pytest.mark.parametrize("seed", range(5))
def test_positive_definite_with_ones_on_the_diagonal(seed):
    distance = random_distance(seed)
    assert np.linalg.eigvalsh(np.exp(-(distance**2) / (2 * 0.4**2)))[0] < -0.01  # the plain kernel is indefinite
    kernel = similarity_kernel(distance, 0.4)
    assert np.linalg.eigvalsh(kernel)[0] > 1e-4 / 3
    assert np.array_equal(np.diagonal(kernel), np.ones(12))
    assert np.array_equal(kernel, kernel.T)


def test_euclidean_distances_keep_their_gaussian_kernel():
    points = np.random.default_rng(0).random((10, 3))
    distance = np.linalg.norm(points[:, None] - points[None, :], axis=-1)
    off = ~np.eye(10, dtype=bool)
    expected = np.exp(-(distance**2) / (2 * 0.3**2)) / 1.0001
    assert similarity_kernel(distance, 0.3)[off] == pytest.approx(expected[off])


def test_twins_are_allowed():
    kernel = similarity_kernel(np.zeros((3, 3)), 0.5)
    assert np.isfinite(np.linalg.slogdet(kernel)[1])


def test_the_median_of_twins_is_no_scale():
    with pytest.raises(ValueError, match="must be positive"):
        similarity_kernel(np.zeros((3, 3)))


def test_given_divides_the_determinant():
    kernel = similarity_kernel(random_distance(1, 7), 0.4)
    left = given(kernel, np.array([2, 5]))  # the others: 0, 1, 3, 4, 6
    whole = np.linalg.det(kernel[np.ix_([2, 5, 1, 6], [2, 5, 1, 6])])
    part = np.linalg.det(kernel[np.ix_([2, 5], [2, 5])])
    assert np.linalg.det(left[np.ix_([1, 4], [1, 4])]) == pytest.approx(whole / part)
    assert np.array_equal(given(kernel, np.array([], dtype=np.intp)), kernel)
