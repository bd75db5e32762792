"""What figures of arms show, against numbers computed by hand."""

from collections.abc import Callable
from typing import Any

import pytest

from search_spaces.languages import Language
from sweep.records.records import TrialRecord
from sweep.reports.plots_arms import cost_plot, course_plots
from sweep.reports.results import SweepResults
from sweep.reports.write import report

Make = Callable[..., TrialRecord]


def results_of(records: list[TrialRecord], **fields: Any) -> SweepResults:
    return SweepResults(name="tiny", records=records, **fields)


def test_costs_of_languages(records: list[TrialRecord]) -> None:
    (plot,) = cost_plot([results_of(records, costs={Language("wol_Latn"): 7.0})])
    points = plot.figure.axes[0].collections[-1].get_offsets()
    assert sorted(points[:, 0].tolist()) == [0.0, 7.0] and "table given" in plot.caption
    with pytest.raises(ValueError, match="the cost table lacks wol_Latn"):
        cost_plot([results_of(records, costs={Language("yor_Latn"): 1.0})])
    (plot,) = cost_plot([results_of(records)])
    assert plot.figure.axes[0].collections[-1].get_offsets()[:, 0].tolist() == [5.0, 5.0]  # 2 + 3 seconds a trial


def test_a_search_with_failed_trials(record_of: Make, records: list[TrialRecord]) -> None:
    scores = [0.2, 0.5, None, 0.4]
    searched = [
        record_of(
            f"search-{i}", 0, ("deu_Latn", "wol_Latn")[: 1 + i % 2], number=i, trial=f"search-{i}", score=score,
            **({} if score is not None else {"status": "failed", "scores": (), "error": "RuntimeError: memory"}),
        )
        for i, score in enumerate(scores)
    ]  # fmt: skip
    (plot,) = course_plots(results_of([*records, *searched]))
    above, below = plot.figure.axes
    step, without = above.get_lines()  # what was best so far; the dev score of fine-tuning only
    assert list(without.get_ydata()) == pytest.approx([0.3, 0.3])
    assert list(step.get_ydata()) == [0.2, 0.5, 0.5] and list(step.get_xdata()) == [0, 1, 3]
    news = next(drawn for drawn in above.collections if drawn.get_label() == "new best")
    assert news.get_offsets().tolist() == [[0.0, 0.2], [1.0, 0.5]]
    assert below.collections[0].get_offsets()[:, 1].tolist() == [1, 2, 1, 2]
    assert "1 without a score" in plot.caption
    text = report([*records, *searched], "tiny")
    assert "7 trials finished, 1 failed" in text and "- search-2: RuntimeError: memory" in text
