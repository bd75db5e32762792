"""Confirming a search: what is run again, and that confirming goes on where it was cut off."""

import dataclasses
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ray import cloudpickle, tune

from sweep import launch
from sweep.config.load import as_mapping, parse_config
from sweep.config.search_languages import SearchLanguages
from sweep.config.sections import SweepConfig
from sweep.config.space import SCREEN
from sweep.confirm import confirm, confirm_config
from sweep.folders import SweepFolder
from sweep.launch import run_sweep
from sweep.plan import Plan
from sweep.records.records import RecordStore, TrialRecord
from tests.sweep.known_world import Record

cloudpickle.register_pickle_by_value(sys.modules[__name__])  # Ray's workers cannot import a test file


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
def test_numbers_have_a_range(number: str, searched: Callable[..., tuple[Plan, list[TrialRecord]]]) -> None:
    plan, records = searched()
    for n in (-1, 10**12):
        wrong: dict[str, Any] = {number: n}
        with pytest.raises(ValueError, match=f"`{number}` in Python. must be from . to 1,000, but is {n}"):
            confirm_config(plan.config, records, plan.chooser, SearchLanguages(), **wrong)


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
    monkeypatch.setattr(launch, "prepare_encoder", lambda config, say: None)
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


def test_only_the_arms_that_are_named_are_compared_with(
    searched: Callable[..., tuple[Plan, list[TrialRecord]]],
) -> None:
    plan, records = searched()
    arms = [{"criterion": "random", "size": 3, "seed": 5}, {"languages": ["deu", "wol"], "name": "two"}]
    plan = dataclasses.replace(plan, config=parse_config(as_mapping(plan.config) | {"arms": ["none", *arms]}))
    rule = SearchLanguages()
    made = confirm_config(plan.config, records, plan.chooser, rule, n_random=0, compared=["two"])
    assert [arm.name for arm in made.arms if arm.name.startswith("arm-")] == ["arm-two"]
    with pytest.raises(ValueError, match="'three' is none. Choose among random-3-s5, two"):
        confirm_config(plan.config, records, plan.chooser, rule, compared=["two", "three"])


def test_the_languages_that_were_best_alone_are_an_arm_where_they_were_tried(
    searched: Callable[..., tuple[Plan, list[TrialRecord]]], record_of: Record
) -> None:
    plan, records = searched()
    pool = ("amh_Ethi", "deu_Latn", "fra_Latn", "hau_Latn", "jpn_Jpan", "swh_Latn", "tel_Telu", "tur_Latn")
    alone = [
        record_of(
            f"search-{50 + i:04d}", i % 2, (tag,), number=50 + i, point={SCREEN: True},
            scores=({"task": "pos", "metric": "accuracy", "language": "wol_Latn", "split": "dev", "n_correct": 10 * i,
                     "n_total": 100, "value": i / 10},),
        )
        for i, tag in enumerate(pool)
    ]  # fmt: skip
    made = confirm_config(plan.config, [*records, *alone], plan.chooser, SearchLanguages(), n_sets=1, n_random=0)
    assert {arm.name: arm.languages for arm in made.arms}["arm-singles-2"] == ("tel_Telu", "tur_Latn")
    config = parse_config(as_mapping(plan.config) | {"subset": {"rules": {"require": ["swh"]}}})
    made = confirm_config(config, [*records, *alone], plan.chooser, SearchLanguages(), n_sets=1, n_random=0)
    assert "arm-singles-2" not in {arm.name for arm in made.arms}
