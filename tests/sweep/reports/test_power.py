"""How small a difference could have been shown."""

from dataclasses import replace

import numpy as np
import pytest

from sweep.records.records import TrialRecord
from sweep.reports.families import Findings
from sweep.reports.power import FACTOR, POWER, power_table, smallest
from sweep.reports.results import SweepResults


def test_a_difference_of_this_size_is_seen_in_so_many_sweeps() -> None:
    rng = np.random.default_rng(0)
    half = 1.96
    observed = rng.normal(smallest(-half, half), 1, 100_000)
    assert (np.abs(observed) > half).mean() == pytest.approx(POWER, abs=0.01)


def test_a_row_has_the_median_over_arms_of_a_group(records: list[TrialRecord]) -> None:
    findings = Findings([SweepResults(name="tiny", records=records)])
    (claim,) = findings.claims
    of = [
        replace(claim.comparison, low=-half, high=half, n_languages=n) for half, n in ((0.01, 4), (0.02, 5), (0.04, 5))
    ]
    findings.__dict__["claims"] = [replace(claim, comparison=one) for one in of[:2]]
    findings.__dict__["by_group"] = [replace(claim, comparison=replace(of[2], group="unseen", these_low=float("nan")))]
    (table,) = power_table(findings)
    assert [row[1:5] for row in table.rows] == [["all", "4-5", "2", f"{FACTOR * 1.5:.1f}"], ["unseen", "5", "1", "5.7"]]
    assert table.rows[1][5] == "-"
    assert len(power_table(findings, groups=False)[0].rows) == 1


def test_nothing_compared_is_no_table() -> None:
    findings = Findings([])
    findings.__dict__.update(claims=[], by_group=[])
    assert power_table(findings) == []
