"""docs/extending.md as its reader would follow it: an empty folder and the files as they are shown.

The files are written to a folder, every contract is run on them there by pytest, and the sweep by the command.
"""

import json
import math
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from search_spaces.plugins import GROUPS, PREFIX
from trainables.realignment.objectives.base import Units
from trainables.testing.tiny import save_tiny_encoder

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "extending.md").read_text()
FILES = dict(re.findall(r"`([\w-]+\.(?:py|yaml|toml))`(?:(?!\n\n).)*\n\n```\w+\n(.*?)```", PAGE, re.DOTALL))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The reader's folder, with all files of the page but that of the package."""
    for name, text in FILES.items():
        if name != "pyproject.toml":
            (tmp_path / name).write_text(text)
    return tmp_path


def run(folder: Path, *command: str) -> str:
    """What a command prints, run in the reader's folder; Python finds this checkout as if it were installed."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, env=environment, capture_output=True, text=True, timeout=500
    )
    assert done.returncode == 0, done.stdout[-3_000:] + done.stderr[-3_000:]
    return done.stdout


def member(name: str, table: str) -> Any:
    """The one member of a table that a file of the page defines."""
    namespace: dict[str, Any] = {"__name__": name}
    exec(compile(FILES[f"{name}.py"], f"{name}.py", "exec"), namespace)
    (found,) = namespace[table].values()
    return found


def test_every_block_of_the_page_is_a_file_and_every_family_has_one() -> None:
    assert len(FILES) == len(re.findall(r"^```\w", PAGE, re.MULTILINE)) == 10
    tables = re.findall(r"^([A-Z_]+) = \{", "\n".join(FILES.values()), re.MULTILINE)
    assert sorted(table.lower() for table in tables) == sorted(GROUPS)
    assert all(f"`{group.upper()}`" in PAGE for group in GROUPS)


def test_the_package_names_members_that_the_files_define() -> None:
    points = tomllib.loads(FILES["pyproject.toml"])["project"]["entry-points"]
    for group, members in points.items():
        assert group.removeprefix(PREFIX) in GROUPS
        for name, target in members.items():
            module, _, attribute = target.partition(":")
            source = FILES[module.removeprefix("my_languages.") + ".py"]
            assert re.search(rf'"{name}": {attribute}\b', source)


def test_the_criterion_by_hand() -> None:
    distance = np.array([[0.0, 0.1, 0.5], [0.1, 0.0, 0.2], [0.5, 0.2, 0.0]])
    objective = type(member("my_criterion", "CRITERIA")().bind(_Distances(distance)))(distance)
    assert objective.values(np.array([[0, 1, 2]])).tolist() == [0.2]
    assert objective.values(np.array([[1], [2]])).tolist() == [0.0, 0.0]


class _Distances:
    def __init__(self, distance: np.ndarray) -> None:
        self.distance = distance

    def pair_distances(self, criterion: str) -> np.ndarray:
        return self.distance


def test_the_objective_by_hand() -> None:
    objective = member("my_objective", "OBJECTIVES")(4, 0, 0.1)
    vectors = torch.eye(4)[[0, 0, 1, 2]]
    same = objective(Units(vectors, torch.tensor([[0, 1]]), targets_KH=3 * torch.eye(4)[[0]]))
    assert same.item() == pytest.approx(0.0, abs=1e-6)
    # pairs (x, x) and (y, z) with targets x and y: one of the two other sides is orthogonal to its target
    half = objective(Units(vectors, torch.tensor([[0, 1], [2, 3]]), targets_KH=torch.eye(4)[[0, 1]]))
    assert half.item() == pytest.approx(0.5)


@pytest.mark.slow
def test_every_example_keeps_its_contract(folder: Path) -> None:
    said = run(folder, "pytest", "-q", "-p", "no:cacheprovider", "--timeout=300", "test_mine.py")
    n_passed = int(re.search(r"(\d+) passed", said)[1])  # type: ignore[index]
    assert n_passed >= 40 and "failed" not in said and "skipped" not in said


@pytest.mark.slow
def test_the_sweep_runs_and_its_records_name_the_plugins(folder: Path) -> None:
    save_tiny_encoder(folder / "encoder")
    options = ["my-sweep.yaml", "--mlruns", "runs", "--set", f"run.encoder.name={folder / 'encoder'}"]
    run(folder, "sweep.commands.main", "run", *options, "--set", "cluster.cpus=1", "--set", "search.n_samples=2")
    records = [
        json.loads(path.read_text()) for path in sorted((folder / "runs/sweeps/my-sweep/records").glob("*.json"))
    ]
    assert sorted(record["arm"] for record in records if not record["arm"].startswith("search-")) == [
        "median-distance-2", "none",
    ]  # fmt: skip
    for record in records:
        assert record["status"] == "finished", record["error"]
        tested = {(row["task"], row["metric"]) for row in record["scores"] if row["split"] == "dev"}
        assert tested == {("paraphrase", "accuracy")}
        assert {name for name in record["versions"] if name.startswith("plug-in ")} == {
            f"plug-in {name.removesuffix('.py')}" for name in FILES if name.startswith("my_") and "data_set" not in name
        }
        assert math.isfinite(record["score"])
    searched = [record["languages"] for record in records if record["arm"].startswith("search-")]
    assert len({tuple(languages) for languages in searched}) == 2 and all(len(set(one)) == 2 for one in searched)
    report = run(folder, "sweep.commands.main", "report", "my-sweep", "--mlruns", "runs")
    assert "Paraphrase accuracy" in report
