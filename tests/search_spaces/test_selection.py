import csv
import json
import os
import subprocess
import sys
from collections import Counter
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from search_spaces.distances.matrix import DistanceMatrix
from search_spaces.inventory import REALIGNMENT_LANGUAGES
from search_spaces.languages import ENGLISH, parse_language
from search_spaces.problem import SelectionProblem
from search_spaces.rules import SubsetRules, build_space
from search_spaces.selection import select, select_subset
from search_spaces.subset_space import SubsetSpace

ROOT = Path(__file__).resolve().parents[2]


def random_distances(languages, seed):
    upper = np.triu(np.random.default_rng(seed).uniform(0, 1, (len(languages), len(languages))), 1)
    return DistanceMatrix(tuple(languages), upper + upper.T)


def total(subset, distances, anchor):
    """Sum over pairs, counted pair by pair."""
    members = [*subset, *([anchor] if anchor else [])]
    return sum(distances.between(a, b) for a, b in combinations(members, 2))


@pytest.fixture(scope="module")
def pool():
    return REALIGNMENT_LANGUAGES[:9]


@pytest.mark.parametrize("anchor", [ENGLISH, None])
@pytest.mark.parametrize(("criterion", "best"), [("max-sum", max), ("min-sum", min)])
@pytest.mark.parametrize("size", [1, 2, 4, 8, 9])
def test_against_brute_force(pool, criterion, best, size, anchor):
    for seed in range(4):
        distances = random_distances([*pool, ENGLISH], seed)
        found = total(select_subset(pool, size, criterion, distances, anchor), distances, anchor)
        assert found == pytest.approx(best(total(subset, distances, anchor) for subset in combinations(pool, size)))


def test_result_is_labelled_and_does_not_hold_the_anchor(pool):
    distances = random_distances([*pool, ENGLISH], 0)
    subset = select_subset(pool, 3, "max-sum", distances)
    assert len(subset) == 3 and ENGLISH not in subset and subset.label == "max-sum k=3"
    assert select_subset(pool, 3, "random", seed=5).label == "random k=3 s=5"


def test_the_anchor_counts():
    """German and French are far from each other; Italian is close to them, but far from English."""
    distances = DistanceMatrix(
        ("deu_Latn", "fra_Latn", "ita_Latn", "eng_Latn"),
        np.array([[0, 0.3, 0.2, 0.1], [0.3, 0, 0.2, 0.2], [0.2, 0.2, 0, 0.9], [0.1, 0.2, 0.9, 0]]),
    )
    pool = ["deu_Latn", "fra_Latn", "ita_Latn"]
    assert select_subset(pool, 2, "max-sum", distances, anchor=None).languages == ("deu_Latn", "fra_Latn")
    assert select_subset(pool, 2, "max-sum", distances, anchor=ENGLISH).languages == ("fra_Latn", "ita_Latn")


@pytest.mark.parametrize("criterion", ["max-sum", "min-sum"])
@pytest.mark.parametrize("anchor", [ENGLISH, None])
def test_ties_go_to_the_first_tags(pool, criterion, anchor):
    n = len(pool) + 1
    equal = DistanceMatrix((*pool, ENGLISH), 0.1 * (np.ones((n, n)) - np.eye(n)))
    assert select_subset(pool, 4, criterion, equal, anchor).languages == tuple(sorted(pool)[:4])


def test_order_of_the_pool_plays_no_part(pool):
    distances = random_distances([*pool, ENGLISH], 2)
    for criterion, seed in (("max-sum", None), ("min-sum", None), ("random", 4)):
        forward = select_subset(pool, 4, criterion, distances, seed=seed)
        assert forward == select_subset(list(pool)[::-1], 4, criterion, distances, seed=seed)
        assert forward == select_subset(set(pool), 4, criterion, distances, seed=seed)


def test_random_draws_every_language_equally_often(pool):
    drawn = Counter(tag for seed in range(900) for tag in select_subset(pool, 3, "random", seed=seed))
    # binomial, 900 draws with probability 1/3: mean 300, standard deviation 14
    assert set(drawn) == set(pool) and all(abs(n - 300) < 70 for n in drawn.values())


def test_random_is_the_same_in_another_process(pool):
    program = (
        "from search_spaces.inventory import REALIGNMENT_LANGUAGES as pool\n"
        "from search_spaces.selection import select_subset\n"
        "print(*select_subset(set(pool), 10, 'random', seed=3).languages)"
    )
    here = select_subset(REALIGNMENT_LANGUAGES, 10, "random", seed=3).languages
    for hash_seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        printed = subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        ).stdout
        assert tuple(printed.split()) == here


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"size": 10}, r"at most 9 \(languages that may be chosen\), but is 10.*Lower"),
        ({"size": 0}, "at least 1, but is 0"),
        ({"criterion": "maxsum"}, "Nearest: 'max-sum'"),
        ({"seed": 1}, "deterministic: a seed would change nothing, but 1 is given.*tolerance"),
        ({"criterion": "random"}, "needs a seed"),
        ({"criterion": "random", "seed": -1}, "`seed` must be at least 0"),
        ({"distances": None}, "needs distances"),
        ({"anchor": "deu_Latn"}, "deu_Latn is.*Take it out"),
        ({"anchor": "fin_Latn"}, "fin_Latn is not"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments, message):
    pool = ["afr_Latn", "amh_Ethi", "arb_Arab", "azj_Latn", "bam_Latn", "ben_Beng", "bul_Cyrl", "deu_Latn", "ell_Grek"]
    distances = random_distances([*pool, ENGLISH], 0)
    with pytest.raises(ValueError, match=message):
        select_subset(**{"pool": pool, "size": 3, "criterion": "max-sum", "distances": distances, **arguments})


@pytest.fixture
def published_distances(shared_file):
    """URIEL+ featural distances of the 65 languages and English, as close to the paper's as is known."""
    with shared_file("reference/urielplus_featural_softimpute_distance.csv").open() as file:
        rows = list(csv.reader(file))
    languages = tuple(parse_language(code) for code in rows[0][1:])
    return DistanceMatrix(languages, np.array([[float(cell) for cell in row[1:]] for row in rows[1:]]))


@pytest.mark.parametrize(
    ("size", "anchor", "codes"),
    [
        (5, ENGLISH, "it pt ro es uk"),
        (5, None, "bn gu hi pa ur"),
        (10, ENGLISH, "bg de el es fr it nl pt ro uk"),
    ],
)
def test_min_sum_finds_the_published_lists(published_distances, size, anchor, codes):
    """`least_uriel_en_5`, `least_uriel_5`, `least_uriel_en_10` of the paper's code."""
    found = select_subset(REALIGNMENT_LANGUAGES, size, "min-sum", published_distances, anchor)
    assert set(found) == {parse_language(code) for code in codes.split()}


@pytest.mark.parametrize(
    ("name", "size", "anchor", "published_sum"),
    [
        ("most_uriel_en_5", 5, ENGLISH, 10.10),
        ("most_uriel_5", 5, None, 6.78),
        ("most_uriel_en_10", 10, ENGLISH, 36.26),
        ("most_uriel_10", 10, None, 29.99),
        ("most_uriel_en_20", 20, ENGLISH, 134.3),
        pytest.param("most_uriel_en_40", 40, ENGLISH, 502.5, marks=pytest.mark.slow),
    ],
)
def test_max_sum_is_at_least_as_diverse_as_the_published_lists(
    published_distances, shared_file, name, size, anchor, published_sum
):
    listed = [parse_language(code) for code in json.loads(shared_file("reference/strategies.json").read_text())[name]]
    assert total(listed, published_distances, anchor) == pytest.approx(published_sum, abs=0.05)
    found = select_subset(REALIGNMENT_LANGUAGES, size, "max-sum", published_distances, anchor)
    assert total(found, published_distances, anchor) >= total(listed, published_distances, anchor)


@pytest.fixture(scope="module")
def problem(pool):
    space = SubsetSpace(pool=pool, min_size=4, max_size=4)
    return SelectionProblem(space=space, distances=random_distances([*pool, ENGLISH], 3))


def test_a_value_lies_beside_random_sets(problem, pool):
    """All 126 subsets are counted: the percentile and the mean among random ones must come near those."""
    sums = [total(subset, problem.distances, ENGLISH) for subset in combinations(pool, 4)]
    chosen = select(problem, "max-sum", n_random=10_000)
    assert chosen.value == pytest.approx(max(sums)) and chosen.n_random == 10_000
    assert chosen.percentile == pytest.approx(100 - 100 / 126 / 2, abs=0.5)
    assert chosen.random_mean == pytest.approx(np.mean(sums), abs=4 * np.std(sums) / 100)


@pytest.mark.slow
def test_a_seed_draws_among_near_optimal_sets_and_reaches_all_of_them(pool):
    problem = SelectionProblem(
        space=SubsetSpace(pool=pool, min_size=3, max_size=3), distances=random_distances([*pool, ENGLISH], 3)
    )
    sums = {s: total(s, problem.distances, ENGLISH) for s in combinations(sorted(pool), 3)}
    best, average = max(sums.values()), np.mean(list(sums.values()))
    drawn = Counter(
        select(problem, "max-sum", seed=seed, tolerance=0.4, n_random=0).subset.languages for seed in range(300)
    )
    good = {s for s, value in sums.items() if value >= best - 0.42 * (best - average)}
    assert set(drawn) <= good and len(drawn) >= 0.7 * len(good) > 3
    assert max(drawn.values()) < 6 * 300 / len(good)
    again = select(problem, "max-sum", seed=7, tolerance=0.4, n_random=0).subset
    assert again == select(problem, "max-sum", seed=7, tolerance=0.4, n_random=0).subset and again.seed == 7


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"criterion": "max-sum", "tolerance": 0.1}, "needs a seed"),
        ({"criterion": "max-sum", "tolerance": 1.5, "seed": 0}, "at most 1, but is 1.5"),
        ({"criterion": "random", "seed": 0, "tolerance": 0.1}, "draws one. Drop it"),
        ({"criterion": "max-sum", "solver": "magic"}, "`solver` must be"),
    ],
)
def test_arguments_without_a_meaning_are_refused(problem, arguments, message):
    with pytest.raises(ValueError, match=message):
        select(problem, **arguments)


def test_one_factor_is_held_while_another_varies(published_distances):
    """The most and the least diverse ten languages with exactly three African ones each."""
    rules = SubsetRules(at_least={"area=Africa": 3}, at_most={"area=Africa": 3})
    space = build_space(REALIGNMENT_LANGUAGES, 10, rules)
    african = next(rule.members for rule in space.rules)
    problem = SelectionProblem(space=space, distances=published_distances)
    most, least = (select(problem, name, n_random=500) for name in ("max-sum", "min-sum"))
    assert [len(african & set(chosen.subset)) for chosen in (most, least)] == [3, 3]
    assert most.value > most.random_mean > -least.value
    assert most.percentile == least.percentile == 100
    free = SelectionProblem(space=build_space(REALIGNMENT_LANGUAGES, 10), distances=published_distances)
    assert select(free, "max-sum", n_random=0).value >= most.value
