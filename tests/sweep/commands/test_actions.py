"""What the commands do: what is printed, and which exit code comes back."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sweep.commands.main import main
from sweep.config.load import config_text
from sweep.config.sections import SweepConfig
from sweep.folders import SweepFolder, write_atomically
from sweep.records.records import RecordStore, TrialRecord


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


def test_report_prints_and_writes(
    tmp_path: Path, record_of: Callable[..., TrialRecord], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = SweepFolder.below(tmp_path / "m", "tiny")
    write_atomically(folder.config, "name: tiny\n")
    RecordStore(folder.records).write(record_of("none", 0))
    report = ["report", "tiny", "--no-figures", "--mlruns", str(folder.mlruns)]
    assert main(report) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("tiny: 1 of ") and "report.html in" in captured.err
    page = folder.root / "report.html"
    assert captured.out.splitlines()[-1] == f"report: {page}"
    written = page.stat().st_mtime_ns
    assert main([*report, "--format", "html"]) == 0
    captured = capsys.readouterr()
    assert captured.out == f"{page}\n"  # the path, and not five megabytes
    assert captured.err.splitlines()[-2:] == ["nothing has changed since this was written:", str(page)]  # for any width
    assert page.stat().st_mtime_ns == written
    assert main([*report, "--format", "markdown"]) == 0
    assert (folder.root / "report.md").read_text() == capsys.readouterr().out
    RecordStore(folder.records).write(record_of("none", 1))
    assert main(report) == 0
    assert capsys.readouterr().out.startswith("tiny: 2 of ") and page.stat().st_mtime_ns > written
    assert (folder.root / "report.csv").read_text().startswith("sweep,arm")
    assert main(["report", "tinny", "--mlruns", str(folder.mlruns)]) == 2
    assert "Nearest: 'tiny'" in capsys.readouterr().err


def test_data_takes_the_name_of_a_sweep(
    config_of: Callable[..., SweepConfig], folder: SweepFolder, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_atomically(folder.config, config_text(config_of()))
    assert main(["data", "tiny", "--mlruns", str(folder.mlruns)]) == 0
    captured = capsys.readouterr()
    assert f"data: {data}" in captured.out and "reading every file" in captured.err
    assert main(["data", "tinny", "--mlruns", str(folder.mlruns)]) == 2


def test_plan_leaves_nothing_behind(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tmp").mkdir()
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    assert main(["plan", "quickstart", "--data", str(data), "--set", "arms=[none]"]) == 0
    assert "reading the data" in capsys.readouterr().err  # said before anything takes long
    assert not list((tmp_path / "tmp").iterdir()) and not list((tmp_path / "here").iterdir())


@pytest.mark.parametrize("command", ["resume", "report", "learned", "confirm"])
def test_a_config_that_is_a_link_to_nowhere_is_not_taken_for_none(
    command: str, folder: SweepFolder, record_of: Callable[..., TrialRecord], capsys: pytest.CaptureFixture[str]
) -> None:
    """The disk that it lies on may only be away: without it nobody knows what was searched."""
    RecordStore(folder.records).write(record_of("search-0000", 0, ("deu_Latn",), number=0))
    folder.config.symlink_to("/nowhere/config.yaml")
    assert main([command, "tiny", "--mlruns", str(folder.mlruns)]) == 2
    said = capsys.readouterr()
    assert f"{folder.config} must be a file, but is a link that points nowhere" in said.err and not said.out
    assert folder.config.is_symlink()
