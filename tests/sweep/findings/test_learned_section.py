"""What a search learned, from scores whose truth is known."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from search_spaces.languages import Language
from sweep.findings.learned import (
    Search,
    best_so_far,
    front,
    importances,
    language_effects,
    language_pairs,
)
from sweep.findings.learned_section import learned_figures, learned_report
from sweep.records.records import TrialRecord

Record = Callable[..., TrialRecord]
POOL = (
    "amh_Ethi", "deu_Latn", "ell_Grek", "fra_Latn", "hau_Latn", "jpn_Jpan", "kat_Geor", "swh_Latn", "tel_Telu",
    "tur_Latn", "wol_Latn", "yor_Latn",
)  # fmt: skip
GOOD, BAD = "swh_Latn", "jpn_Jpan"


@pytest.fixture
def trials(record_of: Record) -> Callable[..., list[TrialRecord]]:
    """`n` trials of random sets, scored by `value` (points to set) and noise of half a point."""

    def make(
        n: int, value: Callable[[frozenset[str]], float], sizes: tuple[int, ...] = (4,), seed: int = 0, **point: Any
    ) -> list[TrialRecord]:
        rng = np.random.default_rng(seed)
        records = []
        for i in range(n):
            size = int(rng.choice(sizes))
            languages = tuple(sorted(rng.choice(POOL, size, replace=False).tolist()))
            chosen = {key: values[int(rng.integers(len(values)))] for key, values in point.items()}
            score = 0.5 + value(frozenset(languages)) / 100 + float(rng.normal(0, 0.005))
            score += 0.03 * (chosen.get("subset.criterion") == "max-sum")
            records.append(record_of(f"search-{i:04d}", 0, languages, number=i, score=score, point=chosen))
        return records

    return make


def additive(languages: frozenset[str]) -> float:
    return 4.0 * (GOOD in languages) - 3.0 * (BAD in languages)


def test_languages_that_help_and_harm_are_found(trials: Callable[..., list[TrialRecord]]) -> None:
    search = Search.of(trials(60, additive))
    effects = {effect.language: effect for effect in language_effects(search)}
    assert (next(iter(effects)), list(effects)[-1]) == (GOOD, BAD)
    # Sets of one size tell differences only: 4 less the mean effect of the twelve, (4 - 3) / 12.
    assert effects[Language(GOOD)].mean == pytest.approx((4 - 1 / 12) / 100, abs=3 * effects[Language(GOOD)].sd)
    assert effects[Language(GOOD)].mean == pytest.approx((4 - 1 / 12) / 100, abs=0.01)


def test_shapley_values_where_sizes_vary(trials: Callable[..., list[TrialRecord]]) -> None:
    effects = {e.language: e.mean for e in language_effects(Search.of(trials(80, additive, (2, 3, 4, 5, 6))))}
    assert effects[Language(GOOD)] == pytest.approx(0.04, abs=0.012)
    assert effects[Language(BAD)] == pytest.approx(-0.03, abs=0.012)


def test_pairs_that_replace_each_other(trials: Callable[..., list[TrialRecord]]) -> None:
    def either(languages: frozenset[str]) -> float:
        return 6.0 * bool(languages & {GOOD, BAD})

    first = language_pairs(Search.of(trials(120, either, seed=1)))[0]
    assert {first.first, first.second} == {GOOD, BAD} and first.mean < 0


def test_size_matters_or_the_criterion_does(trials: Callable[..., list[TrialRecord]]) -> None:
    point = {"subset.criterion": ["max-sum", "random"], "subset.seed": [0, 1, 2], "realign.temperature": [0.1, 0.2]}
    by_size = importances(Search.of(trials(60, lambda languages: 8.0 * len(languages), (2, 3, 4), **point)))
    assert [x.choice for x in by_size][:2] == ["size", "subset.criterion"]
    assert by_size[0].share > 0.6 and by_size[0].p <= 0.01 and by_size[1].p <= 0.01 and by_size[2].p > 0.05
    assert {x.choice: x.n_values for x in by_size} == {"size": 3, "subset.criterion": 2, "realign.temperature": 2}
    by_criterion = importances(Search.of(trials(60, lambda languages: 0.0, (2, 3, 4), **point)))
    assert by_criterion[0].choice == "subset.criterion" and by_criterion[0].share > 0.6
    assert abs(by_criterion[-1].share) < 0.1


def test_the_share_of_a_choice_is_what_analysis_of_variance_gives(trials: Callable[..., list[TrialRecord]]) -> None:
    search = Search.of(trials(40, lambda languages: 0.0, **{"subset.criterion": ["max-sum", "random"]}))
    (found,) = importances(search, n_permutations=499)
    chosen = np.array([record.point["subset.criterion"] == "max-sum" for record in search.records])
    y = search.scores
    between = sum((mask.sum() * (y[mask].mean() - y.mean()) ** 2) for mask in (chosen, ~chosen))
    r2 = between / ((y - y.mean()) ** 2).sum()
    assert found.share == pytest.approx(r2 - 1 / 39, abs=0.02)  # by chance 1 of 39 degrees of freedom
    assert found.p == 1 / 500


def test_the_front_goes_from_cheap_to_good(trials: Callable[..., list[TrialRecord]]) -> None:
    records = trials(60, lambda languages: 3.0 * len(languages), (2, 3, 4, 5))
    points = front(Search.of(records))
    assert {2, 5} <= {point.cost for point in points}
    assert [p.cost for p in points] == sorted(p.cost for p in points)
    assert [p.mean for p in points] == sorted(p.mean for p in points)
    costs = {language: 10.0 + i for i, language in enumerate(POOL)}
    priced = front(Search.of(records, costs=costs))
    assert all(p.cost == sum(costs[language] for language in p.languages) for p in priced)


def test_best_so_far_is_a_running_maximum_and_believed_less(trials: Callable[..., list[TrialRecord]]) -> None:
    search = Search.of(trials(50, lambda languages: 0.0)[::-1])  # in the order of asking, however they come
    best, believed = best_so_far(search)
    assert best.tolist() == [max(search.scores[: i + 1].tolist()) for i in range(50)]
    assert [record.number for record in search.records] == list(range(50))
    assert search.scores.mean() < believed[-1] < best[-1]  # nothing but noise: the best is luck


def test_repeats_tell_the_model_what_was_luck(trials: Callable[..., list[TrialRecord]], record_of: Record) -> None:
    records, rng = trials(40, lambda languages: 0.0, seed=2), np.random.default_rng(0)
    again = [
        record_of(f"search-{i + 40:04d}", 1, r.languages, number=i + 40, score=0.5 + float(rng.normal(0, 0.005)))
        for i, r in enumerate(records)
    ]
    best, believed = best_so_far(Search.of([*records, *again]))
    assert believed[-1] < best[-1] - 0.004  # of 0.01 or so that the best lies above the truth


def test_the_report_says_what_was_found_with_its_sample(trials: Callable[..., list[TrialRecord]]) -> None:
    text = learned_report(trials(60, additive))
    assert "60 finished trials of" in text and "12 languages tried" in text
    row = next(line for line in text.splitlines() if line.startswith(f"| {GOOD}"))
    assert "| " in row and "yes" in row
    assert "**Of 12 languages, 1 helped: swh_Latn (+3." in text and "; 1 harmed: jpn_Jpan (-" in text
    assert "given the model and trials that the search chose itself" in text and "beyond doubt" not in text
    assert "in place of an average one in random sets of 4, with the posterior interval of a Gaussian" in text
    assert "nan" not in text and "## Languages" in text and "Shapley" not in text
    assert "pairs that were together in at least 2 trials, none is clear of 0" in text  # effects do add up here
    assert learned_report(trials(60, additive)) == text


def test_nothing_is_found_in_noise(trials: Callable[..., list[TrialRecord]]) -> None:
    text = learned_report(trials(60, lambda languages: 0.0, seed=4))
    assert "0 of 12 languages are clear of 0 when corrected" in text and "No language is shown to help or harm" in text


def test_too_few_trials_are_refused_in_one_sentence(
    trials: Callable[..., list[TrialRecord]], record_of: Record, tmp_path: Path
) -> None:
    few = [*trials(11, additive), record_of("full", 0, POOL)]  # a planned arm is not a searched trial
    text = learned_report(few)
    assert text == (
        "What a search learned needs at least 12 finished trials of 8 different sets, but there are 11 of 11: run more "
        "trials.\n"
    )
    assert learned_figures(few, tmp_path) == [] and not list(tmp_path.iterdir())
    again = [*few, *(record_of(f"search-{i:04d}", 1, POOL[:4], number=i) for i in range(20, 23))]
    assert "What a search learned needs" not in learned_report(again)
    assert "of 1" in learned_report([record_of(f"search-{i:04d}", 0, POOL[:4], number=i) for i in range(40)])


def test_pairs_need_more_trials(trials: Callable[..., list[TrialRecord]]) -> None:
    assert "Pairs need at least 40 finished trials, but there are 20: run more trials." in learned_report(
        trials(20, additive)
    )


def test_the_score_may_be_another_one(trials: Callable[..., list[TrialRecord]]) -> None:
    records = trials(30, additive)
    search = Search.of(records, score=lambda record: None if record.number == 3 else -(record.score or 0.0))
    assert len(search.records) == 29 and language_effects(search)[0].language == BAD


@pytest.mark.slow
def test_figures_are_written_and_the_same_again(trials: Callable[..., list[TrialRecord]], tmp_path: Path) -> None:
    records = trials(50, additive, (3, 4, 5))
    paths = learned_figures(records, tmp_path / "a")
    again = learned_figures(records, tmp_path / "b")
    assert [path.name for path in paths] == ["learned-best.png", "learned-languages.png", "learned-front.png"]
    assert all(path.read_bytes() == other.read_bytes() for path, other in zip(paths, again, strict=True))
    assert all(path.read_bytes().startswith(b"\x89PNG") and path.stat().st_size > 5_000 for path in paths)
