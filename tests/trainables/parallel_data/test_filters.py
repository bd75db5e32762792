"""Bitext filters: each against hand-made pairs, all of them by properties."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_spaces.inventory import INVENTORY
from search_spaces.languages import ENGLISH, Language
from trainables.data.folder import DataFolder
from trainables.data.labelled_files import DataError
from trainables.parallel_data.corpus import evaluated_sentences
from trainables.parallel_data.filters import FILTERS, Context, Pair, apply_filters, normalised, parse_filters
from trainables.parallel_data.scripts import NAME_BEGINNINGS, script_share

GERMAN, CHINESE, RUSSIAN = Language("deu_Latn"), Language("zho_Hans"), Language("rus_Cyrl")
texts = st.text(alphabet="abcZ бв中 ,.12é", max_size=12)
pair_lists = st.lists(st.tuples(texts, texts), max_size=40)
filter_lists = st.lists(st.sampled_from(sorted(FILTERS)), unique=True)


def run(
    filters: list[str], pairs: list[Pair], language: Language = GERMAN, **evaluated: str
) -> tuple[list[Pair], dict[str, int]]:
    sets = {Language(tag): frozenset({normalised(text)}) for tag, text in evaluated.items()}
    kept, counts = apply_filters(pairs, lambda pair: pair, parse_filters(filters), Context(language, evaluated=sets))
    assert counts.n_available == len(pairs)
    assert counts.n_kept == len(kept)
    return kept, {name: n for name, n in counts.dropped.items() if n}


@given(pair_lists, filter_lists)
def test_kept_and_dropped_add_up_and_kept_pairs_are_a_subsequence(pairs: list[Pair], filters: list[str]) -> None:
    kept, counts = apply_filters(pairs, lambda pair: pair, parse_filters(filters), Context(GERMAN))
    assert counts.n_available == len(pairs) == len(kept) + sum(counts.dropped.values())
    assert list(counts.dropped) == ["empty", *filters]  # reported in the order in which they ran
    remaining = iter(pairs)
    assert all(pair in remaining for pair in kept)


@given(pair_lists, st.lists(st.sampled_from(["too_short", "too_long=6", "identical", "wrong_script"]), unique=True))
def test_filters_that_look_at_one_pair_commute_and_a_second_pass_drops_nothing(
    pairs: list[Pair], filters: list[str]
) -> None:
    kept, _ = run(filters, pairs)
    assert run(filters[::-1], pairs)[0] == kept
    assert run(filters, kept) == (kept, {})


@given(pair_lists)
def test_duplicate_filters_keep_the_first_of_each(pairs: list[Pair]) -> None:
    filled = [pair for pair in pairs if all(pair)]
    assert run(["duplicate_pair"], pairs)[0] == list(dict.fromkeys(filled))
    targets = [other for _, other in run(["duplicate_target"], pairs)[0]]
    assert targets == list(dict.fromkeys(other for _, other in filled))


@given(pair_lists, st.floats(1, 5), st.floats(1, 5))
def test_a_looser_ratio_keeps_no_fewer(pairs: list[Pair], first: float, second: float) -> None:
    tight, loose = sorted((first, second))
    kept_loosely = Counter(run([f"length_ratio={loose!r}"], pairs)[0])
    assert not Counter(run([f"length_ratio={tight!r}"], pairs)[0]) - kept_loosely


def test_lengths() -> None:
    assert run(["too_short=3"], [("a b c", "a-b-1"), ("ab", "abc"), ("abc", "?!?!")]) == (
        [("a b c", "a-b-1")], {"too_short": 2}
    )  # fmt: skip
    assert run(["too_long=3"], [("abc", "abc"), ("abc", "abcd")]) == ([("abc", "abc")], {"too_long": 1})


def test_the_ratio_of_lengths_is_taken_against_the_usual_one() -> None:
    usual = [("a" * 30, "中" * 10)] * 9
    # Three English characters to one Chinese is usual here: equally long sides are three times too long.
    kept, dropped = run(["length_ratio=2.5"], [*usual, ("a" * 10, "中" * 10), ("a" * 60, "中" * 10)], CHINESE)
    assert dropped == {"length_ratio": 1}
    assert kept == [*usual, ("a" * 60, "中" * 10)]


def test_sides_that_are_the_same_sentence_are_dropped() -> None:
    pairs = [("Hello, World!", "hello world"), ("Hello", "Hallo"), ("...", "...")]
    assert run(["identical"], pairs) == ([("Hello", "Hallo")], {"identical": 2})


def test_order_matters_for_duplicates() -> None:
    pairs = [("x", "gut genug"), ("good enough", "gut genug")]
    assert run(["too_short", "duplicate_target"], pairs)[0] == [pairs[1]]
    assert run(["duplicate_target", "too_short"], pairs)[0] == []


def test_script_is_checked_on_both_sides() -> None:
    pairs = [
        ("a dog", "собака"),
        ("a dog", "sobaka"),
        ("собака", "собака"),
        ("YouTube", "канал на YouTube тут"),
        ("1", "2"),
    ]
    kept, dropped = run(["wrong_script=0.5"], pairs, RUSSIAN)
    assert kept == [pairs[0], pairs[3], pairs[4]]
    assert dropped == {"wrong_script": 2}


@pytest.mark.parametrize(
    ("text", "script", "share"),
    [("ひらカタ漢字", "Jpan", 1), ("한국어", "Hang", 1), ("中文 abc", "Hans", 0.4), ("ነው።", "Ethi", 1),
     ("हिन्दी", "Deva", 1), ("12 !?", "Thai", 1), ("ʼn", "Latn", 1)],
)  # fmt: skip
def test_share_of_letters_by_hand(text: str, script: str, share: float) -> None:
    assert script_share(text, script) == share


def test_every_script_of_the_inventory_is_known() -> None:
    assert {info.script for info in INVENTORY.values()} <= set(NAME_BEGINNINGS)


def test_sentences_of_an_evaluation_set_are_dropped_in_any_typography() -> None:
    pairs = [("This is a  TEST, indeed", "ja"), ("no", "Das ist ein – Test!"), ("This is a test", "Das ist einer")]
    evaluated = {str(ENGLISH): "This is a test indeed.", str(GERMAN): "Das ist ein Test"}
    assert run(["in_evaluation"], pairs, GERMAN, **evaluated) == ([pairs[2]], {"in_evaluation": 2})


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        (["length_ration"], "Nearest: 'length_ratio'"),
        (["length_ratio=0.5"], "at least 1"),
        (["wrong_script=2"], "at most 1"),
        (["too_long=many"], "'too_long=many'"),
        (["identical=1"], "takes no number"),
        (["identical", "identical"], "listed twice"),
    ],
)
def test_malformed_filters_are_refused(filters: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        parse_filters(filters)
    assert isinstance(caught.value, DataError) or "known ones" in str(caught.value)


@pytest.mark.slow
def test_the_real_pack_passes_what_it_was_already_cleaned_of() -> None:
    pack = Path(__file__).parents[3] / "../shared/data"
    if not pack.is_dir():
        pytest.skip("no ../shared/data beside this clone")
    language = Language("jav_Latn")
    sets = {tag: evaluated_sentences(pack, tag) for tag in (ENGLISH, language)}
    assert min(map(len, sets.values())) > 1_000
    pairs = DataFolder(pack).bitext(language)
    context = Context(language, evaluated=sets)
    _, counts = apply_filters(pairs, lambda pair: pair, parse_filters(["in_evaluation", "wrong_script"]), context)
    assert counts.dropped["wrong_script"] == 0
    assert counts.dropped["in_evaluation"] <= 2  # its own check folds typography less
    planted = DataFolder(pack).flores(language, "dev").popitem()[1]
    _, counts = apply_filters([("Planted.", planted)], lambda pair: pair, parse_filters(["in_evaluation"]), context)
    assert counts.dropped["in_evaluation"] == 1
