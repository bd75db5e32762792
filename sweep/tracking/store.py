"""MlflowStore: every call to MLflow, few and batched. With `best_model`, the only importer of mlflow.

A server, an SQLite file or any other tracking URI; whoever writes is alone (the driver), so SQLite is enough.
"""

import contextlib
import errno
import json
import logging
import os
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag
from mlflow.exceptions import MlflowException
from mlflow.store.db import utils as db_utils
from mlflow.utils.mlflow_tags import MLFLOW_DATASET_CONTEXT
from sqlalchemy.exc import SQLAlchemyError

from search_spaces.writing import PARTIAL, sweep_up
from sweep.tracking.data_sets import DataInput
from sweep.tracking.metrics import Point
from sweep.tracking.names import SWEEP_TAG
from trainables.store.leases import Lease
from trainables.store.names import path_below
from trainables.store.secrets import redacted

ENTITIES_A_BATCH = 1_000  # MLflow takes so many metrics, params and tags together
PARAMS_A_BATCH = 100  # of either params or tags
# A server that does not answer may hold up a sweep for seconds, not for the minutes that are MLflow's default.
IMPATIENT = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2", "MLFLOW_HTTP_REQUEST_TIMEOUT": "15"}
N_CONNECTIONS = 4  # attempts at a database, 1 s in all; MLflow's default makes 10 in 100 s
MIGRATION_S = 300.0  # to make a new database, on a slow disk
SQLITE = "sqlite:///"
PLACES = {"experiments": "artifact_location", "runs": "artifact_uri", "logged_models": "artifact_location"}
MAX_SAID = 200  # characters of MLflow's own words in our sentence
FULL_DISK = ("disk is full", os.strerror(errno.ENOSPC), os.strerror(errno.EDQUOT))
WITHOUT_LOCKS = ("locking protocol", "database is locked", "disk I/O error")  # SQLite's words for them


class NoRoomError(ValueError):
    """A disk is full."""


@dataclass(frozen=True)
class FoundRun:
    """What a search gave of a run."""

    run_id: str
    status: str
    started_ms: int
    tags: Mapping[str, str]
    params: Mapping[str, str]


def migrate(tracking_uri: str) -> None:
    """Makes the database, once, before anyone else opens it (seconds for a new one).

    It appears when it is whole: one that a full disk or a signal has left half-made could never be used.

    Raises:
        ValueError: there is no store that can be used.
    """
    be_impatient()
    os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")  # two lines for every run of a server
    logging.getLogger("alembic").setLevel(logging.WARNING)
    with answering(tracking_uri), _alone_with(tracking_uri) as database:
        if database is not None and not (database.exists() and database.stat().st_size):
            _make(database)
        MlflowClient(tracking_uri).search_experiments(max_results=1)


def _make(database: Path) -> None:
    sweep_up(database.parent)
    partial = database.with_name(f".{database.name}.{os.getpid()}{PARTIAL}")
    try:
        client = MlflowClient(f"{SQLITE}{partial}")
        client.search_experiments(max_results=1)
        client.delete_experiment(
            "0"
        )  # MLflow's own, called Default, which would stand empty beside the sweeps for ever
        os.replace(partial, database)
    finally:
        for path in database.parent.glob(f"{partial.name}*"):  # with its journal
            path.unlink(missing_ok=True)


def _follow(tracking_uri: str, experiment_id: str, old: str, folder: Path) -> None:
    """Artifacts are where the database is, also after both were copied or moved: MLflow keeps absolute places.

    Nothing is done where the experiment's place was not ours: `artifacts/STUDY` beside an SQLite file.
    """
    new, end = folder.as_uri(), f"/artifacts/{quote(folder.name)}"
    if old == new or not tracking_uri.startswith(SQLITE) or not old.startswith("file:") or not old.endswith(end):
        return
    moved = "SET {0} = ? || substr({0}, ?) WHERE experiment_id = ? AND substr({0}, 1, ?) = ?"
    values = (new, len(old) + 1, int(experiment_id), len(old), old)
    with contextlib.closing(sqlite3.connect(tracking_uri.removeprefix(SQLITE))) as database, database:
        for table, column in PLACES.items():
            if database.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone():
                database.execute(f"UPDATE {table} {moved.format(column)}", values)  # noqa: S608 - names of our own


@contextlib.contextmanager
def _alone_with(tracking_uri: str) -> Iterator[Path | None]:
    """The SQLite file that we may make, which no other process of ours makes meanwhile: two at once would break it."""
    path = Path(tracking_uri.removeprefix(SQLITE))
    if not tracking_uri.startswith(SQLITE) or not path.name or not os.access(path.parent, os.W_OK):
        yield None
        return
    lock = Lease(path.with_name(f".{path.name}.making"))
    if not lock.acquire(limit_s=MIGRATION_S):
        raise TimeoutError(f"another process has been making it for {MIGRATION_S:g} s")
    try:
        yield path
    finally:
        lock.release()


def ask(tracking_uri: str) -> None:
    """Asks a store for nothing in particular; writes nothing.

    Raises:
        ValueError: it does not answer, or not to us.
    """
    be_impatient()
    with answering(tracking_uri):
        MlflowClient(tracking_uri).search_experiments(max_results=1)


def be_impatient() -> None:
    """From now on, and unless the user has set it otherwise, this process waits seconds for a silent server.

    And libraries do not say on their own what they raise as well.
    """
    for name in ("mlflow.store.db.utils", "urllib3.connectionpool"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    for key, value in IMPATIENT.items():
        os.environ.setdefault(key, value)
    db_utils.MAX_RETRY_COUNT = N_CONNECTIONS  # of a database; there is no setting


@contextlib.contextmanager
def answering(tracking_uri: str) -> Iterator[None]:
    """Whatever MLflow, its server or its database raises in the block becomes one sentence.

    Raises:
        ValueError: that sentence; NoRoomError where a disk of ours, or that of the database, is full.
    """
    try:
        yield
    except (MlflowException, SQLAlchemyError, sqlite3.Error, OSError, ImportError) as error:
        lines = [line for line in str(error).strip().splitlines() if not line.startswith("(raised as a result of")]
        said = redacted(next(iter(lines), type(error).__name__))  # below it stands SQL
        short = said if len(said) <= MAX_SAID else f"{said[:MAX_SAID]}..."
        uri = redacted(tracking_uri)
        if _is_full_disk(error):
            raise NoRoomError(
                f"There must be room for {uri}, but there is none ({short}). Free space, then give the command again."
            ) from None
        raise ValueError(_sentence(uri, getattr(error, "error_code", ""), said, short)) from None


def _is_full_disk(error: BaseException | None) -> bool:
    """Whether that is the reason of an error, or of what it was made of."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        if any(words in str(error) for words in FULL_DISK):
            return True
        error = error.__cause__ or error.__context__
    return False


def _sentence(uri: str, code: str, said: str, short: str) -> str:
    """What is wrong with a store, and what to do.

    Args:
        code: MLflow's name of the error, or "". said: its first line. short: the same, cut.
    """
    if code == "UNAUTHENTICATED" or "error code 401" in said:
        return (
            f"An MLflow server must know who calls, but {uri} knows nobody by what it was given ({short}). Set "
            "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN, in the environment."
        )
    if code == "PERMISSION_DENIED" or "error code 403" in said:
        return (
            f"An MLflow server must let us write to the study, but {uri} does not ({short}). Ask whoever runs it for "
            "the right to edit it, or set another `study`."
        )
    if uri.startswith(SQLITE) and any(words in said for words in WITHOUT_LOCKS):
        return (
            f"MLflow's database must lie where SQLite can lock it, but {uri} does not ({short}). Give an MLflow server "
            "by `--tracking-uri http://HOST:PORT`, or a file on a disk of this machine by "
            "`--tracking-uri sqlite:////tmp/mlflow.db`; `realign-sweep sync` makes the runs from the records anywhere."
        )
    made_anew = " (or move it away: `realign-sweep sync NAME` makes it anew)" * uri.startswith(SQLITE)
    return (
        f"An MLflow store must be a database (sqlite:///FILE) or a server (http://HOST:PORT) that answers, but "
        f"{uri} is not ({short}). Start or repair it{made_anew}, or give another one with `--tracking-uri` or "
        "`--mlruns`."
    )


class MlflowStore:
    """One experiment of one tracking store.

    Args:
        artifacts: folder for artifacts where there is no server that has its own; None = let the store decide.

    Raises:
        ValueError: the experiment was deleted, or its name would lead out of `artifacts`.
    """

    def __init__(self, tracking_uri: str, experiment: str, artifacts: Path | None, tags: Mapping[str, str]) -> None:
        self.client, self.experiment, self.tags = MlflowClient(tracking_uri), experiment, tags
        found = self.client.get_experiment_by_name(experiment)
        if found is None:
            location = None if artifacts is None else path_below(artifacts, experiment).as_uri()
            try:
                self.experiment_id = str(self.client.create_experiment(experiment, location, dict(tags)))
                return
            except MlflowException as error:
                if error.error_code != "RESOURCE_ALREADY_EXISTS":
                    raise
            found = self.client.get_experiment_by_name(experiment)  # another sweep was faster
            assert found is not None
        if found.lifecycle_stage == "deleted":
            raise ValueError(
                f"The study {experiment!r} must not be deleted in MLflow, but is. "
                f"Restore it (`mlflow experiments restore -x {found.experiment_id}`) or set another `study`."
            )
        self.experiment_id = str(found.experiment_id)
        for key in tags.keys() - found.tags.keys():  # of an earlier version; what people have changed stays
            self.client.set_experiment_tag(self.experiment_id, key, tags[key])
        if artifacts is not None:
            _follow(tracking_uri, self.experiment_id, found.artifact_location, path_below(artifacts, experiment))

    def check_rights(self) -> None:
        """Writes a tag that is there already: a server asks for the same right as for a run."""
        key, value = next(iter(self.tags.items()))
        self.client.set_experiment_tag(self.experiment_id, key, value)

    def find(self, tags: Mapping[str, str]) -> list[FoundRun]:
        """The runs that have all these tags, oldest first."""
        condition = " AND ".join(f"tags.`{key}` = '{value}'" for key, value in tags.items())
        found: list[FoundRun] = []
        token: str | None = None
        while True:
            page = self.client.search_runs([self.experiment_id], condition, max_results=1_000, page_token=token)
            for run in page:
                info, data = run.info, run.data
                found.append(FoundRun(info.run_id, info.status, info.start_time, dict(data.tags), dict(data.params)))
            token = page.token
            if not token:
                return sorted(found, key=lambda run: (run.started_ms, run.run_id))

    def create(self, name: str, tags: Mapping[str, str], started_s: float) -> str:
        """A new run and its id."""
        run = self.client.create_run(self.experiment_id, int(started_s * 1000), dict(tags), name)
        return str(run.info.run_id)

    def delete(self, run_id: str) -> None:
        """Moves a run to MLflow's bin."""
        self.client.delete_run(run_id)

    def log(
        self,
        run_id: str,
        points: Sequence[Point] = (),
        params: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        """Writes everything in one call, or as few as MLflow's limits allow."""
        metrics = [Metric(name, value, int(time_s * 1000), step) for name, value, time_s, step in points]
        pairs = [Param(key, value) for key, value in (params or {}).items()]
        labels = [RunTag(key, value) for key, value in (tags or {}).items()]
        while metrics or pairs or labels:
            some_pairs, some_labels = pairs[:PARAMS_A_BATCH], labels[:PARAMS_A_BATCH]
            n_metrics = ENTITIES_A_BATCH - len(some_pairs) - len(some_labels)
            self.client.log_batch(run_id, metrics=metrics[:n_metrics], params=some_pairs, tags=some_labels)
            metrics, pairs, labels = metrics[n_metrics:], pairs[PARAMS_A_BATCH:], labels[PARAMS_A_BATCH:]

    def log_inputs(self, run_id: str, inputs: Sequence[DataInput]) -> None:
        """Shows data sets as inputs of the run; the same one twice is one."""
        if inputs:
            self.client.log_inputs(run_id, [_data_set(data) for data in inputs])

    def write(self, run_id: str, files: Mapping[str, str | bytes]) -> None:
        """Puts files beside the run, by path, in one call."""
        if not files:
            return
        with tempfile.TemporaryDirectory() as folder:
            for name, content in files.items():
                path = Path(folder) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content.encode() if isinstance(content, str) else content)
            self.client.log_artifacts(run_id, folder)

    def reopen(self, run_id: str) -> None:
        """The run goes on."""
        self.client.update_run(run_id, status="RUNNING")

    def end(self, run_id: str, status: str, ended_s: float) -> None:
        """The run is over: "FINISHED", "FAILED" or "KILLED"."""
        self.client.set_terminated(run_id, status, int(ended_s * 1000))


def runs_of_sweep(tracking_uri: str, experiment: str, sweep: str) -> list[str]:
    """Ids of a sweep's runs that are not deleted, its own and its trials'; none where there is no such experiment.

    Raises:
        ValueError: the store does not answer; NoRoomError where its disk is full.
    """
    be_impatient()
    with answering(tracking_uri):
        client = MlflowClient(tracking_uri)
        found = client.get_experiment_by_name(experiment)
        ids, token = list[str](), None
        while found is not None:
            condition = f"tags.`{SWEEP_TAG}` = '{sweep}'"
            page = client.search_runs([found.experiment_id], condition, max_results=1_000, page_token=token)
            ids += [run.info.run_id for run in page]
            token = page.token
            if not token:
                break
    return ids


def delete_runs(tracking_uri: str, run_ids: Sequence[str]) -> None:
    """Moves runs to MLflow's bin.

    Raises:
        ValueError: the store does not answer; NoRoomError where its disk is full.
    """
    be_impatient()
    with answering(tracking_uri):
        for run_id in run_ids:
            MlflowClient(tracking_uri).delete_run(run_id)


def _data_set(data: DataInput) -> DatasetInput:
    source, profile = (json.dumps(value, ensure_ascii=False) for value in (data.source, data.profile))
    entity = Dataset(data.name, data.digest, data.source_type, source, profile=profile)
    return DatasetInput(entity, [InputTag(MLFLOW_DATASET_CONTEXT, data.context)])
