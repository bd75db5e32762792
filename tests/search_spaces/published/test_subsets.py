import csv
import json

import numpy as np
import pytest

from search_spaces.inventory import INVENTORY, REALIGNMENT_LANGUAGES
from search_spaces.languages import ENGLISH, parse_language
from search_spaces.published.subsets import POOLS, PUBLISHED, PUBLISHED_SEEDS, memberships, random_langs, read_published
from search_spaces.subsets import LanguageSubset

FIXED = [name for name, subset in PUBLISHED.items() if subset.languages is not None]

# realignment_langs of the XLM-R PoS results in the paper's repository, results/abla_random_*/, in its own codes.
ABLATION_DRAWS = """
joshi45 42 ar de eu fi hu ko pl ru tr vi
joshi45 66 de es eu fa fi hu it pt tr vi
joshi45 17 de es eu fi hi hu ja ko nl pl
joshi45 23 ar de es eu fa fi ja pt ru tr
joshi3 42 af bg bn he kaz_Cyrl lt ro tgl_Latn th uk
joshi3 66 bg bn et id ka kaz_Cyrl lt ro ta ur
joshi3 17 bn el et he ka kaz_Cyrl ms ro ta ur
joshi3 23 af bg bn el et he ms ta tgl_Latn th
joshi35 42 eu he hi it ja lt ro th tr zh
joshi35 66 ar bn de el hu ja ms ru tr uk
joshi35 17 eu fr kaz_Cyrl lt nl ro ru ta th zh
joshi35 23 de eu hu ka ko lt ms ta tgl_Latn ur
joshi2 42 amh_Ethi ibo_Latn jav_Latn lug_Latn luo_Latn mos_Latn swh_Latn tel_Telu xho_Latn yor_Latn
joshi2 66 az ewe_Latn fon_Latn gaz_Latn ibo_Latn jav_Latn lug_Latn mya_Mymr nya_Latn twi_Latn
joshi2 17 amh_Ethi gaz_Latn lin_Latn nya_Latn pa swh_Latn tsn_Latn twi_Latn wol_Latn xho_Latn
joshi2 23 ewe_Latn fon_Latn kin_Latn mar_Deva ml mya_Mymr nya_Latn sna_Latn tsn_Latn wol_Latn
seen_xlmr 42 fr he hu kaz_Cyrl ko lt mya_Mymr uk ur xho_Latn
seen_xlmr 66 amh_Ethi bg bn gaz_Latn he kaz_Cyrl mar_Deva ro vi zh
seen_xlmr 17 hau_Latn hu it jav_Latn ko ml tgl_Latn th uk zh
seen_xlmr 23 es fr gaz_Latn he hi id nl pt tgl_Latn tr
unseen_xlmr 42 bam_Latn ewe_Latn fon_Latn lin_Latn mos_Latn nya_Latn tsn_Latn wol_Latn yor_Latn zul_Latn
unseen_xlmr 66 bam_Latn ewe_Latn fon_Latn lin_Latn lug_Latn mos_Latn nya_Latn wol_Latn yor_Latn zul_Latn
unseen_xlmr 17 fon_Latn ibo_Latn kin_Latn lin_Latn luo_Latn mos_Latn sna_Latn tsn_Latn twi_Latn yor_Latn
unseen_xlmr 23 bam_Latn ewe_Latn fon_Latn kin_Latn lin_Latn luo_Latn sna_Latn tsn_Latn twi_Latn zul_Latn
seen_mbert 42 bg bn et fr mar_Deva ml swh_Latn th uk yor_Latn
seen_mbert 66 ar bn de he id ja ko pt ru vi
seen_mbert 17 hu ka nl ro ta tel_Telu tgl_Latn tr ur zh
seen_mbert 23 et gu id ko mya_Mymr nl pa ro ta tel_Telu
unseen_mbert 42 amh_Ethi bam_Latn fon_Latn hau_Latn lin_Latn mos_Latn sna_Latn twi_Latn wol_Latn xho_Latn
unseen_mbert 66 bam_Latn ewe_Latn fon_Latn gaz_Latn hau_Latn lin_Latn lug_Latn tsn_Latn wol_Latn xho_Latn
unseen_mbert 17 bam_Latn ewe_Latn fon_Latn hau_Latn kin_Latn lin_Latn luo_Latn mos_Latn nya_Latn sna_Latn
unseen_mbert 23 amh_Ethi bam_Latn ewe_Latn fon_Latn gaz_Latn hau_Latn luo_Latn tsn_Latn twi_Latn wol_Latn
"""


def canonical(codes):
    return tuple(sorted(parse_language(code) for code in codes))


def test_every_list_equals_the_published_one(shared_file):
    listed = json.loads(shared_file("reference/strategies.json").read_text())
    random = {f"random_langs_with_seed_{n}" for n in (5, 10, 20, 40)}
    assert set(PUBLISHED) == set(listed) | random
    for name, codes in listed.items():
        subset = PUBLISHED[name]
        if name.startswith("abla_random_"):
            assert subset.pool == tuple(parse_language(code) for code in codes)  # in this order: draws depend on it
            assert (subset.languages, subset.size) == (None, 10)
        else:
            assert subset.languages == canonical(codes)
    assert POOLS["all"] == tuple(parse_language(code) for code in listed["xt_afri"])


@pytest.mark.parametrize("task", ["xnli", "udpos"])
def test_every_published_run_used_these_languages(shared_file, task):
    seen = set()
    for path in sorted(shared_file(f"reference/published/{task}").glob("*.csv")):
        if path.stem == "baseline":
            continue  # realigns on nothing; its list has no meaning
        subset = PUBLISHED[path.stem]
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                seed = int(row["seed"])
                drawn = subset.draw(seed if subset.aim == "random" else None)
                assert drawn.languages == canonical(row["realignment_langs"].split(",")), (path.stem, seed)
                seen.add((path.stem, seed))
    assert len(seen) >= 29 * 4 and {seed for _, seed in seen} == set(PUBLISHED_SEEDS)
    assert {(f"random_langs_with_seed_{n}", seed) for n in (5, 10, 20, 40) for seed in PUBLISHED_SEEDS} <= seen


@pytest.mark.parametrize("line", ABLATION_DRAWS.strip().splitlines())
def test_random_draws_of_the_ablations(line):
    pool, seed, *codes = line.split()
    subset = PUBLISHED[f"abla_random_{pool}"]
    assert subset.draw(int(seed)) == LanguageSubset(canonical(codes), "published", int(seed))


def test_a_draw_leaves_the_global_generator_alone_and_follows_it():
    np.random.seed(1)
    untouched = np.random.random(3)
    np.random.seed(1)
    random_langs(42, 20)
    assert np.array_equal(np.random.random(3), untouched)
    np.random.seed(9)
    expected = sorted(np.random.choice(list(POOLS["all"]), 7, replace=False))
    assert list(random_langs(9, 7)) == expected


def test_drawing_everything_gives_the_pool():
    assert random_langs(5, 19, POOLS["joshi45"]) == tuple(sorted(POOLS["joshi45"]))


@pytest.mark.parametrize(("seed", "n"), [(-1, 5), (2**32, 5), (1, 0), (1, 66)])
def test_impossible_draws_are_refused(seed, n):
    with pytest.raises(ValueError, match="must be from"):
        random_langs(seed, n)


def test_a_seed_belongs_to_random_draws_only():
    with pytest.raises(ValueError, match="fixed list"):
        PUBLISHED["most_uriel_5"].draw(42)
    with pytest.raises(ValueError, match="needs a seed"):
        PUBLISHED["random_langs_with_seed_5"].draw()
    assert PUBLISHED["most_uriel_5"].draw().label == "most_uriel_5 k=5"


def test_unknown_name_is_answered_with_near_ones():
    with pytest.raises(ValueError, match="'most_uriel_en_10'"):
        PUBLISHED["most_uriel_en10"]


def test_pools_are_what_they_are_called():
    inventory = {tag: INVENTORY[tag] for tag in REALIGNMENT_LANGUAGES}
    of = {
        "all": lambda info: True,
        "latin": lambda info: info.script == "Latn",
        "joshi45": lambda info: info.resource == "4-5",
        "joshi3": lambda info: info.resource == "3",
        "joshi35": lambda info: info.resource in ("3", "4-5"),
        "joshi2": lambda info: info.resource == "<=2",
        "seen_xlmr": lambda info: info.seen_by_xlmr,
        "unseen_xlmr": lambda info: not info.seen_by_xlmr,
        "seen_mbert": lambda info: info.seen_by_mbert,
        "unseen_mbert": lambda info: not info.seen_by_mbert,
    }
    assert set(POOLS) == set(of)
    for name, belongs in of.items():
        assert set(POOLS[name]) == {tag for tag, info in inventory.items() if belongs(info)}, name


def test_names_say_what_the_fields_say():
    for name, subset in PUBLISHED.items():
        parts = name.split("_")
        assert subset.direction in ("", *parts)
        if "en" in parts:
            assert subset.anchor == ENGLISH
        if subset.aim == "uriel" and "en" not in parts and not name.startswith("abla"):
            assert subset.anchor is None
        if parts[-1].isdigit():
            assert subset.size == int(parts[-1])
        if name.startswith("abla"):
            assert name.endswith(subset.pool_name) and subset.size == 10


def test_script_sets_hold_what_they_promise():
    for name in ("most_distinct_script_5", "most_distinct_script_10", "most_distinct_script_18"):
        scripts = {tag[4:] for tag in PUBLISHED[name].languages}
        assert len(scripts) == PUBLISHED[name].size and "Latn" not in scripts
    for name in FIXED:
        if "same_script" in name:
            assert {tag[4:] for tag in PUBLISHED[name].languages} == {"Latn"}


def test_documented_peculiarities_are_true():
    languages = {name: set(PUBLISHED[name].languages) for name in FIXED}
    families = {name: {INVENTORY[tag].family for tag in tags} for name, tags in languages.items()}
    assert "Looks exchanged" in PUBLISHED["most_same_script_20"].note
    assert "Looks exchanged" in PUBLISHED["least_same_script_20"].note
    assert "all 65" in PUBLISHED["least_family_en_10"].note
    assert len(families["most_family_en_10"]) == 9
    assert len(families["most_family_en_20"]) == 14 and not {"Mande", "Uralic"} & families["most_family_en_20"]
    assert len(families["most_family_en_25"]) == 16 == len({INVENTORY[tag].family for tag in POOLS["all"]})
    for name in ("most_family_en_20", "most_family_en_25"):
        assert sum(INVENTORY[tag].family == "Indo-European" for tag in languages[name]) == 4
    assert languages["most_same_script_41"] == set(POOLS["latin"])
    assert {tag[4:] for tag in POOLS["joshi45"]} - {tag[4:] for tag in languages["abla_most_script_joshi45"]} == {
        "Hans"
    }
    same = [name for name in FIXED if languages[name] == languages["most_distinct_script_10"]]
    assert same == ["most_distinct_script_10", "abla_most_script_seen_xlmr", "abla_most_script_seen_mbert"]
    for name in same:
        assert all(other in PUBLISHED[name].note for other in same[:1] if other != name)


def test_memberships_count_chosen_sets_only():
    table = memberships()
    assert set(table) == set(REALIGNMENT_LANGUAGES)
    assert "most_uriel_en_5" in table["gaz_Latn"] and "xt_afri" not in table["gaz_Latn"]
    assert sum(map(len, table.values())) == sum(PUBLISHED[name].size for name in FIXED if PUBLISHED[name].aim != "pool")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pool": "mars"}, "names 'mars'"),
        ({"size": 3}, "not 3 sorted"),
        ({"languages": ["b", "a"]}, "not 2 sorted"),
        ({"languages": ["a", "z"]}, "z is not in its pool"),
        ({"languages": None}, "without a list"),
        ({"direction": "more"}, "'more' of 'uriel'"),
    ],
)
def test_a_contradictory_entry_is_refused(change, message):
    row = {
        "name": "pair", "direction": "most", "aim": "uriel", "pool": "p", "anchor": None, "size": 2,
        "languages": ["a", "b"], "note": "",
    }  # fmt: skip
    assert read_published({"pools": {"p": ["a", "b", "c"]}, "subsets": [row]})[1]["pair"].size == 2
    with pytest.raises(ValueError, match=message):
        read_published({"pools": {"p": ["a", "b", "c"]}, "subsets": [row | change]})


def test_a_name_comes_once():
    row = {"name": "x", "direction": "", "aim": "random", "pool": "p", "anchor": None, "size": 1}
    row |= {"languages": None, "note": ""}
    with pytest.raises(ValueError, match="occurs twice"):
        read_published({"pools": {"p": ["a"]}, "subsets": [row, row]})
