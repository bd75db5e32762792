"""Records: one JSON file a trial, the source of truth of a sweep. MLflow and the reports are views of it.

A record is written once, whole or not at all, by the driver, when its trial has finished or has failed for good. A
trial whose record says "finished" is never run again.
"""

import math
import os
import time
from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from search_spaces.languages import ENGLISH
from search_spaces.ranges import Seed
from search_spaces.reading import DataError
from search_spaces.structured import parse_json, read_json
from search_spaces.writing import indented_json
from sweep.config.search_languages import SearchLanguages, rule_of
from sweep.folders import write_atomically
from trainables.evaluation.scores import P_AT_1, RETRIEVAL, ScoreRow, Scores, told_score
from trainables.mapping import ConfigError, from_mapping, to_mapping
from trainables.tasks import TASKS

SCHEMA = 1
IMPORTED = "published scores"
"""Key of `versions` that marks scores which were taken from a publication: nothing was run here."""
MAX_ERROR = 4_000
N_KEPT = 8
"""Records in memory after they were written: several callbacks ask for each."""
MAX_TIME_S = 253_402_300_800.0
"""The year 10000: no date can be made of more."""
Status = Literal["finished", "failed", "stopped"]
RUN_AGAIN = "Delete it and resume the sweep to run the trial again."


class OtherSchemaError(ValueError):
    """A record is of another version of this program."""


@dataclass(frozen=True, kw_only=True)
class TrialRecord:
    """Everything about one trial that is over.

    trial: its name, unique in the sweep. arm: what it is compared as. label: the arm for people.
    criterion, languages, subset_seed: the realigned languages and how they were chosen. seed: of the training.
    point: the searched hyper-parameters; number: the search's count, None for a planned trial.
    machine: where the worker computed, see `trainables.stepping.devices.describe_machine`; earlier records have none.
    config: the complete RunConfig. config_fingerprint: of its identity fields.
    encoder: what it started from: "name", and the "commit" of a repository or the "digest" of local files, "texts" of
        one that was made from the data;
        encoder_fingerprint: of weights, tokenizer and the libraries that read them. Records of earlier versions have no
        `encoder`.
    checks: what `trainables.encoders.checks` found before training: sizes, "warnings", shares of unknown pieces by
        language; "leaks": what `trainables.evaluation.leaks` found, with the number of sentence pairs of each realigned
        language. Earlier records have none.
    way_of_reading: which digests of `data` and `encoder` may be compared with each other (`trainables.inputs`); "" in
        earlier records.
    seen_languages: what the encoder was pre-trained on; None = not known.
    status: "stopped" = ended early by the sweep's scheduler; it has signals, but no score.
    score: the told score (`trainables.evaluation.scores.told_score`), for choosing: held-out languages are not in it.
        Earlier versions wrote the mean over all languages; it is computed again when such a record is read.
    scores: every score, in the order of evaluation.
    signals: what the trial showed on its way (`trainables.signals`): "name", "at", "value" each, in order.
    costs: seconds a stage ("realign_s", "finetune/pos_s"), 1 for a stage taken from the store ("realign_reused"), bytes
        of memory.
    curves: of the stages that were trained here (`trainables.stepping.curves`); a stage taken from the store has none.
    data: digests of what was read, by use (`trainables.data.digests`), also for stages taken from the store. Records of
        earlier versions have neither. data_revisions: the commits or versions of the data sets, by data set
        (`trainables.parallel_data.corpus.corpus_revisions`); {} for a folder of the user's own.
    """

    schema: int = SCHEMA
    sweep: str
    trial: str
    arm: str
    label: str
    criterion: str
    languages: tuple[str, ...]
    subset_seed: Seed | None = None
    seed: Seed
    number: int | None = None
    point: dict[str, Any] = field(default_factory=dict)
    status: Status
    error: str = ""
    score: float | None = None
    scores: Sequence[ScoreRow] = ()
    signals: tuple[dict[str, Any], ...] = ()
    costs: dict[str, float] = field(default_factory=dict)
    curves: dict[str, dict[str, Any]] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)
    data_revisions: dict[str, str] = field(default_factory=dict)
    machine: dict[str, str] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    config_fingerprint: str = ""
    encoder: dict[str, str] = field(default_factory=dict)
    encoder_fingerprint: str = ""
    way_of_reading: str = ""
    checks: dict[str, Any] = field(default_factory=dict)
    seen_languages: tuple[str, ...] | None = None
    versions: dict[str, str] = field(default_factory=dict)
    git_commit: str | None = None
    started_s: float = 0.0
    ended_s: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "scores", Scores.of_rows(self.scores))

    @property
    def columns(self) -> Scores:
        """The scores, as they are kept."""
        assert isinstance(self.scores, Scores), "see above"
        return self.scores

    @property
    def finished(self) -> bool:
        """Whether it has scores."""
        return self.status == "finished"

    @property
    def failed(self) -> bool:
        """Whether it ended by an error."""
        return self.status == "failed"

    @property
    def hidden_languages(self) -> tuple[str, ...]:
        """What the trial's search had put aside; () also where an early version does not say it."""
        return tuple(self.config.get("evaluate", {}).get("no_signal_of", ()))

    @property
    def outline(self) -> "TrialRecord":
        """The record without what is large in it: how a trial ended, for whoever keeps thousands in memory."""
        told = {key: value for key, value in self.config.get("evaluate", {}).items() if key == "told"}
        return replace(
            self, scores=(), signals=(), curves={}, data={}, data_revisions={}, config={"evaluate": told}, checks={},
            versions={}, seen_languages=None,
        )  # fmt: skip

    def as_dict(self) -> dict[str, Any]:
        """As written in its file."""
        return {**to_mapping(self), "scores": [row.as_dict() for row in self.scores]}


def status_of(result: Mapping[str, Any]) -> Status:
    """How a trial without an error ended, by its last result: with scores, early with signals, or with neither."""
    if result.get("scores"):
        return "finished"
    return "stopped" if result.get("signals") else "failed"


def rows_of(result: Mapping[str, Any]) -> Scores:
    """The scores of a trial's result, which crosses processes as plain data."""
    return Scores.from_dicts(result.get("scores", ()))


def make_record(
    config: Mapping[str, Any],
    result: Mapping[str, Any] | None,
    error: str,
    started_s: float,
    environment: Mapping[str, Any],
) -> TrialRecord:
    """The record of a trial that is over.

    Args:
        config: what the searcher suggested (`PlannedTrial.config`).
        result: the trial's last result, see `status_of`.
        error: the trial's error text, empty for one that finished or was stopped.
        environment: "sweep", "versions", "git_commit".
    """
    result = result or {}
    status: Status = "failed" if error else status_of(result)
    subset = config["subset"]
    return TrialRecord(
        sweep=environment["sweep"], trial=config["name"], arm=config["arm"], label=config["label"],
        criterion=subset["criterion"], languages=tuple(subset["languages"]), subset_seed=subset["seed"],
        seed=config["seed"], number=config["number"], point=dict(config["point"]),
        status=status,
        error=(error or "The trial ended without scores.")[-MAX_ERROR:] if status == "failed" else "",
        score=_finite(result.get("score")) if status == "finished" else None,
        scores=rows_of(result) if status == "finished" else (),
        signals=() if status == "failed" else tuple(result.get("signals", ())),
        costs=dict(result.get("costs", {})),
        curves=dict(result.get("curves", {})),
        data=dict(result.get("data", {})), data_revisions=dict(result.get("data_revisions", {})),
        machine=dict(result.get("machine", {})),
        config=dict(config["run"]), config_fingerprint=config["fingerprint"],
        encoder=dict(result.get("encoder", {})),
        encoder_fingerprint=str(result.get("encoder_fingerprint", "")), checks=dict(result.get("checks", {})),
        way_of_reading=str(result.get("way_of_reading", "")),
        seen_languages=None if result.get("seen_languages") is None else tuple(result["seen_languages"]),
        versions=dict(environment["versions"]), git_commit=environment["git_commit"],
        started_s=started_s, ended_s=time.time(),
    )  # fmt: skip


class RecordStore:
    """The records of one sweep. Which trials have ended well is read once and kept: the driver is the only writer.

    Args:
        folder: of the JSON files; made on first write.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._finished: set[str] | None = None
        self._rule: SearchLanguages | None = None
        self._written: dict[str, TrialRecord] = {}  # the last ones, for those who are told of them next
        self._aside: dict[tuple[frozenset[str], tuple[str, ...] | None], frozenset[str]] = {}

    def write(self, record: TrialRecord) -> Path:
        """Writes a record atomically. A finished one is never replaced by a failed one."""
        path = self.folder / f"{record.trial}.json"
        before = self.get(record.trial)
        if not (before and before.finished and not record.finished):
            text = record_text(record.as_dict())
            write_atomically(path, text)
            self._written[record.trial] = parse_record(parse_json(text, str(path)))
            for trial in list(self._written)[:-N_KEPT]:
                self._written.pop(trial, None)
            if self._finished is not None and not record.failed:
                self._finished.add(record.trial)
        return path

    def get(self, trial: str) -> TrialRecord | None:
        """The record of the trial with this name, if it is over.

        Raises:
            ValueError: the file is not a record.
        """
        path = self.folder / f"{trial}.json"
        if not path.exists():
            return None
        written = self._written.get(trial)
        return self._told(_read(path) if written is None else written)

    def all(self) -> list[TrialRecord]:
        """Every record, sorted by trial name."""
        return list(self.each())

    def each(self) -> Iterator[TrialRecord]:
        """The same, one in memory at a time."""
        return (self._told(_read(path)) for path in self._paths())

    def any(self) -> bool:
        """Whether any trial is over."""
        return bool(self._paths())

    def finished_names(self) -> Set[str]:
        """Names of the trials that must not run again."""
        if self._finished is None:
            self._finished = {record.trial for record in self.each() if not record.failed}
        return self._finished

    def set_aside_damaged(self) -> list[Path]:
        """Renames files that are no records, so that their trials run again; returns the new names."""
        aside = []
        for path in self._paths():
            try:
                _read(path)
            except OtherSchemaError:
                raise
            except ValueError:
                aside.append(path.replace(path.with_name(f"{path.name}.damaged")))
        self._finished = None
        self._written.clear()
        return aside

    def _told(self, record: TrialRecord) -> TrialRecord:
        """With the told score, whichever version wrote the record."""
        if record.score is None or not record.scores:
            return record
        hidden: Collection[str] = record.hidden_languages
        metrics = {task: TASKS[task].metric for task in record.columns.of.tasks if task in TASKS}
        if record.config.get("evaluate", {}).get("told") == RETRIEVAL:
            metrics = {RETRIEVAL: P_AT_1}
        if "no_signal_of" not in record.config.get("evaluate", {}):
            places = record.columns.of.places
            main = {language for task in metrics for _, language in places.get((task, metrics[task], "dev"), ())}
            hidden = self._put_aside(frozenset(main), record.seen_languages)
        return replace(record, score=told_score(record.scores, metrics, hidden)) if hidden else record

    def _put_aside(self, dev_languages: frozenset[str], seen: tuple[str, ...] | None) -> Collection[str]:
        """By the rule of the sweep's config, as records of early versions do not say it themselves."""
        if (dev_languages, seen) in self._aside:
            return self._aside[dev_languages, seen]
        if self._rule is None:
            from sweep.config.load import saved_config  # only for early records: it reads a whole sweep file

            path = self.folder.parent / "config.yaml"
            config = saved_config(path) if os.path.lexists(path) else None
            searches = config is not None and not config.search.is_empty(config.space)
            self._rule = rule_of(config.search) if config is not None and searches else SearchLanguages()
        self._aside[dev_languages, seen] = dev_languages - {ENGLISH, *self._rule.among(dev_languages, seen)}
        return self._aside[dev_languages, seen]

    def _paths(self) -> list[Path]:
        if os.path.lexists(self.folder) and not self.folder.is_dir():
            what = "file" if self.folder.exists() else "link that points nowhere"
            raise ValueError(f"Records must be in a folder, but {self.folder} is a {what}. Move it away.")
        return sorted(path for path in self.folder.glob("*.json") if not path.name.startswith("."))


def error_line(text: str) -> str:
    """The line of a traceback that says what went wrong."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def _finite(value: Any) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None


def _problem_of_signal(signal: Mapping[str, Any]) -> str:
    numbers = [signal.get(name) for name in ("at", "value")]
    if not isinstance(signal.get("name"), str) or not all(
        isinstance(number, int | float) and not isinstance(number, bool) for number in numbers
    ):
        return "have `name`, `at` and `value`"
    return ""


def parse_record(mapping: Any) -> TrialRecord:
    """The record that plain data holds, as `TrialRecord.as_dict` gives it.

    Raises:
        ValueError: it is none; the text says why, without a remedy.
    """
    try:
        if not isinstance(mapping, dict) or not isinstance(mapping.get("scores", []), list):
            raise DataError("it must hold fields, and a list of `scores`")
        rows = Scores.from_dicts(mapping.get("scores", ()))
        plain = {key: value for key, value in mapping.items() if key != "scores"}
        record = replace(from_mapping(TrialRecord, plain), scores=rows)
        if problem := next(filter(None, map(_problem_of_signal, record.signals)), ""):
            raise DataError(f"each of its signals must {problem}")
        if record.finished and not rows:
            raise DataError("it is of a finished trial and has no `scores`")
        if record.score is None and record.finished and IMPORTED not in record.versions:
            raise DataError("it is of a finished trial and has no `score`")
        if record.score is not None and not 0 <= record.score <= 1:
            raise DataError(f"its `score` must be between 0 and 1, but is {record.score:g}")
        if not all(0 <= time_s < MAX_TIME_S for time_s in (record.started_s, record.ended_s)):
            raise DataError("its `started_s` and `ended_s` must be seconds since 1970")
    except ConfigError as error:
        raise ValueError("; ".join(error.problems)) from None
    return record


def record_text(mapping: Mapping[str, Any]) -> str:
    """What the file of a record holds.

    Args:
        mapping: see `TrialRecord.as_dict`.
    """
    return indented_json(mapping, allow_nan=False) + "\n"


def _read(path: Path) -> TrialRecord:
    try:
        record = parse_record(read_json(path))
        if record.trial != path.stem:
            raise DataError(f"it is of the trial {record.trial!r}")
    except ValueError as error:
        raise ValueError(f"{path} must be a trial's record, but is not ({error}). {RUN_AGAIN}") from None
    if record.schema != SCHEMA:
        raise OtherSchemaError(
            f"The record {path} must have schema {SCHEMA}, but has {record.schema}. Use the version that wrote it."
        )
    return record
