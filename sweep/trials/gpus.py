"""Which share of a GPU a trial takes where the sweep file does not say, and what people should know of idle ones."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import torch

from sweep.config.sections import SweepConfig, TrialResources


def resolved(
    config: SweepConfig, nodes: Iterable[Mapping[str, float]], torch_can: bool | None = None
) -> tuple[TrialResources, str]:
    """`config.resources` with a number of GPUs, and a sentence about GPUs that stay idle ("" = none does).

    One trial a GPU where any node has one: how many fit on a card depends on the encoder, and nobody has measured it.

    Args:
        nodes: what each node of the sweep's Ray has in all.
        torch_can: whether torch, the same on all nodes, was built for GPUs; None = look.
    """
    resources, torch_can = config.resources, torch.backends.cuda.is_built() if torch_can is None else torch_can
    n_gpus = sum(node.get("GPU", 0) for node in nodes)
    idle = f"{n_gpus:g} {'GPU stays' if n_gpus == 1 else 'GPUs stay'} idle"
    if resources.gpu is not None:
        return resources, f"{idle}, as `resources.gpu` is 0" if n_gpus and resources.gpu == 0 else ""
    if config.run.device == "cuda" or (n_gpus and torch_can and config.run.device != "cpu"):
        return replace(resources, gpu=1.0), ""
    notice = ""
    if n_gpus and config.run.device == "cpu":
        notice = f"{idle}, as `run.device` is cpu"
    elif n_gpus:
        notice = f"{idle}, as torch {torch.__version__} was built without CUDA (install another build)"
    elif config.cluster.autoscaling:
        notice = "trials run on CPUs, as no node has a GPU yet; `resources.gpu` asks for nodes that have"
    return replace(resources, gpu=0.0), notice


def n_usable_gpus() -> int:
    """GPUs that torch can use in this process."""
    return torch.cuda.device_count() if torch.cuda.is_available() else 0


def n_cards(devices: Path = Path("/dev")) -> int:
    """NVIDIA cards of this machine, also where torch was built without CUDA."""
    return len(list(devices.glob("nvidia[0-9]*")))


def describe_share(config: SweepConfig, n_gpus: int | None = None, n_there: int | None = None) -> str:
    """What `plan` says of GPUs: `a quarter ...`; None asked for = by what this machine has, as Ray is not started.

    Args:
        n_gpus: that torch can use here; None = look.
        n_there: cards of this machine, whatever torch can; None = look.
    """
    gpu = config.resources.gpu
    if gpu:
        return f"{gpu:g} GPUs"
    n_gpus = n_usable_gpus() if n_gpus is None else n_gpus
    n_there = max(n_gpus, n_cards() if n_there is None else n_there)
    idle = f" ({n_there} here {'stays' if n_there == 1 else 'stay'} idle)" if n_there else ""
    if gpu is not None:
        return f"no GPU, as `resources.gpu` is 0{idle}" if idle else "no GPU"
    if config.run.device == "cpu":
        return f"no GPU, as `run.device` is cpu{idle}"
    if n_gpus:
        return f"1 GPU of the {n_gpus} found here (`resources.gpu: 0.25` would let four trials share one)"
    if n_there and not torch.backends.cuda.is_built():
        return f"no GPU, as torch {torch.__version__} was built without CUDA{idle}"
    return f"no GPU, as torch finds none here{idle} (on a cluster that has some: 1)"
