"""Metrics and tags of trials, as MLflow shows them."""

from collections.abc import Callable

import pytest

from sweep.records.records import TrialRecord
from sweep.tracking.metrics import curve_points, record_metrics, reuse_tags


def test_metrics_by_task_group_and_language(record_of: Callable[..., TrialRecord]) -> None:
    metrics = record_metrics(record_of("a", 0, ("wol_Latn",)))
    assert list(metrics)[0] == "score"
    assert metrics["test_sets/pos/accuracy/wol_Latn"] == 0.3
    assert metrics["pos/accuracy/all"] == pytest.approx((0.6 + 0.3) / 2)  # without English
    assert metrics["pos/accuracy/realigned"] == 0.3 and metrics["pos/accuracy/not_realigned"] == 0.6
    assert metrics["stage_s/realign"] == 2.0 and metrics["cost/peak_rss_bytes"] == 1e9
    assert metrics["cost/trial_s"] == 60.0


def test_reuse_is_a_tag_and_no_metric(record_of: Callable[..., TrialRecord]) -> None:
    costs = {"realign_s": 0.1, "realign_reused": 1.0, "finetune/pos_s": 3.0}
    assert reuse_tags(costs) == {"reused_stages": "realign", "realign_reused": "true"}
    assert reuse_tags({"realign_s": 9.0})["realign_reused"] == "false"
    assert "realign_reused" not in reuse_tags({"finetune/pos_s": 9.0})
    assert not [name for name in record_metrics(record_of("a", 0, costs=costs)) if "reused" in name]


def test_points_of_a_curve_leave_out_what_was_no_number() -> None:
    curve = {"step": [10, 20], "time_s": [1.0, 2.0], "loss": [0.5, None], "realign_loss": [3.0, 2.0]}
    assert [(p.name, p.step, p.value, p.time_s) for p in curve_points("finetune/pos", curve)] == [
        ("progress/finetune/pos/loss", 10, 0.5, 1.0),
        ("progress/finetune/pos/realign_loss", 10, 3.0, 1.0),
        ("progress/finetune/pos/realign_loss", 20, 2.0, 2.0),
    ]
    assert list(curve_points("evaluate/pos", {})) == []
