"""`plan`: what it says, and what it leaves behind."""

from collections.abc import Callable
from typing import Any

import pytest

from sweep.config.sections import SweepConfig, TrialResources
from sweep.folders import SweepFolder
from sweep.plan import describe, make_plan
from sweep.prediction import command, known
from sweep.prediction.automatic import Choice
from sweep.prediction.command import plan_text
from sweep.prediction.text import HOW_TO
from trainables.trial_costs import Rate, TrialCosts

COSTS = TrialCosts(stages={"finetune/pos": Rate(unit_s=0.5)}, first_setup_s=1.0, memory_bytes=1e9)


def test_looking_at_a_plan_leaves_nothing_behind(config_of: Callable[..., SweepConfig], folder: SweepFolder) -> None:
    config = config_of()
    text = plan_text(config, folder)
    assert not folder.mlruns.exists()
    assert text == f"{describe(make_plan(config, folder, fetch=False))}\n\n{HOW_TO}"


def test_what_was_measured_is_said(
    config_of: Callable[..., SweepConfig], folder: SweepFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(known, "measure", lambda plan, say: asked.append(plan) or COSTS)
    text = plan_text(config_of(arms=["none"]), folder, measuring=True)
    assert "time: about " in text and "100 % of the trials' time is fine-tuning on pos" in text
    assert "HOW" not in text and len(asked) == 1


def test_what_auto_would_choose_is_said_and_counted_with(
    config_of: Callable[..., SweepConfig], folder: SweepFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    choice = Choice(resources=TrialResources(cpu=2, gpu=0), concurrency=3, why="it fits")
    monkeypatch.setattr(command, "choice_of", lambda plan, say: choice)
    monkeypatch.setattr(known, "measured", lambda plan: COSTS)
    config = config_of(resources="auto", cluster={"cpus": 8})
    assert "takes what `resources: auto` chooses" in plan_text(config, folder)
    text = plan_text(config, folder, measuring=True)
    assert "resources: auto: it fits\ntime:" in text and "3 trials at a time" in text
    assert "each trial takes 2 CPUs" in text
