"""A plug-in package (criterion, searcher, task) installed by `pip install -e` beside a wheel, on two Ray nodes.

The environment is a fresh one; its libraries are those of the tests, by a line in a `.pth` file.
"""

import json
import re
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from trainables.tasks.nli import NLI
from trainables.testing.tiny import save_tiny_encoder, write_gzip

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "extending.md").read_text()
MEMBERS = ("my_criterion.py", "my_searcher.py", "my_task.py")
SWEEP = """
arms: [none, {criterion: median-distance, size: 2}]
seeds: [0]
search: {kind: exchange, n_samples: 2, size: 2}
run:
  tasks: [paraphrase]
  realign: {n_steps: 4, batch_size: 4, max_length: 32}
  finetune: {n_steps: 4, batch_size: 4, max_length: 32}
  evaluate: {n_retrieval: 0, max_length: 32}
"""
ON_TWO_NODES = """
import sys
import ray
from ray.cluster_utils import Cluster
from sweep.commands.main import main
cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
cluster.add_node(num_cpus=1)
status = main([*sys.argv[1:], "--address", cluster.address])
cluster.shutdown()
sys.exit(status)
"""
pytestmark = pytest.mark.slow


def page_file(name: str) -> str:
    found = re.search(rf"`{re.escape(name)}`(?:(?!\n\n).)*\n\n```\w+\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def data_of(folder: Path) -> Path:
    """Sentence pairs of four languages, paraphrases of English and Swahili."""
    words = ["dogs bark", "cats sleep", "birds sing", "fish swim", "cows eat", "hens run"]
    for code in ("deu", "swh", "tur", "yor"):
        rows = [f"{code}.{i}\t{text}\t{code} {text[::-1]}\n" for i, text in enumerate(words)]
        write_gzip(folder / f"bitext/{code}.tsv.gz", "".join(rows))
    for name in ("eng/train", "eng/test", "swh/test"):
        labels = ("same", "different") * 3
        pairs = [(f"{name} {text}", f"{text} now", label) for text, label in zip(words, labels, strict=True)]
        write_gzip(folder / f"paraphrase/{name}.tsv.gz", NLI.write(pairs))
    return folder


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with a wheel of this checkout and the page's package, installed with -e."""
    base = tmp_path_factory.mktemp("plugin")
    source = base / "source"
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(listed, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0"):
        if name and (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    package = base / "my-languages"
    (package / "my_languages").mkdir(parents=True)
    (package / "my_languages" / "__init__.py").write_text("")
    (package / "pyproject.toml").write_text(page_file("pyproject.toml"))
    for name in MEMBERS:
        (package / "my_languages" / name).write_text(page_file(name))
    venv.create(base / "env", with_pip=False)
    python = base / "env/bin/python"
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(base), str(source)]
    subprocess.run(build, check=True, capture_output=True)
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index"]
    subprocess.run([*pip, str(next(base.glob("realign_sweep*.whl")))], check=True, capture_output=True)
    # The libraries come from the environment of the tests; a line in a .pth file does not bring our own checkout along.
    packages = next((base / "env").glob("lib/python*/site-packages"))
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    subprocess.run([*pip, "--no-build-isolation", "-e", str(package)], check=True, capture_output=True)
    return python


def test_a_package_of_ones_own_runs_on_two_nodes(python: Path, tmp_path: Path) -> None:
    save_tiny_encoder(tmp_path / "encoder")
    data = data_of(tmp_path / "data")
    (tmp_path / "mine.yaml").write_text(SWEEP)
    (tmp_path / "two_nodes.py").write_text(ON_TWO_NODES)
    where = "import sweep, my_languages; print(sweep.__file__); print(my_languages.__file__)"
    places = subprocess.run([python, "-c", where], cwd=tmp_path, env={}, capture_output=True, text=True, check=True)
    assert "site-packages" in places.stdout.split()[0] and "my-languages" in places.stdout.split()[1]
    options = ["run", "mine.yaml", "--data", str(data), "--mlruns", str(tmp_path / "runs")]
    options += ["--set", f"run.encoder={{provider: hub, name: {tmp_path / 'encoder'}}}"]
    done = subprocess.run(
        [python, "two_nodes.py", *options], cwd=tmp_path, env={"OMP_NUM_THREADS": "1", "HOME": str(tmp_path)},
        capture_output=True, text=True, timeout=500,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3_000:] + done.stderr[-3_000:]
    records = [json.loads(path.read_text()) for path in sorted((tmp_path / "runs/sweeps/mine/records").glob("*.json"))]
    assert len(records) == 4
    for record in records:
        assert record["status"] == "finished", record["error"]
        assert {row["task"] for row in record["scores"]} == {"paraphrase"}
        assert re.fullmatch("source [0-9a-f]{32}", record["versions"]["plug-in my_languages"])
    assert any(record["criterion"] == "median-distance" for record in records)
