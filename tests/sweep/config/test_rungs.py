"""Where trials are compared, and where a stopped one stood."""

import pytest

from sweep.config.load import parse_config
from sweep.config.rungs import reached, rungs_of
from sweep.config.sections import SchedulerConfig


def test_rungs_and_where_a_stopped_trial_stood() -> None:
    config = parse_config(
        {
            "name": "x", "search": {"kind": "subset-gp", "n_samples": 9, "size": 5},
            "run": {"tasks": ["pos", "ner", "nli"], "evaluate": {"probe_at": [0.5, 0.25]}},
            "scheduler": {"kind": "asha", "grace": 0.5},
        }
    )  # fmt: skip
    assert rungs_of(config.scheduler, config.run) == (0.5, 1.0)
    assert rungs_of(SchedulerConfig(kind="median", metric="score_so_far"), config.run) == (1.0, 2.0)
    assert rungs_of(SchedulerConfig(), config.run) == ()
    signals = [{"name": "retrieval_so_far", "at": at, "value": at} for at in (0.25, 0.5)]
    assert reached(config.scheduler, config.run, signals) == (0.5, pytest.approx(1 / 3))
    assert reached(config.scheduler, config.run, signals[:1]) == (None, 0.0)
