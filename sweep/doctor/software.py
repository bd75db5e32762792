"""Python, packages, GPUs and Ray on this machine."""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from sweep.doctor.findings import NOTE, OK, STOP, Finding
from sweep.records.provenance import versions

OLDEST = (3, 11)
MODULES = ("ray", "torch", "transformers", "mlflow")
QUERY = ("--query-gpu=name,driver_version,memory.total", "--format=csv,noheader")
TOKEN_MODE, TOKEN, TOKEN_PATH = "RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"


def look_at_python() -> list[Finding]:
    """Python, and the packages without which nothing runs."""
    found = versions()
    text = f"{found['python']} at {sys.executable}; realign-sweep {found['realign-sweep']}"
    if sys.version_info < OLDEST:
        return [Finding("Python", STOP, text, f"Install Python {'.'.join(map(str, OLDEST))} or newer.")]
    lacking = [name for name in MODULES if importlib.util.find_spec(name) is None]
    packages = ", ".join(f"{name} {found[name]}" for name in MODULES if name not in lacking)
    if lacking:
        lacks = Finding(
            "packages", STOP, f"{', '.join(lacking)} missing", "Install realign-sweep again: `pip install .`"
        )
        return [Finding("Python", OK, text), lacks]
    return [Finding("Python", OK, text), Finding("packages", OK, packages)]


def look_at_gpus(gpus_of_a_trial: float, *, is_here: bool) -> list[Finding]:
    """What torch makes of the machine's GPUs.

    Args:
        gpus_of_a_trial: `resources.gpu`. is_here: trials run on this machine.
    """
    import torch

    visible = driver_says()
    n, build = torch.cuda.device_count() if torch.cuda.is_available() else 0, f"torch {torch.__version__}"
    if n:
        names = ", ".join(torch.cuda.get_device_name(i) for i in range(n))
        text = f"{names}; {build}, CUDA {torch.version.cuda}; {'; '.join(visible) or 'nvidia-smi not found'}"
        return [Finding("GPU", OK, text)]
    if visible:
        why = "a build without CUDA" if torch.version.cuda is None else f"CUDA {torch.version.cuda}, which finds none"
        remedy = "Install the build of torch for your driver (pytorch.org), or update the driver."
        hidden = os.environ.get("CUDA_VISIBLE_DEVICES")
        if hidden is not None:
            remedy = f"CUDA_VISIBLE_DEVICES is {hidden!r}: unset it, or install the build of torch for your driver."
        is_needed = gpus_of_a_trial > 0 and is_here
        return [Finding("GPU", STOP if is_needed else NOTE, f"{'; '.join(visible)}, but {build} is {why}", remedy)]
    if gpus_of_a_trial and is_here:
        text = f"none here, but a trial asks for {gpus_of_a_trial:g} (`resources.gpu`)"
        return [Finding("GPU", STOP, text, "Set `resources.gpu` to 0, or join a cluster that has some by `--address`.")]
    return [Finding("GPU", OK, f"none; {build}; trials here run on the CPU")]


def driver_says() -> list[str]:
    """One line a GPU, as NVIDIA's driver sees them; [] where there is none."""
    command = shutil.which("nvidia-smi")
    if command is None:
        return []
    try:
        done = subprocess.run([command, *QUERY], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return []
    return [line.strip() for line in done.stdout.splitlines() if line.strip()] if done.returncode == 0 else []


def look_at_token(environment: Mapping[str, str], home: Path, *, joins: bool) -> list[Finding]:
    """Where Ray finds its token.

    Args:
        joins: a cluster is to be joined.
    """
    if environment.get(TOKEN):
        return [Finding("Ray token", OK, f"from {TOKEN}")]
    path = Path(environment.get(TOKEN_PATH) or home / ".ray" / "auth_token")
    if path.is_file():
        mode = path.stat().st_mode & 0o077
        if mode:
            return [Finding("Ray token", NOTE, f"others can read {path}", f"`chmod 600 {path}`")]
        return [Finding("Ray token", OK, f"from {path}")]
    if environment.get(TOKEN_MODE) == "token" or TOKEN_PATH in environment:
        remedy = "`ray get-auth-token --generate` on one node, then copy it to all (docs/cluster.md)."
        return [Finding("Ray token", STOP, f"asked for, but there is no {path}", remedy)]
    if joins:
        remedy = "If the cluster has one: copy it from a node and set RAY_AUTH_MODE=token."
        return [Finding("Ray token", NOTE, "none: a cluster with token authentication would refuse us", remedy)]
    return [Finding("Ray token", OK, "none yet; a local Ray makes its own")]
