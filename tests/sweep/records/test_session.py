"""One process at a time, one config for ever."""

import errno
import os
from collections.abc import Callable

import pytest

from sweep.config.load import saved_config
from sweep.config.sections import SweepConfig
from sweep.folders import SweepFolder
from sweep.records.records import TrialRecord
from sweep.records.session import check_plugins, exclusive, remember
from trainables.mapping import ConfigError


def test_another_config_under_the_same_name_is_refused_with_the_remedy(
    config_of: Callable[..., SweepConfig], folder: SweepFolder
) -> None:
    remember(config_of(), folder)
    remember(config_of(), folder)
    with pytest.raises(ConfigError) as caught:
        remember(config_of(run={"realign": {"n_steps": 7}}, seeds=[0, 1, 2]), folder)
    text = str(caught.value)
    assert "`run.realign.n_steps` must stay 200, but is 7" in text and "`seeds`" in text
    assert f"`realign-sweep resume tiny --mlruns {folder.mlruns}`" in text and "`--name`" in text


def test_how_it_runs_may_change(config_of: Callable[..., SweepConfig], folder: SweepFolder) -> None:
    remember(config_of(), folder)
    remember(config_of(concurrency=1, resources={"cpu": 2}, description="words", run={"device": "cpu"}), folder)


def test_two_processes_cannot_run_one_sweep(folder: SweepFolder) -> None:
    folder.root.mkdir(parents=True)
    with exclusive(folder):
        with pytest.raises(ValueError, match=f"'tiny' is running: process {os.getpid()} on "), exclusive(folder):
            pass
    with exclusive(folder):
        pass


def test_a_name_is_taken_when_a_trial_has_begun(config_of: Callable[..., SweepConfig], folder: SweepFolder) -> None:
    """A typo in the encoder's name, seen before anything ran, does not burn the sweep's name."""
    remember(config_of(run={"realign": {"n_steps": 7}}), folder, begun=False)
    folder.search.write_text("{}")
    remember(config_of(), folder, begun=False)
    assert saved_config(folder.config) == config_of() and not folder.search.exists()
    with pytest.raises(ConfigError, match="was started with another config"):
        remember(config_of(run={"realign": {"n_steps": 7}}), folder, begun=True)


@pytest.mark.parametrize("n_kept", [0.999, 0.5, 0.05])
def test_a_config_that_was_cut_is_not_taken_for_a_shorter_one(
    config_of: Callable[..., SweepConfig], folder: SweepFolder, n_kept: float
) -> None:
    """A YAML file that was cut is often still YAML, with other arms."""
    remember(config_of(), folder)
    text = folder.config.read_text()
    folder.config.write_text(text[: int(len(text) * n_kept)])
    with pytest.raises(ValueError, match="was cut or edited since"):
        saved_config(folder.config)


def test_an_edited_config_goes_on_without_its_first_line(
    config_of: Callable[..., SweepConfig], folder: SweepFolder
) -> None:
    remember(config_of(), folder)
    text = folder.config.read_text().replace("study: realign-sweep", "study: other")
    folder.config.write_text(text.partition("\n")[2])
    assert saved_config(folder.config).study == "other"


def test_a_folder_that_cannot_be_written_to_can_be_read(folder: SweepFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    def read_only(*arguments: object, **options: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("sweep.records.session.Lease.acquire", read_only)
    with exclusive(folder, to_read=True):
        pass
    with pytest.raises(ValueError, match="Read-only file system"), exclusive(folder):
        pass


def test_an_edited_plugin_is_not_mixed_with_what_it_was(
    record_of: Callable[..., TrialRecord], folder: SweepFolder
) -> None:
    before, now = ({"torch": v, "plug-in mine": f"source {v}"} for v in ("1", "2"))
    records = [record_of("none", 0, versions=before), record_of("none", 1, versions=now)]
    check_plugins(records[:1], before | {"torch": "2"}, folder)  # other libraries may differ, and are recorded
    with pytest.raises(ConfigError, match="plug-in mine must be as it was for the 1 trials that are over, but was edi"):
        check_plugins(records, now, folder)
    check_plugins(records, {"torch": "2"}, folder)  # one that is no longer named changes no score to come
