"""What goes out to a terminal cannot steer it, and holds no password."""

import ast
import gzip
import logging
from pathlib import Path

import pytest

from sweep import api
from sweep.commands.main import main
from sweep.output import ShownFormatter, shown

ROOT = Path(__file__).parents[2]
PASSWORD = "geheim"
URL = f"https://me:{PASSWORD}@host"
CLEARS = "\x1b[2J"  # ECMA-48, 8.3.39: erases the page


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\tb\nc", "a\tb\nc"),
        ("Ünï क्‍ष می‌خواهم 東京", "Ünï क्‍ष می‌خواهم 東京"),  # joiners are letters of their scripts
        (f"{CLEARS}red\x07", "\\x1b[2Jred\\x07"),
        ("over\rwritten\x7f\x9b31m", "over\\rwritten\\x7f\\x9b31m"),
        ("\u202etxt.exe", "\\u202etxt.exe"),
        ("a\u200eb\u200fc\u061cd", "a\\u200eb\\u200fc\\u061cd"),  # the marks of direction that are no brackets
        ("a\u2028b\u2029c", "a\\u2028b\\u2029c"),  # ends of a line and of a paragraph
        (b"caf\xe9.tsv".decode(errors="surrogateescape"), "caf\\udce9.tsv"),
        (f"{URL}/x", "https://me:***@host/x"),
        (f"/data/https:/me:{PASSWORD}@host/x", "/data/https:/me:***@host/x"),  # what a path makes of it
    ],
)
def test_only_what_steers_and_what_is_secret_is_replaced(text: str, expected: str) -> None:
    assert shown(text) == expected and shown(expected) == expected


def test_nothing_else_prints() -> None:
    """But for the cursor, which a display that is gone has hidden."""
    found = []
    for path in (path for room in ("sweep", "trainables", "search_spaces") for path in (ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            is_print = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
            is_write = isinstance(node, ast.Attribute) and node.attr == "write" and "sys.std" in ast.unparse(node.value)
            if is_print or is_write:
                found.append(path.relative_to(ROOT).as_posix())
    assert sorted(set(found)) == ["sweep/execution/interruption.py", "sweep/output.py"]


def test_what_a_data_file_holds_does_not_steer_the_terminal(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, text in (
        (f"x{CLEARS}", "a\tb\n"),  # named like no language
        ("hau", f"dogs bark\tkarnuka {CLEARS}\n"),
        ("ibo", f"{CLEARS} no pair\n"),
    ):
        (data / "bitext" / f"{name}.tsv.gz").write_bytes(gzip.compress(text.encode()))
    assert main(["data", "quickstart", "--data", str(data), "--mlruns", str(data.parent / "m")]) == 1
    said = capsys.readouterr()
    assert "karnuka \\x1b[2J" in said.out and "REFUSED" in said.out and "x\\x1b[2J.tsv" in said.out
    assert "\x1b" not in said.out + said.err


def test_warnings_of_the_log_are_shown_the_same_way() -> None:
    record = logging.LogRecord("x", logging.WARNING, "", 0, "%s is left out", (f"{CLEARS}{URL}",), None)
    assert ShownFormatter().format(record) == "\\x1b[2Jhttps://me:***@host is left out"


@pytest.mark.parametrize(
    "arguments",
    [
        [URL],
        ["plan", f"{URL}/x.yaml"],
        ["run", URL],
        ["plan", "quickstart", "--set", f"plugins=['{URL}/x.py']"],
        ["plan", "quickstart", "--set", f"plugins=['{URL}']"],
        ["plan", "quickstart", "--set", f"run.realign.n_steps='{URL}'"],
        ["plan", "quickstart", "--set", f"arms=['{URL}']"],
        ["plan", "quickstart", "--set", f"{URL}=3"],
        ["plan", "quickstart", "--data", URL],
        ["plan", "quickstart", "--name", URL],
        ["run", "quickstart", "--address", f"{URL}:6379"],
        ["run", "quickstart", "--address", f"me:{PASSWORD}@host:6379"],
        ["run", "quickstart", "--max-concurrent", URL],
        ["resume", URL],
        ["report", "x", "--facts", URL],
        ["select", "--costs", f"{URL}/x.csv", "--size", "3"],
        ["select", "--size", "3", "--pool", URL],
        ["presets", "--mlruns", URL],
        ["ui", "--mlruns", URL],
    ],
    ids=lambda arguments: " ".join(arguments)[:40],
)
def test_a_password_in_an_argument_is_not_repeated(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        code = main(arguments)
    except SystemExit as error:  # argparse
        code = error.code if isinstance(error.code, int) else 1
    said = capsys.readouterr()
    assert code in (0, 2) and PASSWORD not in said.out + said.err and "Traceback" not in said.err
    assert code == 2 or arguments[0] == "presets"


def test_nor_in_the_errors_of_the_functions(tmp_path: Path) -> None:
    """A notebook keeps them."""
    calls = [
        lambda: api.load_config(URL),
        lambda: api.load_config(f"{URL}/x.yaml"),
        lambda: api.load_config("quickstart", overrides=[f"plugins=['{URL}/x.py']"]),
        lambda: api.load_config("quickstart", overrides=[f"run.finetune.n_steps='{'x' * 100} {URL}'"]),
        lambda: api.resume("x", mlruns=URL),
        lambda: api.run_sweep(api.load_config("quickstart"), mlruns=tmp_path, address=f"me:{PASSWORD}@host:1"),
    ]
    for call in calls:
        with pytest.raises(ValueError) as caught:
            call()
        assert PASSWORD not in str(caught.value) and "***" in str(caught.value), caught.value
