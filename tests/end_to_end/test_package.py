"""What a package index would get: a wheel that works in an empty environment, an sdist with the tests."""

import re
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the source distribution of what git knows of this checkout."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist")
    tracked = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in tracked.stdout.decode().split("\0"):
        if name and (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    # Without isolation nothing is downloaded: setuptools is in the environment of the tests.
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(source)]
    subprocess.run(command, check=True, capture_output=True)
    return out


def test_the_wheel_works_where_nothing_else_of_ours_is(dist: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "env", with_pip=False)
    python = tmp_path / "env/bin/python"
    wheel = next(dist.glob("*.whl"))
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    # The libraries come from the environment of the tests; a line in a .pth file does not bring our own checkout along.
    packages = next((tmp_path / "env").glob("lib/python*/site-packages"))
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    where = subprocess.run(
        [python, "-c", "import sweep; print(sweep.__file__)"], cwd=tmp_path, env={}, capture_output=True, text=True
    )
    assert where.stdout.startswith(str(packages)), where.stderr
    command = tmp_path / "env/bin/realign-sweep"
    for arguments, expected in (
        (["presets"], "paper/xlmr"),
        (["select", "--size", "3", "--solver", "greedy"], "max-sum"),
    ):
        found = subprocess.run([command, *arguments], cwd=tmp_path, env={}, capture_output=True, text=True)
        assert found.returncode == 0 and expected in found.stdout, found.stderr


def test_the_page_of_the_index_has_no_dead_link(dist: Path) -> None:
    wheel = zipfile.ZipFile(next(dist.glob("*.whl")))
    metadata = wheel.read(next(name for name in wheel.namelist() if name.endswith("METADATA"))).decode()
    assert "Which few languages" in metadata.split("\n\n", 1)[1]
    assert [link for link in re.findall(r"\]\(([^)]+)\)", metadata) if not link.startswith("https://")] == []


def test_the_source_distribution_holds_tests_and_docs(dist: Path) -> None:
    names = {name.split("/", 1)[-1] for name in tarfile.open(next(dist.glob("*.tar.gz"))).getnames()}
    assert {"tests/conftest.py", "docs/index.md", "notebooks/03_a_sweep.ipynb", "CONTRIBUTING.md"} <= names
