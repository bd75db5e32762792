"""OptunaTracker: a sweep's search as an Optuna study in an SQLite file, so that `optuna-dashboard` opens it.

A mirror: nothing is ever asked of it, and it holds what the search was told, never a reported score. Optuna cannot
change or delete a trial that has ended: where a record says otherwise than the study, the study is made anew.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution
from optuna.trial import FrozenTrial, TrialState, create_trial

from search_spaces.inventory import AREAS
from sweep.config.load import as_mapping
from sweep.config.space import sizes_of
from sweep.records.records import TrialRecord
from sweep.reports.set_features import SetFeatures
from sweep.scores.names import language_names
from sweep.search.optuna_points import distribution_of, key_of
from sweep.tracking.base import Tracker
from sweep.tracking.metrics import OF_SHARES
from sweep.tracking.names import record_digest
from sweep.tracking.results import by_end
from sweep.tracking.trackers import Shown

RECORD, TRIAL = "record", "trial"
VALUES = (
    "Values are what the search was told: mean development scores of its search languages (fractions, larger is "
    "better). Test scores, which are reported, are not in this study. Trials of planned arms are not either."
)
LARGEST_COST = 1e15
STATES = {"finished": TrialState.COMPLETE, "failed": TrialState.FAIL, "stopped": TrialState.PRUNED}


class OptunaTracker(Tracker):
    """The study of one sweep, called as the sweep, in `optuna.db` in its folder."""

    def __init__(self, shown: Shown) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        config, folder = shown.config, shown.folder
        folder.root.mkdir(parents=True, exist_ok=True)
        self.name, self.config = config.name, config
        self.features = SetFeatures.of_config(as_mapping(config))
        self.distributions = self._distributions()
        self.storage = optuna.storages.RDBStorage(f"sqlite:///{folder.optuna}")
        self.study = self._open()
        self._digests = {trial.user_attrs.get(TRIAL): trial.user_attrs.get(RECORD) for trial in self.study.trials}

    def close_trial(self, record: TrialRecord) -> None:
        """Adds a searched trial. One that ended before, otherwise, waits until the study is made anew."""
        if record.number is not None and record.trial not in self._digests:
            self.study.add_trial(self._trial(record))
            self._digests[record.trial] = record_digest(record)

    def catch_up(self, records: Sequence[TrialRecord]) -> int:
        """Adds what is missing; makes the study anew where a trial in it has another record by now, or none."""
        searched = [record for record in by_end(records) if record.number is not None]
        now = {record.trial: record_digest(record) for record in searched}
        if any(now.get(str(trial)) != digest for trial, digest in self._digests.items()):
            optuna.delete_study(study_name=self.name, storage=self.storage)
            self.study, self._digests = self._open(), {}
        missing = [record for record in searched if record.trial not in self._digests]
        for record in missing:
            self.close_trial(record)
        return len(missing)

    def finish(self, records: Sequence[TrialRecord]) -> None:
        """With trials that have run again."""
        self.catch_up(records)

    def _open(self) -> optuna.Study:
        study = optuna.create_study(
            study_name=self.name, storage=self.storage, direction="maximize", load_if_exists=True
        )
        search = self.config.search
        about = {
            "values": VALUES, "search": search.kind, "search languages": str(search.languages),
            "made by": f"realign-sweep; `realign-sweep sync {self.name}` makes it anew from the records",
        }  # fmt: skip
        for key, value in about.items():
            if study.user_attrs.get(key) != value:
                study.set_user_attr(key, value)
        return study

    def _distributions(self) -> dict[str, BaseDistribution]:
        """Of all params that a trial may have; those of a set's features are as wide as the space makes them."""
        space = {key: distribution_of(dimension) for key, dimension in self.config.space.items()}
        sizes = self.config.space.get("subset.size")
        bounds = [n for n in (sizes.bounds if sizes else sizes_of(self.config.search.size)) if isinstance(n, int)]
        least, most = (min(bounds), max(bounds)) if bounds else (0, len(self.config.pool) or 10_000)
        if sizes is None:
            space["size"] = IntDistribution(least, most)
        return space | {
            "n_families": IntDistribution(0, most), "n_areas": IntDistribution(0, len(AREAS)),
            "mean_distance": FloatDistribution(0.0, 1.0), "unseen_frac": FloatDistribution(0.0, 1.0),
            "cost": FloatDistribution(0.0, LARGEST_COST),
        }  # fmt: skip

    def _trial(self, record: TrialRecord) -> FrozenTrial:
        params: Mapping[str, Any] = {
            **self.features.of(record.languages, record.seen_languages),
            **{key: key_of(value) for key, value in record.point.items()},
        }
        params = {key: value for key, value in params.items() if key in self.distributions}
        state = STATES[record.status]
        trial = create_trial(
            params=dict(params), distributions={key: self.distributions[key] for key in params}, state=state,
            value=record.score if state == TrialState.COMPLETE else None, user_attrs=_attributes(record),
            intermediate_values=_intermediate(record),
        )  # fmt: skip
        trial.datetime_start = datetime.fromtimestamp(record.started_s)
        trial.datetime_complete = datetime.fromtimestamp(record.ended_s)
        return trial


def _attributes(record: TrialRecord) -> dict[str, Any]:
    return {
        TRIAL: record.trial, RECORD: record_digest(record), "label": record.label, "arm": record.arm,
        "languages": language_names(record.languages, len(record.languages)), "subset": " ".join(record.languages),
        "seed": record.seed, "number": record.number,
    }  # fmt: skip


def _intermediate(record: TrialRecord) -> dict[int, float]:
    """Signals by their step, as in MLflow."""
    return {
        round(100 * signal["at"]) if signal["name"] in OF_SHARES else int(signal["at"]): float(signal["value"])
        for signal in record.signals
    }
