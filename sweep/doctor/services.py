"""What answers over a network: the hub, the tracking server, a Ray cluster."""

import os
import urllib.error
import urllib.request
from pathlib import Path
from tempfile import TemporaryDirectory

import ray
from huggingface_hub import constants, try_to_load_from_cache

from sweep.config.sections import SweepConfig
from sweep.doctor.findings import LIMIT_S, NOTE, OK, STOP, Finding
from sweep.doctor.storage import nearest
from sweep.execution.cluster_nodes import ask_nodes, problem_of_nodes
from sweep.execution.ray_session import ray_session
from sweep.execution.visible_paths import check_cluster_sees
from sweep.folders import SweepFolder
from sweep.tracking.store import ask
from trainables.store.secrets import redacted

ANSWER_S = 8.0


def look_at_hub(config: SweepConfig | None) -> list[Finding]:
    """Whether the Hugging Face hub answers, or its cache has what the sweep reads."""
    encoder = config.run.encoder if config else None
    needs = [] if config is None else [*_hub_of(config)]
    name = encoder.name if encoder and encoder.provider == "hub" else ""
    cached = bool(name) and isinstance(try_to_load_from_cache(name, "config.json"), str)
    if constants.HF_HUB_OFFLINE:
        if name and not cached:
            text = f"HF_HUB_OFFLINE forbids it, and {constants.HF_HUB_CACHE} has no {name}"
            return [
                Finding(
                    "hub", STOP, text, "Unset it, or fetch the model into this cache first, where there is internet."
                )
            ]
        return [Finding("hub", OK, f"not asked (HF_HUB_OFFLINE); the cache is {constants.HF_HUB_CACHE}")]
    where = f"{constants.ENDPOINT}/api/models/{name}" if name and not Path(name).exists() else constants.ENDPOINT
    token = os.environ.get("HF_TOKEN")
    request = urllib.request.Request(where, headers={"Authorization": f"Bearer {token}"} if token else {})
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_S):
            return [Finding("hub", OK, f"{redacted(where)} answers")]
    except urllib.error.HTTPError as error:
        if name and error.code in (401, 403, 404):
            text = f"{redacted(where)} is not there for us (HTTP {error.code})"
            remedy = "Correct `run.encoder.name`, or set HF_TOKEN if it is private or asks you to accept its terms."
            return [Finding("hub", NOTE if cached else STOP, text, remedy)]
        return [Finding("hub", OK, f"{redacted(where)} answers")]
    except (OSError, ValueError) as error:
        text = f"{redacted(where)} does not answer ({getattr(error, 'reason', None) or error})"
        if not needs:
            return [Finding("hub", OK, f"{text}; nothing here needs it")]
        if cached:
            return [Finding("hub", NOTE, f"{text}; {name} is in the cache", "Set HF_HUB_OFFLINE=1.")]
        remedy = f"The sweep reads {', '.join(needs)} from there: set HF_ENDPOINT to a mirror, or HTTPS_PROXY."
        return [Finding("hub", STOP, text, remedy)]


def _hub_of(config: SweepConfig) -> list[str]:
    read = []
    if config.run.encoder.provider == "hub" and not Path(config.run.encoder.name).exists():
        read.append(config.run.encoder.name)
    if config.run.data.source == "hub":
        read.append("its data")
    return read


def look_at_tracking(folder: SweepFolder, tracking_uri: str | None) -> list[Finding]:
    """Whether MLflow's store answers. A new one is not made."""
    if tracking_uri is None and not (folder.mlruns / "mlflow.db").exists():
        return [Finding("MLflow", OK, f"{folder.tracking_uri} is made by the first sweep")]
    uri = tracking_uri or folder.tracking_uri
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", str(int(ANSWER_S)))
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    try:
        ask(uri)
    except ValueError as error:
        return [Finding("MLflow", STOP, str(error))]
    who = next((name for name in ("MLFLOW_TRACKING_TOKEN", "MLFLOW_TRACKING_USERNAME") if os.environ.get(name)), "")
    return [Finding("MLflow", OK, f"{redacted(uri)} answers{f' (with {who})' if who else ''}")]


def look_at_cluster(config: SweepConfig, folder: SweepFolder, address: str, limit_s: float = LIMIT_S) -> list[Finding]:
    """Joins the cluster, asks its nodes for the software and for what they see, and leaves it."""
    said: list[str] = []
    try:
        with TemporaryDirectory(prefix=".realign-sweep-doctor-", dir=nearest(folder.mlruns)) as here:
            shared = SweepFolder(Path(here), folder.name)
            shared.root.mkdir(parents=True)
            shared.store.mkdir()
            with ray_session(config, address, said.append):
                has = [
                    f"{of.get('CPU', 0):g} CPUs, {of.get('GPU', 0):g} GPUs"
                    for of in (node["Resources"] for node in ray.nodes() if node["Alive"])
                ]
                asked = ask_nodes(limit_s)
                problem = problem_of_nodes(asked)
                if not problem:
                    check_cluster_sees(config, shared, said.append)
    except (ValueError, RuntimeError, ray.exceptions.RayError) as error:
        return [Finding("cluster", STOP, str(error))]
    findings = [Finding("cluster", OK, f"{address} answers; nodes: {'; '.join(has)}")]
    if problem:
        findings.append(Finding("cluster", STOP, problem))
    findings += [Finding("cluster", NOTE, text) for text in said]
    if silent := sorted(name for name, answer in asked.items() if answer is None):
        text = f"{', '.join(silent)} did not answer within {limit_s:g} s"
        findings.append(Finding("cluster", NOTE, text, "Is it busy starting? Ask again; `ray status` shows it."))
    return findings
