"""The Ray a sweep runs on: a local one that is started and stopped with it, or an existing cluster that is joined.

Owns the checks that a cluster answers and that a trial fits somewhere: Ray and Tune themselves would wait for ever. A
local Ray listens on the loopback interface only.
"""

import contextlib
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import ray
from ray._private import ray_constants
from ray._private import worker as ray_worker
from ray._private.services import canonicalize_bootstrap_address_or_die
from ray.exceptions import AuthenticationError, RayError
from ray.tune.execution import class_cache

from sweep.config.sections import SweepConfig, TrialResources
from sweep.execution.cluster_nodes import check_address, handed_on
from sweep.execution.head_watch import HeadWatch, watching
from sweep.execution.slots import live_nodes
from sweep.trials.gpus import resolved
from sweep.trials.slots import local_cpus, local_misfit, misfit
from trainables.mapping import ConfigError

QUIET = {
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",  # no CSV, JSON and TensorBoard copies of our records
    "TUNE_PRINT_ALL_TRIAL_ERRORS": "0",  # errors are in the records and in one line of progress
    "RAY_AIR_NEW_OUTPUT": "0",
    "RAY_USAGE_STATS_ENABLED": "0",  # sent from the moment that Ray starts, unless told otherwise before
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}

CONNECT_S = 10.0
MAX_SAID = 200  # characters of Ray's own words in our sentence


@contextlib.contextmanager
def ray_session(config: SweepConfig, address: str | None, say: Callable[[str], None]) -> Iterator[TrialResources]:
    """Ray, ready for the sweep's trials. Gives what each trial takes of it, GPUs included.

    Args:
        address: of a cluster to join ("auto", "host:port"); None = start a local one.
        say: shows one line about GPUs that stay idle.

    Raises:
        ConfigError: a trial asks for more than any node has.
        ValueError: the cluster cannot be joined.
    """
    for key, value in QUIET.items():
        os.environ.setdefault(key, value)
    logging.getLogger("ray.tune").setLevel(logging.CRITICAL)
    # One thread a CPU of the trial's share: two busy threads on one core are slower than one.
    n_threads = max(1, int(config.resources.cpu))
    options: dict[str, Any] = {
        "runtime_env": {"env_vars": worker_environment(n_threads)},
        "log_to_driver": False,
        "logging_level": "ERROR",
    }
    if address is None:
        check_local_resources(config)
        # "local": with none Ray would join whatever cluster runs on this machine, and refuse the numbers.
        options |= {
            "address": "local",
            "num_cpus": local_cpus(config),
            "num_gpus": config.cluster.gpus,
            "include_dashboard": False,
        }
    else:
        check_answers(address)
        options["address"] = address
    with without_secrets_in_runtime_env(), contextlib.nullcontext() if address else on_loopback():
        _init(options, address)
        try:
            nodes = live_nodes()
            resources, notice = resolved(config, nodes)
            if not (address and config.cluster.autoscaling):
                check_cluster_resources(resources, nodes, joined=address is not None)
            if notice:
                say(f"{config.name}: {notice}")
            with watching_head(config, say) if address else contextlib.nullcontext():
                yield resources
        finally:
            _shut_down()


def watching_head(config: SweepConfig, say: Callable[[str], None]) -> contextlib.AbstractContextManager[None]:
    """Of the cluster that was joined, see `head_watch`."""
    return watching(HeadWatch(ray.get_runtime_context().gcs_address, config.name, say))


def _shut_down() -> None:
    """Ends Ray. Its core gives SIGTERM back to the system, which ends us without a word, and Python does not know.

    It does so before it ends its processes, which takes seconds, in which impatient people send a second one.
    """
    node = ray_worker._global_node
    if node is not None:
        end_processes = node.kill_all_processes

        def end(*args: Any, **more: Any) -> None:
            _take_sigterm_back()
            end_processes(*args, **more)

        node.kill_all_processes = end
    try:
        ray.shutdown()
    finally:
        _take_sigterm_back()


def _take_sigterm_back() -> None:
    handler = signal.getsignal(signal.SIGTERM)  # as Python remembers it
    if handler is not None and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, handler)


def worker_environment(n_threads: int) -> dict[str, str]:
    """Variables that must be there when a worker loads its libraries. What the user has set of them stays."""
    # Sentences of many lengths leave holes in a GPU's memory that nothing fits into, unless its segments can grow.
    names = ("PYTORCH_ALLOC_CONF", "PYTORCH_CUDA_ALLOC_CONF")  # the second one is torch's older name
    allocation = next((os.environ[name] for name in names if name in os.environ), "expandable_segments:True")
    return {
        "OMP_NUM_THREADS": str(n_threads),
        "TOKENIZERS_PARALLELISM": "false",
        **dict.fromkeys(names, allocation),
        **handed_on(),
    }


def _init(options: dict[str, Any], address: str | None) -> None:
    try:
        ray.init(**options)
    except AuthenticationError:
        raise ValueError(
            f"The cluster at {address} must be given its own token, but refused ours. Copy it from a node "
            "(`ray get-auth-token`) and set RAY_AUTH_MODE=token and RAY_AUTH_TOKEN here."
        ) from None
    except (ConnectionError, TimeoutError) as error:
        raise ValueError(
            f"A Ray cluster must answer at {address}, but none does ({error}). If it asks for a token, set "
            "RAY_AUTH_MODE=token, and RAY_AUTH_TOKEN unless ~/.ray/auth_token holds it; else start it, or leave out "
            "`--address`."
        ) from None
    except (RuntimeError, PermissionError, RayError) as error:  # other versions, another user, no node on this machine
        if address is None:
            raise
        said = " ".join(str(error).split())
        said = said if len(said) <= MAX_SAID else f"{said[:MAX_SAID]}..."
        raise ValueError(
            f"A Ray cluster must be one that this process can join (the same versions of Ray and Python, the same "
            f"user, a node on this machine), but that at {address} is not ({said}). Start your own (`ray start "
            "--head`) and give its HOST:PORT, or leave out `--address`."
        ) from None


def check_answers(address: str) -> None:
    """Tries to reach a cluster's head before Ray does, which would try for a quarter of an hour.

    Raises:
        ValueError: nobody listens there, or it is no address of a cluster.
    """
    check_address(address)
    where = address
    try:
        if address == "auto":
            where = canonicalize_bootstrap_address_or_die("auto")
        host, _, port = where.rstrip("/").rpartition(":")
        if not (host and port.isdecimal() and 0 < int(port) < 65_536):
            raise ValueError("that is not HOST:PORT, with a port from 1 to 65535")
        with socket.create_connection((host.strip("[]"), int(port)), timeout=CONNECT_S):
            return
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error).strip().partition("\n")[0]
        raise ValueError(
            f"A Ray cluster must answer at {address}, but none does ({reason or 'no answer'}). Start it, give its "
            "HOST:PORT, or leave out `--address`."
        ) from None


@contextlib.contextmanager
def on_loopback() -> Iterator[None]:
    """A Ray that is started in the block is reached from this machine only.

    Ray has no setting for it on Linux but the one that turns clusters off where firewalls ask (ray-project/ray#18730).
    """
    before, name = ray_constants.ENABLE_RAY_CLUSTER, ray_constants.ENABLE_RAY_CLUSTERS_ENV_VAR
    ray_constants.ENABLE_RAY_CLUSTER = False
    os.environ[name] = "0"  # for the processes that it starts
    try:
        yield
    finally:
        ray_constants.ENABLE_RAY_CLUSTER = before
        os.environ.pop(name, None)


@contextlib.contextmanager
def without_secrets_in_runtime_env() -> Iterator[None]:
    """Keeps Tune from putting the driver's AWS keys into the runtime environment, which Ray logs for all to read.

    Workers of a local Ray inherit them; nodes of a cluster have keys of their own.
    """
    before = class_cache.ENV_VARS_TO_PROPAGATE
    class_cache.ENV_VARS_TO_PROPAGATE = {name for name in before if not name.startswith("AWS_")}
    try:
        yield
    finally:
        class_cache.ENV_VARS_TO_PROPAGATE = before


def check_local_resources(config: SweepConfig) -> None:
    """Refuses, before Ray is started, what can never fit.

    Raises:
        ConfigError: see `local_misfit`.
    """
    if problem := local_misfit(config):
        raise ConfigError([problem])


def check_cluster_resources(resources: TrialResources, nodes: list[dict[str, float]], joined: bool = False) -> None:
    """A trial must fit on one node.

    Args: see `misfit`.

    Raises:
        ConfigError: it fits on none.
    """
    if problem := misfit(resources, nodes, joined):
        raise ConfigError([problem])
