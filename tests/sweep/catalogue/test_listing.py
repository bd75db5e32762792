"""`realign-sweep list`: states, counts, the answer, sizes; what cannot be read is a line, not an error."""

import json
from collections.abc import Callable

import pandas as pd
import pytest

import sweep
from sweep.catalogue.listing import listing_text, size_text
from sweep.commands.main import main
from sweep.config.load import config_text
from sweep.config.sections import SweepConfig
from sweep.folders import SweepFolder, write_atomically
from sweep.records.records import IMPORTED, RecordStore, TrialRecord
from sweep.records.session import exclusive

Make = Callable[..., TrialRecord]


@pytest.fixture
def four(config_of: Callable[..., SweepConfig], folder: SweepFolder, record_of: Make) -> SweepFolder:
    """done (2 of 2), left (1 of 2), imported, broken."""
    for name, seeds in (("done", (0, 1)), ("left", (0,))):
        config = config_of(name=name, arms=[{"languages": ["wol"], "name": "mine"}], seeds=[0, 1])
        one = SweepFolder.below(folder.mlruns, name)
        write_atomically(one.config, config_text(config))
        for seed in seeds:
            RecordStore(one.records).write(record_of("mine", seed, ("wol_Latn",), score=0.4 + seed / 10))
    imported = record_of("full", 0, ("wol_Latn",), score=None, versions={IMPORTED: "somewhere"}, started_s=0.0)
    RecordStore(SweepFolder.below(folder.mlruns, "imported").records).write(imported)
    write_atomically(SweepFolder.below(folder.mlruns, "broken").config, "arms: 3\n")
    return folder


def test_each_sweep_is_in_its_state(four: SweepFolder) -> None:
    entries = {entry.name: entry for entry in sweep.list_sweeps(mlruns=four.mlruns)}
    assert list(entries) == ["broken", "done", "imported", "left"]
    done, left = entries["done"], entries["left"]
    assert (done.state, done.n_over, done.n_trials, done.n_failed) == ("complete", 2, 2, 0)
    assert done.best == "mine (Wolof)" and done.best_languages == ("wol_Latn",)
    assert done.best_score == pytest.approx(0.45) and done.started == "1970-01-01T00:01:40+00:00"
    assert (done.best_score_is, entries["imported"].best_score_is) == ("mean", None)
    assert (left.state, left.n_over, left.n_trials) == ("interrupted", 1, 2)
    assert entries["imported"].state == "imported" and entries["imported"].best_score is None
    assert entries["broken"].state == "unreadable" and "`arms`" in entries["broken"].problem
    assert done.size_bytes == sum(p.stat().st_size for p in (four.mlruns / "sweeps/done").rglob("*") if p.is_file())
    with exclusive(SweepFolder.below(four.mlruns, "left")):
        (running,) = [one for one in sweep.list_sweeps(mlruns=four.mlruns) if one.name == "left"]
        assert running.state == "running"
    assert pd.DataFrame(list(entries.values())).set_index("name").loc["done", "n_trials"] == 2


def test_a_config_that_is_a_link_to_nowhere_is_not_taken_for_none(four: SweepFolder) -> None:
    done = SweepFolder.below(four.mlruns, "done")
    done.config.unlink()
    done.config.symlink_to("nowhere")
    (entry,) = [one for one in sweep.list_sweeps(mlruns=four.mlruns) if one.name == "done"]
    assert entry.state == "unreadable" and str(done.config) in entry.problem


def test_a_failed_trial_would_run_again(four: SweepFolder, record_of: Make) -> None:
    failed = record_of("mine", 1, status="failed", score=None, scores=(), error="RuntimeError: memory")
    RecordStore(SweepFolder.below(four.mlruns, "left").records).write(failed)
    (left,) = [one for one in sweep.list_sweeps(mlruns=four.mlruns) if one.name == "left"]
    assert (left.state, left.n_over, left.n_failed) == ("interrupted", 2, 1)


def test_the_command_prints_a_table_or_json(four: SweepFolder, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--mlruns", str(four.mlruns)]) == 0
    text = capsys.readouterr().out
    assert "complete" in text and "2 of 2" in text and "done: mine (Wolof)" in text and "broken cannot be read" in text
    assert max(len(line) for line in text.splitlines()[:5]) <= 80
    assert main(["list", "--format", "json", "--mlruns", str(four.mlruns)]) == 0
    assert [one["name"] for one in json.loads(capsys.readouterr().out)] == ["broken", "done", "imported", "left"]
    assert main(["list", "--mlruns", str(four.mlruns / "nowhere")]) == 0
    assert "No sweeps here yet" in capsys.readouterr().out and not (four.mlruns / "nowhere").exists()
    assert listing_text([], "json") == "[]\n"


@pytest.mark.parametrize(
    ("n", "text"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (999_949, "1000 kB"), (31_415_926, "31.4 MB")]
)
def test_sizes_are_for_people(n: int, text: str) -> None:
    assert size_text(n) == (text if n != 999_949 else "1.0 MB")
