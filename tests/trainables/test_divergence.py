"""Diverged trials are not results: a loss or a weight that is not finite ends the run, and nothing of it is stored."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import trainables.finetuning.loop
import trainables.realignment.loop
import trainables.run
from trainables.run import Run
from trainables.run_config import RunConfig
from trainables.stepping.finite import DivergedError
from trainables.stepping.progress import Progress


def finish(run: Run) -> None:
    while not run.done:
        run.advance()


def spoil(model: nn.Module) -> None:
    with torch.no_grad():
        next(iter(model.parameters())).fill_(float("nan"))


@pytest.fixture(params=[False, True], ids=["numbers", "tensors"])
def left_on_the_device(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a CPU, and as on a GPU: losses are tensors until they are read in blocks."""
    if request.param:
        for module in (trainables.realignment.loop, trainables.finetuning.loop):
            monkeypatch.setattr(module, "reading", lambda loss: loss.detach())


@pytest.mark.usefixtures("left_on_the_device")
def test_a_realignment_that_diverges_names_stage_and_step_and_leaves_nothing(run_config: RunConfig) -> None:
    # So small a temperature makes the similarities infinite in fp32, whose largest number is 3.4e38.
    config = dataclasses.replace(run_config, realign=dataclasses.replace(run_config.realign, temperature=1e-44))
    with pytest.raises(DivergedError, match=r"`loss` is (nan|inf) in stage realign at step \d of 6. Lower `realign"):
        finish(Run(config))
    assert not list(Path(config.store).glob("realigned/*/stage.json"))
    finish(Run(run_config))  # another trial of the same store is not harmed


@pytest.mark.usefixtures("left_on_the_device")
def test_a_fine_tuning_that_diverges_names_its_task(run_config: RunConfig) -> None:
    run = Run(dataclasses.replace(run_config, languages=()))
    spoil(run.encoder.model)
    with pytest.raises(DivergedError, match="`loss` is nan in stage finetune/pos at step 1 of 6"):
        finish(run)


def test_weights_are_looked_at_when_a_stage_is_over(run_config: RunConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    def last_step_too_large(model: nn.Module, *_: Any) -> Iterator[Progress]:
        yield Progress(1, 1, {"loss": 1.0})
        spoil(model)

    monkeypatch.setattr(trainables.run, "finetune", last_step_too_large)
    run = Run(dataclasses.replace(run_config, languages=(), keep_models=True))
    with pytest.raises(DivergedError, match="are not at the end of stage finetune/pos"):
        finish(run)
    assert not run.scores or {row.task for row in run.scores} == {"retrieval_before", "retrieval"}
    assert not list(Path(run_config.store).glob("finetuned/*"))


def test_a_realigned_encoder_of_the_store_is_looked_at_too(run_config: RunConfig) -> None:
    run = Run(run_config)
    finish(run)
    again = Run(run_config)
    monkey = again.shared.take_realigned

    def poisoned() -> bool:
        taken = monkey()
        spoil(again.encoder.model)
        return taken

    again.shared.take_realigned = poisoned  # type: ignore[method-assign]
    with pytest.raises(DivergedError, match="at the end of stage realign"):
        finish(again)
