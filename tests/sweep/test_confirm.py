"""Confirming a search: what it may look at, what is run again, and what may be claimed - where the truth is known."""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ray import cloudpickle, tune

from search_spaces.languages import Language
from search_spaces.searchers.base import Recommendation
from sweep import launch
from sweep.config.load import as_mapping, parse_config
from sweep.config.search_languages import SearchLanguages
from sweep.config.sections import SweepConfig
from sweep.confirm import confirm, confirm_config
from sweep.findings.confirm_results import OTHERS, SEARCHED, confirm_comparisons, shrinkage_table
from sweep.findings.confirm_section import confirm_report, headline, shrinkage_sentence, verdicts
from sweep.folders import SweepFolder
from sweep.launch import run_sweep
from sweep.plan import Plan
from sweep.records.records import RecordStore, TrialRecord
from sweep.scores.objective import objective
from sweep.search.languages import search_languages
from sweep.search.tried_sets import best_sets
from sweep.statistics.noise import floor_of
from trainables.evaluation.scores import ScoreRow, mean_score

cloudpickle.register_pickle_by_value(sys.modules[__name__])  # Ray's workers cannot import a test file

POOL = ("amh_Ethi", "deu_Latn", "fra_Latn", "hau_Latn", "jpn_Jpan", "swh_Latn", "tel_Telu", "tur_Latn", "yor_Latn")
SCORED = (*POOL, "ell_Grek", "kat_Geor", "wol_Latn")
HALF = SearchLanguages(languages=SCORED[::2])
Record = Callable[..., TrialRecord]


class World:
    """Trials whose true scores are known: 0.6 and what `gains` says of a set; noise of each trial and of each score."""

    def __init__(
        self, record_of: Record, seed: int, trial_sd: float, gains: Mapping[tuple[str, ...], float] | None = None
    ) -> None:
        self.record_of, self.rng, self.trial_sd, self.gains = (
            record_of,
            np.random.default_rng(seed),
            trial_sd,
            gains or {},
        )

    def trial(self, arm: str, seed: int, languages: tuple[str, ...], number: int | None = None) -> TrialRecord:
        mean = 0.6 + self.gains.get(languages, 0.0) + self.rng.normal(0, self.trial_sd)
        rows = [
            ScoreRow(
                task="pos", metric="accuracy", language=language, split=split, n_total=10**9,
                n_correct=round(10**9 * (mean + 0.02 * (i % 5) + self.rng.normal(0, 0.005))),
            )
            for i, language in enumerate((*SCORED, "eng_Latn"))
            for split in ("dev", "test")
        ]  # fmt: skip
        return self.record_of(arm, seed, languages, number=number, scores=tuple(rows))

    def search(self, n: int) -> list[TrialRecord]:
        sets = list(combinations(POOL, 3))
        chosen = sorted(self.rng.permutation(len(sets))[: n - len(self.gains)].tolist())
        tried = [*self.gains, *(sets[i] for i in chosen if sets[i] not in self.gains)]
        return [self.trial(f"search-{i:04d}", 0, languages, i) for i, languages in enumerate(tried)]

    def confirmed(self, records: list[TrialRecord], n_sets: int = 3, n_seeds: int = 4) -> list[TrialRecord]:
        best = best_sets(records, search_languages(records, HALF), n_sets)
        controls = [languages for languages in combinations(POOL, 3) if languages not in {b.languages for b in best}]
        arms: dict[str, tuple[str, ...]] = {"none": (), "full": POOL}
        arms |= {f"best-{i}": found.languages for i, found in enumerate(best, start=1)}
        arms |= {f"random-3-s{i}": controls[7 * i] for i in range(3)}
        return [self.trial(arm, seed, languages) for seed in range(1, n_seeds + 1) for arm, languages in arms.items()]


# --- search languages


def test_search_languages_follow_their_rule() -> None:
    dev = ["wol_Latn", "deu_Latn", "eng_Latn", "swh_Latn", "deu_Latn"]
    assert SearchLanguages().among(dev) == ("deu_Latn", "swh_Latn", "wol_Latn")
    assert SearchLanguages(languages="seen").among(dev, {"deu_Latn", "eng_Latn"}) == ("deu_Latn",)
    assert SearchLanguages(languages="unseen").among(dev, {"deu_Latn"}) == ("swh_Latn", "wol_Latn")
    assert SearchLanguages(languages=("wol_Latn",)).among(dev) == ("wol_Latn",)


@pytest.mark.parametrize(("n", "frac", "n_left"), [(10, 0.3, 7), (12, 0.25, 9), (3, 0.01, 2), (3, 0.99, 1)])
def test_a_share_is_put_aside_and_both_sides_keep_one(n: int, frac: float, n_left: int) -> None:
    rule = SearchLanguages(hold_out_frac=frac, seed=3)
    left = rule.among(SCORED[:n])
    assert len(left) == n_left and set(left) <= set(SCORED)
    assert left == rule.among([*reversed(SCORED[:n]), "eng_Latn", SCORED[0]])  # neither order nor repeats matter


def test_seeds_put_other_languages_aside() -> None:
    assert len({SearchLanguages(hold_out_frac=0.5, seed=seed).among(SCORED) for seed in range(5)}) > 1


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (SearchLanguages(languages="both"), "must be all, seen, unseen or a list"),
        (SearchLanguages(languages="seen"), "not known"),
        (SearchLanguages(languages=("zul_Latn",)), "zul_Latn has none"),
        (SearchLanguages(hold_out_frac=1.0), "below 1"),
    ],
)
def test_rules_that_cannot_be_applied_are_refused(rule: SearchLanguages, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        rule.among(SCORED)


def test_a_rule_that_leaves_no_language_is_refused() -> None:
    with pytest.raises(ValueError, match="leaves none"):
        SearchLanguages(languages="seen").among(SCORED, {"eng_Latn"})
    with pytest.raises(ValueError, match="needs two languages or more with dev scores, but there is deu_Latn only"):
        SearchLanguages(hold_out_frac=0.5).among(["deu_Latn", "eng_Latn"])


def test_the_objective_with_all_languages_is_the_trials_own_score() -> None:
    made = [("deu_Latn", "", 3), ("deu_Latn", "gsd", 5), ("wol_Latn", "", 2), ("eng_Latn", "", 9)]
    rows = [
        ScoreRow(
            task=task, metric=metric, language=language, split=split, n_correct=n + extra, n_total=20, source=source
        )
        for task, metric, extra in (("pos", "accuracy", 0), ("ner", "f1", 4), ("ner", "recall", 9))
        for language, source, n in made
        for split in ("dev", "test")
    ]  # fmt: skip
    own = mean_score(rows, {"pos": "accuracy", "ner": "f1"}, "dev", without={"eng_Latn"})
    # PoS: German 4, Wolof 2 of 20; NER: four more each
    assert objective(rows, ("pos", "ner"), ("deu_Latn", "wol_Latn")) == own == pytest.approx((3 + 7) / 2 / 20)
    # German alone: (3 + 5) / 2 of 20, and (7 + 9) / 2 of 20
    assert objective(rows, ("pos", "ner"), ("deu_Latn",)) == pytest.approx((0.2 + 0.4) / 2)
    with pytest.raises(ValueError, match="pos, ner has none"):
        objective(rows, ("pos", "ner"), ("swh_Latn",))


def test_the_objective_never_sees_test_scores_or_held_out_languages(record_of: Record) -> None:
    record = World(record_of, 0, 0.01).trial("search-0000", 0, POOL[:3], 0)
    hidden = [
        replace(row, n_correct=0) if row.split == "test" or row.language not in SCORED[::2] else row
        for row in record.scores
    ]
    assert objective(record.scores, ("pos",), SCORED[::2]) == objective(hidden, ("pos",), SCORED[::2])


# --- what is confirmed


def test_the_best_sets_are_by_belief_not_by_the_luckiest_trial(record_of: Record) -> None:
    world = World(record_of, 1, 0.0)
    good, lucky = POOL[:3], POOL[3:6]
    world.gains = {good: 0.05}
    records = [world.trial(f"search-{i:04d}", i, good, i) for i in range(5)]
    world.gains = {lucky: 0.06}
    records.append(world.trial("search-0005", 0, lucky, 5))
    world.gains = {lucky: -0.06}
    records += [world.trial(f"search-{i:04d}", i, lucky, i) for i in (6, 7)]
    first, second = best_sets(records, SCORED, 5)  # fewer than ten sets: by the mean
    assert (first.languages, first.n_trials, second.languages) == (good, 5, lucky)
    # 0.6, the languages' own 0.035 on average, and (6 - 6 - 6) / 3 points
    assert second.record.number == 5 and second.score == pytest.approx(0.6 + 0.035 - 0.02, abs=0.005)


def test_a_searchers_own_recommendation_goes_first(record_of: Record) -> None:
    records = World(record_of, 2, 0.01).search(12)
    wanted = records[4].languages
    asked = []

    def recommend(m: int) -> list[Recommendation]:
        asked.append(m)
        return [Recommendation(tuple(map(Language, wanted)), 0.9, 0.1)]

    assert [found.languages for found in best_sets(records, SCORED, 3, recommend)] == [wanted] and asked == [12]


def test_planned_and_failed_trials_are_no_searched_sets(record_of: Record) -> None:
    world = World(record_of, 3, 0.01)
    planned = world.trial("full", 0, POOL)
    failed = record_of("search-0000", 0, POOL[:2], number=0, status="failed", scores=())
    with pytest.raises(ValueError, match="Run the search first"):
        best_sets([planned, failed], SCORED, 1)


@pytest.fixture
def searched(plan_of: Callable[..., Plan], record_of: Record) -> Callable[..., tuple[Plan, list[TrialRecord]]]:
    """A plan over the tiny data, and records of a search over it whose best set is German and Swahili."""

    def make(**keys: Any) -> tuple[Plan, list[TrialRecord]]:
        plan = plan_of(seeds=[0, 7], **keys)
        records = [
            record_of(
                f"search-{i:04d}", 0, languages, number=i, subset_seed=i,
                point={"subset.size": 2, "subset.seed": i, "realign.temperature": 0.1 + i / 100},
                scores=(
                    {"task": "pos", "metric": "accuracy", "language": "wol_Latn", "split": "dev", "n_correct": 9 - i,
                     "n_total": 10, "value": 0.9 - i / 10},
                ),
            )
            for i, languages in enumerate((language, "swh_Latn") for language in ("deu_Latn", "jpn_Jpan", "fra_Latn"))
        ]  # fmt: skip
        return plan, records

    return make


def test_the_sweep_that_confirms(searched: Callable[..., tuple[Plan, list[TrialRecord]]]) -> None:
    plan, records = searched(study="mine", subset={"rules": {"require": ["swh"]}})
    made = confirm_config(plan.config, records, plan.chooser, SearchLanguages(), n_sets=2, n_random=3, n_seeds=3)
    assert (made.name, made.study, made.space, made.seeds) == ("tiny-confirm", "mine", {}, (8, 9, 10))
    assert made.run.realign.temperature == 0.1  # of the best trial
    named = {arm.name: arm.languages for arm in made.arms}
    assert [arm.criterion for arm in made.arms][:2] == ["none", "full"]
    assert named["best-1"] == ("deu_Latn", "swh_Latn") and named["best-2"] == ("jpn_Jpan", "swh_Latn")
    (compared,) = (arm.subset for arm in plan.trials if arm.subset.criterion == "random" and arm.run.seed == 0)
    assert {name: sets for name, sets in named.items() if name.startswith("arm-")} == {
        "arm-random-3-s5": tuple(map(str, compared.languages))
    }
    controls = {name: languages for name, languages in named.items() if name.startswith("random-2-s")}
    assert len(controls) == 3 == len(set(controls.values()) - {named["best-1"], named["best-2"]})
    assert all(len(languages) == 2 and "swh_Latn" in languages for languages in controls.values())  # the same rules
    assert all(int(name.removeprefix("random-2-s")) > 5 for name in controls)  # 5 is the largest seed so far
    again = confirm_config(plan.config, records, plan.chooser, SearchLanguages(), n_sets=2, n_random=3, n_seeds=3)
    assert again == made == parse_config(as_mapping(made))


def test_confirming_a_search_for_sets_does_not_search_again(
    searched: Callable[..., tuple[Plan, list[TrialRecord]]],
) -> None:
    search = {"kind": "random-sets", "n_samples": 3, "size": 2, "repeats": {"seeds": [20, 21]}}
    plan, records = searched(search=search)
    made = confirm_config(plan.config, records, plan.chooser, SearchLanguages(), n_sets=1, n_seeds=2)
    assert plan.config.search.of_sets and not made.search.of_sets
    assert made.seeds == (22, 23)  # those of repeats that are still to come are not fresh


def test_there_are_fewer_controls_where_fewer_sets_exist(
    searched: Callable[..., tuple[Plan, list[TrialRecord]]],
) -> None:
    rules = {"require": ["swh"], "forbid": ["tel", "tur", "yor", "wol"]}  # with Swahili: German, French or Japanese
    plan, records = searched(subset={"rules": rules}, arms=["none"])
    made = confirm_config(plan.config, records, plan.chooser, SearchLanguages(), n_sets=1, n_random=5)
    controls = {arm.languages for arm in made.arms if arm.name.startswith("random-")}
    assert controls == {("fra_Latn", "swh_Latn"), ("jpn_Jpan", "swh_Latn")} and len(made.arms) == 5


@pytest.mark.parametrize("number", ["n_sets", "n_random", "n_seeds"])
def test_numbers_have_a_least(number: str, searched: Callable[..., tuple[Plan, list[TrialRecord]]]) -> None:
    plan, records = searched()
    wrong: dict[str, Any] = {number: -1}
    with pytest.raises(ValueError, match=f"`{number}` must be at least"):
        confirm_config(plan.config, records, plan.chooser, SearchLanguages(), **wrong)


# --- what may be claimed


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
    assert "the mean of 3 random sets of 3" in text and "deu_Latn swh_Latn tel_Telu" in text
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


@pytest.mark.slow
def test_false_claims_are_rare(record_of: Record) -> None:
    n_false = 0
    for seed in range(40):
        world = World(record_of, 100 + seed, 0.02)
        search = world.search(20)
        comparisons = confirm_comparisons(world.confirmed(search), search_languages(search, HALF))
        n_false += any(c.verdict in ("better", "worse") for c in comparisons)
    assert n_false <= 6  # 5 % of 40 is 2; more than 6 has a chance of 0.3 %


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


def test_the_random_reference_is_the_mean_of_complete_controls(record_of: Record) -> None:
    world = World(record_of, 7, 0.01)
    search = world.search(12)
    confirmed = [r for r in world.confirmed(search, 1) if (r.arm, r.seed) != ("random-3-s1", 2)]
    found = [c for c in confirm_comparisons(confirmed, search_languages(search, HALF)) if "random" in c.reference]
    assert {c.n_seeds for c in found} == {3}  # seed 2 lacks a control
    values = {
        arm: np.mean([
            row.value for r in confirmed if r.arm.startswith(arm) and r.seed != 2 for row in r.scores
            if row.split == "test" and row.language in SCORED[::2]
        ])
        for arm in ("best-1", "random-3")
    }  # fmt: skip
    assert next(c for c in found if c.group == SEARCHED).difference == pytest.approx(
        values["best-1"] - values["random-3"]
    )


@pytest.mark.parametrize("n_arms", [1, 3])
def test_a_mean_of_several_arms_is_less_noisy_than_one(n_arms: int) -> None:
    draws = np.random.default_rng(0).normal(0, 0.01, size=(200_000, 1 + n_arms))
    simulated = float((draws[:, 0] - draws[:, 1:].mean(axis=1)).std())
    controls = [f"random-{i}" for i in range(n_arms)]
    noise = floor_of({arm: (1e-4, 10) for arm in ("best-1", *controls)}).with_mean("mean", controls)
    assert noise.difference("best-1", "mean", 1).error == pytest.approx(simulated, rel=0.01)


def test_one_seed_and_no_held_out_language_still_make_a_report(record_of: Record) -> None:
    world = World(record_of, 8, 0.01)
    search = world.search(12)
    text = confirm_report(search, world.confirmed(search, n_seeds=1), SearchLanguages(), "tiny")
    assert "On languages the search never saw, nothing can be said" in text
    assert "Never looked at: 0 languages." in text and "nan" not in text


def test_a_report_needs_a_confirmed_trial(record_of: Record) -> None:
    with pytest.raises(ValueError, match="none was confirmed"):
        confirm_report(World(record_of, 9, 0.01).search(12), [], HALF)


# --- through Ray


class ShortTrial(tune.Trainable):  # type: ignore[misc]
    """A trial that trains nothing: Swahili helps by ten points, a seed moves by up to one."""

    def setup(self, config: dict[str, Any]) -> None:
        self.given = config

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        self.setup(new_config)
        return True

    def step(self) -> dict[str, Any]:
        value = 0.5 + 0.1 * ("swh_Latn" in self.given["subset"]["languages"]) + 0.002 * (self.given["seed"] % 5)
        rows = [
            {"task": "pos", "metric": "accuracy", "language": language, "split": split,
             "n_correct": round(1000 * value), "n_total": 1000}
            for language in ("deu_Latn", "wol_Latn") for split in ("dev", "test")
        ]  # fmt: skip
        with (Path(self.given["run"]["store"]) / "lines.jsonl").open("a") as file:
            file.write(json.dumps(self.given["name"]) + "\n")
        return {"done": True, "score": value, "scores": rows, "costs": {"finetune_s": 1.0}}


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_search_is_confirmed_and_confirming_goes_on(
    config_of: Callable[..., SweepConfig], folder: SweepFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "RealignTrial", ShortTrial)
    monkeypatch.setattr(launch, "prepare_encoder", lambda run, say: None)
    folder.store.mkdir(parents=True)
    space = {key: {"choice": values} for key, values in (
        ("subset.criterion", ["random"]), ("subset.size", [2, 3]), ("subset.seed", [0, 1, 2, 3]),
    )}  # fmt: skip
    config = config_of(arms=["full"], seeds=[0], space=space, cluster={"cpus": 2}, run={"tasks": ["pos"]})
    run_sweep(config, folder, say=lambda text: None)
    rule = SearchLanguages(hold_out_frac=0.5)

    def go(**numbers: Any) -> list[TrialRecord]:
        return confirm(config, folder, rule, say=lambda text: None, **numbers).records

    records = go(n_sets=1, n_random=2, n_seeds=2)
    assert {r.seed for r in records} == {1, 2} and all(r.finished for r in records)
    assert {r.sweep for r in records} == {"tiny-confirm"}
    best = next(r for r in records if r.arm == "best-1")
    searched = [r for r in RecordStore(folder.records).all() if r.number is not None]
    assert best.languages in {r.languages for r in searched} and "swh_Latn" in best.languages
    target = SweepFolder(folder.mlruns, "tiny-confirm")
    text = (target.root / "confirm.md").read_text()
    assert "Searched: 8 trials, by development scores in 1 language" in text and "best-1" in text
    n_lines = len((folder.store / "lines.jsonl").read_text().splitlines())
    assert go(n_sets=3) == records  # it keeps what it was started with, and nothing runs twice
    assert len((folder.store / "lines.jsonl").read_text().splitlines()) == n_lines == 9 + len(records)
