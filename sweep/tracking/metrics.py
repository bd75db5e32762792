"""Metrics of a trial's run: scores, costs, and curves with steps, as plain data.

Names are stable: `score` (mean dev score), `ner/f1/unseen` (mean of a group on test, of the main metric),
`stage_s/realign`, `cost/peak_rss_bytes`, `signal/retrieval_so_far` and `progress/finetune/ner/loss` (with steps).
Single test sets are under one prefix, which pages fold away: `test_sets/pos/accuracy/swh_Latn`,
`test_sets/ner/f1/swh_Latn.panx` (a language's second one), by the main metric alone. Every score, those for choosing
included, stands in one table, `scores_table`. Every point carries the time it was made at, from the trial or its
record, so that writing it a second time adds nothing.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from sweep.records.records import TrialRecord
from sweep.scores.groups import group_means
from sweep.scores.names import language_name
from trainables.evaluation.scores import ScoreRow
from trainables.stepping.curves import STEP, TIME
from trainables.tasks import TASKS

TEST_SETS = "test_sets"
SCORES_FILE = "scores.json"
SCORE_COLUMNS = (
    "task", "metric", "split", "language", "name", "source", "value", "n_correct", "n_total", "realigned",
)  # fmt: skip
OF_SHARES = ("retrieval_so_far",)  # signals at a share of the realignment: their step is per cent; else number of tasks


class Point(NamedTuple):
    """One value of one metric. time_s: seconds since 1970."""

    name: str
    value: float
    time_s: float
    step: int = 0


def record_points(record: TrialRecord) -> list[Point]:
    """Everything a record holds: curves first, then the final metrics."""
    points = [point for stage, curve in record.curves.items() for point in curve_points(stage, curve)]
    for signal in record.signals:
        step = round(100 * signal["at"]) if signal["name"] in OF_SHARES else int(signal["at"])
        points.append(Point(f"signal/{signal['name']}", float(signal["value"]), record.ended_s, step))
    return points + [Point(name, value, record.ended_s) for name, value in record_metrics(record).items()]


def record_metrics(record: TrialRecord) -> dict[str, float]:
    """Final metrics of a trial: the means of groups, what it cost, every test set. Without scores, the costs alone."""
    # In the order in which a run's page lists them: what matters first.
    metrics: dict[str, float] = {} if record.score is None else {"score": record.score}
    for (task, metric, group), mean in group_means(record).items():
        metrics[f"{task}/{metric}/{group.replace(' ', '_')}"] = mean
    if record.ended_s:  # an imported one does not say how long it took
        metrics["cost/trial_s"] = record.ended_s - record.started_s
    for cost, value in record.costs.items():
        if cost.endswith("_s"):
            metrics[f"stage_s/{cost.removesuffix('_s')}"] = float(value)
        elif not cost.endswith("_reused"):  # those are tags
            metrics[f"cost/{cost}"] = float(value)
    for row in record.scores:
        if row.split == "test" and (row.task not in TASKS or row.metric == TASKS[row.task].metric):
            metrics[f"{TEST_SETS}/{row.task}/{row.metric}/{_test_set(row)}"] = row.value
    return metrics


def scores_table(record: TrialRecord) -> str:
    """Every score of a trial as MLflow keeps tables, so that its pages can show it: JSON, `columns` and `data`."""
    realigned = set(record.languages)
    rows = [
        [row.task, row.metric, row.split, row.language, language_name(row.language), row.source, row.value,
         row.n_correct, row.n_total, row.language in realigned]
        for row in record.scores
    ]  # fmt: skip
    return json.dumps({"columns": SCORE_COLUMNS, "data": rows}, ensure_ascii=False)


def reuse_tags(costs: Mapping[str, float]) -> dict[str, str]:
    """What a trial took from the stage store: `realign_reused` = "true" / "false", and all such stages by name."""
    reused = [cost.removesuffix("_reused") for cost in costs if cost.endswith("_reused")]
    tags = {"reused_stages": " ".join(reused) or "none"}
    if "realign_s" in costs or "realign" in reused:
        tags["realign_reused"] = "true" if "realign" in reused else "false"
    return tags


def curve_points(stage: str, curve: Mapping[str, Any]) -> Iterator[Point]:
    """The points of one stage's curve.

    Args:
        curve: columns as `trainables.stepping.curves` has them.
    """
    for name in sorted(curve.keys() - {STEP, TIME}):
        for step, time_s, value in zip(curve[STEP], curve[TIME], curve[name], strict=True):
            if value is not None:
                yield Point(f"progress/{stage}/{name}", float(value), float(time_s), int(step))


def _test_set(row: ScoreRow) -> str:
    """`swh_Latn`, `swh_Latn.panx`."""
    return ".".join(filter(None, (row.language, row.source)))
