"""Numbers that wait on a device are read in blocks: to the same curves, and a broken one is found at its step."""

from collections.abc import Iterator
from typing import Any

import pytest
import torch

from trainables import staged
from trainables.staged import Staged
from trainables.stepping.finite import DivergedError
from trainables.stepping.progress import Progress
from trainables.stepping.readings import BLOCK, is_read, read, reading
from trainables.stepping.training import CheckpointTimer

N_STEPS = 2 * BLOCK + 5


def test_a_number_of_the_cpu_is_read_at_once() -> None:
    number = reading(torch.tensor(0.1))
    assert type(number) is float and number == torch.tensor(0.1).item()


def test_reading_gives_the_numbers_that_item_gives() -> None:
    values = torch.rand(9, generator=torch.Generator().manual_seed(0))
    steps = [
        Progress(i, 9, {"loss": value, "learning_rate": 0.5, "other": value * 2}) for i, value in enumerate(values)
    ]
    assert not is_read(steps[0]) and is_read(Progress(1, 2)) and is_read(Progress(1, 2, {"loss": 1.0}))
    wanted = [{"loss": v.item(), "learning_rate": 0.5, "other": (v * 2).item()} for v in values]
    assert [step.metrics for step in read(steps)] == wanted and all(map(is_read, read(steps)))
    assert read([]) == [] and read([Progress(1, 2)]) == [Progress(1, 2)]


class Losses(Staged):
    """One stage that says the losses it is given; its end is noted."""

    def __init__(self, losses: list[Any]) -> None:
        super().__init__(["only"], 0, torch.device("cpu"), CheckpointTimer(0.0, 0))
        self.losses, self.has_ended = losses, False

    def begin(self, *_: Any) -> Iterator[Progress]:
        for step, loss in enumerate(self.losses, start=1):
            yield Progress(step, len(self.losses), {"loss": loss})
        self.has_ended = True


def run(losses: list[Any]) -> Losses:
    work = Losses(losses)
    while not work.done:
        report = work.advance()
        assert type(report.get("loss", 0.0)) is float  # a last bite may have no step
    return work


def test_curves_are_those_of_numbers_read_at_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = [1 / step for step in range(1, N_STEPS + 1)]
    curves = [run(losses).curves.all["only"] for losses in (numbers, list(torch.tensor(numbers, dtype=torch.double)))]
    assert [curve["loss"] for curve in curves] == [numbers] * 2 and curves[0]["step"] == curves[1]["step"]
    monkeypatch.setattr(staged, "BITE_S", 0.0)  # a bite ends with a reading, so that it can be reported
    assert run(list(torch.tensor(numbers, dtype=torch.double))).curves.all["only"]["loss"] == numbers


@pytest.mark.parametrize("broken", [1, BLOCK, BLOCK + 1, N_STEPS])
def test_a_broken_loss_is_found_at_its_step_before_the_stage_can_end(broken: int) -> None:
    losses = list(torch.ones(N_STEPS))
    losses[broken - 1] = torch.tensor(float("nan"))
    work = Losses(losses)
    with pytest.raises(DivergedError, match=f"`loss` is nan in stage only at step {broken} of {N_STEPS}"):
        work.advance()
    assert not work.has_ended


def test_a_step_that_fails_behind_a_broken_loss_is_not_the_reason() -> None:
    work = Losses([])
    work.begin = lambda *_: failing()  # type: ignore[method-assign]
    with pytest.raises(DivergedError, match="`loss` is inf in stage only at step 2 of 9"):
        work.advance()


def failing() -> Iterator[Progress]:
    for step, loss in enumerate((1.0, float("inf"), float("nan")), start=1):
        yield Progress(step, 9, {"loss": torch.tensor(loss)})
    raise RuntimeError("broken by what it was given")
