"""The templates of sweep/cluster: right in form, by Ray's own checks where it has them, and their commands parse.

No SLURM and no Kubernetes are needed: the batch script runs with stand-ins that write down how they were called.
"""

import contextlib
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from sweep.commands import main as cli

ROOT = Path(__file__).parents[2]
CLUSTER = ROOT / "sweep" / "cluster"
STAND_IN = f"""\
#!{sys.executable}
import json, os, signal, socket, subprocess, sys, time
name, *arguments = os.path.basename(sys.argv[0]), *sys.argv[1:]
def write(*words):
    with open(os.environ["CALLS"], "a") as file:
        file.write(json.dumps(words) + "\\n")
def end(*_):
    write(name, "ended", *arguments[:2])
    os._exit(130)
signal.signal(signal.SIGTERM, end)
write(name, *arguments, "token=" + os.environ.get("RAY_AUTH_TOKEN", ""))
if name == "srun":
    start = arguments.index("bash")
    os.execvp("bash", arguments[start:])
elif name == "scontrol":
    print("node-a\\nnode-b")
elif name == "nproc":
    print(8)
elif arguments[:1] == ["get-auth-token"]:
    print("secret")
elif arguments[:2] == ["start", "--head"]:
    if "head" in os.environ.get("FAILS", ""):
        sys.exit("no")
    (port,) = [word[7:] for word in arguments if word.startswith("--port=")]
    server = socket.create_server(("0.0.0.0", int(port)))
    time.sleep(60)
elif arguments[:1] == ["start"]:
    if "worker" in os.environ.get("FAILS", ""):
        write("worker", str(os.getpid()))
        sys.exit("no")
    time.sleep(60)
elif name == "realign-sweep":
    def lines():
        return [json.loads(line) for line in open(os.environ["CALLS"])]
    while not any(line[:2] == ["ray", "start"] and line[2] != "--head" for line in lines()):
        time.sleep(0.05)  # until the other node is there
    while "worker" in os.environ.get("FAILS", ""):  # until it is gone
        pids = [int(line[1]) for line in lines() if line[0] == "worker"]
        if pids and not os.path.exists(f"/proc/{{pids[0]}}"):
            break
        time.sleep(0.05)
    time.sleep(float(os.environ.get("SWEEP_S", "0.3")))
    sys.exit(int(os.environ.get("SWEEP_ENDS_WITH", "0")))
"""
ARGUMENTS = ["my-sweep.yaml", "--data", "/shared/my data", "--mlruns", "/shared/mlruns"]


@pytest.fixture
def batch(tmp_path: Path) -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """Starts the batch script among stand-ins, on two nodes that are this machine; keywords are environment."""
    if not subprocess.run(["hostname", "-I"], capture_output=True, text=True).stdout.strip():
        pytest.skip("this machine has no address but the loopback's")
    for name in ("srun", "scontrol", "ray", "nproc", "realign-sweep"):
        (tmp_path / "bin").mkdir(exist_ok=True)
        (tmp_path / "bin" / name).write_text(STAND_IN)
        (tmp_path / "bin" / name).chmod(0o755)
    started: list[subprocess.Popen[str]] = []

    def start(**environment: str) -> "subprocess.Popen[str]":
        with socket.create_server(("", 0)) as free:
            job = 10_000 + (free.getsockname()[1] - 20_000) % 10_000
        base = {
            "PATH": os.environ["PATH"], "HOME": str(tmp_path), "CALLS": str(tmp_path / "calls"),
            "REALIGN_SWEEP_ENV": str(tmp_path), "SLURM_JOB_ID": str(job), "SLURM_JOB_NODELIST": "node-[a-b]",
            "SLURM_JOB_NUM_NODES": "2",
        }  # fmt: skip
        script = ["bash", str(CLUSTER / "slurm.sbatch"), *ARGUMENTS]
        started.append(
            subprocess.Popen(
                script, env=base | environment, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                start_new_session=True,
            )
        )  # fmt: skip
        return started[-1]

    yield start
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def calls_of(folder: Path) -> list[list[str]]:
    return [json.loads(line) for line in (folder / "calls").read_text().splitlines()]


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


def test_the_batch_script_starts_ray_on_all_nodes_runs_the_sweep_and_ends_as_it_does(
    tmp_path: Path, batch: Callable[..., "subprocess.Popen[str]"]
) -> None:
    _, said = (job := batch()).communicate(timeout=60)
    assert job.returncode == 0, said
    calls = calls_of(tmp_path)
    (head,) = [call for call in calls if call[:3] == ["ray", "start", "--head"]]
    (worker,) = [call for call in calls if call[0] == "ray" and call[2].startswith("--address=")]
    (srun,) = [call for call in calls if call[0] == "srun"]
    (sweep,) = [call for call in calls if call[0] == "realign-sweep"]
    assert all(call[-1] == "token=secret" for call in (head, worker, sweep))  # the token reaches every node
    address = worker[2].removeprefix("--address=")
    assert f"--node-ip-address={address.rpartition(':')[0]}" in head and f"--port={address.rpartition(':')[2]}" in head
    assert not address.startswith("127.") and "--exclude=node-a" in srun and "--nodes=1" in srun
    for start in (head, worker):  # what the node gives us, not what SLURM says of it
        assert "--num-cpus=8" in start and "--block" in start and not any("num-gpus" in word for word in start)
    run = parsed(shlex.join(sweep[:-1]))
    assert (run.sweep, run.data, run.mlruns) == ("my-sweep.yaml", "/shared/my data", "/shared/mlruns")
    assert run.address == address
    ended = {tuple(call) for call in calls if call[1:2] == ["ended"]}
    assert {call[2:] for call in ended} == {("start", "--head"), ("start", f"--address={address}")}  # and only these


@pytest.mark.parametrize(
    ("environment", "code", "said"),
    [
        ({"SWEEP_ENDS_WITH": "1"}, 1, ""),
        ({"FAILS": "head"}, 1, "Ray did not start on node-a"),
        ({"FAILS": "worker"}, 1, "the other nodes were gone before the sweep had ended"),
        ({"SWEEP_ENDS_WITH": "2", "FAILS": "worker"}, 2, "the other nodes were gone"),
    ],
)
def test_a_batch_job_that_failed_does_not_count_as_completed(
    batch: Callable[..., "subprocess.Popen[str]"], environment: dict[str, str], code: int, said: str
) -> None:
    _, errors = (job := batch(**environment)).communicate(timeout=60)
    assert job.returncode == code and said in errors


def test_the_warning_before_time_is_up_reaches_the_sweep(
    tmp_path: Path, batch: Callable[..., "subprocess.Popen[str]"]
) -> None:
    job = batch(SWEEP_S="50")
    while not (tmp_path / "calls").exists() or "realign-sweep" not in (tmp_path / "calls").read_text():
        time.sleep(0.05)
    job.terminate()
    job.communicate(timeout=60)
    assert job.returncode == 130 and ["realign-sweep", "ended", "run", "my-sweep.yaml"] in calls_of(tmp_path)


ON_TWO_NODES = f"""\
#!{sys.executable}
import sys, time
import ray
ray.init(sys.argv[-1], log_to_driver=False)
while sum(node["Alive"] for node in ray.nodes()) < 2:
    time.sleep(0.2)
print("cpus", int(ray.cluster_resources()["CPU"]))
sys.exit(3)
"""


@pytest.mark.slow
def test_the_batch_script_brings_up_a_real_ray_of_two_nodes(
    tmp_path: Path, batch: Callable[..., "subprocess.Popen[str]"]
) -> None:
    ray, bin_folder = Path(sys.executable).with_name("ray"), tmp_path / "bin"
    (bin_folder / "ray").unlink()
    (bin_folder / "ray").symlink_to(ray)
    (bin_folder / "nproc").write_text("#!/bin/sh\necho 3\n")
    (bin_folder / "realign-sweep").write_text(ON_TWO_NODES)
    output, errors = (job := batch(RAY_TMPDIR="/tmp")).communicate(timeout=180)
    assert job.returncode == 3, errors  # what the sweep said
    assert "cpus 6" in output


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
    assert job["spec"]["backoffLimit"] > 0  # a failed RayJob is over for good
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
