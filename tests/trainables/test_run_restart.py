"""A run that is cut off anywhere goes on elsewhere to the same scores."""

import dataclasses
import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from trainables.mapping import to_mapping
from trainables.run import CHECKPOINT, Run, release
from trainables.run_config import RunConfig
from trainables.stepping.training import StateError, read_state, write_state


def finish(run: Run) -> list[dict[str, Any]]:
    while not run.done:
        run.advance()
    return [row.as_dict() for row in run.scores]


def alone(config: RunConfig, name: str, **changes: Any) -> RunConfig:
    """`config` with a store of its own, so that nothing is reused."""
    return dataclasses.replace(config, store=f"{config.store}-{name}", **changes)


@pytest.fixture
def one_step_a_bite(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trainables.staged.BITE_S", 0.0)


def cut_off(config: RunConfig, folder: Path, is_there: Callable[[Run, dict[str, Any]], bool]) -> None:
    """Runs until `is_there`, saves, and drops the run."""
    run = Run(config)
    report = run.advance()
    while not is_there(run, report):
        report = run.advance()
    run.save(folder)
    release(run)


@pytest.mark.parametrize("n_stages", [1, 2, 3, 4, 5])
def test_a_restart_at_any_stage_border_changes_no_digit(run_config: RunConfig, tmp_path: Path, n_stages: int) -> None:
    whole = Run(run_config)
    expected = finish(whole)
    config = alone(run_config, "cut")
    cut_off(config, tmp_path, lambda run, _: len(run.finished) == n_stages)
    continued = Run(config)
    continued.load(tmp_path)
    assert len(continued.finished) == n_stages
    assert finish(continued) == expected
    assert continued.costs.keys() == whole.costs.keys()


@pytest.mark.parametrize(
    ("protocol", "stage", "step"),
    [
        ("before", "probe_before", 1), ("before", "realign", 1), ("before", "realign", 4), ("before", "probe_after", 1),
        ("before", "finetune/pos", 3), ("before", "evaluate/pos", 2), ("during", "finetune/pos", 3),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("one_step_a_bite")
def test_a_restart_inside_a_stage_changes_no_digit(
    run_config: RunConfig, tmp_path: Path, protocol: str, stage: str, step: int
) -> None:
    run_config = dataclasses.replace(run_config, realign=dataclasses.replace(run_config.realign, protocol=protocol))
    expected = finish(Run(run_config))
    config = alone(run_config, "cut")
    cut_off(config, tmp_path, lambda _, report: (report["stage"], report["stage_step"]) == (stage, step))
    continued = Run(config)
    continued.load(tmp_path)
    report = continued.advance()
    assert (report["stage"], report["stage_step"]) == (stage, step + 1) or "probe" in stage or "evaluate" in stage
    assert finish(continued) == expected


@pytest.mark.usefixtures("one_step_a_bite")
def test_a_restart_inside_a_later_task_changes_no_digit(three_task_config: RunConfig, tmp_path: Path) -> None:
    """Rows that the task does not read are then those of the realigned encoder, not of the one as it was loaded."""
    config = dataclasses.replace(three_task_config, tasks=("pos", "ner"), keep_models=True)
    whole = Run(config)
    expected = finish(whole)
    cut = alone(config, "cut")
    cut_off(cut, tmp_path, lambda _, report: (report["stage"], report["stage_step"]) == ("finetune/ner", 3))
    continued = Run(cut)
    continued.load(tmp_path)
    assert finish(continued) == expected
    state, wanted = continued.encoder.model.state_dict(), whole.encoder.model.state_dict()
    assert all(torch.equal(state[name], wanted[name]) for name in wanted)


@pytest.mark.usefixtures("one_step_a_bite")
def test_a_run_may_be_saved_again_before_its_first_new_step(run_config: RunConfig, tmp_path: Path) -> None:
    cut_off(run_config, tmp_path, lambda _, report: (report["stage"], report["stage_step"]) == ("realign", 3))
    continued = Run(run_config)
    continued.load(tmp_path)
    (tmp_path / "again").mkdir()
    continued.save(tmp_path / "again")
    twice = Run(run_config)
    twice.load(tmp_path / "again")
    assert twice.advance()["stage_step"] == 4


@pytest.mark.parametrize("task", ["finetune/ner", "evaluate/pos"])
@pytest.mark.usefixtures("one_step_a_bite")
def test_a_run_whose_store_is_gone_realigns_again_to_the_same_digits(
    three_task_config: RunConfig, tmp_path: Path, task: str
) -> None:
    config = dataclasses.replace(three_task_config, tasks=("pos", "ner"))
    expected = finish(Run(config))
    cut = alone(config, "cut")
    cut_off(cut, tmp_path, lambda run, report: (report["stage"], report["stage_step"]) == (task, 2))
    shutil.rmtree(cut.store)
    continued = Run(cut)
    continued.load(tmp_path)
    assert continued.stage == "realign"
    key = lambda row: (row["task"], row["metric"], row["language"], row["split"])  # noqa: E731
    assert sorted(finish(continued), key=key) == sorted(expected, key=key)


def test_a_checkpoint_is_asked_for_at_borders_and_every_so_many_steps(run_config: RunConfig, tmp_path: Path) -> None:
    run = Run(dataclasses.replace(run_config, checkpoint_steps=4, checkpoint_s=0.0))
    asked = []
    while not run.done:
        report = run.advance()
        assert report["checkpoint"]  # a bite ends early where a checkpoint is due
        asked.append((report["stage"], report["stage_step"], report["stage_done"]))
    assert ("realign", 4, False) in asked and ("finetune/pos", 4, False) in asked
    assert sum(done for _, _, done in asked) == 5


def test_a_checkpoint_appears_whole_or_not_at_all(
    run_config: RunConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(run_config)
    run.advance()
    run.save(tmp_path)
    before = (tmp_path / "run.pt").read_bytes()

    def half(state: object, file: Any) -> None:
        file.write(b"half")
        raise KeyboardInterrupt

    run.advance()
    monkeypatch.setattr("torch.save", half)
    with pytest.raises(KeyboardInterrupt):
        run.save(tmp_path)
    assert (tmp_path / "run.pt").read_bytes() == before


KILLED = """
import json, sys
from pathlib import Path
import trainables.run
import trainables.staged
from trainables.mapping import from_mapping
from trainables.run_config import RunConfig
from trainables.stepping.training import StateError, read_state, write_state
trainables.staged.BITE_S = 0.0
run = trainables.run.Run(from_mapping(RunConfig, json.loads(sys.argv[1])))
folder = Path(sys.argv[2])
if (folder / "run.pt").exists():
    run.load(folder)
while not run.done:
    report = run.advance()
    if report["stage_step"] % 2 == 0:
        run.save(folder)
    print(report["stage"], report["stage_step"], flush=True)
(folder / "scores.json").write_text(json.dumps([row.as_dict() for row in run.scores]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("place", ["realign 5", "finetune/pos 3", "evaluate/pos 1"])
def test_a_killed_process_is_continued_by_another_one(run_config: RunConfig, tmp_path: Path, place: str) -> None:
    expected = finish(Run(run_config))
    config = alone(run_config, "killed")
    command = [sys.executable, "-c", KILLED, json.dumps(to_mapping(config)), str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    first = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert first.stdout is not None
    for line in first.stdout:
        if line.strip() == place:
            first.send_signal(signal.SIGKILL)
            break
    assert first.wait() == -signal.SIGKILL
    if place.startswith("realign"):
        assert not list(Path(config.store).glob("realigned/*/stage.json"))
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL, timeout=120)
    assert json.loads((tmp_path / "scores.json").read_text()) == expected


@pytest.mark.usefixtures("one_step_a_bite")
def test_a_checkpoint_holds_the_rows_that_occur_and_one_of_another_version_is_refused(
    run_config: RunConfig, tmp_path: Path
) -> None:
    cut_off(run_config, tmp_path, lambda _, report: (report["stage"], report["stage_step"]) == ("realign", 3))
    state = read_state(tmp_path / CHECKPOINT)
    parts = state["training"]["parts"]
    rows = parts["model"]["embeddings.word_embeddings.weight"]
    assert len(rows) == len(parts["rows"]["ids"]) < len(Run(run_config).encoder.tokenizer)
    assert rows.shape in {moments["exp_avg"].shape for moments in parts["optimiser"]["state"].values()}
    write_state({**state, "format": 1}, tmp_path / CHECKPOINT)
    with pytest.raises(StateError, match="another version's"):
        Run(run_config).load(tmp_path)


@pytest.mark.parametrize("change", ["data", "encoder"])
def test_a_state_of_other_data_or_of_another_encoder_is_refused(
    run_config: RunConfig, tmp_path: Path, change: str
) -> None:
    """One trial would be half of each."""
    data = shutil.copytree(str(run_config.data.root), tmp_path / "data")
    encoder = shutil.copytree(run_config.encoder.name, tmp_path / "encoder")
    config = dataclasses.replace(
        run_config, data=dataclasses.replace(run_config.data, root=str(data)),
        encoder=dataclasses.replace(run_config.encoder, name=str(encoder)),
    )  # fmt: skip
    cut_off(config, tmp_path, lambda run, _: len(run.finished) == 1)
    Run(config).load(tmp_path)
    path = data / "bitext" / "swh.tsv.gz" if change == "data" else encoder / "tokenizer_config.json"
    if change == "data":
        path.write_bytes(gzip.compress(b"".join(gzip.decompress(path.read_bytes()).splitlines(keepends=True)[1:])))
    else:
        path.write_text(path.read_text() + " ")
    with pytest.raises(StateError, match="must be of the same data and encoder"):
        Run(config).load(tmp_path)
