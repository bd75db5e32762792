"""What is shipped to a trial."""

import os
from collections.abc import Callable

from sweep.plan import Plan
from trainables.mapping import from_mapping
from trainables.run_config import RunConfig


def test_the_trial_is_told_everything_in_plain_data(plan_of: Callable[..., Plan]) -> None:
    trial = plan_of().trials[2]
    config = trial.config()
    assert from_mapping(RunConfig, config["run"]) == trial.run
    assert config["subset"] == {"languages": list(trial.run.languages), "criterion": "random", "size": 3, "seed": 5}
    assert os.path.isabs(config["run"]["store"]) and config["run"]["n_threads"] == 1
