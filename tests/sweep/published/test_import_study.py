"""Importing a study: the sweep that was exported, whole or not at all, and never over another one."""

import gzip
import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from search_spaces.study_effects import read_effects
from sweep import api
from sweep.commands.main import main
from sweep.commands.report import run_learned, run_report
from sweep.config.load import as_mapping, config_text, parse_config, saved_config
from sweep.config.sections import SweepConfig
from sweep.folders import SweepFolder
from sweep.published.export_study import export_study
from sweep.published.import_study import import_study
from sweep.records.records import RecordStore, TrialRecord
from tests.sweep.known_world import POOL, Record, World

SEARCH = {"kind": "random-sets", "size": 3, "n_samples": 14}


def quiet(line: str) -> None:
    pass


@pytest.fixture
def searched(folder: SweepFolder, config_of: Callable[..., SweepConfig], record_of: Record, data: Path) -> SweepFolder:
    """A search of 14 sets, and the sweep that confirms it, as their folders would be."""
    config = config_of(arms=["none", "full"], seeds=[0], search=SEARCH)
    confirm = parse_config({**as_mapping(config), "name": "tiny-confirm", "search": {}, "arms": ["none"]})
    run = {**as_mapping(config)["run"], "store": str(folder.store)}

    def of_run(arm: str, seed: int, languages: tuple[str, ...] = (), **fields: Any) -> TrialRecord:
        return record_of(arm, seed, languages, config=run, **fields)

    world = World(of_run, 0, 0.01)
    trials = [world.trial("none", 0, ()), world.trial("full", 0, POOL), *world.search(14)]
    for one, records in ((config, trials), (confirm, [world.trial("none", 3, ())])):
        target = SweepFolder(folder.mlruns, one.name)
        for record in records:
            RecordStore(target.records).write(replace(record, sweep=one.name))
        target.config.write_text(config_text(one))
    folder.search.write_text(json.dumps({"version": 1, "asked": [], "told": [], "exhausted": False, "search": {}}))
    return folder


@pytest.fixture
def study(searched: SweepFolder, tmp_path: Path) -> Path:
    return export_study(searched, tmp_path / "study", quiet)


def files_of(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_at_its_own_place_every_file_is_as_it_was(searched: SweepFolder, study: Path, data: Path) -> None:
    before = files_of(searched.mlruns)
    shutil.rmtree(searched.mlruns)
    import_study(study, searched.mlruns, quiet, data=str(data))
    assert files_of(searched.mlruns) == before


@pytest.mark.slow
def test_reports_and_what_was_learned_are_the_same(searched: SweepFolder, study: Path, tmp_path: Path) -> None:
    (there, confirm) = import_study(study, tmp_path / "other", quiet)
    assert (there.name, confirm.name) == ("tiny", "tiny-confirm")
    for form in ("csv", "markdown"):
        texts = [run_report([one], form=form, figures=False, say=quiet) for one in (searched, there)]
        assert texts[0] == texts[1]
    assert (there.root / "report.csv").read_bytes() == (searched.root / "report.csv").read_bytes()
    tables = [tmp_path / name for name in ("first.csv", "second.csv")]
    first, second = (run_learned(one, quiet, table) for one, table in zip((searched, there), tables, strict=True))
    assert first == second and tables[0].read_bytes() == tables[1].read_bytes()
    tried = {
        tag for record in RecordStore(there.records).all() if record.number is not None for tag in record.languages
    }
    assert {effect.language for effect in read_effects(tables[0])} == tried


def test_another_name_and_place(study: Path, tmp_path: Path) -> None:
    folders = import_study(study, tmp_path / "other", quiet, name="theirs", data=str(tmp_path / "there"))
    assert [folder.name for folder in folders] == ["theirs", "theirs-confirm"]
    record = RecordStore(folders[0].records).all()[0]
    assert record.sweep == "theirs" and record.config["data"]["root"] == str(tmp_path / "there")
    config = saved_config(folders[0].config)
    assert config.name == "theirs" and config.run.data.root == str(tmp_path / "there")


@pytest.mark.slow
def test_without_data_a_sweep_is_read_and_asks_for_it_when_it_goes_on(study: Path, tmp_path: Path) -> None:
    (folder, _) = import_study(study, tmp_path / "other", quiet)
    assert saved_config(folder.config).run.data.root is None
    assert [entry.state for entry in api.list_sweeps(mlruns=folder.mlruns)] == ["complete", "complete"]
    with pytest.raises(ValueError, match="Name it with `--data FOLDER`"):
        api.resume("tiny", mlruns=folder.mlruns, say=quiet)


def test_twice_is_once_also_after_more_trials(study: Path, tmp_path: Path, record_of: Record) -> None:
    (folder, _) = import_study(study, tmp_path / "other", quiet)
    RecordStore(folder.records).write(record_of("more", 0))
    before = files_of(folder.mlruns)
    said: list[str] = []
    import_study(study, folder.mlruns, said.append, data=str(tmp_path))
    assert files_of(folder.mlruns) == before and "there already" in said[0]


def test_another_sweep_is_never_touched(study: Path, tmp_path: Path, record_of: Record) -> None:
    folder = SweepFolder.below(tmp_path / "other", "tiny-confirm")
    RecordStore(folder.records).write(record_of("none", 0))
    before = files_of(folder.mlruns)
    with pytest.raises(ValueError, match="tiny-confirm holds something else"):
        import_study(study, folder.mlruns, quiet)
    assert files_of(folder.mlruns) == before  # the search was not written either


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


def broken_record(path: Path) -> None:
    """Whole, with a digest that fits, but its first line is no record."""
    lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    path.write_bytes(gzip.compress(b'{"trial": "x"}\n' + b"".join(lines[1:])))
    manifest = path.parent / "study.json"
    found = json.loads(manifest.read_text())
    found["files"][path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    manifest.write_text(json.dumps(found))


def leading_out(path: Path) -> None:
    found = json.loads(path.read_text())
    found["files"]["../../x"] = ""
    path.write_text(json.dumps(found))


@pytest.mark.parametrize(
    ("name", "damage", "said"),
    [
        ("records.jsonl.gz", cut, "was cut or edited since"),
        ("confirm/sweep.yaml", cut, "was cut or edited since"),
        ("search.json", Path.unlink, "cannot be read"),
        ("study.json", Path.unlink, "has no study.json"),
        ("study.json", cut, "must say what a study consists of"),
        ("study.json", leading_out, "names other files than a study has"),
        ("study.json", lambda path: path.write_text("[]"), "must say what a study consists of"),
        ("records.jsonl.gz", broken_record, "line 1 must be a trial's record"),
    ],
)
def test_what_is_damaged_or_foreign_is_said_and_leaves_nothing(
    name: str, damage: Callable[[Path], None], said: str, study: Path, tmp_path: Path
) -> None:
    damage(study / name)
    with pytest.raises(ValueError, match=said) as error:
        import_study(study, tmp_path / "other", quiet)
    assert "\n" not in str(error.value) and not (tmp_path / "other").exists()


def test_a_crash_leaves_nothing_half_written(study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*given: Any) -> None:
        raise OSError("full")

    monkeypatch.setattr("sweep.published.import_study.config_text", full)
    with pytest.raises(OSError, match="full"):
        import_study(study, tmp_path / "other", quiet)
    assert not files_of(tmp_path / "other") and not SweepFolder.below(tmp_path / "other", "x").names()


SWEEP = """\
arms: [none, {languages: [deu, yor], name: planned}]
seeds: [0]
concurrency: 1
search: {kind: random-sets, n_samples: 3, size: 2}
run:
  tasks: [pos]
  encoder:
    pretrain:
      {seen: [en, de], vocabulary_size: 80, n_layers: 1, hidden_size: 8, n_heads: 2, n_steps: 4, max_length: 32}
  realign: {n_steps: 4, batch_size: 4, projection_size: 8, max_length: 32, learning_rate: 1e-2}
  finetune: {n_steps: 4, batch_size: 4, max_length: 32, learning_rate: 1e-2}
  evaluate: {max_length: 32}
"""


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_an_imported_sweep_goes_on_with_the_trials_that_are_not_there_yet(data: Path, tmp_path: Path) -> None:
    (tmp_path / "tiny.yaml").write_text(SWEEP)
    first, second = (str(tmp_path / name) for name in ("first", "second"))
    assert main(["run", str(tmp_path / "tiny.yaml"), "--data", str(data), "--mlruns", first]) == 0
    whole = api.records("tiny", mlruns=first)
    (last,) = (tmp_path / "first" / "sweeps" / "tiny" / "records").glob("search-0002*.json")
    last.unlink()
    assert main(["export-study", "tiny", "--to", str(tmp_path / "study"), "--mlruns", first]) == 0
    assert main(["import-study", str(tmp_path / "study"), "--mlruns", second]) == 0
    shutil.rmtree(first)
    assert len(api.records("tiny", mlruns=second)["trial"].unique()) == 4
    outcome = api.resume("tiny", mlruns=second, data=str(data))
    assert (outcome.n_open, outcome.n_failed, len(outcome.records)) == (0, 0, 5)
    assert api.records("tiny", mlruns=second).equals(whole)
