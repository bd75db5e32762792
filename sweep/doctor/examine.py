"""All looks at once: those over a network begin first and are waited for last."""

import dataclasses
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from search_spaces.reading import DataError
from sweep.config.load import load_config, parse_config
from sweep.config.sections import SweepConfig
from sweep.doctor.findings import OK, STOP, Finding, start
from sweep.doctor.software import look_at_gpus, look_at_python, look_at_token
from sweep.doctor.storage import look_at_disk, look_at_locks, look_at_running, look_at_store
from sweep.folders import SweepFolder
from sweep.records.session import RUNNING

GPU_S = 60.0  # to import torch from a slow disk, and wake a driver


def examine(
    sweep: str | None = None,
    *,
    name: str | None = None,
    data: str | None = None,
    languages: str | None = None,
    scale: str | None = None,
    overrides: Sequence[str] = (),
    mlruns: str = "mlruns",
    address: str | None = None,
    tracking_uri: str | None = None,
) -> list[Finding]:
    """What would stop a sweep, or any sweep.

    Args:
        sweep: a preset or a YAML file; None = none in particular. others: see `run`.

    Raises:
        ValueError: `mlruns` is no folder's path.
    """
    findings = look_at_python()
    if any(finding.level == STOP for finding in findings):
        return findings
    from sweep.doctor.services import look_at_cluster, look_at_hub, look_at_tracking  # import what has just been found

    config, problems = _config(sweep, name=name, data=data, languages=languages, scale=scale, overrides=overrides)
    folder = SweepFolder.below(mlruns, config.name if config else "doctor")
    waiting = [
        start("hub", lambda: look_at_hub(config)),
        start("MLflow", lambda: look_at_tracking(folder, tracking_uri)),
    ]
    if config and config.run.store:
        store = config.run.store
        waiting.append(start("store", lambda: look_at_store(store)))
    gpus = (config.resources.gpu or 0) if config else 0
    findings += start("GPU", lambda: look_at_gpus(gpus, is_here=address is None), GPU_S)()
    findings += look_at_token(os.environ, Path.home(), joins=address is not None)
    disk = look_at_disk(folder.mlruns)
    findings += disk
    if disk[0].level != STOP:
        findings += look_at_locks(folder.mlruns, tracking_uri=tracking_uri)
        findings += look_at_running(folder, RUNNING) if config else []
    for result in waiting:
        findings += result()
    if address is not None:  # in this thread: Ray minds
        findings += look_at_cluster(config or parse_config({"name": "doctor"}), folder, address)
    return findings + problems + (_look_at_sweep(config, address) if config else _look_at_data(data))


def _config(sweep: str | None, **options: Any) -> tuple[SweepConfig | None, list[Finding]]:
    """Args: of `load_config`."""
    if sweep is None:
        return None, []
    try:
        return load_config(sweep, **options), []
    except ValueError as error:
        return None, [Finding("sweep", STOP, str(error))]


def _look_at_sweep(config: SweepConfig, address: str | None) -> list[Finding]:
    """What can be known of a sweep before anything is fetched or trained; a data folder is read as by `plan`."""
    from sweep.execution.ray_session import check_local_resources
    from sweep.plan import make_plan

    try:
        if address is None:
            check_local_resources(config)
        if (source := config.run.data.source) != "folder":
            return [Finding("sweep", OK, f"{config.name}: {len(config.arms)} arms; data source: {source}")]
        with tempfile.TemporaryDirectory() as elsewhere:  # filtered data is thrown away with it
            here = dataclasses.replace(config, run=dataclasses.replace(config.run, store=""))
            plan = make_plan(here, SweepFolder(Path(elsewhere), config.name))
    except (ValueError, OSError) as error:
        return [Finding("sweep", STOP, str(error))]
    return [Finding("sweep", OK, f"{config.name}: {plan.n_trials} trials; data: {config.run.data.root}")]


def _look_at_data(data: str | None) -> list[Finding]:
    from trainables.data.folder import DataFolder

    if data is None:
        return []
    try:
        languages = DataFolder(data).bitext_languages
    except (DataError, ValueError, OSError) as error:
        return [Finding("data", STOP, str(error))]
    return [Finding("data", OK, f"{data}: sentence pairs of {len(languages)} languages")]
