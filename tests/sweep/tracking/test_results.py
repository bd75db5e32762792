"""The result of a sweep, as MLflow shows it."""

from collections.abc import Callable
from typing import Any

import pytest

from sweep.records.records import TrialRecord
from sweep.tracking.results import NOTE_LIMIT, SweepResult, progress_points, trials_table


def test_best_so_far_by_trial_count(record_of: Callable[..., TrialRecord]) -> None:
    scores: list[float | None] = [0.4, None, 0.6, 0.5]
    records = [
        record_of("a", seed, score=score, ended_s=200.0 + seed, status="finished" if score else "failed")
        for seed, score in enumerate(scores)
    ]
    points = progress_points(records[::-1])  # in the order of their ends, whatever order they come in
    best = {p.step: p.value for p in points if p.name == "best_so_far"}
    assert best == {1: 0.4, 2: 0.4, 3: 0.6, 4: 0.6}
    assert [p.value for p in points if p.name == "n_failed"] == [1.0, 1.0, 1.0]  # from the first that failed
    assert progress_points(records, last=True) == [p for p in points if p.step == len(records)]
    hours = [p.value for p in points if p.name == "compute_hours"]
    assert hours[-1] == pytest.approx(4 * 5.0 / 3600, abs=1e-4)


def test_the_note_reads_as_a_result(
    record_of: Callable[..., TrialRecord], pos_scores: Callable[..., tuple[dict[str, Any], ...]]
) -> None:
    records = [
        record_of(arm, seed, languages, score=score, scores=pos_scores(deu_Latn=deu, wol_Latn=wol))
        for arm, languages, score, deu, wol in (("none", (), 0.4, 60, 30), ("best", ("wol_Latn",), 0.5, 62, 40))
        for seed in (0, 1)
    ]
    note = SweepResult(records, "tiny").note("What I asked.", n_trials=5)
    first, *rest = note.split("\n\n")
    assert first == (
        "**Best on development data: best** (realigned on 1 language): 50.0, mean over 2 seeds; "
        "without realignment 40.0."
    )
    # Test: (62 + 40) / 2 against (60 + 30) / 2.
    assert rest[0] == (
        "- PoS accuracy on test, 2 languages but English: **51.0**, +6.0 points against no realignment "
        "(paired by 2 seeds)"
    )
    assert "4 of 5 trials" in note and "What I asked." in note and len(note) <= NOTE_LIMIT
    assert "No trial has finished" in SweepResult([], "tiny").note("", 5) and SweepResult([], "tiny").files() == {}
    assert trials_table(records).splitlines()[0].startswith("trial,status,label,seed,criterion,size,subset_id")


def test_a_long_note_is_cut_at_a_line(record_of: Callable[..., TrialRecord]) -> None:
    records = [record_of(f"a-{'rather-' * 30}long-name-{i}", 0) for i in range(20)]
    note = SweepResult(records, "tiny").note("", 20)
    assert len(note) <= 8_000 and note.endswith("in the artifact leaderboard.md)")
