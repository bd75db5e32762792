"""A trial that fits nowhere is refused instead of waited for."""

import ctypes
import signal
import socket
from collections.abc import Callable
from typing import Any

import pytest
from ray.tune.execution import class_cache

from sweep import launch
from sweep.config.sections import SweepConfig
from sweep.execution import ray_session as ray_session_module
from sweep.execution.ray_session import (
    _init,
    check_answers,
    check_cluster_resources,
    check_local_resources,
    without_secrets_in_runtime_env,
)
from sweep.folders import SweepFolder
from sweep.trials import slots
from trainables.mapping import ConfigError


@pytest.mark.parametrize(
    ("resources", "nodes", "fits"),
    [
        ({"cpu": 1}, [{"CPU": 1.0}], True),
        ({"cpu": 2}, [{"CPU": 1.0}, {"CPU": 1.0}], False),  # a trial cannot be spread over nodes
        ({"cpu": 1, "gpu": 0.25}, [{"CPU": 4.0, "GPU": 1.0}], True),
        ({"cpu": 1, "gpu": 0.25}, [{"CPU": 4.0}], False),
        ({"cpu": 4, "gpu": 1}, [{"CPU": 8.0}, {"CPU": 1.0, "GPU": 8.0}], False),
        ({"cpu": 1}, [], False),
    ],
)
def test_fit(
    config_of: Callable[..., SweepConfig], resources: dict[str, Any], nodes: list[dict[str, float]], fits: bool
) -> None:
    asked = config_of(resources=resources).resources
    if fits:
        check_cluster_resources(asked, nodes)
        return
    with pytest.raises(ConfigError, match="must fit on one node"):
        check_cluster_resources(asked, nodes)


def test_declared_gpus_count_and_absent_ones_do_not(
    config_of: Callable[..., SweepConfig], monkeypatch: pytest.MonkeyPatch
) -> None:
    check_local_resources(config_of(resources={"gpu": 0.25}, cluster={"gpus": 1}))
    monkeypatch.setattr(slots, "n_cards", lambda: 1)
    check_local_resources(config_of(resources={"gpu": 0.25}))  # Ray counts the cards when it starts
    with pytest.raises(ConfigError, match=r"must fit on one node \(2 CPUs\), but are 3 CPUs"):  # and not "inf GPUs"
        check_local_resources(config_of(resources={"cpu": 3}, cluster={"cpus": 2}))
    monkeypatch.setattr(slots, "n_cards", lambda: 0)
    monkeypatch.setattr(slots, "n_usable_gpus", lambda: 0)
    with pytest.raises(ConfigError, match="0 GPUs"):
        check_local_resources(config_of(resources={"gpu": 0.25}))
    with pytest.raises(ConfigError, match="1 CPUs and 0.25 GPUs"):
        check_local_resources(config_of(resources={"gpu": 0.25}, cluster={"gpus": 0}))
    with pytest.raises(ConfigError, match=r"must fit on one node \(2 CPUs"):
        check_local_resources(config_of(resources={"cpu": 3}, cluster={"cpus": 2}))


def test_the_advice_is_for_the_cluster_at_hand(config_of: Callable[..., SweepConfig]) -> None:
    asked = config_of(resources={"cpu": 3}).resources
    with pytest.raises(ConfigError, match=r"cluster\.cpus"):
        check_cluster_resources(asked, [{"CPU": 1.0}])
    with pytest.raises(ConfigError, match=r"cluster\.autoscaling: true"):
        check_cluster_resources(asked, [{"CPU": 1.0}], joined=True)


def test_an_autoscaling_cluster_is_told_how_many_trials_it_may_run(config_of: Callable[..., SweepConfig]) -> None:
    config_of(cluster={"autoscaling": True}, concurrency=8)
    with pytest.raises(ConfigError, match="`concurrency` must say"):
        config_of(cluster={"autoscaling": True})


@pytest.mark.parametrize(
    "address", ["127.0.0.1:1", "ray://127.0.0.1:1", "nowhere.invalid:6379", "no address", "[::1]:1"]
)
def test_a_cluster_that_does_not_answer_is_named_at_once(address: str) -> None:
    """Nobody listens at port 1, and RFC 6761 reserves .invalid."""
    with pytest.raises(ValueError) as caught:
        check_answers(address)
    assert address in str(caught.value) and "--address" in str(caught.value)


def test_a_dead_address_is_named_before_anything_is_read_fetched_or_trained(
    config_of: Callable[..., SweepConfig], folder: SweepFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was named after the encoder's pre-training. Of a sweep that has begun the plan comes first: it may be done."""

    def planned(*_: object) -> None:
        raise InterruptedError("read")

    monkeypatch.setattr(launch, "make_plan", planned)
    with pytest.raises(ValueError, match="A Ray cluster must answer at 127.0.0.1:1, but none does"):
        launch.run_sweep(config_of(), folder, address="127.0.0.1:1", say=lambda line: None)
    folder.records.mkdir(parents=True)
    with pytest.raises(InterruptedError):
        launch.run_sweep(config_of(), folder, address="127.0.0.1:1", say=lambda line: None)


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("Version mismatch: The cluster was started with:\n    Ray: 1.0\n    Python: 3.6\n" + "x" * 500),
        PermissionError(13, "Permission denied", "/tmp/ray/session_1"),
    ],
)
def test_a_foreign_cluster_is_refused_in_one_sentence(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def refuse(**options: Any) -> None:
        raise error

    monkeypatch.setattr("ray.init", refuse)
    with pytest.raises(ValueError) as caught:
        _init({}, "auto")
    said = str(caught.value)
    assert "that at auto is not (" in said and "\n" not in said and len(said) < 600 and "`--address`" in said
    with pytest.raises(type(error)):
        _init({}, None)  # a fault of our own stays one


def test_a_cluster_that_answers_is_tried() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        check_answers(f"127.0.0.1:{server.getsockname()[1]}")


def test_keys_of_the_environment_stay_out_of_what_ray_writes_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "geheim")

    def shipped() -> str:
        return str(class_cache._ActorClassCache().get(type("Trial", (), {}))._default_options)

    assert "geheim" in shipped()  # what Tune does by itself
    with without_secrets_in_runtime_env():
        assert "geheim" not in shipped()
    assert "geheim" in shipped()


def test_sigterm_is_ours_again_from_the_moment_that_ray_has_let_it_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ray's core sets the system's own action, by which this process would end here."""
    heard: list[str] = []

    class Node:
        def kill_all_processes(self, wait: bool) -> None:
            signal.raise_signal(signal.SIGTERM)

    def shutdown() -> None:
        ctypes.CDLL(None).signal(int(signal.SIGTERM), None)  # SIG_DFL
        ray_session_module.ray_worker._global_node.kill_all_processes(wait=False)
        ctypes.CDLL(None).signal(int(signal.SIGTERM), None)

    monkeypatch.setattr(ray_session_module.ray_worker, "_global_node", Node())
    monkeypatch.setattr(ray_session_module.ray, "shutdown", shutdown)
    before = signal.signal(signal.SIGTERM, lambda *_: heard.append("term"))
    try:
        ray_session_module._shut_down()
        signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert heard == ["term", "term"]
