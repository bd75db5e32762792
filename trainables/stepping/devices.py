"""Where a trial computes and how much of the machine it may take."""

import contextlib
import os
import re
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from transformers import BatchEncoding

CONTEXT_BYTES = 600 * 2**20  # of CUDA's context and kernels in each process, outside of torch's count; an estimate


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


def reserved_device(asked: str, gpu: float | None) -> str:
    """The device of a trial that has reserved `gpu` GPUs: the CPU for 0, whatever cards its process sees.

    Args:
        asked: `run.device`. gpu: None = nothing reserves here; then what is asked for counts.

    Raises:
        ValueError: a GPU was reserved, but torch finds none in this process.
    """
    if gpu is None:
        return asked
    if gpu == 0 or asked == "cpu":
        return "cpu"
    if not torch.cuda.is_available():
        why = "the driver is missing or too old, or CUDA_VISIBLE_DEVICES hides the card"
        if not torch.backends.cuda.is_built():
            why = "it was built without CUDA"
        raise ValueError(
            f"A trial that reserves a GPU (`resources.gpu: {gpu:g}`) must find one, but torch {torch.__version__} "
            f"finds none on this node ({why}). Mend that, or set `resources.gpu: 0`."
        )
    return "cuda"


def device_identity(device: str, deterministic: bool = False, cuda_graphs: bool = False) -> dict[str, Any]:
    """What a stage's identity says of the device: nothing of a CPU. A GPU computes other digits, so what it computed is
    kept apart; not so cards of different models.
    """
    if not device.startswith("cuda"):
        return {}
    settings = {"deterministic": deterministic, "cuda_graphs": cuda_graphs}
    return {"device": "cuda"} | {name: True for name, is_on in settings.items() if is_on}


def prepare_gpu(device: torch.device, precision: str, deterministic: bool) -> None:
    """Settles what a GPU computes with, for this process; nothing on a CPU. fp32 is fp32: no TF32, whatever NVIDIA's
    containers set.

    Args:
        deterministic: only kernels that give the same digits every time.

    Raises:
        ValueError: the card has no bf16.
    """
    if device.type != "cuda":
        return
    if precision == "bf16" and not torch.cuda.is_bf16_supported(including_emulation=False):
        raise ValueError(
            f"`precision: bf16` must be supported by the GPU, but {torch.cuda.get_device_name(device)} (like V100 and "
            "T4) has none. Use fp32; fp16, which needs its losses scaled, is not supported."
        )
    torch.set_float32_matmul_precision("highest")
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # read with the first product; costs 24 MiB
    torch.use_deterministic_algorithms(deterministic)
    # Attention's fused kernels add up their gradients in any order; the plain one is slower and takes more memory.
    torch.backends.cuda.enable_flash_sdp(not deterministic)
    torch.backends.cuda.enable_mem_efficient_sdp(not deterministic)
    torch.backends.cuda.enable_cudnn_sdp(not deterministic)


def cap_gpu_memory(device: torch.device, share: float) -> None:
    """Lets this process have no more than its share of the card's memory: else it takes it from its neighbours, whose
    trials fail. What CUDA itself takes of each process is left out of the share.
    """
    if device.type == "cuda" and 0 < share < 1:
        total = torch.cuda.get_device_properties(device).total_memory
        card = torch.cuda.current_device() if device.index is None else device.index  # it takes no bare "cuda"
        torch.cuda.set_per_process_memory_fraction(max(share / 2, share - CONTEXT_BYTES / total), card)


@contextlib.contextmanager
def explaining_gpu_memory(stage: str | None) -> Iterator[None]:
    """Raises an OutOfMemoryError of the GPU again as one sentence.

    Args:
        stage: where the trial is.
    """
    try:
        yield
    except torch.OutOfMemoryError as error:
        said = str(error).partition("\n")[0]
        raise torch.OutOfMemoryError(
            f"The stage {stage} must fit into the trial's share of the GPU, but does not. Lower its `batch_size` or "
            f"`max_length`, or raise `resources.gpu`. ({said})"
        ) from None


def describe_machine(device: torch.device, driver_file: Path = Path("/proc/driver/nvidia/version")) -> dict[str, str]:
    """What a record says of where a trial was computed: "device" ("cpu" or the card's name), "torch" with its build and
    of a card "cuda" and "driver".
    """
    said = {"device": "cpu", "torch": torch.__version__}
    if device.type == "cuda":
        said["device"] = torch.cuda.get_device_name(device)
        said["cuda"] = str(torch.version.cuda or torch.version.hip)
        try:
            found = re.search(r"(?:Kernel Module|for \S+)\s+(\d[\d.]*)", driver_file.read_text())
        except OSError:
            found = None
        said["driver"] = found[1] if found else "unknown"
    return said


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


def precision_warnings(precision: str, device: torch.device) -> list[str]:
    """Says where bf16 takes longer than fp32: on a processor without instructions for it, up to ten times as long.

    It multiplies two matrices of a small encoder's shape in both; the fastest of three counts.
    """
    if precision != "bf16" or device.type != "cpu":
        return []
    seconds = [min(_seconds_of_product(dtype) for _ in range(3)) for dtype in (torch.float32, torch.bfloat16)]
    if seconds[1] <= seconds[0]:
        return []
    return [
        "`precision: bf16` is meant to be faster than fp32, but this processor takes longer for it (it needs "
        "AVX512-bf16 or AMX). Use fp32, or another machine."
    ]


def _seconds_of_product(dtype: torch.dtype) -> float:
    x, y = torch.ones(512, 256, dtype=dtype), torch.ones(256, 1024, dtype=dtype)
    started = time.thread_time()
    torch.mm(x, y)
    return time.thread_time() - started


def peak_memory_bytes(device: torch.device) -> dict[str, int]:
    """Peak resident memory of this process since it started and, on a GPU, peak allocated device memory since the
    last reset.
    """
    unit = 1 if sys.platform == "darwin" else 1024  # ru_maxrss is in KiB on Linux, in bytes on macOS
    peak = {"peak_rss_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit}
    if device.type == "cuda":
        peak["peak_gpu_bytes"] = torch.cuda.max_memory_allocated(device)
    return peak
