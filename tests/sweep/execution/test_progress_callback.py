"""What people see: the headline, the best so far, one line a trial; quiet off a terminal."""

import dataclasses
import io
import pickle
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from sweep.execution import progress_callback
from sweep.execution.progress_callback import ProgressCallback
from sweep.prediction.time_to_go import TimeToGo
from sweep.records.records import RecordStore, TrialRecord
from sweep.search.answer import answer_of


def trial(name: str) -> SimpleNamespace:
    label = name.split("-")[0]
    languages = ["wol_Latn"] if label == "sub" else []
    return SimpleNamespace(config={"name": name, "label": label, "seed": 0, "subset": {"languages": languages}})


def shown(progress: ProgressCallback) -> str:
    console = Console(file=io.StringIO(), width=140)
    console.print(progress.render())
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_counts_stages_best_and_lines(
    tmp_path: Path, record_of: Callable[..., TrialRecord], capsys: pytest.CaptureFixture[str]
) -> None:
    records = RecordStore(tmp_path)
    records.write(record_of("early", 0, score=0.3))
    progress = ProgressCallback("tiny", 5, records)
    progress.setup()
    for name in ("none-seed0", "full-seed0", "sub-seed0"):
        progress.on_trial_start(0, [], trial(name))
    progress.on_trial_result(
        0, [], trial("sub-seed0"), {"stage": "realign", "stage_step": 3, "stage_steps": 9, "loss": 0.25, "done": False}
    )
    costs = {
        "realign_s": 2.0,
        "finetune/pos_s": 1.0,
        "evaluate/pos_s": 0.5,
        "finetune/ner_s": 2.0,
        "peak_rss_bytes": 1e9,
    }
    records.write(record_of("none", 0, score=0.612, costs=costs))
    progress.on_trial_complete(0, [], trial("none-seed0"))
    records.write(
        record_of("full", 0, status="failed", score=None, scores=(), error="Traceback\nRuntimeError: no memory")
    )
    progress.on_trial_error(0, [], trial("full-seed0"))
    assert (
        progress.headline().startswith("tiny: 2 done, 1 running, 1 failed of 5 | ") and "to go" in progress.headline()
    )
    assert progress.best() == "best so far: none, 0.612 = mean dev score over its seeds"
    display = shown(progress)
    assert "sub (Wolof) | seed 0" in display and "realign" in display and "3/9" in display and "loss 0.250" in display
    progress.on_experiment_end([])
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        "[2/5] none | seed 0: dev 0.612 in 6s (realign 2.0s, finetune 3.0s, evaluate 0.5s)",
        "[3/5] full | seed 0: FAILED: RuntimeError: no memory",
    ]


def test_nothing_is_promised_before_the_first_trial_ends(tmp_path: Path) -> None:
    progress = ProgressCallback("tiny", 5, RecordStore(tmp_path))
    progress.setup()
    assert progress.headline() == "tiny: 0 done, 0 running, 0 failed of 5"
    assert progress.best() == "best so far: none yet"


def test_a_prediction_is_shown_from_the_start_and_follows_what_is_seen(
    tmp_path: Path, record_of: Callable[..., TrialRecord], capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    now = [1000.0]
    monkeypatch.setattr(progress_callback.time, "monotonic", lambda: now[0])
    records = RecordStore(tmp_path)
    to_go = TimeToGo({"none-seed0": 60.0, "full-seed0": 240.0}, n_left=2, n_at_a_time=1)
    progress = ProgressCallback("tiny", 2, records, to_go=to_go)
    progress.setup()
    assert progress.headline() == "tiny: 0 done, 0 running, 0 failed of 2 | 5m00s to go (predicted)"
    progress.on_trial_start(0, [], trial("none-seed0"))
    now[0] += 30
    assert "4m30s to go (predicted)" in progress.headline()
    now[0] += 90  # the trial takes twice as long as predicted
    records.write(record_of("none", 0))
    progress.on_trial_complete(0, [], trial("none-seed0"))
    expected = 240 * (120 + 60) / (60 + 60)  # 6m00s
    assert expected == 360 and progress.headline().endswith("trials/min | 6m00s to go")
    now[0] += 100
    progress.on_trial_start(0, [], trial("full-seed0"))
    now[0] += 60
    assert progress.headline().endswith("5m00s to go")
    progress.on_experiment_end([])
    assert capsys.readouterr().err.splitlines()[0].endswith("; 6m00s to go")


def test_a_trial_that_goes_on_counts_what_it_took_before(
    tmp_path: Path, record_of: Callable[..., TrialRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here for a second, with stages of 60 s in all, as predicted: the next one still takes what was predicted."""
    now = [1000.0]
    monkeypatch.setattr(progress_callback.time, "monotonic", lambda: now[0])
    records = RecordStore(tmp_path)
    to_go = TimeToGo({"none-seed0": 60.0, "full-seed0": 240.0}, n_left=2, n_at_a_time=1)
    progress = ProgressCallback("tiny", 2, records, to_go=to_go)
    progress.setup()
    progress.on_trial_start(0, [], trial("none-seed0"))
    now[0] += 1
    records.write(dataclasses.replace(record_of("none", 0), costs={"realign_s": 40.0, "finetune/pos_s": 20.0}))
    progress.on_trial_complete(0, [], trial("none-seed0"))
    assert progress.headline().endswith("4m00s to go")
    progress.on_experiment_end([])


def test_what_is_told_of_retrieval_is_called_so(
    tmp_path: Path, record_of: Callable[..., TrialRecord], score: Callable[..., dict[str, Any]],
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    records = RecordStore(tmp_path)
    found = [score("retrieval", "deu_Latn", "dev", 70), score("retrieval", "wol_Latn", "dev", 40)]
    records.write(record_of("none", 0, scores=found, config={"evaluate": {"told": "retrieval"}}))
    progress = ProgressCallback("tiny", 5, records)
    progress.setup()
    assert progress.best() == "best so far: none, 0.500 = mean dev retrieval over its seeds"
    progress.on_trial_complete(0, [], trial("none-seed0"))
    assert "| seed 0: dev retrieval 0.500 in" in capsys.readouterr().err
    progress.on_experiment_end([])


def test_it_can_be_pickled_while_it_shows(tmp_path: Path) -> None:
    progress = ProgressCallback("tiny", 5, RecordStore(tmp_path))
    progress.setup()
    assert pickle.loads(pickle.dumps(progress)).n_trials == 5


def test_the_best_is_looked_for_seldom_where_it_takes_long(
    tmp_path: Path, record_of: Callable[..., TrialRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two seconds may be 2 % of the time: the next look is a hundred seconds away; meanwhile its age is said."""
    now, looks = [0.0], list[int]()

    def slow(records: list[TrialRecord]) -> object:
        now[0] += 2.0
        looks.append(len(records))
        return answer_of(records)

    monkeypatch.setattr(progress_callback, "answer_of", slow)
    records = RecordStore(tmp_path)
    progress = ProgressCallback("tiny", 5, records, clock=lambda: now[0])
    progress.setup()
    records.write(record_of("sub", 0, ("wol_Latn",), score=0.4, number=0))
    progress.on_trial_complete(0, [], trial("sub-seed0"))
    first = "sub (Wolof), 0.400 = mean dev score on the search languages"
    assert progress.best() == f"best so far: {first}"
    records.write(record_of("better", 0, ("deu_Latn",), score=0.6, number=1))
    progress.on_trial_complete(0, [], trial("better-seed0"))
    assert progress.best() == f"best so far (after 1 trials): {first}" and looks == [1]
    now[0] += 100.0
    assert progress.best().startswith("best so far: better (German), 0.600") and looks == [1, 2]
