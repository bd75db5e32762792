"""The command line: help that teaches, mistakes in one line and exit code 2, no traceback."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sweep.commands.main import main
from sweep.folders import SweepFolder, write_atomically
from sweep.records.records import RecordStore, TrialRecord


def test_help_teaches_with_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    text = capsys.readouterr().out
    assert caught.value.code == 0 and "examples:" in text
    for command in ("run", "resume", "report", "ui", "pretrain", "plan", "presets"):
        assert f"\n    {command} " in text


def test_presets_lists_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["presets"]) == 0
    own = ["quickstart", "real-cpu-small", "real-cpu"]
    paper = ["paper/mbert-ours", "paper/mbert", "paper/xlmr-ours", "paper/xlmr"]
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == paper + own


def test_plan_shows_trials_subsets_and_cost(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["plan", "quickstart", "--data", str(data), "--mlruns", str(tmp_path / "m")]
    arms = "arms=[none, full, {criterion: max-sum, size: 3}]"
    assert main([*arguments, "--set", arms, "--set", "run.realign.n_steps=5"]) == 0
    text = capsys.readouterr().out
    assert "6 trials" in text and "max-sum k=3: " in text and "4 distinct realignments in 20 steps" in text


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["run", "quickstrt"], "Nearest presets: 'quickstart'"),
        (["run", "quickstart", "--data", "/nowhere/at/all"], "The data folder must exist"),
        (["run", "quickstart", "--set", "run.realign.stpes=3"], "`run.realign.stpes` is not a known key"),
        (["run", "quickstart", "--max-concurrent", "0"], "`concurrency` must be an integer of at least 1 or null"),
        (["plan", "quickstart", "--set", "arms=[{languages: [xx]}]"], "A language must be one of"),
        (["pretrain", "real-cpu", "--data", "/nowhere"], "must be 'pretrained' to be pre-trained"),
        (["resume", "nothing"], "There is none yet"),
        (["report", "nothing"], "There is none yet"),
        (["ui"], "An MLflow store must exist"),
        (["import-published", "--name", "../../evil"], "A sweep's name must be made of letters"),
        (["resume", "../../evil"], "A sweep's name must be made of letters"),
        (["report", "a/b"], "A sweep's name must be made of letters"),
        (["sync", ""], "A sweep's name must be made of letters"),
    ],
)
def test_mistakes_are_explained(
    arguments: list[str], expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--mlruns", str(tmp_path / "m")]) == 2
    captured = capsys.readouterr()
    assert expected in captured.err and "realign-sweep: " in captured.err and "Traceback" not in captured.err
    assert captured.out == "" and not (tmp_path / "evil").exists()


def test_report_prints_and_writes(
    tmp_path: Path, record_of: Callable[..., TrialRecord], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = SweepFolder.below(tmp_path / "m", "tiny")
    write_atomically(folder.config, "name: tiny\n")
    RecordStore(folder.records).write(record_of("none", 0))
    assert main(["report", "tiny", "--mlruns", str(folder.mlruns)]) == 0
    assert (folder.root / "report.md").read_text() == capsys.readouterr().out
    assert (folder.root / "report.csv").read_text().startswith("sweep,arm")
    assert main(["report", "tinny", "--mlruns", str(folder.mlruns)]) == 2
    assert "Nearest: 'tiny'" in capsys.readouterr().err
