"""Signals on the way: what they say, and that looking changes no digit of what comes later."""

import dataclasses
import gzip
import hashlib
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.trainables.probed_runs import finish, probing
from trainables.evaluation.retrieval import HELD_OUT, half_of, probe
from trainables.evaluation.scores import ScoreRow
from trainables.run import Run, release
from trainables.run_config import RunConfig


def test_probes_during_realignment_change_no_digit_of_scores_or_weights(run_config: RunConfig) -> None:
    plain, probed = Run(run_config), Run(probing(run_config, 0.25, 0.5, 0.75))
    assert finish(plain)[0] == finish(probed)[0]
    states = [run.encoder.model.state_dict() for run in (plain, probed)]
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def test_each_signal_is_reported_once_and_by_itself(three_task_config: RunConfig) -> None:
    config = probing(dataclasses.replace(three_task_config, tasks=("pos", "ner")), 1 / 3, 0.5)
    run = Run(config)
    scores, reports = finish(run)
    shown = [(r["realigned_frac"], r["stage"], r["stage_step"]) for r in reports if "retrieval_so_far" in r]
    assert shown[:2] == [(1 / 3, "realign", 2), (0.5, "realign", 3)]  # of six steps
    assert [entry[:2] for entry in shown[2:]] == [(1.0, "probe_after")]
    tasks = [(r["n_tasks_done"], r["stage"]) for r in reports if "score_so_far" in r]
    assert tasks == [(1.0, "evaluate/pos"), (2.0, "evaluate/ner")]
    assert run.signals[-1].value == pytest.approx(run.score)
    accuracy = [
        row["value"]
        for row in scores
        if (row["task"], row["split"]) == ("pos", "dev") and row["language"] != "eng_Latn"
    ]
    assert run.signals[-2].value == pytest.approx(sum(accuracy) / len(accuracy))
    steering: list[ScoreRow] = []  # all two languages of this data, and no sentence that is reported
    fresh = Run(config)
    assert fresh.shared.take_realigned()
    list(
        probe(fresh.encoder, fresh.data, config.realign, config.evaluate, "x", steering, config.tasks, half="steering")
    )
    assert run.signals[2].value == pytest.approx(sum(row.value for row in steering) / 2)


def test_the_last_probe_inside_sees_the_encoder_of_a_shorter_realignment(run_config: RunConfig) -> None:
    """Half of six steps is the end of three, as the rate is constant and the batches are drawn one after the other."""
    run = Run(probing(run_config, 0.5))
    finish(run)
    half = dataclasses.replace(run_config, realign=dataclasses.replace(run_config.realign, n_steps=3))
    short = Run(half)
    finish(short)
    assert [(s.at, s.value) for s in run.signals][0] == (0.5, short.signals[0].value)


def test_a_reused_realignment_reports_the_stored_probes(run_config: RunConfig) -> None:
    first = Run(probing(run_config, 0.25, 0.5))
    finish(first)
    tuned = dataclasses.replace(first.config, finetune=dataclasses.replace(run_config.finetune, n_steps=4))
    again = Run(tuned)
    _, reports = finish(again)
    assert again.costs["realign_reused"] == 1.0
    assert [s for s in again.signals if s.name == "retrieval_so_far"] == [
        s for s in first.signals if s.name == "retrieval_so_far"
    ]
    assert [r["realigned_frac"] for r in reports if "retrieval_so_far" in r] == [0.25, 0.5, 1.0]


def test_an_encoder_that_was_realigned_without_probes_has_only_the_last(run_config: RunConfig) -> None:
    finish(Run(run_config))
    evaluate = dataclasses.replace(run_config.evaluate, probe_at=(0.5,))
    run = Run(dataclasses.replace(run_config, evaluate=evaluate, seed=run_config.seed))
    finish(run)
    assert [s.at for s in run.signals if s.name == "retrieval_so_far"] == [1.0]


def test_a_killed_run_keeps_its_signals(run_config: RunConfig, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Run(probing(run_config, 0.25, 0.5))
    expected, _ = finish(whole)
    config = dataclasses.replace(whole.config, store=f"{run_config.store}-killed")
    monkeypatch.setattr("trainables.staged.BITE_S", 0.0)
    killed = Run(config)
    while len(killed.signals) < 2:
        killed.advance()
    killed.save(tmp_path)
    release(killed)
    restored = Run(config)
    restored.load(tmp_path)
    scores, reports = finish(restored)
    assert scores == expected and restored.signals == whole.signals
    assert [r["realigned_frac"] for r in reports if "retrieval_so_far" in r] == [1.0]


@pytest.mark.parametrize("at", [0.0, 1.0, 1.5])
def test_shares_outside_the_realignment_are_refused(run_config: RunConfig, at: float) -> None:
    with pytest.raises(ValueError, match=r"`evaluate.probe_at\[0\]` must be a number above 0 and below 1"):
        Run(probing(run_config, at))


def test_what_is_reported_of_the_probe_steers_nothing(tiny_data: Path, run_config: RunConfig, tmp_path: Path) -> None:
    """The reported sentences become another's translations: reported scores move, no signal does."""
    root = Path(shutil.copytree(tiny_data, tmp_path / "data"))
    told = []
    for changed in (False, True):
        if changed:
            for language in ("swh_Latn", "yor_Latn"):
                path = root / "flores" / f"{language}.tsv.gz"
                rows = [line.split("\t") for line in gzip.decompress(path.read_bytes()).decode().splitlines()]
                reported = half_of((row[0] for row in rows if row[1] == HELD_OUT), "reported")
                text = {row[0]: row[3] for row in rows}
                turned = dict(zip(reported, [text[key] for key in [*reported[1:], reported[0]]], strict=True))
                lines = ["\t".join([*row[:3], turned.get(row[0], row[3])]) for row in rows]
                path.write_bytes(gzip.compress(("\n".join(lines) + "\n").encode()))
        data = dataclasses.replace(run_config.data, root=str(root))
        run = Run(probing(dataclasses.replace(run_config, data=data, store=str(tmp_path / f"{changed}")), 0.5))
        scores, _ = finish(run)
        told.append(([signal.value for signal in run.signals], run.score))
        if not changed:
            before = [row for row in scores if row["task"] == "retrieval"]
    assert told[0] == told[1]
    assert before != [row for row in scores if row["task"] == "retrieval"]


def test_half_of_the_sentences_is_reported_and_the_other_steers() -> None:
    ids = [str(i) for i in range(99)]
    reported, steering = half_of(ids, "reported"), half_of(reversed(ids), "steering")
    assert sorted([*reported, *steering]) == sorted(ids) and (len(reported), len(steering)) == (50, 49)
    digests = sorted(ids, key=lambda key: hashlib.sha256(key.encode()).hexdigest())
    assert set(reported) == set(digests[::2])
    assert half_of(["7"], "reported") == ["7"] and half_of(["7"], "steering") == []
