"""The state of a training loop, taken up again, computes what it would have computed; when a checkpoint is due."""

import random
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from trainables.stepping.seeding import seed_stage
from trainables.stepping.training import CheckpointTimer, StateError, Training, read_state, write_state


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


def equal(a: Any, b: Any) -> bool:
    if isinstance(a, torch.Tensor):
        return isinstance(b, torch.Tensor) and a.dtype == b.dtype and torch.equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(equal(a[key], b[key]) for key in a)
    return bool(a == b)


def altered(data: bytes, rng: random.Random) -> bytes:
    """Some bits turned, the end cut off, a stretch of zeros, or a byte too many."""
    changed, kind = bytearray(data), rng.randrange(4)
    place = rng.randrange(len(data))
    if kind == 0:
        changed[place] ^= 1 << rng.randrange(8)
    elif kind == 1:
        del changed[place:]
    elif kind == 2:
        changed[place : place + 200] = bytes(len(changed[place : place + 200]))
    else:
        changed[place:place] = bytes([rng.randrange(256)])
    return bytes(changed)


def test_no_altered_state_is_taken_for_whole(tmp_path: Path) -> None:
    state = {"step": 3, "weights": torch.randn(9, 4), "names": ["a", "b"], "nested": {"rate": 0.5}}
    path = tmp_path / "run.pt"
    write_state(state, path)
    assert equal(read_state(path), state) and not list(tmp_path.glob("*.part"))
    written, rng = path.read_bytes(), random.Random(0)
    for _ in range(300):
        data = altered(written, rng)
        path.write_bytes(data)
        if data == written:
            continue
        with pytest.raises(StateError):
            read_state(path)


def test_a_state_that_holds_code_does_not_run(tmp_path: Path) -> None:
    class Planted:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (tmp_path / "ran",))

    path = tmp_path / "run.pt"
    write_state({"step": Planted()}, path)
    with pytest.raises(StateError):
        read_state(path)
    assert not (tmp_path / "ran").exists()
