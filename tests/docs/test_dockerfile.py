"""The Dockerfile, as far as it can be checked without Docker: what it copies is there, what it installs has a name."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_what_it_copies_is_there_and_not_ignored() -> None:
    text = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text())
    lines = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    ignored = (ROOT / ".dockerignore").read_text().split()
    copied = [source for word, *paths in lines if word == "COPY" for source in paths[:-1]]
    assert {"pyproject.toml", "constraints.txt", "sweep", "trainables", "search_spaces"} <= set(copied)
    assert all((ROOT / source).exists() and source not in ignored for source in copied)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert {*re.findall(r"\[(\w+)\]'", text)} <= project["optional-dependencies"].keys()
    assert '["realign-sweep"]' in text and "realign-sweep" in project["scripts"]
    assert [line[0] for line in lines][0] == "FROM" and ["USER", "realign"] in lines
