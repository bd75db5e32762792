"""A sweep as Tune would drive it, on a real (temporary) MLflow database."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from sweep.config.load import as_mapping
from sweep.folders import SweepFolder
from sweep.plan import Plan
from sweep.records.records import RecordStore, TrialRecord, make_record
from sweep.tracking.callback import MlflowCallback, migrate
from sweep.tracking.view import SweepView

ENVIRONMENT = {"sweep": "tiny", "versions": {"python": "3.11"}, "git_commit": "a" * 40}


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new database takes seconds to migrate: made once, copied by every test."""
    path = tmp_path_factory.mktemp("mlflow") / "mlflow.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def store(migrated: Path, folder: SweepFolder) -> SweepFolder:
    folder.mlruns.mkdir(parents=True, exist_ok=True)
    shutil.copy(migrated, folder.mlruns / "mlflow.db")
    return folder


class Session:
    """One sweep as Tune would drive it, event by event."""

    environment = ENVIRONMENT

    def __init__(self, plan: Plan, folder: SweepFolder) -> None:
        self.plan, self.folder, self.records = plan, folder, RecordStore(folder.records)
        self.client = MlflowClient(folder.tracking_uri)

    def start(self, folder: SweepFolder | None = None) -> MlflowCallback:
        callback = MlflowCallback(
            tracking_uri=self.folder.tracking_uri, artifacts=self.folder.artifacts, study="study", sweep="tiny",
            config=as_mapping(self.plan.config), records=self.records, environment=ENVIRONMENT,
            n_trials=self.plan.n_trials, folder=folder,
        )  # fmt: skip
        callback.setup()
        self.callback = callback
        return callback

    def view(self, uri: str = "", artifacts: Path | None = None) -> SweepView:
        return SweepView(
            uri or self.folder.tracking_uri, artifacts or self.folder.artifacts, study="study", sweep="tiny",
            config=as_mapping(self.plan.config), environment=ENVIRONMENT, n_trials=self.plan.n_trials,
        )  # fmt: skip

    def trial(self, number: int) -> Any:
        return SimpleNamespace(config=self.plan.trials[number].config())

    def record(self, number: int, scores: tuple[dict[str, Any], ...], error: str = "") -> TrialRecord:
        result = {"score": 0.5, "scores": scores, "costs": {"realign_s": 2.0}, "encoder_fingerprint": "f",
                  "seen_languages": ["deu_Latn"]}  # fmt: skip
        record = make_record(self.trial(number).config, result, error, time.time(), ENVIRONMENT)
        self.records.write(record)
        return record

    def runs(self) -> dict[str, Run]:
        if hasattr(self, "callback"):
            self.callback.flush()
        experiment = self.client.get_experiment_by_name("study")
        runs = self.client.search_runs([experiment.experiment_id])
        named = {run.info.run_name: run for run in runs}
        assert len(named) == len(runs), "one run a trial"
        return named


@pytest.fixture
def session_of(store: SweepFolder) -> Callable[[Plan], Session]:
    """A session of another plan, in `store`."""
    return lambda plan: Session(plan, store)


@pytest.fixture
def session(plan_of: Callable[..., Plan], store: SweepFolder) -> Session:
    return Session(plan_of(seeds=[0], study="study", description="a *description*"), store)
