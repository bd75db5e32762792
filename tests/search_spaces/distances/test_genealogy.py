from itertools import combinations

import numpy as np
import pytest

from search_spaces.distances.genealogy import genetic, lineages
from search_spaces.inventory import INVENTORY

ALL = list(INVENTORY)


def test_known_orders():
    distances = genetic(ALL)
    german = [distances.between("deu_Latn", tag) for tag in ("nld_Latn", "eng_Latn", "hin_Deva", "jpn_Jpan")]
    assert german == sorted(german) and len(set(german)) == 4 and german[-1] == 1.0
    assert distances.between("xho_Latn", "zul_Latn") < distances.between("swh_Latn", "zul_Latn")
    assert distances.between("swh_Latn", "zul_Latn") < distances.between("yor_Latn", "zul_Latn") < 1.0


def test_counted_by_hand():
    """German has 6 nodes above it, Dutch 9, 5 of them common: 1 - 5 / (7 + 10 - 5)."""
    above = lineages(["deu_Latn", "nld_Latn"])
    assert len(above["deu_Latn"]) == 6 and len(above["nld_Latn"]) == 9
    assert "F_Franconian" in above["deu_Latn"] & above["nld_Latn"]
    assert genetic(["deu_Latn", "nld_Latn"]).between("deu_Latn", "nld_Latn") == pytest.approx(1 - 5 / 12)


def test_equals_sets_counted_pair_by_pair():
    distances, above = genetic(ALL), lineages(ALL)
    for a, b in combinations(ALL, 2):
        if INVENTORY[a].iso639_3 != INVENTORY[b].iso639_3:
            expected = 1 - len(above[a] & above[b]) / (len(above[a] | above[b]) + 2)
            assert distances.between(a, b) == pytest.approx(expected, abs=1e-12)


def test_zero_only_for_the_same_language():
    values = genetic(ALL).values
    pairs = {(ALL[a], ALL[b]) for a, b in np.argwhere(np.triu(values == 0, k=1))}
    assert pairs == {("zho_Hans", "zho_Hant")}


def test_one_between_families_and_less_within():
    """Families as languages.csv has them, which took them from Glottolog by another way."""
    distances = genetic(ALL)
    for a, b in combinations(ALL, 2):
        same = INVENTORY[a].family == INVENTORY[b].family
        assert (distances.between(a, b) < 1.0) == same


def test_is_a_metric():
    values = genetic(ALL).values
    assert (values[:, None, :] <= values[:, :, None] + values[None, :, :] + 1e-12).all()


def test_only_basque_has_no_relatives():
    assert [tag for tag, nodes in lineages(ALL).items() if not nodes] == ["eus_Latn"]


def test_order_of_languages_does_not_matter():
    few = ["zul_Latn", "deu_Latn", "hin_Deva"]
    assert np.array_equal(genetic(few).values, genetic(sorted(few)).values)
    assert np.array_equal(genetic(few).values, genetic(ALL).block(sorted(few)))
