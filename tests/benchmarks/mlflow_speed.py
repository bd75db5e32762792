"""What logging to MLflow costs the driver: our view beside Ray's stock callback, on SQLite.

    python tests/benchmarks/mlflow_speed.py [--metrics 200] [--trials 20]

Medians in milliseconds. "a report" is one call of the callback with a running trial's numbers; "a trial's end" is all
that is written when it is over (scores, costs, tags, data sets, files, status, the parent's curves). Of ours,
"driver" is how long Tune's loop waits, "written" when the writing thread is through, "cpu" what both computed.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ray.air.integrations.mlflow import MLflowLoggerCallback

from search_spaces.inventory import REALIGNMENT_LANGUAGES
from sweep.config.load import as_mapping, parse_config
from sweep.records.records import RecordStore, TrialRecord
from sweep.tracking.callback import MlflowCallback, migrate
from sweep.tracking.names import planned_config
from trainables.evaluation.scores import ScoreRow
from trainables.mapping import to_mapping
from trainables.stepping.curves import CURVE_POINTS


def main() -> None:
    """Prints one line a measurement."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--metrics", type=int, default=200)
    parser.add_argument("--trials", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ours(Path(folder) / "ours", options.metrics, options.trials)
        stock(Path(folder) / "stock", options.metrics, max(2, options.trials // 5))


def ours(root: Path, n_metrics: int, n_trials: int) -> None:
    """Our callback as Tune would call it."""
    root.mkdir()
    uri = f"sqlite:///{root / 'mlflow.db'}"
    print(f"ours   making the database, once: {timed(lambda: migrate(uri)):8.1f}")
    records = RecordStore(root / "records")
    config = parse_config({"name": "speed", "arms": ["none", {"languages": ["deu"]}]})
    callback = MlflowCallback(
        tracking_uri=uri, artifacts=root / "artifacts", study="speed", sweep="speed", config=as_mapping(config),
        records=records, environment={"versions": {}, "git_commit": None}, n_trials=n_trials,
    )  # fmt: skip
    callback.setup()
    costs: dict[str, list[float]] = {}
    for number in range(n_trials):
        record = make_record(number, n_metrics)
        trial = SimpleNamespace(config=planned_config(record))
        curve = {"step": [1], "time_s": [time.time()], **{f"loss{i}": [0.1] for i in range(n_metrics)}}
        result = {"stage": "realign", "curve": curve}
        measure(callback, costs, "start", lambda t=trial: callback.on_trial_start(0, [], t))
        measure(callback, costs, "report", lambda t=trial, r=result: callback.on_trial_result(0, [], t, r))
        costs.setdefault("record, driver", []).append(timed(lambda r=record: records.write(r)))
        measure(callback, costs, "end", lambda t=trial: callback.on_trial_complete(0, [], t))
    show("ours ", costs)
    print(f"ours   the sweep's end: {timed(lambda: callback.on_experiment_end([])):8.1f}")


def measure(callback: MlflowCallback, costs: dict[str, list[float]], what: str, act: Callable[[], Any]) -> None:
    """How long `act` keeps the driver, when it is written, and what it computed."""
    cpu_s, started_s = time.process_time(), time.perf_counter()
    act()
    driver_s = time.perf_counter() - started_s
    callback.flush()
    written_s, cpu_s = time.perf_counter() - started_s, time.process_time() - cpu_s
    for name, seconds in (("driver", driver_s), ("written", written_s), ("cpu", cpu_s)):
        costs.setdefault(f"{what}, {name}", []).append(1000 * seconds)


class StockTrial:
    """What Ray's callback reads of a trial."""

    def __init__(self, number: int, folder: Path) -> None:
        self.config, self.local_path, self.trial_id = {"seed": number}, str(folder), str(number)

    def __str__(self) -> str:
        return self.trial_id


def stock(root: Path, n_metrics: int, n_trials: int) -> None:
    """Ray's callback with the same numbers."""
    root.mkdir()
    uri = f"sqlite:///{root / 'mlflow.db'}"
    migrate(uri)
    callback = MLflowLoggerCallback(tracking_uri=uri, experiment_name="speed")
    callback.setup()
    costs: dict[str, list[float]] = {"start": [], "report": []}
    for number in range(n_trials):
        trial = StockTrial(number, root)
        result = {"training_iteration": 1, **{f"metric/{i}": 0.1 for i in range(n_metrics)}}
        costs["start"].append(timed(lambda t=trial: callback.log_trial_start(t)))
        costs["report"].append(timed(lambda t=trial, r=result: callback.log_trial_result(0, t, r)))
    show("stock", costs)


def make_record(number: int, n_metrics: int) -> TrialRecord:
    """A finished trial with about `n_metrics` scores (their groups come on top), whole curves and data sets."""
    languages = REALIGNMENT_LANGUAGES
    scores = [
        ScoreRow(
            task="pos", metric="accuracy", split="test", language=languages[i % len(languages)], source=f"s{i}",
            n_correct=50, n_total=100,
        )
        for i in range(n_metrics)
    ]  # fmt: skip
    config = to_mapping(parse_config({"name": "speed"}).run)
    steps, times = list(range(1, CURVE_POINTS + 1)), [time.time()] * CURVE_POINTS
    losses = [1.0 / step for step in steps]
    curve = {"step": steps, "time_s": times, "loss": losses}
    stages = ("realign", "finetune/pos", "finetune/ner", "finetune/nli")
    curves = {stage: curve if stage == "realign" else {**curve, "learning_rate": losses} for stage in stages}
    return TrialRecord(
        sweep="speed", trial=f"t{number:04d}", arm="a", label="a", criterion="given", languages=("deu_Latn",), seed=0,
        status="finished", score=0.5, scores=tuple(scores), costs={"realign_s": 1.0}, config=config, curves=curves,
        data={use: "d" * 20 for use in (*stages, "evaluate/pos", "evaluate/ner", "evaluate/nli", "probe")},
        started_s=time.time() - 1, ended_s=time.time(),
    )  # fmt: skip


def timed(act: Callable[[], Any]) -> float:
    """Milliseconds."""
    started_s = time.perf_counter()
    act()
    return 1000 * (time.perf_counter() - started_s)


def show(who: str, costs: dict[str, list[float]]) -> None:
    """Median and worst of each."""
    for what, values in costs.items():
        print(f"{who}  {what:16} {statistics.median(values):8.1f}   (worst {max(values):.1f}, n={len(values)})")


if __name__ == "__main__":
    main()
