"""The searcher: planned trials, then the search; restored, skipped and told as the records say."""

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ray.tune.experiment import Trial
from ray.tune.search import Searcher

from sweep.folders import SweepFolder
from sweep.plan import Plan
from sweep.ray_searcher import SkipRecorded, SweepSearcher
from sweep.records import RecordStore, TrialRecord

SPACE = {
    "subset.criterion": {"choice": ["random", "max-sum"]},
    "subset.size": {"choice": [2, 3]},
    "realign.temperature": {"uniform": [0.0, 1.0]},
}
SEARCH = {"kind": "optuna", "n_samples": 12, "seed": 1}


@pytest.fixture
def records(folder: SweepFolder) -> RecordStore:
    return RecordStore(folder.records)


def drain(searcher: SweepSearcher, prefix: str = "t", n: int = 99) -> list[dict[str, Any]]:
    """Suggests and completes up to `n` trials, one after the other; the score is the temperature."""
    configs: list[dict[str, Any]] = []
    while len(configs) < n:
        config = searcher.suggest(f"{prefix}{len(configs)}")
        if config == Searcher.FINISHED:
            break
        configs.append(config)
        searcher.on_trial_complete(f"{prefix}{len(configs) - 1}", {"score": config["run"]["realign"]["temperature"]})
    return configs


def record_for(config: dict[str, Any], record_of: Callable[..., TrialRecord]) -> TrialRecord:
    score = config["run"]["realign"]["temperature"]
    return record_of(
        config["arm"], config["seed"], trial=config["name"], number=config["number"], point=config["point"], score=score
    )


def test_planned_trials_first_then_the_search(plan_of: Callable[..., Plan], records: RecordStore) -> None:
    plan = plan_of(space=SPACE, search=SEARCH)
    configs = drain(SweepSearcher(plan, records))
    assert [config["name"] for config in configs[:6]] == [trial.name for trial in plan.trials]
    assert [config["name"] for config in configs[6:]] == [f"search-{n:04d}-seed0" for n in range(12)]
    assert all(config["run"]["languages"] for config in configs[6:])
    assert configs == drain(SweepSearcher(plan, records))


def test_a_saved_searcher_goes_on_as_it_would_have(
    plan_of: Callable[..., Plan], records: RecordStore, tmp_path: Path
) -> None:
    plan = plan_of(space=SPACE, search=SEARCH)
    whole = drain(SweepSearcher(plan, records))
    first = SweepSearcher(plan, records)
    before = drain(first, n=9)
    first.save(str(tmp_path / "state"))
    again = pickle.loads(pickle.dumps(SweepSearcher(plan, records)))
    again.restore(str(tmp_path / "state"))
    assert before + drain(again, "u") == whole


def test_records_alone_are_enough_to_go_on(
    plan_of: Callable[..., Plan], records: RecordStore, record_of: Callable[..., TrialRecord]
) -> None:
    """Tune's state may be lost altogether: nothing finished is suggested, and the search knows what came out."""
    plan = plan_of(space=SPACE, search=SEARCH)
    whole = drain(SweepSearcher(plan, records))
    for config in whole[:14]:
        records.write(record_for(config, record_of))
    assert drain(SweepSearcher(plan, records)) == whole[14:]


def test_a_trial_recorded_after_the_last_save_does_not_count_as_running(
    plan_of: Callable[..., Plan], records: RecordStore, record_of: Callable[..., TrialRecord], tmp_path: Path
) -> None:
    plan = plan_of(space=SPACE, search=SEARCH)
    searcher = SweepSearcher(plan, records, concurrency=1)
    drain(searcher, n=6)
    config = searcher.suggest("running")
    searcher.save(str(tmp_path / "state"))
    records.write(record_for(config, record_of))
    again = SweepSearcher(plan, records, concurrency=1)
    again.restore(str(tmp_path / "state"))
    assert again.live == {}
    assert [(told["number"], told["point"]) for told in again.told] == [(0, config["point"])]
    assert again.suggest("next")["number"] == 1


def test_concurrency_holds_back(plan_of: Callable[..., Plan], records: RecordStore) -> None:
    searcher = SweepSearcher(plan_of(), records, concurrency=2)
    assert searcher.suggest("a") and searcher.suggest("b")
    assert searcher.suggest("c") is None
    searcher.on_trial_complete("a", None, error=True)
    assert searcher.suggest("c")["name"] == "random-3-s5-seed0"


def test_failures_are_told_as_failures_also_under_a_new_id(plan_of: Callable[..., Plan], records: RecordStore) -> None:
    searcher = SweepSearcher(plan_of(arms=[], space=SPACE, search=SEARCH), records)
    first, second = searcher.suggest("a"), searcher.suggest("b")
    searcher.on_trial_complete("a", None, error=True)
    searcher.on_trial_complete("unknown", {"score": 0.7, "config": second})
    assert [(told["number"], told["score"]) for told in searcher.told] == [(0, None), (1, 0.7)]
    assert first["number"] == 0


def test_a_restored_trial_with_a_finished_record_is_not_queued(
    records: RecordStore, record_of: Callable[..., TrialRecord]
) -> None:
    class Stub:
        def __init__(self, name: str) -> None:
            self.config, self.status = {"name": name}, Trial.PENDING

        def set_status(self, status: str) -> None:
            self.status = status

    records.write(record_of("none", 0))
    records.write(record_of("none", 1, status="failed", error="boom", score=None, scores=()))
    finished, failed, new = Stub("none-seed0"), Stub("none-seed1"), Stub("none-seed2")
    for stub in (finished, failed, new):
        SkipRecorded(records).on_trial_add(None, stub)
    assert (finished.status, failed.status, new.status) == (Trial.TERMINATED, Trial.PENDING, Trial.PENDING)
