"""Exporting a study: the same bytes each time, nothing of this machine, nothing of anybody else's overwritten."""

import gzip
import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sweep.commands.main import main
from sweep.config.load import config_text, load_config
from sweep.config.sections import SweepConfig
from sweep.folders import SweepFolder
from sweep.published.export_study import export_study
from sweep.published.portable import system_of
from sweep.records.records import RecordStore
from tests.sweep.known_world import Record

Begun = Callable[..., SweepFolder]


@pytest.fixture
def begun(config_of: Callable[..., SweepConfig], folder: SweepFolder, record_of: Record, data: Path) -> Begun:
    """Makes the sweep "tiny" with two trials; keywords are keys of its config."""

    def make(**keys: Any) -> SweepFolder:
        folder.root.mkdir(parents=True, exist_ok=True)
        folder.config.write_text(config_text(config_of(**keys)))
        config = {"data": {"source": "folder", "root": str(data)}, "store": str(folder.store), "tasks": ["pos"]}
        failed = {"status": "failed", "score": None, "scores": ()}
        error = f'Traceback:\n  File "{Path.home()}/lib/x.py"\nOSError: no {data}/pos and no /opt/deep/down.gz'
        for record in (
            record_of("none", 0, config=config), record_of("full", 0, config=config, error=error, **failed)
        ):  # fmt: skip
            RecordStore(folder.records).write(record)
        return folder

    return make


def test_the_same_records_give_the_same_bytes(begun: Begun, tmp_path: Path) -> None:
    first, second = (export_study(begun(), tmp_path / name, lambda line: None) for name in ("first", "second"))
    files = {path.name: path.read_bytes() for path in first.iterdir()}
    assert files == {path.name: path.read_bytes() for path in second.iterdir()}
    assert set(files) == {"README.md", "records.jsonl.gz", "study.json", "sweep.yaml"}
    lines = [json.loads(line) for line in gzip.decompress(files["records.jsonl.gz"]).splitlines()]
    assert [line["trial"] for line in lines] == ["full-seed0", "none-seed0"]
    for name, digest in json.loads(files["study.json"])["files"].items():
        assert digest == hashlib.sha256(files[name]).hexdigest() and digest in files["README.md"].decode()


def test_nothing_says_where_it_was_made(begun: Begun, tmp_path: Path, data: Path) -> None:
    study = export_study(begun(), tmp_path / "study", lambda line: None)
    texts = [path.read_bytes() for path in study.iterdir()] + [
        gzip.decompress((study / "records.jsonl.gz").read_bytes())
    ]
    for text in texts:
        assert str(tmp_path).encode() not in text and str(Path.home()).encode() + b"/" not in text
    full = json.loads(texts[-1].splitlines()[0])
    assert full["error"] == "OSError: no DATA/pos and no down.gz"
    config = load_config(str(study / "sweep.yaml"), data=str(data))  # it can be run again
    assert config == load_config(str(study / "sweep.yaml"), data=str(data), name="tiny")


def test_files_of_one_machine_are_refused(begun: Begun, tmp_path: Path) -> None:
    costs = tmp_path / "costs.csv"
    costs.write_text("language,cost\n")
    with pytest.raises(ValueError, match=r"`subset.costs` names '.*costs.csv'"):
        export_study(begun(subset={"costs": str(costs)}), tmp_path / "study", lambda line: None)
    assert not (tmp_path / "study").exists()


def test_an_encoder_in_a_folder_keeps_its_name_alone(begun: Begun, tmp_path: Path) -> None:
    run = {"encoder": {"provider": "hub", "name": str(tmp_path / "encoders" / "mine")}}
    study = export_study(begun(run=run), tmp_path / "study", lambda line: None)
    assert re.findall(r"name: (.*mine)", (study / "sweep.yaml").read_text()) == ["/exported/mine"]


def test_only_an_export_of_the_same_sweep_is_replaced(begun: Begun, tmp_path: Path) -> None:
    folder, study = begun(), tmp_path / "study"
    export_study(folder, study, lambda line: None)
    before = (study / "study.json").read_text()
    export_study(folder, study, lambda line: None)
    assert (study / "study.json").read_text() == before
    (study / "notes.txt").write_text("mine")
    with pytest.raises(ValueError, match="holds something else"):
        export_study(folder, study, lambda line: None)
    assert (study / "notes.txt").read_text() == "mine"
    assert not list(tmp_path.glob(".study*"))


def test_the_command_refuses_in_one_sentence(folder: SweepFolder, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export-study", "nothing", "--mlruns", str(folder.mlruns), "--to", str(folder.mlruns / "x")]) == 2
    assert "but 'nothing' was not" in capsys.readouterr().err


def test_a_sweep_without_a_trial_is_refused(begun: Begun, tmp_path: Path) -> None:
    folder = begun()
    for path in folder.records.iterdir():
        path.unlink()
    with pytest.raises(ValueError, match="must have a trial that is over, but 'tiny' has none"):
        export_study(folder, tmp_path / "study", lambda line: None)


@pytest.mark.parametrize(
    ("platform", "said"),
    [
        ("Linux-6.18.1-build7-x86_64-with-glibc2.36", "Linux-x86_64"),
        ("macOS-15.1-arm64-arm-64bit", "macOS-arm64"),
        ("Linux-x86_64", "Linux-x86_64"),
        ("", ""),
    ],
)
def test_of_a_machine_its_system_and_processor_are_published(platform: str, said: str) -> None:
    assert system_of(platform) == said
