"""What trials of the same kind have taken, from records: of this sweep or another one in the same folder.

The same kind: equal configurations but for languages, seed and how they are carried out; on the same kind of device,
with the same torch.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from statistics import fmean, median
from typing import Any

import torch

from search_spaces.structured import read_json
from sweep.folders import SweepFolder
from sweep.plan import Plan
from sweep.prediction.predict import largest_run, places
from trainables.evaluation.evaluate import evenly_spread
from trainables.mapping import ConfigError, from_mapping
from trainables.run_config import RunConfig
from trainables.stepping.devices import describe_machine, resolve_device
from trainables.store.fingerprint import fingerprint
from trainables.trial_costs import Rate, TrialCosts

FEW = 2
"""Fewer records say nothing."""
MOST = 40
"""So many of a sweep's records are read, evenly spread: there may be thousands."""


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What records say: costs, from how many trials, of which sweeps."""

    costs: TrialCosts
    n_trials: int
    sweeps: tuple[str, ...]

    @property
    def source(self) -> str:
        """For people."""
        return f"from {self.n_trials} recorded trials of the same kind ({', '.join(self.sweeps)})"


def recorded(plan: Plan, folder: SweepFolder) -> Recorded | None:
    """What the records below `folder.mlruns` say of a trial of the plan's kind; None where they say nothing."""
    run = largest_run(plan)
    _, gpu = places(plan.config, plan.n_trials)
    if gpu and not torch.cuda.is_available():  # of a cluster's cards, which this machine cannot name
        return None
    here = describe_machine(resolve_device("cuda" if gpu else "cpu"))
    found: list[Mapping[str, Any]] = []
    sweeps = []
    for name in folder.names():
        records = _of_kind(SweepFolder(folder.mlruns, name), kind_of(run), run.n_threads, here)
        found += records
        sweeps += [name] if records else []
    if len(found) < FEW:
        return None
    return Recorded(costs=costs_of(found), n_trials=len(found), sweeps=tuple(sweeps))


def kind_of(run: RunConfig) -> str:
    """A fingerprint of what two trials must share so that one says what the other takes."""
    return fingerprint(replace(run, languages=(), seed=0))


def costs_of(records: Iterable[Mapping[str, Any]]) -> TrialCosts:
    """Means of what was computed by these trials; what was taken from the store is left out.

    Args:
        records: "costs", "started_s" and "ended_s" of each.
    """
    seconds: dict[str, list[float]] = {}
    others: list[float] = []
    memory_bytes = gpu_bytes = 0.0
    for record in records:
        costs = record["costs"]
        memory_bytes = max(memory_bytes, costs.get("peak_rss_bytes", 0.0))
        gpu_bytes = max(gpu_bytes, costs.get("peak_gpu_bytes", 0.0))
        spent_s = sum(value for key, value in costs.items() if key.endswith("_s"))
        others.append(max(0.0, record["ended_s"] - record["started_s"] - spent_s))
        for key, value in costs.items():
            stage = key.removesuffix("_s")
            if stage != key and stage != "waiting" and f"{stage}_reused" not in costs:
                seconds.setdefault(stage, []).append(value)
    stages = {
        stage: _rate(max(values) if stage == "probe_before" else fmean(values)) for stage, values in seconds.items()
    }
    # The first trial of a process loads its libraries too, so the largest of few tells what that takes.
    return TrialCosts(
        stages=stages | {"setup": _rate(median(others))}, first_setup_s=max(others) - median(others),
        memory_bytes=memory_bytes, gpu_bytes=gpu_bytes,
    )  # fmt: skip


def _rate(seconds: float) -> Rate:
    """Records know no processor time: on a CPU with one thread it is that of the clock at most."""
    return Rate(fixed_s=seconds, fixed_cpu_s=seconds)


def _of_kind(folder: SweepFolder, kind: str, n_threads: int, machine: Mapping[str, str]) -> list[Mapping[str, Any]]:
    """Records of finished trials, as they lie on disk. What cannot be read is passed over: other commands say so."""
    found: list[Mapping[str, Any]] = []
    known = {field.name for field in fields(RunConfig)}
    paths = sorted(folder.records.glob("*.json"))
    for path in (paths[i] for i in evenly_spread(len(paths), MOST)):
        try:
            record = read_json(path)
            run = from_mapping(RunConfig, {key: value for key, value in record["config"].items() if key in known})
            is_same = record["status"] == "finished" and kind_of(run) == kind and run.n_threads == n_threads
            if is_same and all(record["machine"].get(key) == value for key, value in machine.items()):
                found.append({key: record[key] for key in ("costs", "started_s", "ended_s")})
        except (ValueError, KeyError, TypeError, AttributeError, ConfigError):
            continue
    return found
