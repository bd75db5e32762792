from itertools import combinations

import numpy as np
import pytest

from search_spaces.distances.matrix import DistanceMatrix
from search_spaces.languages import Language
from sweep.statistics.set_properties import dispersion_z, random_sum

LANGUAGES = tuple(Language(tag) for tag in ("deu_Latn", "fra_Latn", "jpn_Jpan", "swh_Latn", "wol_Latn", "yor_Latn"))


@pytest.fixture
def matrix():
    values = np.random.default_rng(0).uniform(0.1, 0.9, size=(6, 6))
    values = np.triu(values, 1)
    return DistanceMatrix(languages=LANGUAGES, values=values + values.T)


@pytest.mark.parametrize("size", [2, 3, 4, 5])
def test_moments_are_those_of_all_sets(matrix, size):
    sums = [matrix.values[np.ix_(chosen, chosen)].sum() / 2 for chosen in combinations(range(6), size)]
    assert random_sum(matrix.values, size) == pytest.approx((np.mean(sums), np.std(sums)))
    chosen = [0, *range(2, size + 1)]
    value = matrix.values[np.ix_(chosen, chosen)].sum() / 2
    expected = (value - np.mean(sums)) / np.std(sums)
    assert dispersion_z([LANGUAGES[i] for i in chosen], matrix, LANGUAGES) == pytest.approx(expected)


def test_a_pool_may_be_smaller_than_the_matrix(matrix):
    pool = LANGUAGES[1:5]
    sums = [matrix.values[i, j] for i, j in combinations(range(1, 5), 2)]
    found = dispersion_z(pool[:2], matrix, reversed(pool))
    assert found == pytest.approx((matrix.values[1, 2] - np.mean(sums)) / np.std(sums))


def test_what_has_no_random_sets_is_refused(matrix):
    for chosen in (LANGUAGES[:1], LANGUAGES):
        with pytest.raises(ValueError, match="two or more languages of a larger pool"):
            dispersion_z(chosen, matrix, LANGUAGES)
    with pytest.raises(ValueError, match="zul_Latn has none"):
        dispersion_z(LANGUAGES[:2], matrix, [*LANGUAGES, Language("zul_Latn")])
