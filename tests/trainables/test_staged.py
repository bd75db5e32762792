"""Work in stages, interrupted between any two steps: the same draws, and every stage by its own seed."""

from collections.abc import Iterator
from typing import Any

import pytest
import torch

from trainables import staged
from trainables.staged import Stage, Staged
from trainables.stepping.finite import DivergedError
from trainables.stepping.progress import Progress
from trainables.stepping.seeding import StageSeeds
from trainables.stepping.training import CheckpointTimer


class Draws(Staged):
    """Three steps a stage; each draws two numbers. What was drawn is what there is to save."""

    def __init__(self, loss: float = 0.5) -> None:
        super().__init__(["one", "two"], seed=3, device=torch.device("cpu"), timer=CheckpointTimer(0, 0))
        self.loss = loss
        self.drawn: list[tuple[str, float, float]] = []

    def begin(self, stage: str, seeds: StageSeeds) -> Stage:
        return self._draw(stage, seeds)

    def _draw(self, stage: str, seeds: StageSeeds) -> Iterator[Progress]:  # type: ignore[override]
        for step in range(1, 4):
            self.drawn.append((stage, float(torch.rand(())), float(seeds.numpy.random())))
            yield Progress(step, 3, {"loss": self.loss})


def finish(run: Draws) -> list[dict[str, Any]]:
    reports = []
    while not run.done:
        reports.append(run.advance())
    return reports


@pytest.fixture
def one_step_a_bite(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staged, "BITE_S", 0.0)


def test_a_bite_ends_with_its_stage() -> None:
    run = Draws()
    reports = finish(run)
    assert [(r["stage"], r["stage_step"], r["stage_done"], r["done"]) for r in reports] == [
        ("one", 3, True, False), ("two", 3, True, True),
    ]  # fmt: skip
    assert run.finished == ["one", "two"] and {"one_s", "two_s", "peak_rss_bytes"} == set(run.costs)
    assert run.advance()["stage"] == "done"


def test_what_others_draw_between_two_bites_changes_nothing(one_step_a_bite: None) -> None:
    alone, beside = Draws(), Draws()
    finish(alone)
    while not beside.done:
        beside.advance()
        torch.rand(7)
    assert beside.drawn == alone.drawn and len(alone.drawn) == 6


def test_a_stage_draws_the_same_whatever_came_before_it() -> None:
    whole, second = Draws(), Draws()
    finish(whole)
    second.take_progress({**Draws().progress_state(), "finished": ["one"]})
    finish(second)
    assert second.drawn == whole.drawn[3:]


def test_a_loss_that_is_no_number_ends_the_run(one_step_a_bite: None) -> None:
    with pytest.raises(DivergedError, match="`loss` is nan in stage one at step 1 of 3"):
        Draws(float("nan")).advance()
