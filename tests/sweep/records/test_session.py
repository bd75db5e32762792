"""One process at a time, one config for ever."""

from collections.abc import Callable

import pytest

from sweep.config.sections import SweepConfig
from sweep.folders import SweepFolder
from sweep.records.session import exclusive, remember
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
        with pytest.raises(ValueError, match="'tiny' is running"), exclusive(folder):
            pass
    with exclusive(folder):
        pass
