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

from search_spaces.criteria import CRITERIA
from search_spaces.distances import DistanceMatrix
from search_spaces.inventory import REALIGNMENT_LANGUAGES
from search_spaces.languages import ENGLISH, parse_language
from search_spaces.selection import select_subset

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
    """A swap-optimum may miss the best set; over 12 random matrices it finds it nearly always, and comes close."""
    n_found = 0
    for seed in range(12):
        distances = random_distances([*pool, ENGLISH], seed)
        found = total(select_subset(pool, size, criterion, distances, anchor), distances, anchor)
        exact = best(total(subset, distances, anchor) for subset in combinations(pool, size))
        n_found += found == pytest.approx(exact)
        assert found == pytest.approx(exact, rel=0.15, abs=1e-9)
    assert n_found >= 10


@pytest.mark.parametrize("criterion", ["max-sum", "min-sum"])
def test_no_single_exchange_improves(criterion):
    pool = REALIGNMENT_LANGUAGES[:25]
    distances = random_distances([*pool, ENGLISH], 1)
    subset = select_subset(pool, 8, criterion, distances).languages
    score = CRITERIA[criterion].score(subset, distances, ENGLISH)
    for member in subset:
        for outsider in set(pool) - set(subset):
            exchanged = [*(set(subset) - {member}), outsider]
            assert CRITERIA[criterion].score(exchanged, distances, ENGLISH) <= score + 1e-9


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
        ({"size": 10}, r"`size` must be at most 9 \(languages in the pool\), but is 10.*Lower"),
        ({"size": 0}, "at least 1, but is 0"),
        ({"criterion": "maxsum"}, "Nearest: 'max-sum'"),
        ({"seed": 1}, "deterministic and takes no seed, but got 1"),
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
