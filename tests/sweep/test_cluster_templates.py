"""The templates of sweep/cluster: right in form, by Ray's own checks where it has them, and their commands parse.

No SLURM and no Kubernetes are needed: the batch script runs with stand-ins that write down how they were called.
"""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from sweep.commands import main as cli

ROOT = Path(__file__).parents[2]
CLUSTER = ROOT / "sweep" / "cluster"
STAND_IN = f"""\
#!{sys.executable}
import json, os, subprocess, sys
with open(os.environ["CALLS"], "a") as file:
    token = os.environ.get("RAY_AUTH_TOKEN", "")
    file.write(json.dumps([os.path.basename(sys.argv[0]), *sys.argv[1:], "token=" + token]) + "\\n")
if sys.argv[0].endswith("srun"):
    sys.exit(subprocess.run(sys.argv[1:]).returncode)
if sys.argv[0].endswith("scontrol"):
    print("node-a\\nnode-b")
if sys.argv[1:2] == ["get-auth-token"]:
    print("secret")
"""


def load(name: str) -> Any:
    return YAML(typ="safe").load((CLUSTER / name).read_text())


def parsed(command: str) -> Any:
    """The options of the `realign-sweep` command in a line of shell; a wrong one ends the test."""
    words = shlex.split(command)
    start = next(i for i, word in enumerate(words) if word.rpartition("/")[2] == "realign-sweep")
    return cli.build_parser().parse_args(words[start + 1 :])


def test_the_batch_script_is_shell() -> None:
    done = subprocess.run(["bash", "-n", str(CLUSTER / "slurm.sbatch")], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    lines = (CLUSTER / "slurm.sbatch").read_text().splitlines()
    directives = [i for i, line in enumerate(lines) if line.startswith("#SBATCH")]
    first_command = next(i for i, line in enumerate(lines) if line and not line.startswith("#"))
    assert directives and max(directives) < first_command  # sbatch reads none after the first command


def test_the_batch_script_starts_ray_on_all_nodes_and_runs_the_sweep_there(tmp_path: Path) -> None:
    for name in ("srun", "scontrol", "ray"):
        (tmp_path / "bin").mkdir(exist_ok=True)
        (tmp_path / "bin" / name).write_text(STAND_IN)
        (tmp_path / "bin" / name).chmod(0o755)
    calls = tmp_path / "calls"
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(tmp_path), "CALLS": str(calls), "REALIGN_SWEEP_ENV": str(tmp_path),
        "SLURM_JOB_ID": "4711", "SLURM_JOB_NODELIST": "node-[a-b]", "SLURM_JOB_NUM_NODES": "2",
        "SLURM_CPUS_PER_TASK": "8", "SLURM_GPUS_ON_NODE": "1",
    }  # fmt: skip
    arguments = ["my-sweep.yaml", "--data", "/shared/my data", "--mlruns", "/shared/mlruns"]
    script = ["bash", str(CLUSTER / "slurm.sbatch"), *arguments]
    done = subprocess.run(script, env=environment, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    called = [json.loads(line) for line in calls.read_text().splitlines()]
    assert [call[0] for call in called] == ["ray", "scontrol", "srun", "ray"]
    ray = called[-1]
    assert ray[1] == "symmetric-run" and ray[-1] == "token=secret"  # the token reaches every node
    options, command = ray[2 : ray.index("--")], ray[ray.index("--") + 1 : -1]
    assert options[:4] == ["--address", "node-a:24711", "--min-nodes", "2"]
    assert {"--num-cpus=8", "--num-gpus=1"} <= set(options)
    run = parsed(shlex.join(command))
    assert (run.sweep, run.data, run.mlruns) == ("my-sweep.yaml", "/shared/my data", "/shared/mlruns")
    assert run.address == "node-a:24711"


def test_ray_accepts_the_options_of_the_batch_script() -> None:
    symmetric_run = pytest.importorskip("ray.scripts.symmetric_run")
    start = ["--num-cpus=8", "--num-gpus=1", "--disable-usage-stats"]
    given = ["--address", "node-a:24711", "--min-nodes", "2", *start]
    assert symmetric_run.curate_and_validate_ray_start_args(given) == start


def test_ray_accepts_its_cluster_file() -> None:
    from ray.autoscaler._private.util import prepare_config, validate_config

    config = load("ray-up.yaml")
    validate_config(prepare_config(config))
    assert len(config["provider"]["worker_ips"]) == 2 and "~/.ray/auth_token" in config["file_mounts"]
    started = [line for key in ("head", "worker") for line in config[f"{key}_start_ray_commands"]]
    assert all(line.replace("ulimit -c unlimited; ", "").startswith("RAY_AUTH_MODE=token ") for line in started)


def test_the_commands_in_the_cluster_file_parse() -> None:
    (line,) = [line for line in (CLUSTER / "ray-up.yaml").read_text().splitlines() if line.startswith("#   ray exec")]
    command = shlex.split(line.lstrip("# "))[3]
    run = parsed(command)
    assert run.address == "auto" and run.mlruns == "SHARED/mlruns"


def test_the_manifest_runs_a_sweep_on_nodes_that_share_a_folder() -> None:
    job = load("rayjob.yaml")
    assert (job["apiVersion"], job["kind"]) == ("ray.io/v1", "RayJob")
    run = parsed(job["spec"]["entrypoint"])
    assert run.address == "auto"
    cluster = job["spec"]["rayClusterSpec"]
    assert cluster["authOptions"] == {"mode": "token"}
    pods = [cluster["headGroupSpec"], *cluster["workerGroupSpecs"]]
    for pod in pods:
        spec = pod["template"]["spec"]
        mounts = {mount["name"]: mount["mountPath"] for mount in spec["containers"][0]["volumeMounts"]}
        assert {volume["name"] for volume in spec["volumes"]} == set(mounts) == {"shared", "shm"}
        assert all(path.startswith(mounts["shared"] + "/") for path in (run.sweep, run.data, run.mlruns))
        resources = spec["containers"][0]["resources"]
        assert resources["requests"] == resources["limits"]


def test_the_manifest_names_the_ray_that_is_installed_with_us() -> None:
    cluster = load("rayjob.yaml")["spec"]["rayClusterSpec"]
    pinned = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if line.startswith("ray==")]
    assert pinned == [f"ray=={cluster['rayVersion']}"]
