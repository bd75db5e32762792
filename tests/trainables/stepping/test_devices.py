"""Where a trial computes and how much of the machine it takes."""

import os
from pathlib import Path

import pytest
import torch

from trainables.stepping.devices import autocast, exactly_threads, peak_memory_bytes, resolve_device

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
