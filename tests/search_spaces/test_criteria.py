"""The contract of a criterion, run over the whole table, and the values of each member."""

from itertools import combinations

import numpy as np
import pytest

from search_spaces.criteria import CRITERIA
from search_spaces.distances import DistanceMatrix

LANGUAGES = ("deu_Latn", "eng_Latn", "eus_Latn", "swh_Latn", "zul_Latn")


@pytest.fixture
def distances():
    upper = np.triu(np.random.default_rng(0).uniform(0.1, 1, (5, 5)), 1)
    return DistanceMatrix(LANGUAGES, upper + upper.T)


@pytest.mark.parametrize("name", list(CRITERIA))
class TestContract:
    def test_a_finite_number_that_ignores_order(self, name, distances):
        subset = ("swh_Latn", "deu_Latn", "zul_Latn")
        value = CRITERIA[name].score(subset, distances, "eng_Latn")
        assert np.isfinite(value)
        assert CRITERIA[name].score(subset[::-1], distances, "eng_Latn") == pytest.approx(value, abs=1e-12)

    def test_distances_are_refused_when_missing_exactly_if_needed(self, name):
        if CRITERIA[name].needs_distances:
            with pytest.raises(ValueError, match="needs distances"):
                CRITERIA[name].score(("deu_Latn", "swh_Latn"), None, None)
        else:
            assert np.isfinite(CRITERIA[name].score(("deu_Latn", "swh_Latn"), None, None))

    def test_one_language_can_be_scored(self, name, distances):
        assert np.isfinite(CRITERIA[name].score(("deu_Latn",), distances, None))


def test_sums_over_all_pairs(distances):
    subset = ("deu_Latn", "swh_Latn", "zul_Latn")
    without = sum(distances.between(a, b) for a, b in combinations(subset, 2))
    with_english = without + sum(distances.between(a, "eng_Latn") for a in subset)
    assert CRITERIA["max-sum"].score(subset, distances, None) == pytest.approx(without)
    assert CRITERIA["max-sum"].score(subset, distances, "eng_Latn") == pytest.approx(with_english)
    assert CRITERIA["min-sum"].score(subset, distances, "eng_Latn") == pytest.approx(-with_english)


def test_random_prefers_nothing(distances):
    values = {CRITERIA["random"].score(subset, distances, None) for subset in combinations(LANGUAGES, 2)}
    assert len(values) == 1


def test_unknown_criterion_names_the_nearest():
    with pytest.raises(ValueError, match="'max-sum'"):
        CRITERIA["maxsum"]
