"""What stands in a report, whatever there is to show."""

import re
from typing import Any

import pytest

from sweep.records.records import TrialRecord
from sweep.reports.contents import Contents
from sweep.reports.families import Findings
from sweep.reports.results import SweepResults
from sweep.reports.write import report_several


def results_of(records: list[TrialRecord], **fields: Any) -> SweepResults:
    return SweepResults(name="tiny", records=records, **fields)


def test_sweeps_side_by_side_are_compared_each_with_its_own(records: list[TrialRecord]) -> None:
    sweeps = {"a": records, "b": records[:2] + records[3:]}
    text = report_several(sweeps)
    leaders = text.split("## Leaderboard")[1].split("\n\n")[1]
    assert re.findall(r"^\| ([ab]: \w+)", leaders, re.M) == ["a: sub", "a: none", "b: sub", "b: none"]
    assert "PoS accuracy, a: sub: " in text and "from b: none: " in text and "from a: none: " in text
    assert "for 2 comparisons" in text  # one family
    frame = report_several(sweeps, "csv").splitlines()
    assert {line.split(",")[0] for line in frame[1:]} == {"a", "b"}


@pytest.mark.slow
@pytest.mark.parametrize("chosen", [[0, 2], [2, 3], [0], [3], [0, 3]])
def test_what_there_is_is_shown(records: list[TrialRecord], chosen: list[int]) -> None:
    document = Contents(Findings([results_of([records[i] for i in chosen])])).whole("featural")
    plots = {plot.name for plot in document.plots}
    assert {"size", "cost"} <= plots and ("tiny-distance" in plots) == (chosen == [0, 2])
    assert ("differences" in plots) == (chosen == [0, 2])
