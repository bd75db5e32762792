"""The published study in small: run, confirm, report, published and made again, on a generated world."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

STUDY = Path(__file__).parents[2] / "studies" / "real.yaml"
NAME = "real-smoke"


def command(*words: str, mlruns: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "sweep.commands.main", *words, "--mlruns", str(mlruns)],
        capture_output=True, text=True, check=False, cwd=STUDY.parents[1],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_the_smoke_scale_goes_from_run_to_a_study_that_reports_the_same(tmp_path: Path) -> None:
    mine, theirs = tmp_path / "mine", tmp_path / "theirs"
    command("run", str(STUDY), "--scale", "smoke", mlruns=mine)
    confirm = ["--sets", "1", "--random", "1", "--seeds", "1", "--arms", "most_uriel_en_10"]
    found = command("confirm", NAME, *confirm, mlruns=mine)
    report = command("report", NAME, "--no-figures", "--format", "markdown", mlruns=mine)
    for title in ("Single languages", "Confirmed with fresh seeds", "What the search learned"):
        assert title in report or title in found, title
    assert len(list((mine / "sweeps" / NAME / "records").glob("*.json"))) == 4 + 14
    command("export-study", NAME, "--to", str(tmp_path / "study"), mlruns=mine)
    command("import-study", str(tmp_path / "study"), mlruns=theirs)
    assert command("report", NAME, "--no-figures", "--format", "markdown", mlruns=theirs) == report
