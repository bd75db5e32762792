"""How MLflow's pages look when they are opened by our link: which columns, which charts. Plain data.

MLflow keeps a shared view as a tag of the experiment, and `viewStateShareKey` in an address asks for it. Without one
its list shows no score, and its charts are one bar chart for each metric there is.
"""

import json
from collections.abc import Mapping
from typing import Any

from trainables.tasks import TASKS

VIEW = "realign-sweep"
VIEW_TAG = f"mlflow.sharedViewState.{VIEW}"
FIRST = "What matters"
# Without `set.cost`, which most sweeps do not have: MLflow hides a chart of which one key is in no run.
PARAMS = ("subset.size", "set.n_families", "set.n_areas", "set.mean_distance", "set.unseen_frac")
FOLDED = ("cost", "signal", "stage_s")
COLUMNS = (
    "metrics.`score`", "params.`subset.size`", "tags.`languages`", "tags.`criterion`", "tags.`seed`", "tags.`encoder`",
)  # fmt: skip


def page_path(experiment_id: str) -> str:
    """The part of an address after the host: the runs of a study, in our view."""
    return f"/#/experiments/{experiment_id}/runs?workflowType=machine_learning&viewStateShareKey={VIEW}"


def view_state() -> str:
    """The view as MLflow reads it, JSON: the best score first; set features against score, the course of the sweep and
    the score of each trial above the charts that MLflow makes of all metrics, with those of single test sets folded.
    """
    names = [f"{task}/{part.metric}" for task, part in TASKS.items()]
    tests = [f"test_sets/{name}" for name in (*names, "retrieval/p_at_1", "retrieval_before/p_at_1")]
    folded = [*FOLDED, *tests]
    sections = [_section(FIRST, True), *(_section(name, True) for name in names), *(_section(n, False) for n in folded)]
    charts = [
        _chart("PARALLEL", "sets", selectedParams=PARAMS, selectedMetrics=["score"], showAllRuns=True),
        _chart("LINE", "course", metricKey="best_so_far", selectedMetricKeys=["best_so_far"], xAxisKey="step",
               selectedXAxisMetricKey="", lineSmoothness=0, scaleType="linear", yAxisKey="metric",
               yAxisExpressions=[], useGlobalLineSmoothing=False, useGlobalXaxisKey=False),
        _chart("BAR", "scores", metricKey="score"),
        _chart("SCATTER", "distance", xaxis={"key": "set.mean_distance", "type": "PARAM"},
               yaxis={"key": "score", "type": "METRIC"}),
    ]  # fmt: skip
    state = {
        "orderByKey": "metrics.`score`", "orderByAsc": False, "selectedColumns": COLUMNS, "compareRunCharts": charts,
        "compareRunSections": sections, "isAccordionReordered": True,
    }  # fmt: skip
    return json.dumps(state)


def _section(name: str, shown: bool) -> Mapping[str, Any]:
    return {"uuid": _key(name), "name": name, "display": shown, "isReordered": False, "deleted": False,
            "isGenerated": name != FIRST}  # fmt: skip


def _chart(kind: str, name: str, **fields: Any) -> Mapping[str, Any]:
    return {"type": kind, "uuid": f"{VIEW}-{name}", "runsCountToCompare": 200, "metricSectionId": _key(FIRST),
            "deleted": False, "isGenerated": False, **fields}  # fmt: skip


def _key(section: str) -> str:
    return f"{VIEW}-{section}"
