"""No change to test scores, held-out languages or reported probes changes what a search decides, lists or exports.

Nor which trials a scheduler stops, here and after a restart: it is asked without a cluster.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from ray.tune.experiment import Trial

from sweep.config.load import parse_config
from sweep.config.rungs import rungs_of
from sweep.config.search_languages import rule_of
from sweep.config.sections import SchedulerConfig, SweepConfig
from sweep.execution.schedulers import SweepScheduler
from sweep.findings.early_signal import early_signals
from sweep.findings.learned import Search
from sweep.records.records import RecordStore, TrialRecord
from sweep.reports.results import SweepResults
from sweep.search.endings import told_of_ending
from sweep.search.languages import search_languages
from sweep.search.tried_sets import best_sets
from sweep.tracking.results import progress_points
from trainables.evaluation.scores import ScoreRow, told_score
from trainables.signals import Signal, report_of

HIDDEN, TOLD = ("swh_Latn", "yor_Latn"), ("deu_Latn", "fra_Latn", "wol_Latn")
METRICS = {"pos": "accuracy", "nli": "accuracy"}
RULES = [("asha", "retrieval_so_far"), ("asha", "score_so_far"), ("median", "score_so_far")]
SETS = [("deu_Latn", "wol_Latn"), ("fra_Latn", "wol_Latn"), ("deu_Latn", "fra_Latn"), ("swh_Latn", "wol_Latn")]


@pytest.fixture
def config() -> SweepConfig:
    return parse_config(
        {
            "name": "tiny", "search": {"kind": "random-sets", "size": 2, "n_samples": 4, "hold_out_frac": 0.4},
            "run": {"tasks": list(METRICS), "evaluate": {"no_signal_of": list(HIDDEN), "probe_at": [0.5]}},
        }
    )  # fmt: skip


class StubTrial:
    """As much of a Tune trial as schedulers look at."""

    status = Trial.PENDING

    def __init__(self, record: TrialRecord) -> None:
        self.trial_id, self.config = record.trial, {"name": record.trial, "number": record.number}


class Controller:
    """A Tune controller that knows its trials."""

    def __init__(self, trials: list[StubTrial]) -> None:
        self.trials = trials

    def get_trials(self) -> list[StubTrial]:
        return self.trials

    get_live_trials = get_trials


def signals_of(rows: tuple[ScoreRow, ...], probe: float) -> tuple[dict[str, Any], ...]:
    """As a run notes them: the probe on what steers, then the told score of the tasks that are over, from all rows."""
    found = [Signal(name="retrieval_so_far", at=at, value=probe * at) for at in (0.5, 1.0)]
    for n_over in range(1, len(METRICS) + 1):
        metrics = dict(list(METRICS.items())[:n_over])
        found.append(Signal(name="score_so_far", at=float(n_over), value=told_score(rows, metrics, HIDDEN)))
    return tuple(signal.as_dict() for signal in found)


def stopped(records: list[TrialRecord], config: SweepConfig, store: RecordStore, kind: str, metric: str) -> list[str]:
    """The word of the scheduler on every report of every searched trial, in order; `store` holds earlier sessions."""
    rule = parse_scheduler(kind, metric)
    scheduler = SweepScheduler(store, rule, rungs_of(rule, config.run), n_stoppable=99)
    searched = [record for record in records if record.number is not None]
    controller = Controller([StubTrial(record) for record in searched])
    words = []
    for trial in controller.trials:
        scheduler.on_trial_add(controller, trial)
    for trial, record in zip(controller.trials, searched, strict=True):
        everything = {"score": record.score, "scores": [row.as_dict() for row in record.scores]}
        for i, one in enumerate(record.signals):
            signal = Signal(**one)
            so_far = {"signals": list(record.signals[: i + 1])}
            words.append(scheduler.on_trial_result(controller, trial, {**report_of(signal), **so_far, **everything}))
    return words


def parse_scheduler(kind: str, metric: str) -> SchedulerConfig:
    return SchedulerConfig(kind=kind, metric=metric, reduction_factor=2, grace=0.1, min_samples=1)  # type: ignore[arg-type]


def decided(records: list[TrialRecord], config: SweepConfig, root: Path) -> dict[str, Any]:
    """All that is chosen, ordered, listed or exported, read from records as any command reads them."""
    from sweep.models.kept import best_record

    store = RecordStore(root)
    for record in records:
        store.write(record)
    read = store.all()
    results = SweepResults(name="tiny", records=read)
    empty = RecordStore(root / "nothing yet")
    rule = rule_of(config.search)
    told = [
        told_of_ending(
            config, trial=r.trial, number=r.number, point=r.point, seed=r.seed, status=r.status, scores=r.scores,
            seen=r.seen_languages, signals=r.signals,
        )
        for r in read
    ]  # fmt: skip
    return {
        "told": told,
        "arms": (results.arms, results.searched, results.listed, results.shown, results.paired_arms),
        "dev": results.board[["arm", "dev_score"]].drop_duplicates().to_dict("list"),
        "confirmed": [one.languages for one in best_sets(read, search_languages(read, rule), 3)],
        "learned": Search.of(read).scores.tolist(),
        "advice": early_signals(read),
        "exported": best_record(read, "tiny").trial,
        "stopped": [stopped(read, config, empty, *rule) for rule in RULES],
        "stopped after a restart": [
            stopped([replace(r, trial=f"again-{r.trial}") for r in read], config, store, *rule) for rule in RULES
        ],
        "best so far": [p for p in progress_points(read) if p.name == "best_so_far"],
    }


@pytest.mark.slow
@settings(
    max_examples=25,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_what_nobody_may_look_at_decides_nothing(
    data: st.DataObject, record_of: Callable[..., TrialRecord], config: SweepConfig, tmp_path_factory: Any
) -> None:
    def row(task: str, language: str, split: str, n: int) -> ScoreRow:
        metric = METRICS.get(task, "p_at_1")
        return ScoreRow(
            task=task, metric=metric, language=language, split=split, n_correct=n, n_total=100  # type: ignore[arg-type]
        )  # fmt: skip

    records = []
    for i, languages in enumerate([(), *SETS]):
        rows = [
            row(task, language, "dev", 30 + 4 * ((5 * i + 3 * k) % 7) + 3 * j)
            for j, language in enumerate(TOLD)
            for k, task in enumerate(METRICS)
        ]
        number = None if not i else i - 1
        records.append(record_of(
            "none" if not i else f"search-{number:04d}", 0, languages, number=number, scores=tuple(rows), score=None,
            config={"tasks": list(METRICS), "evaluate": {"no_signal_of": list(HIDDEN)}},
        ))  # fmt: skip
    percent = st.integers(0, 100)

    def filled() -> list[TrialRecord]:
        """With test scores, held-out languages, English and reported probes as they may be."""
        found = []
        for i, record in enumerate(records):
            free = []
            for task in METRICS:
                free += [row(task, language, "test", data.draw(percent)) for language in (*TOLD, *HIDDEN, "eng_Latn")]
                free += [row(task, language, "dev", data.draw(percent)) for language in (*HIDDEN, "eng_Latn")]
            free += [row("retrieval", language, "test", data.draw(percent)) for language in (*TOLD, *HIDDEN)]
            # What an earlier version wrote as the score: the mean over all languages.
            of_dev = [one.value for one in (*record.scores, *free) if one.split == "dev" and one.language != "eng_Latn"]
            rows = (*record.scores, *free)
            signals = signals_of(rows, probe=0.1 * ((5 * i) % 7))
            found.append(replace(record, scores=rows, signals=signals, score=sum(of_dev) / len(of_dev)))
        return found

    first = decided(filled(), config, tmp_path_factory.mktemp("a"))
    words = [word for of_rule in first["stopped"] + first["stopped after a restart"] for word in of_rule]
    assert "PAUSE" not in words and all("STOP" in of_rule for of_rule in first["stopped"])
    assert first == decided(filled(), config, tmp_path_factory.mktemp("b"))
