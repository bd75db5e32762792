"""The data sets of a trial as MLflow shows them: one input for each thing that text was read for, with its digest.

The digests are the trial's own (of the files it read), from its record. Earlier versions recorded none:
then there are no inputs.
"""

from dataclasses import dataclass
from typing import Any

from sweep.records.records import TrialRecord
from trainables.mapping import flatten, to_mapping
from trainables.run_config import DataConfig

MAX_DIGEST = 36
EXECUTION = ("root", "require_pinned", "max_leaked_frac")


@dataclass(frozen=True, kw_only=True)
class DataInput:
    """context: "realignment", "fine-tuning" or "evaluation". source: where it comes from, as the config says it.
    profile: sizes.
    """

    name: str
    digest: str
    context: str
    source_type: str
    source: dict[str, Any]
    profile: dict[str, Any]


def data_inputs(record: TrialRecord) -> list[DataInput]:
    """The inputs of a recorded trial.

    The record's digests are by use, see `trainables.data.digests`.
    """
    config = flatten(record.config.get("data", {}))
    default = flatten(to_mapping(DataConfig()))
    kind = str(config.get("source", default["source"]))
    given = {k: v for k, v in config.items() if k not in EXECUTION and v != default.get(k)}
    revisions = {"commits": dict(record.data_revisions)} if record.data_revisions else {}
    return [
        DataInput(
            name=_name(use, kind), digest=digest[:MAX_DIGEST], context=_context(use), source_type=kind,
            source={"source": kind, **given, **revisions}, profile=_profile(use, record),
        )
        for use, digest in sorted(record.data.items())
    ]  # fmt: skip


def _name(use: str, kind: str) -> str:
    """`pos-test (hub)`."""
    stage, _, task = use.partition("/")
    what = {
        "realign": "bitext",
        "probe": "parallel-sentences",
        "finetune": f"{task}-train-eng",
        "evaluate": f"{task}-test",
    }
    return f"{what.get(stage, use)} ({kind})"


def _context(use: str) -> str:
    return {"realign": "realignment", "finetune": "fine-tuning"}.get(use.partition("/")[0], "evaluation")


def _profile(use: str, record: TrialRecord) -> dict[str, Any]:
    stage, _, task = use.partition("/")
    if stage == "realign":
        return {"n_languages": len(record.languages), "languages": " ".join(record.languages)}
    if stage == "evaluate":
        return {"n_languages": len({s.language for s in record.scores if (s.task, s.split) == (task, "test")})}
    return {}
