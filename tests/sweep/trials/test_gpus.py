"""Which share of a GPU a trial takes where nobody has said, and what is said of idle ones."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from sweep.config.sections import SweepConfig
from sweep.trials.gpus import describe_share, n_cards, resolved
from trainables.mapping import ConfigError

CPUS, ONE, TWO = [{"CPU": 4.0}], [{"CPU": 4.0, "GPU": 1.0}], [{"CPU": 4.0, "GPU": 1.0}, {"CPU": 4.0, "GPU": 1.0}]


@pytest.mark.parametrize(
    ("keys", "nodes", "torch_can", "gpu", "said"),
    [
        ({}, CPUS, True, 0, ""),
        ({}, TWO, True, 1, ""),  # the default on a machine with a GPU is to use it
        ({}, ONE, False, 0, "1 GPU stays idle, as torch"),
        ({"resources": {"gpu": 0}}, TWO, True, 0, "2 GPUs stay idle, as `resources.gpu` is 0"),
        ({"run": {"device": "cpu"}}, ONE, True, 0, "1 GPU stays idle, as `run.device` is cpu"),
        ({"run": {"device": "cuda"}}, CPUS, True, 1, ""),  # then it does not fit, and is refused
        ({"resources": {"gpu": 0.25}}, ONE, False, 0.25, ""),  # the trial says what is wrong with its node's torch
        ({"cluster": {"autoscaling": True}, "concurrency": 2}, CPUS, True, 0, "no node has a GPU yet"),
    ],
)
def test_the_share(
    config_of: Callable[..., SweepConfig],
    keys: dict[str, Any],
    nodes: list[dict[str, float]],
    torch_can: bool,
    gpu: float,
    said: str,
) -> None:
    resources, notice = resolved(config_of(**keys), nodes, torch_can)
    assert resources.gpu == gpu and said in notice and bool(said) is bool(notice)


@pytest.mark.parametrize(
    ("keys", "n_gpus", "said"),
    [
        ({"resources": {"gpu": 0.5}}, 0, "0.5 GPUs"),
        ({"resources": {"gpu": 0}}, 2, "no GPU, as `resources.gpu` is 0 (2 here stay idle)"),
        ({}, 2, "1 GPU of the 2 found here"),
        ({}, 0, "no GPU, as torch finds none here"),
        ({"run": {"device": "cpu"}}, 2, "no GPU, as `run.device` is cpu (2 here stay idle)"),
    ],
)
def test_what_plan_says(config_of: Callable[..., SweepConfig], keys: dict[str, Any], n_gpus: int, said: str) -> None:
    assert said in describe_share(config_of(**keys), n_gpus, n_there=n_gpus)


def test_a_card_that_torch_cannot_use_is_said_by_plan(
    config_of: Callable[..., SweepConfig], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("nvidia0", "nvidiactl", "nvidia-uvm"):
        (tmp_path / name).touch()
    assert n_cards(tmp_path) == 1  # the others are of the driver
    monkeypatch.setattr(torch.backends.cuda, "is_built", lambda: False)
    said = describe_share(config_of(), 0, n_there=1)
    assert said.endswith("was built without CUDA (1 here stays idle)")


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"resources": {"gpu": 2}}, "`resources.gpu` must be"),
        ({"run": {"device": "cuda"}, "resources": {"gpu": 0}}, "reserves none"),
        ({"run": {"device": "cpu"}, "resources": {"gpu": 0.5}}, "reserves a GPU"),
        ({"run": {"device": "cuda:1"}}, "must leave the card to Ray"),
    ],
)
def test_what_contradicts_itself_is_refused(
    config_of: Callable[..., SweepConfig], keys: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        config_of(**keys)
