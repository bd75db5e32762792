"""`import sweep`: what a notebook calls, and what importing and the light commands leave alone."""

import inspect
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest

import search_spaces
import sweep
import trainables
from sweep.folders import SweepFolder, write_atomically
from sweep.records.records import RecordStore, TrialRecord

HEAVY = ("torch", "transformers", "datasets", "ray", "mlflow", "optuna", "pandas", "matplotlib", "scipy.optimize")


def in_a_new_process(code: str) -> str:
    """What the code prints; standard error goes to the test's."""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


def loaded_by(command: list[str], expected: int = 0) -> set[str]:
    """Which of HEAVY are in memory after a command that ends with the code `expected`."""
    code = (
        "import contextlib, io, sys\n"
        "from sweep.commands.main import main\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):\n"
        "    try:\n"
        f"        code = main({command!r})\n"
        "    except SystemExit as end:\n"
        "        code = end.code\n"
        f"print(code, *[name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    code_text, *names = in_a_new_process(code).split()
    assert int(code_text) == expected
    return set(names)


def test_importing_loads_no_library_and_changes_nothing_in_the_process() -> None:
    code = (
        "import logging, os, sys, warnings\n"
        "state = lambda: (dict(os.environ), list(warnings.filters), logging.root.level, list(logging.root.handlers))\n"
        "before = state()\n"
        "import sweep, trainables, search_spaces\n"
        "assert state() == before\n"
        f"print([name for name in ({HEAVY!r} + ('numpy', 'scipy')) if name in sys.modules])\n"
    )
    assert in_a_new_process(code) == "[]"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (["--help"], 0),
        (["--version"], 0),
        (["run", "--help"], 0),
        (["presets"], 0),
        (["plan", "quickstrt"], 2),
        (["run", "quickstart", "--set", "run.realign.stpes=3"], 2),
        (["run", "quickstart", "--set", "run.tasks=[posh]"], 2),
        (["resume", "nothing"], 2),
        (["report", "nothing"], 2),
        (["confirm", "nothing"], 2),
        (["learned", "nothing"], 2),
        (["sync", "nothing"], 2),
        (["rm", "nothing"], 2),
        (["compare", "nothing", "more"], 2),
        (["trials", "nothing"], 2),
        (["export", "nothing", "--to", "x"], 2),
    ],
)
def test_help_presets_and_mistakes_need_no_library(command: list[str], expected: int, tmp_path: Path) -> None:
    where = ["--mlruns", str(tmp_path)] if command[0] not in ("--version", "--help", "presets") else []
    assert loaded_by([*command, *where], expected) == set()


def test_choosing_languages_needs_no_training_library() -> None:
    assert loaded_by(["select", "--size", "3"]) <= {"scipy.optimize"}


@pytest.fixture
def mlruns(tmp_path: Path, record_of: Callable[..., TrialRecord]) -> Path:
    folder = SweepFolder.below(tmp_path / "m", "tiny")
    write_atomically(folder.config, "name: tiny\n")
    for record in (record_of("none", 0), record_of("sub", 0, ("wol_Latn",))):
        RecordStore(folder.records).write(record)
    return folder.mlruns


def test_a_report_needs_neither_torch_nor_ray(mlruns: Path) -> None:
    loaded = loaded_by(["report", "tiny", "--no-figures", "--mlruns", str(mlruns)])
    assert not loaded & {"torch", "transformers", "datasets", "ray", "mlflow", "optuna"}
    assert not (mlruns / "sweeps/tiny/figures").exists() and (mlruns / "sweeps/tiny/report.html").exists()


def test_records_are_a_frame_of_scores(mlruns: Path) -> None:
    frame = sweep.records("tiny", mlruns=mlruns)
    wolof = frame[(frame["arm"] == "sub") & (frame["language"] == "wol_Latn") & (frame["split"] == "test")]
    (row,) = wolof.to_dict("records")
    assert (row["value"], row["n_correct"], row["n_total"], row["task"]) == (0.3, 30, 100, "pos")
    assert row["realigned"] and not row["seen"] and not row["english"]
    with pytest.raises(ValueError, match="Nearest: 'tiny'"):
        sweep.records("tinny", mlruns=mlruns)


def test_a_report_is_text_and_files(mlruns: Path) -> None:
    said: list[str] = []
    text = sweep.report("tiny", mlruns=mlruns, form="csv", figures=False, say=said.append)
    assert text == (mlruns / "sweeps/tiny/report.csv").read_text() and any("report.md" in line for line in said)
    page = sweep.report("tiny", mlruns=mlruns, form="html", figures=False, say=said.append)
    assert page == f"{mlruns / 'sweeps/tiny/report.html'}\n"
    with pytest.raises(ValueError, match="must be one of text, markdown, csv, latex, html, but is 'pdf'"):
        sweep.report("tiny", mlruns=mlruns, form="pdf")  # type: ignore[arg-type]


def test_select_gives_the_choice_of_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    from sweep.commands.main import main

    choice = sweep.select(4, "facility-location", pool="sw,yo,am,zul,deu,fra", at_most={"area=Africa": 2})
    rules = ["--pool", "sw,yo,am,zul,deu,fra", "--at-most", "2:area=Africa"]
    assert main(["select", "--size", "4", "--criterion", "facility-location", *rules]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert tuple(line.split()[0] for line in lines[1:5]) == choice.selection.subset.languages


@pytest.mark.parametrize("package", [sweep, trainables, search_spaces])
def test_every_name_that_is_offered_is_there_and_documented(package: object) -> None:
    for name in package.__all__:  # type: ignore[attr-defined]
        member = getattr(package, name)
        assert member is not None and name in dir(package)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = package.nothing  # type: ignore[attr-defined]
    assert (Path(inspect.getfile(package)).parent / "py.typed").exists()  # type: ignore[arg-type]


def test_the_version_is_that_of_the_distribution() -> None:
    assert sweep.__version__ == version("realign-sweep")


def test_looking_at_all_public_names_loads_no_library_of_training_and_sets_nothing() -> None:
    code = (
        "import os, sys\nbefore = dict(os.environ)\nimport sweep\n"
        "[getattr(sweep, name) for name in sweep.__all__]\n"
        "print(sorted({'torch', 'ray', 'mlflow', 'transformers'} & set(sys.modules)), dict(os.environ) == before)"
    )
    assert in_a_new_process(code) == "[] True"


@pytest.mark.parametrize("name", ["records", "select", "replay", "confirm"])
def test_a_room_is_called_like_its_function_whatever_was_imported_first(name: str) -> None:
    from sweep import api

    code = f"import sweep.{name}\nimport sweep\nassert callable(sweep.{name})\nprint(sweep.{name}.__name__)"
    if name == "confirm":  # importing that one takes Ray
        assert callable(sweep.confirm)
    else:
        assert in_a_new_process(code) == f"sweep.{name}"
    assert inspect.signature(getattr(sweep, name)) == inspect.signature(getattr(api, name))
