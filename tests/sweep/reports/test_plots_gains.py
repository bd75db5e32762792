"""Bars and dots of gains, against numbers computed by hand: see `test_gains.py`."""

import pytest

from sweep.records.records import TrialRecord
from sweep.reports.gains import gains_by_distance
from sweep.reports.plots_gains import distance_plot, gain_bars
from sweep.reports.results import SweepResults


def test_a_bar_is_a_gain_and_filled_where_the_language_was_realigned(records: list[TrialRecord]) -> None:
    (plot,) = gain_bars(SweepResults(name="tiny", records=records))
    (axes,) = plot.figure.axes
    bars = {
        label.get_text(): (bar.get_width(), bar.get_facecolor()[:3] != (1.0, 1.0, 1.0))
        for label, bar in zip(axes.get_yticklabels(), axes.patches, strict=True)
    }
    assert list(bars) == ["German", "French", "Yoruba", "Wolof"]
    assert [width for width, _ in bars.values()] == pytest.approx([-1, 1, 3, 12])
    assert [name for name, (_, full) in bars.items() if full] == ["Wolof"]
    assert "Lines: from the lowest to the highest seed." in plot.caption
    (alone,) = gain_bars(SweepResults(name="tiny", records=[records[0], records[2]]))
    assert "One seed: its noise is not known." in alone.caption


def test_dots_lie_at_the_distance_to_the_nearest_realigned_language(records: list[TrialRecord]) -> None:
    results = SweepResults(name="tiny", records=records)
    (plot,) = distance_plot(results, "featural")
    apart, itself = plot.figure.axes[0].collections[:2]
    table = gains_by_distance(results, "featural").set_index("language")
    assert itself.get_offsets().tolist() == [[0.0, pytest.approx(12.0)]]  # Wolof itself
    expected = {
        (table.loc[tag, "distance"], gain) for tag, gain in (("deu_Latn", -1), ("fra_Latn", 1), ("yor_Latn", 3))
    }
    assert sorted(map(tuple, apart.get_offsets().tolist())) == [pytest.approx(pair) for pair in sorted(expected)]
