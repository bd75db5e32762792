"""Early stopping: Ray's rules at our rungs, never for arms, and the same after a restart."""

from collections.abc import Callable
from typing import Any

import pytest
from ray.tune.experiment import Trial
from ray.tune.schedulers import TrialScheduler

from sweep.config.load import parse_config
from sweep.config.sections import SchedulerConfig
from sweep.execution.schedulers import SweepScheduler
from sweep.folders import SweepFolder
from sweep.records.records import RecordStore, TrialRecord, make_record
from tests.sweep.records.finished_trial import result_with
from trainables.mapping import ConfigError

RUNGS = (0.25, 0.5, 1.0)


class StubTrial:
    """As much of a Tune trial as schedulers look at."""

    def __init__(self, name: str, number: int | None = None) -> None:
        self.trial_id, self.config, self.status = f"id-{name}", {"name": name, "number": number}, Trial.PENDING

    def set_status(self, status: str) -> None:
        self.status = status

    def is_finished(self) -> bool:
        return self.status in (Trial.TERMINATED, Trial.ERROR)


class Controller:
    """A Tune controller that knows its trials."""

    def __init__(self, *trials: StubTrial) -> None:
        self.trials = trials

    def get_trials(self) -> tuple[StubTrial, ...]:
        return self.trials

    def get_live_trials(self) -> tuple[StubTrial, ...]:
        return self.trials


@pytest.fixture
def records(folder: SweepFolder) -> RecordStore:
    return RecordStore(folder.records)


def report(at: float, value: float) -> dict[str, Any]:
    return {"retrieval_so_far": value, "realigned_frac": at, "stage": "realign"}


def decide(scheduler: SweepScheduler, values: list[float], at: float = 0.25, first: int = 0) -> list[str]:
    """The decisions on new trials with these signals, one after the other."""
    decisions = []
    for number, value in enumerate(values, start=first):
        trial = StubTrial(f"search-{number:04d}-seed0", number)
        scheduler.on_trial_add(Controller(), trial)
        decisions.append(scheduler.on_trial_result(Controller(), trial, report(at, value)))
    return decisions


def test_asha_keeps_one_of_three_at_a_rung(records: RecordStore) -> None:
    """A trial is stopped when it is below the upper third of those that came before (np.percentile at 2/3)."""
    scheduler = SweepScheduler(records, SchedulerConfig(kind="asha", reduction_factor=3), RUNGS, n_stoppable=99)
    # before 0.5: nobody; cut-offs after it: 0.5, 0.4 * 1/3 + 0.5 * 2/3 = 0.467, 0.5 (of 0.4, 0.5, 0.6: 0.533)
    assert decide(scheduler, [0.5, 0.4, 0.6, 0.53, 0.54]) == ["CONTINUE", "STOP", "CONTINUE", "STOP", "CONTINUE"]
    # another rung has its own memory
    assert decide(scheduler, [0.1], at=0.5, first=10) == ["CONTINUE"]


def test_a_rung_counts_once_and_other_reports_do_not(records: RecordStore) -> None:
    scheduler = SweepScheduler(records, SchedulerConfig(kind="asha"), RUNGS, n_stoppable=99)
    assert decide(scheduler, [0.9]) == ["CONTINUE"]
    trial = StubTrial("search-0007-seed0", 7)
    scheduler.on_trial_add(Controller(), trial)
    for result in ({"loss": 1.0}, report(0.3, 0.0), {"score_so_far": 0.0, "n_tasks_done": 1.0}):
        assert scheduler.on_trial_result(Controller(), trial, result) == TrialScheduler.CONTINUE
    assert scheduler.on_trial_result(Controller(), trial, report(0.25, 0.95)) == TrialScheduler.CONTINUE
    assert scheduler.on_trial_result(Controller(), trial, report(0.25, 0.0)) == TrialScheduler.CONTINUE


@pytest.mark.parametrize("kind", ["asha", "hyperband", "median"])
def test_arms_and_repeats_are_never_stopped(kind: str, records: RecordStore) -> None:
    config = SchedulerConfig(kind=kind, min_samples=1)  # type: ignore[arg-type]
    scheduler = SweepScheduler(records, config, RUNGS, n_stoppable=10)
    for trial in (StubTrial("none-seed0"), StubTrial("search-0000-seed1", 10)):
        scheduler.on_trial_add(Controller(), trial)
        for at in RUNGS:
            assert scheduler.on_trial_result(Controller(), trial, report(at, -1.0)) == TrialScheduler.CONTINUE
        scheduler.on_trial_complete(Controller(), trial, {})
    if kind != "hyperband":  # which may let a trial pass
        assert decide(scheduler, [0.9, 0.8, 0.1])[-1] == "STOP"


def test_the_median_rule_waits_for_company(records: RecordStore) -> None:
    scheduler = SweepScheduler(records, SchedulerConfig(kind="median", min_samples=3), RUNGS, n_stoppable=99)
    # the first three have too little company; the median of 0.5, 0.1, 0.6 is 0.5
    assert decide(scheduler, [0.5, 0.1, 0.6, 0.4, 0.55]) == ["CONTINUE", "CONTINUE", "CONTINUE", "STOP", "CONTINUE"]


def test_the_median_rule_pauses_nobody_while_others_wait(records: RecordStore) -> None:
    scheduler = SweepScheduler(records, SchedulerConfig(kind="median", min_samples=3), RUNGS, n_stoppable=99)
    trials = [StubTrial(f"search-{number:04d}-seed0", number) for number in range(2)]
    for trial in trials:
        scheduler.on_trial_add(Controller(*trials), trial)
    assert scheduler.on_trial_result(Controller(*trials), trials[0], report(0.25, 0.5)) == TrialScheduler.CONTINUE


def test_hyperband_lets_some_trials_pass_the_first_rung_whatever_they_show(records: RecordStore) -> None:
    """Which ones is a matter of their number alone."""
    values = [1 - i / 40 for i in range(40)]  # each worse than all before it
    asha, hyperband, again = (
        SweepScheduler(records, SchedulerConfig(kind=kind), RUNGS, n_stoppable=99)
        for kind in ("asha", "hyperband", "hyperband")
    )
    assert decide(asha, values) == ["CONTINUE", *["STOP"] * 39]
    first = decide(hyperband, values)
    assert 5 < first.count("STOP") < 39 and first == decide(again, values)


def test_after_a_restart_trials_are_compared_with_recorded_ones(
    records: RecordStore, record_of: Callable[..., TrialRecord]
) -> None:
    def scheduler() -> SweepScheduler:
        return SweepScheduler(records, SchedulerConfig(kind="asha"), RUNGS, n_stoppable=99)

    values = [0.5, 0.4, 0.6, 0.53]
    whole = scheduler()
    decide(whole, values)
    for number, value in enumerate(values):
        status = "stopped" if value in (0.4, 0.53) else "finished"
        signals = ({"name": "retrieval_so_far", "at": 0.25, "value": value},)
        name = f"search-{number:04d}"
        records.write(record_of(name, 0, number=number, status=status, signals=signals, ended_s=float(number)))
    records.write(record_of("none", 0, signals=({"name": "retrieval_so_far", "at": 0.25, "value": 9.9},)))
    later = [0.45, 0.535, 0.7]
    assert decide(scheduler(), later, first=4) == decide(whole, later, first=4) == ["STOP", "CONTINUE", "CONTINUE"]


def test_a_trial_that_goes_on_tells_of_the_rungs_that_it_reached_before(records: RecordStore) -> None:
    """The fifth trial must be compared with the first one, whose first rung an earlier session saw."""

    def signals(*values: float) -> list[dict[str, Any]]:
        return [{"name": "retrieval_so_far", "at": at, "value": v} for at, v in zip(RUNGS, values, strict=False)]

    def scheduler() -> SweepScheduler:
        return SweepScheduler(records, SchedulerConfig(kind="asha", reduction_factor=2), RUNGS, n_stoppable=99)

    whole, again, trial = scheduler(), scheduler(), StubTrial("search-0000-seed0", 0)
    whole.on_trial_add(Controller(), trial)
    for values in ((0.6,), (0.6, 0.7)):
        result = {**report(RUNGS[len(values) - 1], values[-1]), "signals": signals(*values)}
        assert whole.on_trial_result(Controller(), trial, result) == TrialScheduler.CONTINUE
    again.on_trial_add(Controller(), trial)
    result = {"stage": "finetune/pos", "stage_step": 3, "signals": signals(0.6, 0.7)}
    assert again.on_trial_result(Controller(), trial, result) == TrialScheduler.CONTINUE
    for at in RUNGS[:2]:
        assert decide(again, [0.5, 0.65], at, first=1) == decide(whole, [0.5, 0.65], at, first=1)
    assert decide(again, [0.2], first=5) == ["STOP"]
    # One that was to be stopped when the driver was killed is stopped now.
    late = StubTrial("search-0009-seed0", 9)
    again.on_trial_add(Controller(), late)
    assert again.on_trial_result(Controller(), late, {"stage": "finetune/pos", "signals": signals(0.1)}) == "STOP"


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"search": {}, "scheduler": {"kind": "asha"}}, "nothing is searched"),
        ({"scheduler": {"kind": "asha"}, "run": {"evaluate": {"n_retrieval": 0}}}, "`run.evaluate.n_retrieval` is 0"),
        ({"scheduler": {"kind": "asha"}, "run": {"realign": {"protocol": "during"}}}, "never appears"),
        (
            {"scheduler": {"kind": "asha"}, "space": {"realign.protocol": {"choice": ["before", "during"]}}},
            "never appears",
        ),
        ({"scheduler": {"kind": "asha", "metric": "score_so_far"}}, "needs two tasks or more"),
        ({"scheduler": {"kind": "asha", "metric": "loss"}}, "`scheduler.metric` must be one of 'retrieval_so_far'"),
        ({"scheduler": {"kind": "median", "grace": 1.5}}, "must leave a rung to stop at (in realigned_frac)"),
        ({"scheduler": {"kind": "asha", "reduction_factor": 1}}, "must be an integer from 2 to 1,000,000, but is 1"),
        ({"scheduler": {"kind": "hyperband"}}, "needs two rungs or more, but there is 1"),
    ],
)
def test_schedulers_that_make_no_sense_are_refused(keys: dict[str, Any], expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config({"name": "x", "search": {"kind": "subset-gp", "n_samples": 9, "size": 5}, **keys})
    assert len(caught.value.problems) == 1 and expected in caught.value.problems[0], caught.value.problems


@pytest.mark.parametrize(
    ("result", "error", "status"),
    [
        ({**result_with(0.5), "signals": [{"name": "score_so_far", "at": 1.0, "value": 0.5}]}, "", "finished"),
        ({"scores": [], "score": 0.5}, "", "failed"),
        ({"signals": [{"name": "score_so_far", "at": 1.0, "value": 0.5}], "costs": {"realign_s": 2.0}}, "", "stopped"),
        ({"signals": [{"name": "score_so_far", "at": 1.0, "value": 0.5}]}, "boom", "failed"),
        ({"stage": "realign"}, "", "failed"),
    ],
)
def test_a_stopped_trials_record_says_so_with_its_signals(
    result: dict[str, Any], error: str, status: str, records: RecordStore
) -> None:
    config = {
        "name": "search-0000-seed0", "arm": "search-0000", "label": "x", "seed": 0, "number": 0, "point": {},
        "subset": {"criterion": "evolution", "languages": ["yor_Latn"], "seed": None}, "run": {}, "fingerprint": "f",
    }  # fmt: skip
    environment = {"sweep": "tiny", "versions": {}, "git_commit": None}
    record = make_record(config, result, error, 0.0, environment)
    assert record.status == status and bool(record.error) == (status == "failed")
    assert len(record.signals) == (status != "failed")
    records.write(record)
    assert records.get(record.trial) == record
    assert records.finished_names() == (frozenset() if status == "failed" else {"search-0000-seed0"})
