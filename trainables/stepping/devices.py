"""Where a trial computes and how much of the machine it may take."""

import contextlib
import os
import resource
import sys
from collections.abc import Iterator

import torch
from transformers import BatchEncoding


def resolve_device(name: str) -> torch.device:
    """ "auto" is CUDA where this process sees a GPU, else the CPU.

    Raises:
        ValueError: CUDA asked for, none visible.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    device = torch.device(name)
    if device.type == "cuda" and not torch.cuda.is_available():
        raise ValueError(
            "`device` must be one this process can see, but is 'cuda' and no GPU is visible. Use 'auto' or 'cpu'."
        )
    return device


def use_threads(n_threads: int) -> None:
    """Caps torch's threads for this process (0 = leave as is): two busy threads on one share of a core are slower
    than one.
    """
    if n_threads > 0:
        torch.set_num_threads(n_threads)
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


@contextlib.contextmanager
def exactly_threads(n_threads: int) -> Iterator[None]:
    """Torch computes with `n_threads` inside, whatever the machine has: sums in another partition have other digits."""
    before = torch.get_num_threads()
    torch.set_num_threads(n_threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def to_device(tensor: torch.Tensor, device: torch.device) -> torch.Tensor:
    """A copy on `device`. To a GPU it travels while the process goes on: nothing waits for what the GPU is doing."""
    if device.type == "cuda" and tensor.device.type == "cpu":
        return tensor.pin_memory().to(device, non_blocking=True)
    return tensor.to(device)


def batch_to_device(batch: BatchEncoding, device: torch.device) -> BatchEncoding:
    """`to_device` of all columns."""
    return BatchEncoding({name: to_device(tensor, device) for name, tensor in batch.items()})


def autocast(precision: str, device: torch.device) -> contextlib.AbstractContextManager[object]:
    """The context in which a forward pass runs: bf16 autocast or nothing."""
    if precision == "bf16":
        return torch.autocast(device.type, dtype=torch.bfloat16)
    return contextlib.nullcontext()


def peak_memory_bytes(device: torch.device) -> dict[str, int]:
    """Peak resident memory of this process since it started and, on a GPU, peak allocated device memory since the
    last reset.
    """
    unit = 1 if sys.platform == "darwin" else 1024  # ru_maxrss is in KiB on Linux, in bytes on macOS
    peak = {"peak_rss_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit}
    if device.type == "cuda":
        peak["peak_gpu_bytes"] = torch.cuda.max_memory_allocated(device)
    return peak
