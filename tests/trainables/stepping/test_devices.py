"""Where a trial computes and how much of the machine it takes."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from trainables.stepping import devices
from trainables.stepping.devices import (
    autocast,
    cap_gpu_memory,
    describe_machine,
    device_identity,
    exactly_threads,
    explaining_gpu_memory,
    peak_memory_bytes,
    prepare_gpu,
    reserved_device,
    resolve_device,
)

CPU = torch.device("cpu")


def test_auto_is_a_gpu_where_there_is_one() -> None:
    assert resolve_device("cpu") == CPU
    assert resolve_device("auto").type == ("cuda" if torch.cuda.device_count() else "cpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_a_gpu_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError) as caught:
        resolve_device("cuda")
    assert str(caught.value) == (
        "`device` must be one this process can see, but is 'cuda' and no GPU is visible. Use 'auto' or 'cpu'."
    )


@pytest.mark.parametrize(
    ("asked", "gpu", "seen", "expected"),
    [
        ("auto", 0, True, "cpu"),  # whatever card the process sees, it was reserved for nobody or for others
        ("auto", 0.5, True, "cuda"),
        ("cuda", 1, True, "cuda"),
        ("cpu", None, True, "cpu"),
        ("auto", None, True, "auto"),  # not in a sweep
    ],
)
def test_the_device_follows_the_reservation(
    asked: str, gpu: float | None, seen: bool, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: seen)
    assert reserved_device(asked, gpu) == expected


@pytest.mark.parametrize(("built", "why"), [(False, "built without CUDA"), (True, "the driver is missing")])
def test_a_reserved_gpu_that_torch_does_not_find_is_one_sentence(
    built: bool, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.cuda, "is_built", lambda: built)
    with pytest.raises(ValueError, match=why) as caught:
        reserved_device("auto", 0.5)
    assert "`resources.gpu: 0.5`" in str(caught.value) and torch.__version__ in str(caught.value)


def test_only_a_gpu_is_part_of_what_a_stage_is() -> None:
    assert device_identity("cpu") == device_identity("auto") == {}
    assert device_identity("cuda") == device_identity("cuda:1") == {"device": "cuda"}


def test_a_machine_is_described_with_the_driver_that_the_kernel_names(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert describe_machine(CPU) == {"device": "cpu", "torch": torch.__version__}
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "Tesla T4")
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    file = tmp_path / "version"
    for text, driver in (
        ("NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.129.03  Thu Oct 19\n", "535.129.03"),
        ("NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.65.06  Release Build\n", "580.65.06"),
        ("", "unknown"),
    ):
        file.write_text(text)
        expected = {"device": "Tesla T4", "torch": torch.__version__, "cuda": "13.0", "driver": driver}
        assert describe_machine(torch.device("cuda"), file) == expected


def test_threads_are_as_before_also_after_an_error() -> None:
    before = torch.get_num_threads()
    with pytest.raises(KeyError), exactly_threads(before + 1):
        assert torch.get_num_threads() == before + 1
        raise KeyError
    assert torch.get_num_threads() == before


@pytest.mark.parametrize(("precision", "expected"), [("bf16", torch.bfloat16), ("fp32", torch.float32)])
def test_products_have_the_precision_that_was_asked_for(precision: str, expected: torch.dtype) -> None:
    with autocast(precision, CPU):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == expected


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the kernel does not say it here")
def test_the_peak_is_what_the_kernel_says() -> None:
    found = peak_memory_bytes(CPU)
    status = Path("/proc/self/status").read_text()
    high_water = 1024 * int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))
    assert list(found) == ["peak_rss_bytes"]
    assert found["peak_rss_bytes"] == pytest.approx(high_water, abs=16 * os.sysconf("SC_PAGESIZE") + 1e-2 * high_water)


class Card:
    """Stands for a GPU in torch.cuda; notes what it is told."""

    total_memory = 16 * 2**30

    def __init__(self, monkeypatch: pytest.MonkeyPatch, has_bf16: bool = True) -> None:
        self.told: dict[str, object] = {}
        for place, name, value in (
            (torch.cuda, "is_bf16_supported", lambda including_emulation: has_bf16),
            (torch.cuda, "get_device_name", lambda device: "Tesla T4"),
            (torch.cuda, "get_device_properties", lambda device: self),
            (torch.cuda, "current_device", lambda: 3),
            (torch.cuda, "set_per_process_memory_fraction", self.cap),
            (torch, "use_deterministic_algorithms", self.noting("deterministic")),
            (torch, "set_float32_matmul_precision", self.noting("fp32")),
            (torch.backends.cuda, "enable_flash_sdp", self.noting("flash")),
            (torch.backends.cuda, "enable_mem_efficient_sdp", self.noting("efficient")),
            (torch.backends.cuda, "enable_cudnn_sdp", self.noting("cudnn")),
        ):
            monkeypatch.setattr(place, name, value)
        monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)

    def cap(self, fraction: float, device: int | torch.device) -> None:
        """As torch has it: `torch.device("cuda")` alone is refused."""
        index = device if isinstance(device, int) else device.index
        assert index is not None, f"Expected a torch.device with a specified index or an integer, but got:{device}"
        self.told |= {"memory": fraction, "card": index}

    def noting(self, name: str) -> Callable[..., None]:
        return lambda value, *rest: self.told.update({name: value})


GPU = torch.device("cuda")


@pytest.mark.parametrize("deterministic", [False, True])
def test_what_a_gpu_computes_with(deterministic: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    card = Card(monkeypatch)
    prepare_gpu(CPU, "bf16", deterministic)
    assert not card.told and "CUBLAS_WORKSPACE_CONFIG" not in os.environ
    prepare_gpu(GPU, "bf16", deterministic)
    fused = dict.fromkeys(("flash", "efficient", "cudnn"), not deterministic)
    assert card.told == {"fp32": "highest", "deterministic": deterministic, **fused}
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG")


def test_a_card_without_bf16_is_refused_and_fp16_is_no_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    Card(monkeypatch, has_bf16=False)
    with pytest.raises(
        ValueError, match=r"Tesla T4 \(like V100 and T4\) has none. Use fp32; fp16, .* is not supported"
    ):
        prepare_gpu(GPU, "bf16", deterministic=False)
    prepare_gpu(GPU, "fp32", deterministic=False)


def test_a_process_gets_its_share_of_the_memory_without_what_cuda_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    card = Card(monkeypatch)
    for device, share in ((CPU, 0.5), (GPU, 1.0), (GPU, 0.0)):
        cap_gpu_memory(device, share)
    assert not card.told
    cap_gpu_memory(GPU, 0.25)
    assert card.told["memory"] == pytest.approx(0.25 - 600 / (16 * 1024))
    cap_gpu_memory(GPU, 0.02)  # of so small a share half is left
    assert card.told == {"memory": 0.01, "card": 3}
    cap_gpu_memory(torch.device("cuda:1"), 0.5)
    assert card.told["card"] == 1


def test_memory_that_is_not_enough_is_one_sentence_with_the_stage() -> None:
    with pytest.raises(torch.OutOfMemoryError) as caught, explaining_gpu_memory("finetune/pos"):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB.\nmuch more")
    assert "The stage finetune/pos must fit" in str(caught.value) and "2 GiB.)" in str(caught.value)
    with pytest.raises(KeyError), explaining_gpu_memory("realign"):
        raise KeyError


@pytest.mark.parametrize(("bf16_s", "n"), [(0.5, 0), (1.0, 0), (1.01, 1)])
def test_a_processor_that_is_slower_in_bf16_is_said(bf16_s: float, n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = {torch.float32: 1.0, torch.bfloat16: bf16_s}
    monkeypatch.setattr(devices, "_seconds_of_product", seconds.__getitem__)
    cpu = torch.device("cpu")
    assert len(devices.precision_warnings("bf16", cpu)) == n
    assert devices.precision_warnings("fp32", cpu) == devices.precision_warnings("bf16", torch.device("cuda")) == []
