"""What is said of confirmed sets, where the truth is known."""

from dataclasses import replace

import numpy as np
import pytest

from sweep.config.search_languages import SearchLanguages
from sweep.findings.confirm_results import OTHERS, SEARCHED, confirm_comparisons, shrinkage_table
from sweep.findings.confirm_section import confirm_report, headline, shrinkage_sentence, verdicts
from sweep.records.records import TrialRecord
from sweep.search.languages import search_languages
from tests.sweep.known_world import HALF, POOL, SCORED, Record, World


@pytest.mark.slow
def test_a_set_that_is_truly_better_is_found_and_claimed(record_of: Record) -> None:
    planted = ("deu_Latn", "swh_Latn", "tel_Telu")
    world = World(record_of, 4, 0.005, {planted: 0.08})
    search = world.search(30)
    confirmed = world.confirmed(search)
    languages = search_languages(search, HALF)
    comparisons = confirm_comparisons(confirmed, languages)
    of_first = [c for c in comparisons if c.arm == "best-1"]
    assert next(r.languages for r in confirmed if r.arm == "best-1") == planted
    assert {(c.group, c.verdict) for c in of_first} == {(SEARCHED, "better"), (OTHERS, "better")} and len(of_first) == 6
    assert all(c.low <= 0.08 <= c.high for c in of_first)
    assert {c.n_comparisons for c in comparisons} == {18}  # 3 sets, 3 references, 2 groups of languages
    assert {(c.group, c.n_languages) for c in comparisons} == {(SEARCHED, 6), (OTHERS, 6)}  # English is in neither
    assert all(c.verdict != "better" for c in comparisons if c.arm != "best-1")
    text = confirm_report(search, confirmed, HALF, "tiny")
    assert "best-1 is shown to be better than the full set and random sets of its size, on languages the search" in text
    assert "On search languages, shown of 3 confirmed sets: 1 better and 0 worse than the full set" in text
    assert "the mean of 3 random sets of 3" in text and "German, Swahili, Telugu" in text
    assert "Never looked at: 6 languages: " + " ".join(sorted(SCORED[1::2])) in text


@pytest.mark.slow
def test_the_winners_curse_shrinks_and_nothing_is_claimed(record_of: Record) -> None:
    world = World(record_of, 5, 0.02)
    search = world.search(40)
    confirmed = world.confirmed(search)
    languages = search_languages(search, HALF)
    table = shrinkage_table(search, confirmed, languages)
    best = table[table["arm"].str.startswith("best-")]
    true = 0.6 + 0.02 * (0 + 2 + 4 + 1 + 3 + 0) / 6  # on the search languages, of every set
    noise = 0.02 / np.sqrt(3 * 4)  # of the mean of three sets with four fresh seeds
    assert best["search"].mean() > true + 0.015
    assert best["shrinkage"].mean() == pytest.approx(best["search"].mean() - true, abs=3 * noise)
    assert best["believed"].mean() == pytest.approx(true, abs=0.5 * (best["search"].mean() - true))  # it expects luck
    sentence = shrinkage_sentence(table, confirmed, search, languages)
    assert "How much of it was luck is not known: no arm that was not selected was run in both." in sentence
    comparisons = confirm_comparisons(confirmed, languages)
    assert all(c.verdict in ("indistinguishable", "inconclusive") for c in comparisons)
    assert all("0 better and 0 worse" in sentence for sentence in verdicts(comparisons, list(table["arm"])))
    assert headline(comparisons).startswith("No confirmed set is shown to be better than the full set and random sets")


def test_unselected_arms_show_what_seeds_alone_do(record_of: Record) -> None:
    world = World(record_of, 6, 0.0)
    search = [*world.search(12), world.trial("full", 0, POOL)]
    confirmed = world.confirmed(search, n_sets=1)
    languages = search_languages(search, HALF)
    table = shrinkage_table(search, confirmed, languages).set_index("arm")
    assert table.loc["full", "shrinkage"] == pytest.approx(0, abs=0.005) and np.isnan(table.loc["none", "search"])
    assert list(table.index) == ["best-1", "full", "none", "random-3-s0", "random-3-s1", "random-3-s2"]
    sentence = shrinkage_sentence(table.reset_index(), confirmed, search, languages)
    assert "Arms that were not selected moved by: the full set" in sentence


def test_luck_is_what_selected_sets_lose_beyond_others(record_of: Record) -> None:
    """A drop that all arms share, selected or not, is no luck of the selection; a larger one is."""
    world = World(record_of, 6, 0.002)

    def moved(record: TrialRecord, by: float) -> TrialRecord:
        return replace(
            record,
            scores=tuple(replace(row, n_correct=row.n_correct + round(by * row.n_total)) for row in record.scores),
        )

    planned = [world.trial("full", 0, POOL), world.trial("none", 0, ())]
    search, confirmed = [*world.search(12), *planned], None
    confirmed = world.confirmed(search, n_sets=2)
    languages = search_languages(search, HALF)
    for lucky, shared, said in ((0.05, 0.05, "not shown to be luck"), (0.05, 0.0, "that much of what it saw was luck")):
        told = [moved(r, lucky if r.number is not None else shared) for r in search]
        sentence = shrinkage_sentence(shrinkage_table(told, confirmed, languages), confirmed, told, languages)
        assert said in sentence and "beyond that the drop is" in sentence


def test_one_seed_and_no_held_out_language_still_make_a_report(record_of: Record) -> None:
    world = World(record_of, 8, 0.01)
    search = world.search(12)
    text = confirm_report(search, world.confirmed(search, n_seeds=1), SearchLanguages(), "tiny")
    assert "On languages the search never saw, nothing can be said" in text
    assert "Never looked at: 0 languages." in text and "nan" not in text


def test_a_report_needs_a_confirmed_trial(record_of: Record) -> None:
    with pytest.raises(ValueError, match="none was confirmed"):
        confirm_report(World(record_of, 9, 0.01).search(12), [], HALF)
