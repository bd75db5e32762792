"""Metrics of a trial's run: scores, costs, and curves with steps, as plain data.

Names are stable: `pos/accuracy/swh_Latn` (test), `ner/f1/swh_Latn.panx` (its second test set), `ner/f1/unseen` (mean of
a group, of the main metric), `dev/pos/accuracy/swh_Latn` (for choosing), `score` (mean dev score), `stage_s/realign`,
`cost/peak_rss_bytes`, `signal/retrieval_so_far` and `progress/finetune/ner/loss` (with steps). Every point carries the
time it was made at, from the trial or its record, so that writing it a second time adds nothing.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from sweep.records import TrialRecord
from sweep.reports.frame import score_frame
from sweep.reports.groups import group_means

CURVE_POINTS = 200  # of a stage at most
OF_STEPS = ("step", "time_s")  # columns of a curve that are not metrics


class Point(NamedTuple):
    """One value of one metric. time_s: seconds since 1970."""

    name: str
    value: float
    time_s: float
    step: int = 0


def record_points(record: TrialRecord) -> list[Point]:
    """Everything a record holds: curves first, then the final metrics."""
    points = [point for stage, curve in _curves_of(record).items() for point in curve_points(stage, curve)]
    counts: dict[str, int] = {}
    for signal in record.signals:
        counts[signal["name"]] = counts.get(signal["name"], 0) + 1
        name = f"signal/{signal['name']}"
        points.append(Point(name, float(signal["value"]), record.ended_s, counts[signal["name"]]))
    return points + [Point(name, value, record.ended_s) for name, value in record_metrics(record).items()]


def record_metrics(record: TrialRecord) -> dict[str, float]:
    """Final metrics of a trial: every test set, the means of groups, what it cost. Without scores, the costs alone."""
    # In the order in which a run's page lists them: what matters first.
    metrics: dict[str, float] = {} if record.score is None else {"score": record.score}
    frame = score_frame([record])
    for (task, metric, group), mean in group_means(frame).items():
        metrics[f"{task}/{metric}/{group.replace(' ', '_')}"] = mean
    metrics["cost/trial_s"] = record.ended_s - record.started_s
    for cost, value in record.costs.items():
        if cost.endswith("_s"):
            metrics[f"stage_s/{cost.removesuffix('_s')}"] = float(value)
        elif not cost.endswith("_reused"):  # those are tags
            metrics[f"cost/{cost}"] = float(value)
    for row in frame.sort_values(["split", "task"], ascending=[False, True], kind="stable").itertuples():
        split = "dev/" if row.split == "dev" else ""
        metrics[f"{split}{row.task}/{row.metric}/{_test_set(row)}"] = float(row.value)
    return metrics


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
        curve: columns of equal length: "step", "time_s" (seconds since 1970), and one a metric ("loss").
    """
    for name in sorted(curve.keys() - set(OF_STEPS)):
        for step, time_s, value in zip(curve["step"], curve["time_s"], curve[name], strict=True):
            if math.isfinite(value):
                yield Point(f"progress/{stage}/{name}", float(value), float(time_s), int(step))


class Curves:
    """Thins what running trials report: at most CURVE_POINTS points a stage.

    A report has the points since the one before in "curve", already thinned; or, from a trial that keeps no curves, the
    loss of the latest step alone.
    """

    def __init__(self) -> None:
        self._last: dict[tuple[str, str], int] = {}  # (trial, stage) -> last step that was kept

    def take(self, trial: str, result: Mapping[str, Any], now_s: float) -> list[Point]:
        """The points of one report that are worth keeping."""
        stage = str(result.get("stage"))
        if result.get("curve"):
            return list(curve_points(stage, result["curve"]))
        loss, step = result.get("loss"), int(result.get("stage_step") or 0)
        if not _is_number(loss):
            return []
        n_steps, last = max(1, int(result.get("stage_steps") or 1)), self._last.get((trial, stage), 0)
        if 0 < last <= step and step * CURVE_POINTS // n_steps == last * CURVE_POINTS // n_steps and step < n_steps:
            return []
        self._last[trial, stage] = step
        return [Point(f"progress/{stage}/loss", float(loss), now_s, step)]  # type: ignore[arg-type]


def _curves_of(record: TrialRecord) -> Mapping[str, Mapping[str, Any]]:
    curves: Mapping[str, Mapping[str, Any]] = getattr(record, "curves", {})
    return curves


def _test_set(row: Any) -> str:
    """`swh_Latn`, `swh_Latn.panx`."""
    return ".".join(filter(None, (row.language, row.source)))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
