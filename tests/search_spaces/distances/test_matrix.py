import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cosine

from search_spaces.distances.features import FeatureMatrix
from search_spaces.distances.matrix import DistanceMatrix, angular, differing_share, mix
from search_spaces.distances.uriel import load_uriel
from search_spaces.inventory import REALIGNMENT_LANGUAGES
from search_spaces.languages import ENGLISH

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


def test_a_block_has_the_distances_in_the_order_asked_for():
    distances = DistanceMatrix(THREE, valid())
    assert distances.block(("fra_Latn", "eus_Latn")).tolist() == [[0.0, 0.4], [0.4, 0.0]]
    with pytest.raises(ValueError, match="swh_Latn is not"):
        distances.block(("fra_Latn", "swh_Latn"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda v: v[:2], "square"),
        (lambda v: v[:2, :2], r"one row per language \(3\), but has 2"),
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


MANY = REALIGNMENT_LANGUAGES[:7]


@st.composite
def symmetric(draw, least=2):
    n = draw(st.integers(least, len(MANY)))
    values = np.zeros((n, n))
    for a in range(n):
        for b in range(a):
            values[a, b] = values[b, a] = draw(st.floats(0.0, 1.0))
    return list(MANY[:n]), values


def _change(values, pair, new):
    values = values.copy()
    values[pair] = new
    return values


FLAWS = {
    "finite": lambda names, v, x: (names, _change(_change(v, (0, 1), np.nan), (1, 0), np.nan)),
    "finite ": lambda names, v, x: (names, _change(v, (1, 0), np.inf)),
    "symmetric": lambda names, v, x: (names, _change(v, (1, 0), v[0, 1] + x)),
    "range from": lambda names, v, x: (names, _change(_change(v, (0, 1), -x), (1, 0), -x)),
    "range from ": lambda names, v, x: (names, _change(_change(v, (0, 1), 1 + x), (1, 0), 1 + x)),
    "to itself": lambda names, v, x: (names, _change(v, (1, 1), x)),
    "square": lambda names, v, x: (names, v[:, 1:]),
    "one row per language": lambda names, v, x: (names[1:], v),
    "repeated": lambda names, v, x: ([*names[:-1], names[0]], v),
}


@pytest.mark.parametrize("word", FLAWS)
@settings(max_examples=25, deadline=None)
@given(matrix=symmetric(), x=st.floats(1e-6, 0.9))
def test_any_malformed_matrix_is_one_clear_error(word, matrix, x):
    names, values = FLAWS[word](*matrix, x)
    with pytest.raises(ValueError) as caught:
        DistanceMatrix(tuple(names), values)
    rule, _, rest = str(caught.value).partition(", but ")
    _, _, remedy = rest.rpartition(". ")
    assert word.strip() in str(caught.value) and rule and remedy.endswith(".") and type(caught.value) is ValueError


@settings(max_examples=40, deadline=None)
@given(matrix=symmetric(), seed=st.integers(0, 9))
def test_order_of_languages_does_not_matter(matrix, seed):
    names, values = matrix
    order = np.random.default_rng(seed).permutation(len(names))
    shuffled = DistanceMatrix(tuple(names[i] for i in order), values[np.ix_(order, order)])
    assert np.array_equal(DistanceMatrix(tuple(names), values).values, shuffled.values)


@st.composite
def gappy(draw):
    """[L, F] of 0, 1 and NaN; the first feature is 1 in every language, so that every pair can be compared."""
    n, m = draw(st.integers(2, 6)), draw(st.integers(1, 8))
    cells = st.sampled_from([0.0, 1.0, np.nan])
    return np.array([[1.0, *(draw(cells) for _ in range(m))] for _ in range(n)])


@pytest.mark.parametrize("measure", [angular, differing_share])
@settings(max_examples=40, deadline=None)
@given(values=gappy(), seed=st.integers(0, 9))
def test_order_of_languages_and_features_does_not_matter(measure, values, seed):
    rng = np.random.default_rng(seed)
    rows, columns = rng.permutation(len(values)), rng.permutation(values.shape[1])
    plain = measure(features(values, MANY))
    shuffled = measure(features(values[np.ix_(rows, columns)], [MANY[row] for row in rows]))
    assert plain.languages == shuffled.languages
    assert shuffled.values == pytest.approx(plain.values, abs=1e-6)  # arccos magnifies the rounding of sums near 0


def test_hand_computed_shares():
    distances = differing_share(features([[1, 0, 1, np.nan], [1, 1, np.nan, 0], [0, 1, 0, 0]]))
    assert distances.between("deu_Latn", "eus_Latn") == pytest.approx(1 / 2)
    assert distances.between("deu_Latn", "fra_Latn") == pytest.approx(1.0)
    assert distances.between("eus_Latn", "fra_Latn") == pytest.approx(1 / 3)


@settings(max_examples=40, deadline=None)
@given(values=gappy())
def test_share_equals_a_loop_over_pairs(values):
    distances = differing_share(features(values, MANY)).values
    for a, x in enumerate(values):
        for b, y in enumerate(values):
            pairs = [(p, q) for p, q in zip(x, y, strict=True) if not (np.isnan(p) or np.isnan(q))]
            assert distances[a, b] == pytest.approx(sum(p != q for p, q in pairs) / len(pairs), abs=1e-12)


def test_categories_differ_or_not():
    assert differing_share(features([[0.0, 3.0], [0.0, 1.0]])).between("deu_Latn", "eus_Latn") == 0.5


def test_pair_without_a_shared_feature_has_no_share():
    with pytest.raises(ValueError, match="1 pairs have none: deu_Latn-fra_Latn"):
        differing_share(features([[1, np.nan], [1, 1], [np.nan, 1]]))
    with pytest.raises(ValueError, match="2 languages have gaps"):
        differing_share(features([[1, np.nan], [1, 1], [np.nan, 1]]), missing="error")


def test_mix_is_the_weighted_mean():
    first, second = DistanceMatrix(THREE, valid()), DistanceMatrix(THREE, valid()[::-1, ::-1])
    assert mix([(1.0, first), (3.0, second)]).values == pytest.approx((valid() + 3 * valid()[::-1, ::-1]) / 4)
    assert np.array_equal(mix([(0.3, first)]).values, first.values)


def test_impossible_mixes_are_refused():
    matrix = DistanceMatrix(THREE, valid())
    for parts, message in [
        ([], "none is given"),
        ([(0.0, matrix), (1.0, matrix)], "positive"),
        ([(np.nan, matrix)], "positive"),
        ([(1.0, matrix), (1.0, DistanceMatrix(THREE[:2], matrix.block(THREE[:2])))], "fra_Latn is not in all"),
    ]:
        with pytest.raises(ValueError, match=message):
            mix(parts)
