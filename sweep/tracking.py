"""What MLflow shows of a sweep, as plain data: names, params, tags, metrics. Made from records and planned configs.

`mlflow_callback.py` writes it. Names of metrics are stable: `pos/accuracy/swh_Latn` (test), `pos/accuracy/unseen` (mean
of a group), `dev/pos/accuracy/...` (for choosing), `stage_s/realign`, `progress/realign/loss` (with steps).
"""

from collections.abc import Mapping
from typing import Any

from sweep.records import TrialRecord
from sweep.reports.frame import score_frame
from sweep.reports.groups import group_means
from trainables.mapping import flatten

MAX_PARAM = 500  # MLflow allows 6,000 characters, its table becomes unreadable long before
MAX_TAG = 5_000
NOT_PARAMS = frozenset({"run.languages", "run.seed", "run.store", "run.device", "run.n_threads", "run.data.root"})

TRIAL_TAG = "realign_sweep.trial"
SWEEP_TAG = "realign_sweep.sweep"


def planned_config(record: TrialRecord) -> dict[str, Any]:
    """What `PlannedTrial.config` was for a recorded trial, so that its run can be made from the record alone."""
    subset = {
        "languages": list(record.languages), "criterion": record.criterion,
        "size": len(record.languages), "seed": record.subset_seed,
    }  # fmt: skip
    return {
        "name": record.trial, "arm": record.arm, "label": record.label, "subset": subset, "seed": record.seed,
        "number": record.number, "point": record.point, "run": record.config, "fingerprint": record.config_fingerprint,
    }  # fmt: skip


def run_name(config: Mapping[str, Any]) -> str:
    """`max-sum k=10 | seed 0`."""
    return f"{config['label']} | seed {config['seed']}"


def trial_params(config: Mapping[str, Any]) -> dict[str, str]:
    """The hyper-parameters of a planned config, flat and short; what only says how to execute is left out."""
    subset = config["subset"]
    params = {
        "arm": config["arm"], "seed": config["seed"], "subset.criterion": subset["criterion"],
        "subset.size": subset["size"], "subset.seed": subset["seed"],
    }  # fmt: skip
    params |= {key: value for key, value in flatten(config["run"], "run").items() if key not in NOT_PARAMS}
    return {key.removeprefix("run."): _short(value) for key, value in params.items()}


def trial_tags(config: Mapping[str, Any], sweep: str) -> dict[str, str]:
    """What runs are filtered by."""
    encoder = config["run"]["encoder"]
    return {
        SWEEP_TAG: sweep,
        TRIAL_TAG: config["name"],
        "arm": config["arm"],
        "criterion": config["subset"]["criterion"],
        "size": str(config["subset"]["size"]),
        "subset": " ".join(config["subset"]["languages"])[:MAX_TAG],
        "seed": str(config["seed"]),
        "encoder": " ".join(part for part in (encoder["provider"], encoder["name"]) if part),
        "status": "running",
    }


def record_metrics(record: TrialRecord) -> dict[str, float]:
    """Final metrics of a finished trial: every language, the means of groups, the costs."""
    frame = score_frame([record])
    metrics = {
        f"{'dev/' if row.split == 'dev' else ''}{row.task}/{row.metric}/{row.language}": float(row.value)
        for row in frame.itertuples()
    }
    for (task, metric, group), mean in group_means(frame).items():
        metrics[f"{task}/{metric}/{group.replace(' ', '_')}"] = mean
    for cost, value in record.costs.items():
        metrics[f"stage_s/{cost.removesuffix('_s')}" if cost.endswith("_s") else f"cost/{cost}"] = float(value)
    if record.score is not None:
        metrics["score"] = record.score
    return metrics


def record_tags(record: TrialRecord) -> dict[str, str]:
    """How a trial ended, with what."""
    tags = {"status": record.status, "encoder_fingerprint": record.encoder_fingerprint}
    if record.git_commit:
        tags["mlflow.source.git.commit"] = record.git_commit.removesuffix("+changes")
    if record.error:
        tags["error"] = record.error[-MAX_TAG:]
    return {key: value for key, value in tags.items() if value}


def progress_metrics(result: Mapping[str, Any]) -> dict[str, float]:
    """The loss of a running stage as `progress/<stage>/loss`, if it has one."""
    return {f"progress/{result.get('stage')}/loss": float(result["loss"])} if _is_number(result.get("loss")) else {}


def _is_number(value: object) -> bool:
    return (
        isinstance(value, int | float) and not isinstance(value, bool) and value == value and abs(value) != float("inf")
    )


def _short(value: object) -> str:
    text = ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return text if len(text) <= MAX_PARAM else text[: MAX_PARAM - 3] + "..."
