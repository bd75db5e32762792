"""The hub and MLflow: what answers, what does not, and whether the sweep needs it."""

import http.server
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from huggingface_hub import constants
from ray.cluster_utils import Cluster

from sweep.config.sections import SweepConfig
from sweep.doctor import services
from sweep.doctor.findings import NOTE, OK, STOP
from sweep.doctor.services import look_at_cluster, look_at_hub, look_at_tracking
from sweep.folders import SweepFolder

HUB_ENCODER = {"run": {"encoder": {"provider": "hub", "name": "lab/encoder"}}}


@pytest.fixture
def server() -> Iterator[str]:
    """Answers 404 for one model and 200 for all else."""

    class Hub(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(404 if self.path.endswith("no-such-encoder") else 200)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def level_of(config: SweepConfig | None) -> str:
    (finding,) = look_at_hub(config)
    return finding.level


def test_a_hub_that_does_not_answer_matters_where_it_is_needed(
    config_of: Callable[..., SweepConfig], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    assert level_of(None) == level_of(config_of()) == OK
    assert level_of(config_of(**HUB_ENCODER)) == STOP
    monkeypatch.setattr(services, "try_to_load_from_cache", lambda *names: "/cache/config.json")
    assert level_of(config_of(**HUB_ENCODER)) == NOTE


def test_a_hub_that_answers(
    config_of: Callable[..., SweepConfig], server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "ENDPOINT", server)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    assert level_of(None) == level_of(config_of(**HUB_ENCODER)) == OK
    missing = {"run": {"encoder": {"provider": "hub", "name": "lab/no-such-encoder"}}}
    (finding,) = look_at_hub(config_of(**missing))
    assert finding.level == STOP and "HTTP 404" in finding.text and "run.encoder.name" in finding.remedy


def test_without_internet_the_cache_must_have_it(
    config_of: Callable[..., SweepConfig], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert level_of(None) == OK and level_of(config_of(**HUB_ENCODER)) == STOP
    monkeypatch.setattr(services, "try_to_load_from_cache", lambda *names: "/cache/config.json")
    assert level_of(config_of(**HUB_ENCODER)) == OK


def test_a_tracking_server_that_is_down_and_a_database_that_is_not_there_yet(
    folder: SweepFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("MLFLOW_HTTP_REQUEST_TIMEOUT", "MLFLOW_HTTP_REQUEST_MAX_RETRIES"):
        monkeypatch.setenv(name, "0" if name.endswith("RETRIES") else "5")
    assert look_at_tracking(folder, None)[0].level == OK and not folder.mlruns.exists()
    (finding,) = look_at_tracking(folder, "http://me:geheim@127.0.0.1:1")
    assert finding.level == STOP and "geheim" not in finding.text


def test_a_cluster_that_is_not_there(
    config_of: Callable[..., SweepConfig], folder: SweepFolder, tmp_path: Path
) -> None:
    (finding,) = look_at_cluster(config_of(), folder, "127.0.0.1:1")
    assert finding.level == STOP and "A Ray cluster must answer at 127.0.0.1:1" in finding.text
    assert {path.name for path in tmp_path.iterdir()} == {"data"}


@pytest.mark.slow
def test_the_nodes_of_a_real_cluster_are_asked(config_of: Callable[..., SweepConfig], folder: SweepFolder) -> None:
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    try:
        cluster.add_node(num_cpus=2)
        (finding,) = look_at_cluster(config_of(), folder, cluster.address, limit_s=120)
        assert finding.level == OK and {"1 CPUs, 0 GPUs", "2 CPUs, 0 GPUs"} <= {
            node.strip() for node in finding.text.rpartition("nodes: ")[2].split(";")
        }
        root = Path(str(config_of().run.data.root))
        root.rename(root.with_name("unmounted"))
        (finding,) = look_at_cluster(config_of(), folder, cluster.address, limit_s=120)
        assert finding.level == STOP and f"{root} is not there on " in finding.text
        assert not folder.mlruns.exists()
    finally:
        cluster.shutdown()
