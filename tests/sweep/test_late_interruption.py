"""A signal after the last trial: nothing is left to run, and the tables are one command away."""

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sweep import launch
from sweep.commands.main import main
from sweep.config.load import config_text
from sweep.config.sections import SweepConfig
from sweep.folders import SweepFolder, write_atomically
from sweep.plan import make_plan
from sweep.records.records import RecordStore, TrialRecord


@pytest.fixture
def resume(
    config_of: Callable[..., SweepConfig],
    folder: SweepFolder,
    record_of: Callable[..., TrialRecord],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[Callable[[], None]], int]:
    """Continues a sweep of one trial, in which Ray takes the signals and lets go of them; argument: of the trial."""
    config = config_of(arms=["none"], seeds=[0])
    (trial,) = make_plan(config, folder).trials
    write_atomically(folder.config, config_text(config))

    @contextlib.contextmanager
    def session(config: SweepConfig, *given: Any) -> Iterator[Any]:
        yield config.resources
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)

    def call(at_the_end: Callable[[], None]) -> int:
        def run(_c: Any, _p: Any, _f: Any, records: RecordStore, _k: Any, interruption: Any, *given: Any) -> str:
            with interruption.tuning():
                signal.signal(signal.SIGUSR1, lambda number, frame: None)  # as Tune does
                records.write(record_of("none", 0, trial=trial.name))
                at_the_end()
            return ""

        monkeypatch.setattr(launch, "ray_session", session)
        monkeypatch.setattr(launch, "prepare_encoder", lambda *given: None)
        monkeypatch.setattr(launch, "_run", run)
        return main(["resume", "tiny", "--mlruns", str(folder.mlruns)])

    return call


def stop(*given: Any, **named: Any) -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    signal.sigtimedwait([], 0.01)  # the handler runs


@pytest.mark.parametrize("at", ["the last trial's end", "the report"])
def test_who_stops_a_sweep_after_its_last_trial_hears_that_all_are_over(
    at: str,
    resume: Callable[[Callable[[], None]], int],
    folder: SweepFolder,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if at == "the report":
        monkeypatch.setattr(launch, "write_reports", stop)
    assert resume(stop if at == "the last trial's end" else lambda: None) == 130
    said = capsys.readouterr()
    assert "stopping: all trials are over" in said.err and "running trials" not in said.err
    report = f"realign-sweep report tiny --mlruns {folder.mlruns}"
    assert said.err.endswith(f"interrupted. All trials are over: `{report}` writes the tables.\n") and not said.out
    assert not (folder.root / "report.md").exists()
    assert main(["report", "tiny", "--mlruns", str(folder.mlruns), "--no-figures"]) == 0
    assert "1 of 1 trials, complete" in capsys.readouterr().out
