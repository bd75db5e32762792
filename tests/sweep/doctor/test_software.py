"""Python, GPUs and Ray's token: what is seen, and what follows from it."""

import os
from pathlib import Path

import pytest
import torch

from sweep.doctor import software
from sweep.doctor.findings import NOTE, OK, STOP
from sweep.doctor.software import driver_says, look_at_gpus, look_at_python, look_at_token


def test_a_package_that_is_missing_stops_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    assert {finding.level for finding in look_at_python()} == {OK}
    monkeypatch.setattr(software, "MODULES", ("torch", "no_such_package"))
    (_, packages) = look_at_python()
    assert packages.level == STOP and "no_such_package missing" in packages.text and packages.remedy


def gpu_machine(folder: Path, monkeypatch: pytest.MonkeyPatch, status: int = 0) -> None:
    command = folder / "nvidia-smi"
    command.write_text(f"#!/bin/sh\necho 'Tesla T4, 570.1, 15360 MiB'\nexit {status}\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


@pytest.mark.parametrize(("asked", "level"), [(0.0, OK), (0.5, STOP)])
def test_a_machine_without_a_gpu(asked: float, level: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(software, "driver_says", list)
    (finding,) = look_at_gpus(asked, is_here=True)
    assert finding.level == level
    (elsewhere,) = look_at_gpus(asked, is_here=False)  # trials run on a cluster
    assert elsewhere.level == OK


def test_a_gpu_that_torch_does_not_see(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gpu_machine(tmp_path, monkeypatch)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert driver_says() == ["Tesla T4, 570.1, 15360 MiB"]
    assert [look_at_gpus(asked, is_here=True)[0].level for asked in (0.0, 1.0)] == [NOTE, STOP]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert "CUDA_VISIBLE_DEVICES is ''" in look_at_gpus(1.0, is_here=True)[0].remedy
    gpu_machine(tmp_path, monkeypatch, status=9)  # no driver loaded
    assert driver_says() == []


def test_rays_token_is_looked_for_where_ray_looks(tmp_path: Path) -> None:
    def level(environment: dict[str, str], joins: bool = True) -> str:
        (finding,) = look_at_token(environment, tmp_path, joins=joins)
        assert "geheim" not in finding.text + finding.remedy
        return finding.level

    assert level({"RAY_AUTH_TOKEN": "geheim"}) == OK
    assert level({"RAY_AUTH_MODE": "token"}) == STOP
    assert [level({}, joins) for joins in (True, False)] == [NOTE, OK]
    path = tmp_path / ".ray" / "auth_token"
    path.parent.mkdir()
    path.write_text("geheim")
    path.chmod(0o600)
    assert level({}) == level({"RAY_AUTH_MODE": "token"}) == OK
    path.chmod(0o644)
    assert level({}) == NOTE
    assert level({"RAY_AUTH_TOKEN_PATH": str(tmp_path / "elsewhere")}) == STOP
