"""Names, tags, params and the note of a trial's run, as plain data.

Tags are what runs are filtered and grouped by, params what is compared, so both are few and short; the complete
configuration is the artifact config.yaml. Made from a planned config, so that a run can carry them before it ends.
"""

import dataclasses
import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from search_spaces.writing import indented_json
from sweep.config.dimensions import SET_SEARCHES
from sweep.config.sections import SweepConfig
from sweep.records.records import TrialRecord, error_line
from sweep.scores.names import language_names
from sweep.tracking.metrics import SCORES_FILE, reuse_tags
from trainables.mapping import flatten, to_mapping
from trainables.run_config import RunConfig
from trainables.store.fingerprint import fingerprint

TRIAL_TAG = "realign_sweep.trial"
SWEEP_TAG = "realign_sweep.sweep"
DIGEST_TAG = "realign_sweep.record"  # of the record that a run shows
CONFIG_TAG = "realign_sweep.config"  # of the sweep's config: two sweeps of one name are told apart by it
FOLDER_TAG = "realign_sweep.folder"  # where a sweep was started last: machine and folder

COMMIT_TAG = "mlflow.source.git.commit"
TABLES_TAG = {"mlflow.loggedArtifacts": json.dumps([{"path": SCORES_FILE, "type": "table"}])}

MAX_PARAM = 250  # MLflow allows 6,000 characters, its table becomes unreadable long before
MAX_TAG = 5_000
NOTED_LANGUAGES = 20
LANGUAGES_IN_NAME = 3

# Always params, so that sweeps can be compared; any other setting is one where it differs from its default.
MAIN_SETTINGS = (
    "encoder.provider", "encoder.name", "tasks", "realign.objective", "realign.protocol", "realign.n_steps",
    "realign.batch_size", "realign.learning_rate", "realign.temperature", "finetune.n_steps", "finetune.batch_size",
    "finetune.learning_rate",
)  # fmt: skip
IN_OTHER_WORDS = ("languages", "seed")  # the subset's params and tags, and "seed"


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
    """`max-sum k=10 (German, Wolof, Yoruba and 7 more) | seed 0`, as a list of runs shows nothing else unasked.

    What has no languages, or all of them, says so in its label.
    """
    subset = config["subset"]
    named = language_names(sorted(subset["languages"]), LANGUAGES_IN_NAME) if subset["criterion"] != "full" else ""
    return f"{config['label']}{f' ({named})' if named else ''} | seed {config['seed']}"


def trial_tags(config: Mapping[str, Any], sweep: str) -> dict[str, str]:
    """What runs are filtered by. `subset` holds the sorted languages, `languages` their names; `subset_id` is the same
    for the same set.
    """
    encoder, languages = config["run"].get("encoder", {}), sorted(config["subset"]["languages"])
    return {
        SWEEP_TAG: sweep,
        TRIAL_TAG: config["name"],
        "kind": "trial",
        "arm": config["arm"],
        "origin": "arm" if config["number"] is None else "search",
        "criterion": config["subset"]["criterion"],
        "size": str(len(languages)),
        "subset": " ".join(languages)[:MAX_TAG],
        "languages": language_names(languages, NOTED_LANGUAGES) or "none",
        "subset_id": subset_id(languages),
        "seed": str(config["seed"]),
        "encoder": " ".join(part for part in (encoder.get("provider"), encoder.get("name")) if part),
        "tasks": " ".join(config["run"].get("tasks", RunConfig().tasks)),
        "status": "running",
    }


def tags_at_end(record: TrialRecord) -> dict[str, str]:
    """How a trial ended, with what, and which record says so."""
    status, reason = record.status, ""
    if status == "stopped":
        last = record.signals[-1]
        reason = f"stopped early at {last['name']} {last['value']:.3f}"
    tags = {
        "status": "killed" if status == "stopped" else status,
        "encoder_fingerprint": record.encoder_fingerprint, "error": error_line(record.error)[:MAX_TAG],
        "stop_reason": reason, **record.machine, **reuse_tags(record.costs), **commit_tags(record.git_commit),
        DIGEST_TAG: record_digest(record), **(TABLES_TAG if record.scores else {}),
    }  # fmt: skip
    return {key: value for key, value in tags.items() if value}


def commit_tags(commit: str | None) -> dict[str, str]:
    """`git_commit` says "+changes" where there were some; MLflow's own tag must be a commit."""
    return {"git_commit": commit, COMMIT_TAG: commit.removesuffix("+changes")} if commit else {}


def record_digest(record: TrialRecord) -> str:
    """The same for a record of an earlier version as that version gave it, so that its run is not written again."""
    fields = {k: v for k, v in record.as_dict().items() if v or k not in ("curves", "data", "machine")}
    return hashlib.sha256(indented_json(fields).encode()).hexdigest()[:16]


def subset_id(languages: list[str]) -> str:
    """Ten hex digits of a set of languages, whatever order or name it came with; "none" for no language."""
    return fingerprint(sorted(languages))[:10] if languages else "none"


def trial_params(config: Mapping[str, Any]) -> dict[str, str]:
    """The hyper-parameters of a planned config: the subset, MAIN_SETTINGS, what was searched for and what is not as by
    default. A trial that realigns nothing has no settings of realignment.
    """
    subset = config["subset"]
    params = {
        "arm": config["arm"], "seed": config["seed"], "subset.criterion": subset["criterion"],
        "subset.size": len(subset["languages"]), "subset.seed": subset["seed"],
    }  # fmt: skip
    default, hidden = _usual()
    for key, value in flatten(config["run"]).items():
        is_hidden = any(key == name or key.startswith(f"{name}.") for name in hidden)
        is_void = key.startswith("realign.") and not subset["languages"]
        if not is_hidden and not is_void and (key in MAIN_SETTINGS or default.get(key) != value):
            params[key] = value
    params |= config["point"]
    return {key: _short(value) for key, value in params.items() if value not in (None, "", [], {}, ())}


def feature_params(features: Mapping[str, float]) -> dict[str, str]:
    """Features of a set as params: `set.n_families` ..., of which MLflow's parallel coordinates take numbers. The size
    is `subset.size`.
    """
    return {f"set.{key}": f"{value:g}" for key, value in features.items() if key != "size"}


def trial_note(config: Mapping[str, Any]) -> str:
    """What a trial is, in Markdown: the first thing on its page."""
    languages = sorted(config["subset"]["languages"])
    if not languages:
        return f"Fine-tuned in English **without realignment**, training seed {config['seed']}."
    named = language_names(languages, NOTED_LANGUAGES)
    plural = "languages" if len(languages) > 1 else "language"
    head = f"**{config['label']}**, training seed {config['seed']}"
    return f"{head}: realigned on {len(languages)} {plural} ({named}), then fine-tuned in English."


def sweep_params(config: Mapping[str, Any], n_trials: int) -> dict[str, str]:
    """Params of the parent run: what the sweep compares, in a few words.

    Args:
        config: the complete sweep config, plain data.
    """
    run, kind = flatten(config["run"]), config["search"]["kind"]
    params = {
        "arms": [arm["name"] for arm in config["arms"]], "seeds": config["seeds"], "n_trials": n_trials,
        "pool": config["pool"] or "as the data has it", "space": sorted(config["space"]),
        "search": kind if config["space"] or kind in SET_SEARCHES else "",
    }  # fmt: skip
    params |= {key: run[key] for key in MAIN_SETTINGS if key in run}
    return {key: _short(value) for key, value in params.items() if value not in (None, "", [], {}, ())}


def config_digest(config: Mapping[str, Any]) -> str:
    """Twenty hex digits of what decides a sweep's results, as far as it is not as by default: neither paths nor
    resources nor words for people, and a setting that a later version adds changes nothing.

    Args:
        config: the complete sweep config, plain data.
    """
    hidden = (*_execution_fields(SweepConfig), "name")
    default = flatten(to_mapping(SweepConfig(name="")))
    decides = {
        key: value
        for key, value in flatten(config).items()
        if value != default.get(key) and not any(key == name or key.startswith(f"{name}.") for name in hidden)
    }
    return fingerprint(_without_empty(decides))


def _without_empty(value: Any) -> Any:
    """A new field of an arm or a dimension is empty in those that do not use it."""
    if isinstance(value, Mapping):
        return {k: _without_empty(v) for k, v in value.items() if v not in (None, "", [], {}, ())}
    return [_without_empty(item) for item in value] if isinstance(value, list | tuple) else value


@cache
def _usual() -> tuple[dict[str, Any], tuple[str, ...]]:
    """The settings of a run by default, and the names of those that are no hyper-parameters."""
    return flatten(to_mapping(RunConfig())), (*IN_OTHER_WORDS, *_execution_fields(RunConfig))


def _execution_fields(section: type, path: str = "") -> Iterator[str]:
    """Dotted names of the fields below `section` that only say how to execute."""
    for field in dataclasses.fields(section):
        name = f"{path}{field.name}"
        if not field.metadata.get("identity", True):
            yield name
        elif dataclasses.is_dataclass(field.default):
            yield from _execution_fields(type(field.default), f"{name}.")


def _short(value: object) -> str:
    text = " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return text if len(text) <= MAX_PARAM else text[: MAX_PARAM - 3] + "..."
