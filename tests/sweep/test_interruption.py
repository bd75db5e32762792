"""A sweep that is stopped by Ctrl-C and moved goes on from there; nothing of Ray's is read. The real command.

SIGTERM stops the sweep of `tests.faults.resume_damage`; which handler has which signal: `execution/test_interruption`.
"""

import os
import pickle
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from sweep.config.yaml_reader import write_yaml
from sweep.records.records import RecordStore
from tests.faults.resume_damage import SWEEP, write_world

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

ROOT = Path(__file__).parents[2]


class Planted:
    """Unpickled, it leaves a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.path,))


def start(arguments: list[str]) -> "subprocess.Popen[str]":
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "AWS_SECRET_ACCESS_KEY": "geheim-in-the-environment"}
    command = [sys.executable, "-m", "sweep.commands.main", *arguments]
    return subprocess.Popen(
        command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip


def test_a_sweep_that_is_stopped_and_moved_goes_on_in_its_new_place(tmp_path: Path) -> None:
    write_world(tmp_path / "world")
    config = {**SWEEP, "run": {**SWEEP["run"], "data": {"source": "folder", "root": str(tmp_path / "world")}}}  # type: ignore[dict-item]
    finetune = {**config["run"]["finetune"], "n_steps": 400}  # type: ignore[index]
    config["run"] = {**config["run"], "finetune": finetune, "checkpoint_steps": 50}  # type: ignore[dict-item]
    (tmp_path / "tiny.yaml").write_text(write_yaml(config))
    here, there = tmp_path / "here", tmp_path / "elsewhere" / "there"
    driver = start(["run", str(tmp_path / "tiny.yaml"), "--mlruns", str(here)])
    root = here / "sweeps" / "tiny"
    while driver.poll() is None and not (list(root.glob("records/*.json")) and list(root.glob("checkpoints/*/run.pt"))):
        time.sleep(0.05)
    os.killpg(driver.pid, signal.SIGINT)  # a terminal sends Ctrl-C to all processes, also to Ray's
    _, said = driver.communicate()
    assert driver.returncode == 130 and "Traceback" not in said and "stopping: trials that run save" in said, said
    assert f"Continue with `realign-sweep resume tiny --mlruns {here}`" in said
    first = RecordStore(root / "records").finished_names()
    assert 1 <= len(first) < 5 and not (root / "ray").exists()
    before = {name: (root / "records" / f"{name}.json").stat().st_mtime_ns for name in first}
    there.parent.mkdir()
    shutil.move(here, there)
    planted = there / "sweeps" / "tiny" / "ray"
    planted.mkdir()
    for name in ("tuner.pkl", "searcher-state-x.pkl", "experiment_state-x.json"):
        (planted / name).write_bytes(pickle.dumps(Planted(tmp_path / "ran")))
    (tmp_path / "world").rename(tmp_path / "elsewhere" / "world")
    lost = start(["resume", "tiny", "--mlruns", str(there)])
    assert "Give another one with `--data`" in lost.communicate()[1] and lost.returncode == 2
    again = start(["resume", "tiny", "--mlruns", str(there), "--data", str(tmp_path / "elsewhere" / "world")])
    printed, said = again.communicate()
    assert again.returncode == 0 and "5 of 5 trials, complete" in printed, said
    assert not (tmp_path / "ran").exists() and not here.exists()
    records = there / "sweeps" / "tiny" / "records"
    assert {name: (records / f"{name}.json").stat().st_mtime_ns for name in first} == before
    assert not (there / "sweeps" / "tiny" / "checkpoints").exists()
