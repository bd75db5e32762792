"""A search of sets with early stopping as a user runs it, with real trials: killed, it ends the same."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

# Two arms, each on the seed of the search and on that of the repeats; 13 sets; 2 of them again.
N_TRIALS = 2 * 2 + 13 + 2

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

ROOT = Path(__file__).parents[2]
SWEEP = """\
arms: [none, {languages: [deu, yor], name: planned}]
seeds: [0]
concurrency: 1
search: {kind: subset-gp, n_samples: 13, size: [1, 3], distances: [featural], repeats: {top: 2, seeds: [5]}}
space: {realign.temperature: {uniform: [0.05, 0.5]}}
scheduler: {kind: asha, metric: score_so_far, reduction_factor: 2}
run:
  tasks: [pos, ner]
  encoder:
    pretrain:
      {seen: [en, de], vocabulary_size: 80, n_layers: 1, hidden_size: 8, n_heads: 2, n_steps: 4, max_length: 32}
  realign: {n_steps: 4, batch_size: 4, projection_size: 8, max_length: 32, learning_rate: 1e-2}
  finetune: {n_steps: 4, batch_size: 4, max_length: 32, learning_rate: 1e-2}
  evaluate: {max_length: 32}
"""


def records_in(mlruns: Path) -> dict[str, Any]:
    return {path.stem: json.loads(path.read_text()) for path in (mlruns / "sweeps" / "tiny" / "records").glob("*.json")}


def start(arguments: list[str]) -> "subprocess.Popen[str]":
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": str(time.time_ns() % 1000)}
    command = [sys.executable, "-m", "sweep.commands.main", *arguments]
    return subprocess.Popen(
        command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )


def test_a_search_that_is_killed_ends_as_one_that_was_not(data: Path, tmp_path: Path) -> None:
    (tmp_path / "tiny.yaml").write_text(SWEEP)
    run = ["run", str(tmp_path / "tiny.yaml"), "--data", str(data), "--mlruns"]
    undisturbed = start([*run, str(tmp_path / "whole")])  # beside the others
    killed, n_records = tmp_path / "killed", 15  # when the Gaussian process proposes
    driver = start([*run, str(killed)])
    while len(records_in(killed)) < n_records and driver.poll() is None:
        time.sleep(0.02)
    driver.send_signal(signal.SIGKILL)
    driver.communicate()
    first = records_in(killed)
    assert n_records <= len(first) < N_TRIALS
    last = start([*run, str(killed)])
    _, said = last.communicate()
    assert last.returncode == 0, said
    again = records_in(killed)
    _, said = undisturbed.communicate()
    assert undisturbed.returncode == 0, said
    whole = records_in(tmp_path / "whole")
    assert len(whole) == N_TRIALS
    assert {name: again[name]["ended_s"] for name in first} == {name: one["ended_s"] for name, one in first.items()}
    kept = ("languages", "point", "number", "seed", "status", "score", "signals")
    assert {name: {key: record[key] for key in kept} for name, record in again.items()} == {
        name: {key: record[key] for key in kept} for name, record in whole.items()
    }
    statuses = [record["status"] for record in whole.values()]
    assert statuses.count("stopped") >= 1 and "failed" not in statuses
