"""What a result was made with: versions of the packages, plug-ins, machine, and the git commit of this code."""

import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from search_spaces.plugins import plugin_digests

PACKAGES = (
    "realign-sweep", "torch", "transformers", "tokenizers", "ray", "mlflow", "optuna", "numpy", "lang2vec", "seqeval",
)  # fmt: skip


PLUGIN = "plug-in "  # what the keys of plug-ins begin with


def versions() -> dict[str, str]:
    """Package -> version; "not installed" for what runs from a checkout or is missing. Plug-in -> digest of its source,
    as one that is edited in place keeps its version.
    """
    found = {"python": platform.python_version(), "platform": platform.platform()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found | {f"{PLUGIN}{module}": f"source {digest}" for module, digest in plugin_digests().items()}


def git_commit() -> str | None:
    """HEAD of the repository that tracks this code, with "+changes" if it was edited since; None outside of one."""
    here = Path(__file__)
    # Installed into some other project's environment, HEAD would be that project's: the file itself must be tracked.
    if _git("ls-files", "--error-unmatch", here.name, cwd=here.parent) is None:
        return None
    commit = _git("rev-parse", "HEAD", cwd=here.parent)
    if commit is None:
        return None
    status = _git("status", "--porcelain", "--untracked-files=no", cwd=here.parent)
    return f"{commit}+changes" if status else commit


def _git(*arguments: str, cwd: Path) -> str | None:
    try:
        result = subprocess.run(["git", *arguments], cwd=cwd, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return result.stdout.strip() if result.returncode == 0 else None
