"""Runs with probes inside their realignment."""

import dataclasses
from typing import Any

from trainables.run import Run
from trainables.run_config import RunConfig


def finish(run: Run) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(scores, reports)"""
    reports = []
    while not run.done:
        reports.append(run.advance())
    return [row.as_dict() for row in run.scores], reports


def probing(config: RunConfig, *at: float, **changes: Any) -> RunConfig:
    """`config` with probes, and a store of its own."""
    evaluate = dataclasses.replace(config.evaluate, probe_at=at, **changes)
    return dataclasses.replace(config, evaluate=evaluate, store=f"{config.store}-probing")
