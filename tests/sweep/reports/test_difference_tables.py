"""Differences as they stand in tables, of comparisons with known numbers."""

from dataclasses import replace

import pytest

from sweep.records.records import TrialRecord
from sweep.reports.difference_tables import difference, intervals_over
from sweep.reports.families import Findings
from sweep.reports.results import SweepResults
from sweep.statistics.comparisons import Comparison


@pytest.fixture
def comparison(records: list[TrialRecord]) -> Comparison:
    """8.4 tenths of a point, from just below zero to 1.7 points."""
    (claim,) = Findings([SweepResults(name="tiny", records=records)]).claims
    return replace(claim.comparison, difference=0.0084, low=-0.0004, high=0.0171, n_languages=4, n_seeds=2)


def test_a_difference_is_in_points_with_its_interval(comparison: Comparison) -> None:
    assert difference(comparison) == "+0.8 [0.0, 1.7], n=4"  # no "-0.0"
    assert difference(comparison, n_languages=4) == "+0.8 [0.0, 1.7]"
    assert difference(comparison, n_languages=5, n_seeds=3) == "+0.8 [0.0, 1.7], n=4, s=2"
    assert difference(comparison, n_languages=4, n_seeds=2) == "+0.8 [0.0, 1.7]"
    down = replace(comparison, difference=-0.1, low=-0.15, high=-0.05, p_adjusted=0.001)
    assert down.differs and difference(down, n_languages=4) == "-10.0 [-15.0, -5.0]*"


def test_intervals_say_once_what_they_are_over(comparison: Comparison) -> None:
    seeds = replace(comparison, over="seeds", n_left_out=0, n_families=3)
    both = replace(comparison, over="seeds and families", n_left_out=2, n_families=3)
    assert intervals_over([seeds]) == "95 % intervals over seeds, not corrected."
    assert intervals_over([both, seeds, replace(both, n_families=5)]) == (
        "95 % intervals over seeds and families, or seeds, not corrected. Families of languages: 3 to 5. Languages "
        "without all scores of a pair are left out, up to 2."
    )
