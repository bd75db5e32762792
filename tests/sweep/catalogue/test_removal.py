"""`realign-sweep rm`: what goes and what stays, who is asked, and what is refused."""

import io
from collections.abc import Callable

import pytest
from mlflow import MlflowClient

import sweep
from sweep.commands.main import main
from sweep.config.load import config_text
from sweep.config.sections import SweepConfig
from sweep.folders import SweepFolder, write_atomically
from sweep.records.records import RecordStore, TrialRecord
from sweep.records.session import exclusive
from sweep.tracking.sync import sync

Make = Callable[..., TrialRecord]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def one(config_of: Callable[..., SweepConfig], folder: SweepFolder, record_of: Make) -> SweepFolder:
    write_atomically(folder.config, config_text(config_of(seeds=[0])))
    RecordStore(folder.records).write(record_of("none", 0))
    write_atomically(folder.store / "realigned" / "abc" / "stage.json", "{}")
    return folder


def test_a_person_is_asked(
    one: SweepFolder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["rm", "tiny", "--mlruns", str(one.mlruns)]
    assert main(command) == 2  # nobody can answer
    assert "Add `--yes`" in capsys.readouterr().err and one.root.exists()
    monkeypatch.setattr("sys.stdin", Terminal("no\n"))
    assert main(command) == 1 and one.root.exists()
    said = capsys.readouterr().err
    assert str(one.root) in said and "scores of 1 trials" in said and f"the stages in {one.store}" in said
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    assert main(command) == 0 and not one.root.exists() and (one.store / "realigned/abc/stage.json").exists()
    assert [path.name for path in (one.mlruns / "sweeps").iterdir()] == []


def test_a_running_sweep_is_refused(one: SweepFolder, capsys: pytest.CaptureFixture[str]) -> None:
    with exclusive(one):
        assert main(["rm", "tiny", "--yes", "--mlruns", str(one.mlruns)]) == 2
        with pytest.raises(ValueError, match="is running"):
            sweep.remove("tiny", mlruns=one.mlruns)
    assert "must not be running" in capsys.readouterr().err and one.config.exists()
    assert main(["rm", "tinny", "--yes", "--mlruns", str(one.mlruns)]) == 2
    assert "Nearest: 'tiny'" in capsys.readouterr().err


def test_a_sweep_that_cannot_be_read_can_be_removed(folder: SweepFolder) -> None:
    write_atomically(folder.config, "arms: 3\n")
    folder.database.touch()
    removed = sweep.remove("tiny", mlruns=folder.mlruns)
    assert not folder.root.exists() and "cannot be read" in str(removed)


@pytest.mark.slow
def test_its_runs_are_marked_as_deleted_and_others_stay(
    one: SweepFolder, config_of: Callable[..., SweepConfig], record_of: Make
) -> None:
    other = SweepFolder.below(one.mlruns, "other")
    write_atomically(other.config, config_text(config_of(name="other", seeds=[0])))
    RecordStore(other.records).write(record_of("none", 0, sweep="other"))
    for folder in (one, other):
        sync(folder)
    removed = sweep.remove("tiny", mlruns=one.mlruns)
    assert len(removed.runs) == 2 and "2 runs in MLflow's study 'realign-sweep', marked as deleted" in str(removed)
    client = MlflowClient(one.tracking_uri)
    experiment = client.get_experiment_by_name("realign-sweep")
    assert experiment is not None
    left = client.search_runs([experiment.experiment_id])
    assert {run.data.tags["realign_sweep.sweep"] for run in left} == {"other"} and len(left) == 2
    assert {client.get_run(run).info.lifecycle_stage for run in removed.runs} == {"deleted"}
