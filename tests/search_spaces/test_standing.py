import csv
import itertools

import numpy as np
import pytest
from scipy.stats import percentileofscore

from search_spaces.criteria import CRITERIA as ALL
from search_spaces.criteria.base import Criterion
from search_spaces.criteria.max_sum import MaxSum, MinSum
from search_spaces.distances.matrix import DistanceMatrix
from search_spaces.distances.uriel import load_uriel
from search_spaces.languages import ENGLISH, parse_language
from search_spaces.problem import SelectionProblem
from search_spaces.published.subsets import PUBLISHED, PUBLISHED_SEEDS
from search_spaces.standing import NamedSet, percentile, published_sets, standing
from search_spaces.subset_space import SubsetSpace

SIX = ("deu_Latn", "eus_Latn", "fra_Latn", "ibo_Latn", "jpn_Jpan", "kat_Geor")
CRITERIA = {"max-sum": MaxSum(), "min-sum": MinSum()}


@pytest.fixture
def six():
    """Distances of six languages and English, all sums of distances different."""
    upper = np.triu(np.random.default_rng(3).random((7, 7)), 1)
    return DistanceMatrix((*SIX, ENGLISH), upper + upper.T)


@pytest.fixture
def uriel_plus():
    """Reads the distances on which section 3.1 of the reference was computed."""

    def read(path):
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        languages = tuple(parse_language(code) for code in header[1:])
        return DistanceMatrix(languages, np.array([[float(cell) for cell in row[1:]] for row in rows]))

    return read


def problem(distances):
    return SelectionProblem(space=SubsetSpace(pool=SIX), distances=distances)


def test_percentile_is_the_mid_rank():
    values = np.array([1.0, 2.0, 2.0, 3.0, 5.0])
    for value in (0.0, 1.0, 2.0, 2.5, 5.0, 9.0):
        assert percentile(value, values) == pytest.approx(percentileofscore(values, value, kind="mean"))
    assert percentile(0.3, np.array([0.1 + 0.2, 0.3])) == 50.0  # equal up to rounding


def test_percentile_with_infinite_values():
    values = np.array([-np.inf, -np.inf, 1.0, 2.0])
    assert percentile(-np.inf, values) == 25.0
    assert percentile(1.5, values) == 75.0
    with pytest.raises(ValueError, match="got none"):
        percentile(1.0, np.array([]))


@pytest.mark.parametrize("anchor", [ENGLISH, None])
def test_against_all_sets(six, anchor):
    """Percentile, mean and deviation approach those among all sets of the size."""
    subsets = list(itertools.combinations(SIX, 3))

    def total(languages):
        return sum(six.between(a, b) for a, b in itertools.combinations((*languages, *([anchor] if anchor else [])), 2))

    totals = np.array([total(languages) for languages in subsets])
    rows = standing(
        [NamedSet(name=str(i), languages=languages, pool=SIX, anchor=anchor) for i, languages in enumerate(subsets)],
        {"max-sum": MaxSum()},
        problem(six),
    )
    for row, value in zip(rows, totals, strict=True):
        assert row.value == pytest.approx(value)
        assert row.percentile == pytest.approx(percentileofscore(totals, value, kind="mean"), abs=2.0)
        assert row.random_mean == pytest.approx(totals.mean(), abs=0.03)
        assert row.random_sd == pytest.approx(totals.std(), rel=0.05)


def test_sets_then_criteria_in_the_order_given(six):
    sets = [
        NamedSet(name="b", languages=SIX[:2], pool=SIX, anchor=ENGLISH),
        NamedSet(name="a", languages=SIX[1:4], pool=SIX, anchor=None),
        NamedSet(name="c", languages=SIX[2:4], pool=SIX[::-1], anchor=None),
    ]
    rows = standing(sets, CRITERIA, problem(six), n_random=200)
    assert [(row.name, row.criterion) for row in rows] == list(itertools.product("bac", CRITERIA))
    one_by_one = [row for named in sets for row in standing([named], CRITERIA, problem(six), n_random=200)]
    assert rows == one_by_one  # a set's standing does not depend on its company
    assert {row.size for row in rows} == {2, 3}


def test_opposite_criteria_have_opposite_standings(six):
    rows = standing(
        [NamedSet(name="x", languages=SIX[:3], pool=SIX, anchor=None)], CRITERIA, problem(six), n_random=500
    )
    most, least = rows
    assert most.percentile + least.percentile == pytest.approx(100.0)
    assert most.value == -least.value


def test_the_whole_pool_stands_in_the_middle(six):
    (row,) = standing(
        [NamedSet(name="x", languages=SIX, pool=SIX, anchor=None)], {"m": MaxSum()}, problem(six), n_random=5
    )
    assert row.percentile == 50.0 and row.random_sd == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("name", [n for n, one in ALL.items() if issubclass(one, Criterion) and not one.measured])
def test_larger_values_stand_higher_under_every_criterion(six, name):
    try:
        criterion = ALL[name]()
    except TypeError:
        pytest.skip(f"{name} has no defaults")
    features = load_uriel([*SIX, ENGLISH], "featural", "knn")
    given = SelectionProblem(space=SubsetSpace(pool=SIX), distances=six, features=features)
    sets = [NamedSet(name=str(i), languages=SIX[i : i + 3], pool=SIX, anchor=ENGLISH) for i in range(4)]
    rows = sorted(standing(sets, {name: criterion}, given, n_random=100), key=lambda row: row.value)
    assert [row.percentile for row in rows] == sorted(row.percentile for row in rows)
    assert all(0.0 <= row.percentile <= 100.0 for row in rows)


def test_refusals(six):
    stranger = NamedSet(name="x", languages=("yor_Latn",), pool=SIX, anchor=None)
    with pytest.raises(ValueError, match="yor_Latn"):
        standing([stranger], CRITERIA, problem(six), n_random=5)
    with pytest.raises(ValueError, match="at least 2"):
        standing([], CRITERIA, problem(six), n_random=1)


def test_published_sets_and_their_draws():
    fixed = published_sets()
    assert len(fixed) == sum(subset.languages is not None for subset in PUBLISHED.values())
    everything = published_sets(PUBLISHED_SEEDS)
    assert len(everything) - len(fixed) == 12 * 4
    draw = next(named for named in everything if named.name == "abla_random_joshi3 s=66")
    assert draw.languages == PUBLISHED["abla_random_joshi3"].draw(66).languages


@pytest.mark.parametrize(
    # section 3.1 of the reference, computed there by other code: sum, mean of random sets, z
    ("name", "total", "mean", "z"),
    [
        ("least_uriel_5", 4.06, 5.88, -6.2),
        ("least_uriel_en_5", 6.59, 8.78, -5.6),
        ("least_same_script_5", 6.66, 8.70, -5.5),
        ("least_uriel_en_10", 25.21, 32.28, -7.6),
        ("most_uriel_en_10", 36.26, 32.27, 4.3),
        ("most_uriel_10", 29.99, 26.47, 4.4),
        ("most_uriel_en_40", 502.5, 482.0, 4.5),
        ("most_same_script_10", 35.16, 31.98, 3.7),
    ],
)
def test_standings_computed_elsewhere(shared_file, uriel_plus, name, total, mean, z):
    distances = uriel_plus(shared_file("reference/urielplus_featural_softimpute_distance.csv"))
    sets = published_sets(subsets=[PUBLISHED[name]])
    (row,) = standing(sets, {"max-sum": MaxSum()}, SelectionProblem(space=SubsetSpace(pool=SIX), distances=distances))
    assert row.value == pytest.approx(total, rel=1e-3)
    assert row.random_mean == pytest.approx(mean, rel=5e-3)
    assert (row.value - row.random_mean) / row.random_sd == pytest.approx(z, abs=0.25)
    assert row.percentile > 99.5 if z > 0 else row.percentile < 0.5


def test_the_exchanged_pair_stands_at_the_wrong_ends(shared_file, uriel_plus):
    distances = uriel_plus(shared_file("reference/urielplus_featural_softimpute_distance.csv"))
    sets = published_sets(subsets=[PUBLISHED["most_same_script_20"], PUBLISHED["least_same_script_20"]])
    given = SelectionProblem(space=SubsetSpace(pool=SIX), distances=distances)
    most, least = standing(sets, {"max-sum": MaxSum()}, given, n_random=2_000)
    assert most.percentile < 1.0 and least.percentile > 99.0
