"""The state of a training loop, taken up again, computes what it would have computed; when a checkpoint is due."""

from pathlib import Path

import pytest
import torch
from torch import nn

from trainables.stepping.seeding import seed_stage
from trainables.stepping.training import CheckpointTimer, Training, read_state, write_state


def train(n_steps: int, training: Training, save_after: int | None = None, path: Path | None = None) -> nn.Module:
    """A net with dropout, so that the generators matter, under Adam, so that the optimiser's memory does."""
    seed_stage(0, "test")
    model = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.5), nn.Linear(8, 1))
    optimiser = torch.optim.Adam(model.parameters(), lr=0.1, fused=True)
    inputs = torch.rand(n_steps, 3, 4, generator=torch.Generator().manual_seed(1))
    training.begin(model=model, optimiser=optimiser)
    for step in range(training.step, n_steps):
        optimiser.zero_grad()
        (model(inputs[step]) ** 2).mean().backward()
        optimiser.step()
        training.step = step + 1
        if training.step == save_after:
            state = training.state()
            assert state is not None and path is not None
            write_state(state, path)
    return model


@pytest.mark.parametrize("save_after", [1, 5, 9])
def test_a_training_goes_on_from_its_state_to_the_same_weights(tmp_path: Path, save_after: int) -> None:
    whole = train(10, Training(), save_after, tmp_path / "state.pt")
    torch.rand(100)
    continued = train(10, Training(read_state(tmp_path / "state.pt")))
    for a, b in zip(whole.parameters(), continued.parameters(), strict=True):
        assert torch.equal(a, b)


def test_there_is_no_state_before_the_first_step_and_a_saved_one_until_it_is_used() -> None:
    assert Training().state() is None
    saved = {"step": 3, "parts": {}, "random": {}}
    assert Training(saved).state() == saved


def test_a_checkpoint_is_due_by_steps_or_by_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("trainables.stepping.training.time.monotonic", lambda: now[0])
    by_steps = CheckpointTimer(0.0, 5)
    assert [step for step in range(1, 16) if by_steps.is_due(step)] == [5, 10, 15]
    by_steps.restart()
    assert [step for step in range(1, 8) if by_steps.is_due(step)] == [5]
    by_time = CheckpointTimer(60.0, 0)
    due = []
    for second in range(1, 200):
        now[0] = float(second)
        due += [second] if by_time.is_due(second) else []
    assert due == [60, 120, 180]
    by_time.saved(10.0)  # a checkpoint that takes 10 s is written every 200 s
    due = []
    for second in range(200, 800):
        now[0] = float(second)
        due += [second] if by_time.is_due(second) else []
    assert due == [380, 580, 780]
