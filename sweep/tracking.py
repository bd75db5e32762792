"""What MLflow shows of a sweep, as plain data: names, params, tags, metrics. Made from records and planned configs only.

`mlflow_callback.py` writes it. Names of metrics are stable: `pos/accuracy/swh_Latn` (test), `pos/accuracy/unseen` (mean of a
group), `dev/pos/accuracy/...` (for choosing), `stage_s/realign`, `progress/realign/loss` (with steps).
"""

from collections.abc import Mapping
from typing import Any

from sweep.mapping import flatten
from sweep.records import TrialRecord
from sweep.reports.frame import score_frame
from sweep.reports.groups import group_means

MAX_PARAM = 500  # MLflow allows 6,000 characters, its table becomes unreadable long before
MAX_TAG = 5_000
NOT_PARAMS = frozenset({"run.languages", "run.seed", "run.store", "run.device", "run.n_threads", "run.data.root"})

TRIAL_TAG = "realign_sweep.trial"
SWEEP_TAG = "realign_sweep.sweep"
RESULT_KEYS = frozenset({"stage", "stage_step", "stage_steps", "stage_done", "done", "score", "training_iteration"})


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
    """The numbers of a running stage (loss ...), as `progress/<stage>/<name>`; Tune's own bookkeeping is left out."""
    stage = result.get("stage")
    names = set(result.get("metric_names", ())) or {"loss"}
    return {f"progress/{stage}/{name}": float(result[name]) for name in sorted(names) if _is_number(result.get(name))}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value and abs(value) != float("inf")


def _short(value: object) -> str:
    text = ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return text if len(text) <= MAX_PARAM else text[: MAX_PARAM - 3] + "..."
