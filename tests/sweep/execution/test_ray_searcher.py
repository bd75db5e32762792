"""The searcher: planned trials, then the search; restored, skipped and told as the records say."""

import dataclasses
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ray.tune.search import Searcher

from sweep.config.sections import SweepConfig
from sweep.execution.checkpoints import Checkpoints
from sweep.execution.ray_searcher import SweepSearcher
from sweep.execution.search_log import SearchLog, told_of_record
from sweep.folders import SweepFolder
from sweep.plan import Plan, make_plan
from sweep.records.records import RecordStore, TrialRecord
from sweep.search.length import n_asked_if_exhausted
from tests.sweep.records.finished_trial import result_with
from trainables.evaluation.scores import ScoreRow
from trainables.mapping import ConfigError
from trainables.trial import CHECKPOINT_FOLDER

SPACE = {
    "subset.criterion": {"choice": ["random", "max-sum"]},
    "subset.size": {"choice": [2, 3]},
    "realign.temperature": {"uniform": [0.01, 1.0]},
}
SEARCH = {"kind": "optuna", "n_samples": 12, "seed": 1}
SETS = {"kind": "evolution", "n_samples": 12, "seed": 1, "size": 3, "distances": ["featural"]}
RIDING = {"realign.temperature": {"uniform": [0.01, 1.0]}}


@pytest.fixture
def records(folder: SweepFolder) -> RecordStore:
    return RecordStore(folder.records)


@pytest.fixture
def path(folder: SweepFolder) -> Path:
    """Of the search's memory."""
    return folder.root / "search.json"


def score_of(config: dict[str, Any]) -> float:
    """The temperature, and more for Yoruba and Wolof; at most 1."""
    languages = config["run"]["languages"]
    return (float(config["run"]["realign"]["temperature"]) + len({"yor_Latn", "wol_Latn"} & set(languages))) / 3


def drain(searcher: SweepSearcher, prefix: str = "t", n: int = 99) -> list[dict[str, Any]]:
    """Suggests and completes up to `n` trials, one after the other."""
    configs: list[dict[str, Any]] = []
    while len(configs) < n:
        config = searcher.suggest(f"{prefix}{len(configs)}")
        if config == Searcher.FINISHED:
            break
        configs.append(config)
        searcher.on_trial_complete(f"{prefix}{len(configs) - 1}", result_with(score_of(config)))
    return configs


def record_for(config: dict[str, Any], record_of: Callable[..., TrialRecord], ended_s: float = 0.0) -> TrialRecord:
    return record_of(
        config["arm"], config["seed"], tuple(config["run"]["languages"]), trial=config["name"],
        number=config["number"], point=config["point"], ended_s=ended_s, **result_with(score_of(config)),
    )  # fmt: skip


def test_planned_trials_first_then_the_search(plan_of: Callable[..., Plan], records: RecordStore, path: Path) -> None:
    plan = plan_of(space=SPACE, search=SEARCH)
    configs = drain(SweepSearcher(plan, records, path))
    assert [config["name"] for config in configs[:6]] == [trial.name for trial in plan.trials]
    assert [config["name"] for config in configs[6:]] == [f"search-{n:04d}-seed0" for n in range(12)]
    assert all(config["run"]["languages"] for config in configs[6:])
    assert configs == drain(SweepSearcher(plan, records, path.with_name("other.json")))


@pytest.mark.parametrize(("space", "search"), [(SPACE, SEARCH), ({}, SETS), (RIDING, {**SETS, "riding": "optuna"})])
@pytest.mark.parametrize("n", [3, 9, 17])
def test_a_killed_search_goes_on_as_it_would_have(
    space: dict[str, Any], search: dict[str, Any], n: int, plan_of: Callable[..., Plan], folder: SweepFolder,
    record_of: Callable[..., TrialRecord],
) -> None:  # fmt: skip
    """Three trials run at a time; after `n` steps the process is gone, with what it and Ray had in memory."""
    plan = plan_of(space=space, search=search)

    class Sweep:
        """One place with its records; `running` is what is not over there."""

        def __init__(self, name: str) -> None:
            self.root = folder.root / name
            self.configs: list[dict[str, Any]] = []
            self.running: dict[str, dict[str, Any]] = {}
            self.start()

        def start(self) -> None:
            self.records = RecordStore(self.root / "records")
            self.searcher = SweepSearcher(plan, self.records, self.root / "search.json")

        def steps(self, start: int, stop: int) -> None:
            for step in range(start, stop):
                config = self.searcher.suggest(f"t{step}")
                if config == Searcher.FINISHED:
                    return
                self.configs.append(config)
                self.running[f"t{step}"] = config
                if step >= 2:
                    trial_id = list(self.running)[step % 2]
                    over = self.running.pop(trial_id)
                    self.records.write(record_for(over, record_of, ended_s=float(step)))
                    self.searcher.on_trial_complete(trial_id, result_with(score_of(over)))

    whole, cut = Sweep("whole"), Sweep("cut")
    whole.steps(0, 99)
    cut.steps(0, n)
    cut.start()
    again = [cut.searcher.suggest(trial_id) for trial_id in cut.running]
    assert sorted(c["name"] for c in again) == sorted(c["name"] for c in cut.running.values())
    assert all(config in cut.running.values() for config in again)
    # They go on from their checkpoints, and end in the order in which they would have.
    cut.running = {trial_id: next(c for c in again if c == config) for trial_id, config in cut.running.items()}
    cut.searcher.live = {trial_id: config["name"] for trial_id, config in cut.running.items()}
    cut.steps(n, 99)
    assert cut.configs == whole.configs and len(whole.configs) == 18


@pytest.mark.parametrize(("space", "search"), [(SPACE, SEARCH), (RIDING, SETS)])
def test_records_alone_are_enough_to_go_on(
    space: dict[str, Any], search: dict[str, Any],
    plan_of: Callable[..., Plan], records: RecordStore, path: Path, record_of: Callable[..., TrialRecord],
) -> None:  # fmt: skip
    """Everything else may be lost: nothing finished is suggested, and the search knows what came out."""
    plan = plan_of(space=space, search=search)
    whole = drain(SweepSearcher(plan, records, path))
    path.unlink()
    for time, config in enumerate(whole[:14]):
        records.write(record_for(config, record_of, ended_s=float(time)))
    assert drain(SweepSearcher(plan, records, path)) == whole[14:]


def test_a_trial_that_is_not_over_is_suggested_before_new_ones_with_its_checkpoint(
    plan_of: Callable[..., Plan], records: RecordStore, path: Path, folder: SweepFolder
) -> None:
    plan, checkpoints = plan_of(arms=[], search=SETS), Checkpoints(folder.checkpoints)
    first = SweepSearcher(plan, records, path, checkpoints=checkpoints)
    begun = [first.suggest("a"), first.suggest("b")]
    assert begun[0][CHECKPOINT_FOLDER] == str(folder.root / "checkpoints" / "search-0000-seed0")
    again = SweepSearcher(plan, records, path, checkpoints=checkpoints)
    assert [again.suggest("c"), again.suggest("d")] == begun
    assert again.suggest("e")["number"] == 2
    moved = SweepSearcher(plan, records, path, checkpoints=Checkpoints(folder.mlruns / "elsewhere"))
    assert moved.suggest("c")[CHECKPOINT_FOLDER] == str(folder.mlruns / "elsewhere" / "search-0000-seed0")


def test_a_trial_that_was_recorded_and_not_told_of_does_not_run_again(
    plan_of: Callable[..., Plan], records: RecordStore, path: Path, record_of: Callable[..., TrialRecord]
) -> None:
    plan = plan_of(space=SPACE, search=SEARCH)
    searcher = SweepSearcher(plan, records, path, concurrency=1)
    drain(searcher, n=6)
    config = searcher.suggest("running")
    for trial in plan.trials:
        records.write(record_of(trial.arm, trial.run.seed, trial=trial.name))
    records.write(record_for(config, record_of))
    again = SweepSearcher(plan, RecordStore(records.folder), path, concurrency=1)
    assert [(told.number, told.point) for told in again.log.told] == [(0, config["point"])]
    assert again.suggest("next")["number"] == 1


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 1}', '{"version": 7, "asked": []}', "[" * 9000])
def test_a_damaged_memory_is_set_aside_and_the_records_take_its_place(
    plan_of: Callable[..., Plan], records: RecordStore, path: Path, record_of: Callable[..., TrialRecord], text: str
) -> None:
    plan = plan_of(arms=[], search=SETS)
    whole = drain(SweepSearcher(plan, records, path))
    for time, config in enumerate(whole[:8]):
        records.write(record_for(config, record_of, ended_s=float(time)))
    path.write_text(text)
    again = SweepSearcher(plan, RecordStore(records.folder), path)
    assert "search.json.damaged" in again.log.notice
    assert path.with_name("search.json.damaged").read_text() == text
    assert drain(again) == whole[8:]


def _other_version(state: dict[str, Any]) -> None:
    state["search"]["searcher"]["version"] = 2


def _no_searcher(state: dict[str, Any]) -> None:
    state["search"]["searcher"] = {}


def _no_number(state: dict[str, Any]) -> None:
    state["asked"][0]["number"] = "x"


def _no_set(state: dict[str, Any]) -> None:
    state["asked"][0]["point"] = {"subset.languages": 5}


@pytest.mark.parametrize("damage", [_other_version, _no_searcher, _no_number, _no_set, "a folder", "a pipe"])
def test_a_memory_that_is_damaged_within_or_no_file_is_set_aside_too(
    plan_of: Callable[..., Plan],
    records: RecordStore,
    path: Path,
    record_of: Callable[..., TrialRecord],
    damage: Callable[[dict[str, Any]], None] | str,
) -> None:
    plan = plan_of(arms=[], search=SETS)
    whole = drain(SweepSearcher(plan, records, path))
    for time, config in enumerate(whole[:8]):
        records.write(record_for(config, record_of, ended_s=float(time)))
    for _ in range(2):  # once more beside what was set aside
        if isinstance(damage, str):
            path.unlink()
            path.mkdir() if damage == "a folder" else os.mkfifo(path)
        else:
            state = json.loads(path.read_text())
            damage(state)
            path.write_text(json.dumps(state))
        again = SweepSearcher(plan, RecordStore(records.folder), path)
        assert "search.json.damaged" in again.log.notice
        assert drain(again) == whole[8:]


def test_concurrency_holds_back(plan_of: Callable[..., Plan], records: RecordStore, path: Path) -> None:
    searcher = SweepSearcher(plan_of(), records, path, concurrency=2)
    assert searcher.suggest("a") and searcher.suggest("b")
    assert searcher.suggest("c") is None
    searcher.on_trial_complete("a", None, error=True)
    assert searcher.suggest("c")["name"] == "random-3-s5-seed0"


def test_one_more_than_fits_is_asked_for_and_no_other(
    plan_of: Callable[..., Plan], records: RecordStore, path: Path
) -> None:
    """Whatever waits longer would have been chosen knowing less."""
    slots = [1]
    searcher = SweepSearcher(plan_of(), records, path, concurrency=3, n_slots=lambda: slots[0])
    assert searcher.suggest("a") and searcher.suggest("b") and searcher.suggest("c") is None
    slots[0] = 9  # nodes have joined; `concurrency` holds
    assert searcher.suggest("c") and searcher.suggest("d") is None


@pytest.mark.parametrize("search", [SEARCH, SETS])
def test_failures_are_told_as_failures_also_under_a_new_id(
    search: dict[str, Any], plan_of: Callable[..., Plan], records: RecordStore, path: Path
) -> None:
    space = SPACE if search is SEARCH else {}
    searcher = SweepSearcher(plan_of(arms=[], space=space, search=search), records, path)
    first, second, third = (searcher.suggest(name) for name in "abc")
    searcher.on_trial_complete("a", {"score": 0.99}, error=True)  # what a failed trial said last is no score
    searcher.on_trial_complete("unknown", {**result_with(0.7), "config/name": second["name"]})  # as Tune flattens it
    searcher.on_trial_complete("c", {"score": 0.8, "scores": []})  # nothing was scored
    assert [(told.number, told.score) for told in searcher.log.told] == [(0, None), (1, 0.7), (2, None)]
    searcher.on_trial_complete("again", {**result_with(0.2), "config/name": first["name"]})
    searcher.on_trial_complete("again", {**result_with(0.9), "config/name": second["name"]})  # it has ended once
    assert [(told.number, told.score) for told in searcher.log.told[3:]] == [(0, 0.2)]
    assert third["number"] == 2


def test_a_set_search_stays_within_its_rules_and_proposes_no_set_twice_nor_an_arms(
    plan_of: Callable[..., Plan], records: RecordStore, path: Path
) -> None:
    rules = {"require": ["yor"], "at_most": {"script=Latn": 2}}
    arm = {"languages": ["yor", "deu", "jpn"]}
    plan = plan_of(arms=[arm], search={**SETS, "n_samples": 40}, subset={"rules": rules})
    searcher = SweepSearcher(plan, records, path)
    configs = drain(searcher)
    sets = [tuple(config["run"]["languages"]) for config in configs]
    # Yoruba, Japanese and Telugu, or Yoruba, one of these two and one of five others in Latin script: 11 sets, one of
    # which is the arm's and has two seeds.
    assert len(sets) == 2 + 10 and len({*sets}) == 11
    assert all("yor_Latn" in languages and len(languages) == 3 for languages in sets)
    assert searcher.log.exhausted and n_asked_if_exhausted(path) == 10
    assert {told.trial for told in searcher.log.told if told.number is None} == {
        f"given-deu-jpn-yor-seed{seed}" for seed in (0, 1)
    }


@pytest.mark.parametrize(
    ("n_samples", "top", "seeds", "expected"),
    [
        (20, 2, (5, 6), [(20, 5), (21, 5), (22, 6), (23, 6)]),  # 11 sets are allowed
        (3, 5, (5, 6), [(3, 5), (4, 5), (5, 5), (8, 6), (9, 6), (10, 6)]),  # three sets to repeat, not five
    ],
)
def test_repeats_come_also_where_there_are_fewer_sets_than_asked_for(
    plan_of: Callable[..., Plan], records: RecordStore, path: Path, n_samples: int, top: int, seeds: tuple[int, ...],
    expected: list[tuple[int, int]],
) -> None:  # fmt: skip
    rules = {"require": ["yor"], "at_most": {"script=Latn": 2}}
    search = {**SETS, "n_samples": n_samples, "repeats": {"top": top, "seeds": list(seeds)}}
    plan = plan_of(arms=[], search=search, subset={"rules": rules})
    searcher = SweepSearcher(plan, records, path)
    configs = drain(searcher)
    n_new = min(n_samples, 11)
    assert [config["number"] for config in configs[:n_new]] == list(range(n_new))
    assert [(config["number"], config["seed"]) for config in configs[n_new:]] == expected
    assert searcher.log.exhausted and n_asked_if_exhausted(path) == n_new + len(expected)
    assert SearchLog(plan, records, path).exhausted  # in another process


def test_stopped_trials_are_told_as_stopped(plan_of: Callable[..., Plan], records: RecordStore, path: Path) -> None:
    scheduler = {"kind": "asha", "metric": "score_so_far"}
    plan = plan_of(arms=[], search=SETS, scheduler=scheduler, run={"tasks": ["pos", "ner", "nli"]})
    searcher = SweepSearcher(plan, records, path)
    for name in "abc":
        searcher.suggest(name)
    signals = [{"name": "score_so_far", "at": 1.0, "value": 0.4}]
    searcher.on_trial_complete("a", {"done": True, "signals": signals})
    searcher.on_trial_complete("b", {"done": True, "signals": [*signals, {**signals[0], "at": 2.0, "value": 0.3}]})
    searcher.on_trial_complete("c", result_with(0.5))
    told = searcher.log.told
    assert [(one.score, one.stopped_at) for one in told] == [(0.4, 1 / 3), (0.3, 2 / 3), (0.5, None)]
    sets = json.loads(path.read_text())["search"]["searcher"]["observations"]
    assert [row["status"] for row in sets] == ["stopped", "stopped", "complete"]


def test_the_best_sets_are_repeated_with_further_seeds_when_all_are_over(
    plan_of: Callable[..., Plan], records: RecordStore, path: Path
) -> None:
    search = {**SETS, "repeats": {"top": 2, "seeds": [7, 8]}}
    plan = plan_of(arms=[], search=search)
    assert plan.n_trials == 12 + 4
    searcher = SweepSearcher(plan, records, path)
    configs = drain(searcher, n=11)
    last = searcher.suggest("last")
    assert searcher.suggest("early") is None  # one is running
    searcher.on_trial_complete("last", result_with(score_of(last)))
    repeats = drain(searcher, "r")
    assert [(r["number"], r["seed"], r["run"]["seed"]) for r in repeats] == [
        (12, 7, 7), (13, 7, 7), (14, 8, 8), (15, 8, 8),
    ]  # fmt: skip
    assert [r["arm"] for r in repeats[:2]] == [r["arm"] for r in repeats[2:]]
    origin = {config["arm"]: config for config in [*configs, last]}
    for repeat in repeats:
        assert repeat["run"]["languages"] == origin[repeat["arm"]]["run"]["languages"]
        assert repeat["name"] == f"{repeat['arm']}-seed{repeat['seed']}"
    best = max(score_of(config) for config in origin.values())
    assert best in {score_of(origin[r["arm"]]) for r in repeats}
    assert searcher.suggest("more") == Searcher.FINISHED


def test_rules_that_cannot_be_met_are_refused_by_the_plan(
    config_of: Callable[..., SweepConfig], folder: SweepFolder
) -> None:
    subset = {"rules": {"at_least": {"script=Latn": 3}, "require": ["jpn", "tel"]}}
    with pytest.raises(ConfigError, match="Latn"):
        make_plan(config_of(search=SETS, subset=subset), folder)


def test_a_search_is_told_development_scores_of_its_own_languages_only(
    plan_of: Callable[..., Plan], records: RecordStore, path: Path, record_of: Callable[..., TrialRecord]
) -> None:
    """Test scores, English and the languages put aside play no part; a record tells what the live result told."""
    plan = plan_of(space=SPACE, search={**SEARCH, "languages": ["deu_Latn", "wol_Latn"]})
    values = {("deu_Latn", "dev"): 4, ("wol_Latn", "dev"): 6, ("deu_Latn", "test"): 1, ("hau_Latn", "dev"): 10}
    rows = [
        {"task": "pos", "metric": "accuracy", "language": language, "split": split, "source": "", "value": n / 10,
         "n_correct": n, "n_total": 10}
        for (language, split), n in [*values.items(), (("eng_Latn", "dev"), 9)]
    ]  # fmt: skip
    searcher = SweepSearcher(plan, records, path)
    configs = [searcher.suggest(f"t{n}") for n in range(len(plan.trials) + 1)]
    searcher.on_trial_complete(f"t{len(plan.trials)}", {**configs[-1], "score": 0.725, "scores": rows})
    told = searcher.log.told[-1]
    assert told.score == pytest.approx(0.5)
    record = record_for(configs[-1], record_of)
    assert told_of_record(
        dataclasses.replace(record, scores=tuple(map(ScoreRow.from_dict, rows))), plan
    ).score == pytest.approx(0.5)
