"""The command line: help that teaches, mistakes in one line and exit code 2, no traceback."""

import errno
from pathlib import Path

import pytest

from sweep.commands.main import main, sentence_of


def test_help_teaches_with_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    text = capsys.readouterr().out
    assert caught.value.code == 0 and "examples:" in text
    for command in ("run", "resume", "report", "ui", "pretrain", "plan", "presets"):
        assert f"\n    {command} " in text


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["run", "quickstrt"], "Nearest presets: 'quickstart'"),
        (["run", "quickstart", "--data", "/nowhere/at/all"], "The data folder must exist"),
        (["run", "quickstart", "--set", "run.realign.stpes=3"], "`run.realign.stpes` is not a known key"),
        (
            ["run", "quickstart", "--max-concurrent", "0"],
            "`concurrency` must be an integer from 1 to 1,000,000 or null",
        ),
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


@pytest.mark.parametrize("command", ["list", "rm", "compare", "trials", "export"])
def test_the_help_of_what_there_is_teaches(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([command, "--help"])
    text = capsys.readouterr().out
    assert caught.value.code == 0 and f"realign-sweep {command} " in text.partition("options:")[2]
    assert max(map(len, text.splitlines())) <= 120


@pytest.mark.parametrize("command", ["select", "languages", "criteria", "standing", "presets", "schema"])
def test_mlruns_is_offered_only_where_it_does_something(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([command, "--mlruns", "x"])
    assert "unrecognized arguments: --mlruns" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "There must be room where the command writes, but"),
        (OSError(errno.ENOSPC, "No space left on device", "/m/a.json"), "room where /m/a.json is written, but"),
        (
            PermissionError(errno.EACCES, "Permission denied", "/m"),
            "/m must be usable, but is not (Permission denied).",
        ),
    ],
)
def test_what_the_system_refuses_is_one_sentence_with_a_remedy(error: OSError, expected: str) -> None:
    assert expected in sentence_of(error)
