"""The page of a running sweep: what it says, and that little time goes into it. Clocks are given."""

import json
import pickle
import re
from collections.abc import Callable
from typing import Any

import pytest

from sweep.execution import page_callback
from sweep.execution.page_callback import LEAST_S, PageCallback
from sweep.folders import SweepFolder
from sweep.records.records import RecordStore, TrialRecord
from sweep.reports.page import assemble


class Clock:
    """Says what it is told."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


class Steps:
    """Each look is so many seconds after the last one."""

    def __init__(self, step_s: float) -> None:
        self.step_s, self.now_s = step_s, 0.0

    def __call__(self) -> float:
        self.now_s += self.step_s
        return self.now_s


@pytest.fixture(autouse=True)
def small_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assemble, "plotly", lambda: "")


def status(folder: SweepFolder) -> dict[str, Any]:
    page = (folder.root / "report.html").read_text(encoding="utf-8")
    (text,) = re.findall(r'id="page-status">(.*?)</script>', page)
    return dict(json.loads(text)["sweeps"][0])


def wait(callback: PageCallback) -> None:
    assert callback._writer is not None
    callback._writer.submit(lambda: None).result()


def test_it_says_how_far_and_in_the_end_how_it_ended(
    folder: SweepFolder, record_of: Callable[..., TrialRecord]
) -> None:
    records, said, clock = RecordStore(folder.records), list[str](), Clock()
    callback = PageCallback(folder, records, 3, said.append, clock, Steps(0.0))
    callback.setup()
    wait(callback)
    assert not (folder.root / "report.html").exists()  # nothing has finished
    clock.now_s += LEAST_S
    records.write(record_of("none", 0))
    callback.on_trial_complete(0, [], None)
    wait(callback)
    assert status(folder) == {"name": "tiny", "n_over": 1, "n_trials": 3, "state": "running"}
    assert said == [f"tiny: look at {folder.root / 'report.html'} (made anew now and then, it reloads itself)"]
    records.write(record_of("none", 1))
    callback.on_experiment_end([])
    assert status(folder) == {"name": "tiny", "n_over": 2, "n_trials": 3, "state": "interrupted"}


def test_a_page_that_takes_long_is_made_seldom(
    folder: SweepFolder, record_of: Callable[..., TrialRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two seconds of computing may be 2 % of the time: the next page is a hundred seconds away."""
    made: list[int] = []
    monkeypatch.setattr(page_callback, "live_page", lambda folder, records, progress: made.append(1) or "page")
    records, clock = RecordStore(folder.records), Clock()
    records.write(record_of("none", 0))
    callback = PageCallback(folder, records, 3, clock=clock, used=Steps(2.0))
    callback.setup()
    wait(callback)
    for later_s, expected in ((1.0, 1), (98.0, 1), (1.0, 2)):
        clock.now_s += later_s
        callback.on_trial_complete(0, [], None)
        wait(callback)
        assert len(made) == expected


def test_a_page_that_cannot_be_made_ends_nothing(
    folder: SweepFolder, record_of: Callable[..., TrialRecord], monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    def fail(*given: object) -> str:
        raise OSError("disk full")

    monkeypatch.setattr(page_callback, "live_page", fail)
    records = RecordStore(folder.records)
    records.write(record_of("none", 0))
    callback = PageCallback(folder, records, 3)
    callback.setup()
    wait(callback)
    callback.on_experiment_end([])
    assert "disk full" in caplog.text


def test_it_can_be_pickled_while_it_runs(folder: SweepFolder) -> None:
    callback = PageCallback(folder, RecordStore(folder.records), 3)
    callback.setup()
    assert pickle.loads(pickle.dumps(callback)).n_trials == 3
    callback.on_experiment_end([])
