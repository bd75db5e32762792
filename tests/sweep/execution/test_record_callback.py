"""A record is written whenever a trial is over."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from sweep.execution.checkpoints import Checkpoints
from sweep.execution.record_callback import RecordCallback
from sweep.plan import Plan
from sweep.records.records import RecordStore, error_line
from tests.sweep.records.finished_trial import ENVIRONMENT, RESULT


def test_the_callback_records_ends_and_errors(tmp_path: Path, plan_of: Callable[..., Plan]) -> None:
    store = RecordStore(tmp_path / "records")
    checkpoints = Checkpoints(tmp_path / "checkpoints")
    callback = RecordCallback(store, ENVIRONMENT, checkpoints)
    (tmp_path / "error.txt").write_text("Traceback ...\nRuntimeError: out of memory\n")
    done, failed, lost = (trial.config() for trial in plan_of().trials[:3])
    for i, (config, result, file) in enumerate(
        [(done, dict(RESULT), None), (failed, {}, str(tmp_path / "error.txt")), (lost, {}, None)]
    ):
        trial = SimpleNamespace(config=config, trial_id=str(i), last_result=result, error_file=file)
        callback.on_trial_start(0, [], trial)
        (callback.on_trial_complete if result else callback.on_trial_error)(0, [], trial)
        assert not {"scores", "curves", "data"} & set(trial.last_result)  # Ray keeps it for every trial
    records = {record.trial: record for record in store.all()}
    assert records[done["name"]].finished and records[done["name"]].started_s > 0
    assert error_line(records[failed["name"]].error) == "RuntimeError: out of memory"
    assert "failed without a message" in records[lost["name"]].error


def test_a_record_that_cannot_be_written_is_said_and_ends_the_sweep(
    tmp_path: Path, plan_of: Callable[..., Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "records").write_text("no folder")
    ended: list[bool] = []
    monkeypatch.setattr("sweep.execution.record_callback.end_tuning", lambda: ended.append(True))
    callback = RecordCallback(RecordStore(tmp_path / "records"), ENVIRONMENT, Checkpoints(tmp_path / "checkpoints"))
    config = plan_of().trials[0].config()
    trial = SimpleNamespace(config=config, trial_id="0", last_result=dict(RESULT), error_file=None)
    callback.on_trial_start(0, [], trial)
    callback.on_trial_complete(0, [], trial)
    assert "none-seed0 could not be written" in callback.problem and ended == [True]
    assert callback.checkpoints.of("none-seed0").exists()


@pytest.mark.parametrize("n_well", [0, 1])
def test_a_sweep_in_which_every_trial_fails_alike_is_ended(
    tmp_path: Path, plan_of: Callable[..., Plan], monkeypatch: pytest.MonkeyPatch, n_well: int
) -> None:
    ended: list[bool] = []
    monkeypatch.setattr("sweep.execution.record_callback.end_tuning", lambda: ended.append(True))
    callback = RecordCallback(RecordStore(tmp_path / "records"), ENVIRONMENT, Checkpoints(tmp_path / "checkpoints"))
    (tmp_path / "error.txt").write_text("Traceback ...\nOSError: no such disk\n")
    trials = [
        SimpleNamespace(config=trial.config(), last_result={}, error_file=str(tmp_path / "error.txt"))
        for trial in plan_of().trials
    ]
    for trial in trials[:n_well]:
        trial.last_result = dict(RESULT)
        callback.on_trial_complete(0, [], trial)
    for trial in trials[n_well : n_well + 3]:
        callback.on_trial_error(0, [], trial)
    assert ended == ([] if n_well else [True]) and ("OSError: no such disk" in callback.problem) is not bool(n_well)
