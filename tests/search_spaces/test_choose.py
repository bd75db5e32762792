"""Words for pools, distances and rules turned into a choice."""

import pytest

from search_spaces.choose import choose, make_problem, parse_pool
from search_spaces.inventory import INVENTORY, REALIGNMENT_LANGUAGES
from search_spaces.published.subsets import PUBLISHED
from search_spaces.rules import SubsetRules


def test_pools_are_named_in_words():
    assert parse_pool("realignment") == REALIGNMENT_LANGUAGES and parse_pool("inventory") == tuple(INVENTORY)
    assert parse_pool("afri_only") == PUBLISHED["afri_only"].languages
    assert parse_pool("sw, German") == parse_pool(["de", "swa"]) == ("deu_Latn", "swh_Latn")
    unseen = parse_pool("area=Africa & seen_by_xlmr=unseen")
    assert unseen and all(INVENTORY[tag].area == "Africa" and not INVENTORY[tag].seen_by_xlmr for tag in unseen)


def test_a_choice_keeps_its_anchor_out_of_the_pool_and_serves_the_targets():
    problem, distances = make_problem(2, pool="en, de, nl, sw, zu", targets="af", target_weights={"Afrikaans": 2.0})
    assert problem.candidates == ("deu_Latn", "nld_Latn", "swh_Latn", "zul_Latn") and problem.anchor == "eng_Latn"
    assert problem.aims == ("afr_Latn",) and problem.target_weights == {"afr_Latn": 2.0}
    assert set(distances.matrix.languages) == {*problem.candidates, "eng_Latn", "afr_Latn"}


def test_facts_and_costs_are_read_from_files(tmp_path):
    (tmp_path / "facts.csv").write_text("language,colour\nde,red\nnl,red\nsw,blue\nzu,blue\n")
    (tmp_path / "costs.csv").write_text("language,cost\nde,1\nnl,2\nsw,3\nzu,4\n")
    rules = SubsetRules(at_most={"colour": 1}, budget=4)
    files = {"facts": tmp_path / "facts.csv", "costs": str(tmp_path / "costs.csv")}
    found = choose(2, "min-sum", pool="de, nl, sw, zu", rules=rules, min_size=2, n_random=0, **files)
    assert found.selection.subset.languages == ("deu_Latn", "swh_Latn")  # the one set of two colours for 4 at most


@pytest.mark.parametrize(
    ("pool", "message"),
    [
        ([], r"A pool must hold a language, but \[\] holds none\. Widen it\."),
        ("area=Africa & script=Cyrl", "A pool must hold a language, but 'area=Africa & script=Cyrl' holds none"),
        ("colour=red", "A pool's column must be one of .* but is 'colour'"),
        ("sw, klingonese", "A language must be one of .* but is 'klingonese'"),
    ],
)
def test_a_pool_without_meaning_is_refused(pool, message):
    with pytest.raises(ValueError, match=message):
        parse_pool(pool)
