"""What MLflow shows of a sweep, as plain data: names, params, tags, metrics. Made from records and planned configs.

`mlflow_callback.py` writes it. Names of metrics are stable: `pos/accuracy/swh_Latn` (test), `ner/f1/swh_Latn.panx` (its
second test set), `ner/f1/unseen` (mean of a group, of the main metric), `dev/pos/accuracy/...` (for choosing),
`stage_s/realign`, `stage_s/finetune/ner`, `progress/finetune/ner/loss` (with steps).
"""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from sweep.records import TrialRecord
from sweep.reports.frame import score_frame
from sweep.reports.groups import group_means
from trainables.mapping import flatten
from trainables.run_config import RunConfig

MAX_PARAM = 500  # MLflow allows 6,000 characters, its table becomes unreadable long before
MAX_TAG = 5_000
IN_OTHER_WORDS = ("run.languages", "run.seed")  # the subset's params and tag, and "seed"

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
    left_out = (*IN_OTHER_WORDS, *_execution_fields(RunConfig, "run"))
    params |= {
        key: value
        for key, value in flatten(config["run"], "run").items()
        if not any(key == name or key.startswith(f"{name}.") for name in left_out)
    }
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
    """Final metrics of a finished trial: every test set, the means of groups, the costs."""
    frame = score_frame([record])
    metrics = {
        f"{'dev/' if row.split == 'dev' else ''}{row.task}/{row.metric}/{_test_set(row)}": float(row.value)
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


def _execution_fields(section: type, path: str) -> Iterator[str]:
    """Dotted names of the fields below `section` that only say how to execute."""
    for field in dataclasses.fields(section):
        name = f"{path}.{field.name}"
        if not field.metadata.get("identity", True):
            yield name
        elif dataclasses.is_dataclass(field.default):
            yield from _execution_fields(type(field.default), name)


def _test_set(row: Any) -> str:
    """`swh_Latn`, `swh_Latn.panx`."""
    return ".".join(filter(None, (row.language, row.source)))


def _is_number(value: object) -> bool:
    return (
        isinstance(value, int | float) and not isinstance(value, bool) and value == value and abs(value) != float("inf")
    )


def _short(value: object) -> str:
    text = ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return text if len(text) <= MAX_PARAM else text[: MAX_PARAM - 3] + "..."
