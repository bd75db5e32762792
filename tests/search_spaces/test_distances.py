import numpy as np
import pytest
from scipy.spatial.distance import cosine

from search_spaces.distances import DistanceMatrix, angular
from search_spaces.features import FeatureMatrix
from search_spaces.inventory import REALIGNMENT_LANGUAGES
from search_spaces.languages import ENGLISH
from search_spaces.uriel import load_uriel

THREE = ("deu_Latn", "eus_Latn", "fra_Latn")


def features(values, languages=THREE):
    values = np.array(values, dtype=float)
    return FeatureMatrix(
        languages[: len(values)], tuple(f"S_{n}" for n in range(values.shape[1])), values, ~np.isnan(values)
    )


def test_hand_computed_angles():
    distances = angular(features([[1, 0], [1, 1], [0, 1]]))
    assert distances.between("deu_Latn", "eus_Latn") == pytest.approx(0.5)  # 45 of 90 degrees
    assert distances.between("deu_Latn", "fra_Latn") == pytest.approx(1.0)
    assert distances.between("deu_Latn", "deu_Latn") == 0.0


def test_only_features_observed_in_both_count():
    distances = angular(features([[1, 1, np.nan], [1, 1, 1], [np.nan, 1, 0]]))
    assert distances.between("deu_Latn", "eus_Latn") == pytest.approx(0.0, abs=1e-7)
    assert distances.between("eus_Latn", "fra_Latn") == pytest.approx(0.5)


@pytest.mark.parametrize("source", ["average", "knn"])
def test_equals_scipy_on_uriel(source):
    languages = [tag for tag in REALIGNMENT_LANGUAGES if tag != "tsn_Latn"]
    matrix = load_uriel([*languages, ENGLISH], "featural", source)
    distances = angular(matrix)
    for a, b in [
        ("eng_Latn", "yor_Latn"),
        ("amh_Ethi", "zul_Latn"),
        ("kaz_Cyrl", "kor_Hang"),
        ("est_Latn", "fin_Latn"),
    ]:
        x, y = (matrix.values[matrix.languages.index(tag)] for tag in (a, b))
        both = ~np.isnan(x) & ~np.isnan(y)
        expected = 2 / np.pi * np.arccos(1 - cosine(x[both], y[both]))
        assert distances.between(a, b) == pytest.approx(expected, abs=1e-9)


def test_imputed_features_have_no_missing_value():
    matrix = load_uriel([*REALIGNMENT_LANGUAGES, ENGLISH], "featural", "knn")
    assert np.array_equal(angular(matrix, missing="error").values, angular(matrix).values)


def test_missing_values_can_be_refused():
    with pytest.raises(ValueError, match="2 languages have gaps: deu_Latn, fra_Latn"):
        angular(features([[1, np.nan], [1, 1], [np.nan, 1]]), missing="error")


@pytest.mark.parametrize(("first", "second"), [([1, np.nan], [np.nan, 1]), ([0, 1], [1, np.nan])])
def test_pair_without_an_angle_is_named(first, second):
    with pytest.raises(ValueError, match="deu_Latn-eus_Latn"):
        angular(features([first, second]))


def test_negative_features_and_unknown_treatment_are_refused():
    with pytest.raises(ValueError, match="negative"):
        angular(features([[1, -1], [1, 1]]))
    with pytest.raises(ValueError, match="'observed' or 'error', but is 'zero'"):
        angular(features([[1, 1], [1, 1]]), missing="zero")


def valid():
    return np.array([[0.0, 0.2, 0.3], [0.2, 0.0, 0.4], [0.3, 0.4, 0.0]])


def test_rows_follow_the_sorted_languages():
    distances = DistanceMatrix(("fra_Latn", "deu_Latn", "eus_Latn"), valid())
    assert distances.languages == THREE
    assert distances.between("fra_Latn", "deu_Latn") == 0.2
    assert distances.between("eus_Latn", "deu_Latn") == 0.4
    assert distances.values[0, 1] == 0.4


def test_submatrix_keeps_the_distances():
    distances = DistanceMatrix(THREE, valid())
    part = distances.submatrix(("fra_Latn", "deu_Latn"))
    assert part.languages == ("deu_Latn", "fra_Latn") and part.between("fra_Latn", "deu_Latn") == 0.3
    assert distances.block(("fra_Latn", "eus_Latn")).tolist() == [[0.0, 0.4], [0.4, 0.0]]
    with pytest.raises(ValueError, match="swh_Latn is not"):
        distances.submatrix(("fra_Latn", "swh_Latn"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda v: v[:2], "square"),
        (lambda v: v[:2, :2], r"one row a language \(3\), but has 2"),
        (lambda v: np.where(v == 0.4, np.nan, v), "finite, but 2"),
        (lambda v: v + np.triu(np.full((3, 3), 0.1), 1), "symmetric, but deu_Latn-eus_Latn"),
        (lambda v: v + np.diag([0, 0.1, 0]), "to itself.*0.1 for eus_Latn"),
        (lambda v: v * 3, r"\[0, 1\].*1.2"),
        (lambda v: -v, r"\[0, 1\].*-0.4"),
    ],
)
def test_invalid_matrix_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        DistanceMatrix(THREE, change(valid()))


def test_repeated_language_is_refused():
    with pytest.raises(ValueError, match="repeated"):
        DistanceMatrix(("deu_Latn", "deu_Latn", "fra_Latn"), valid())
