"""The map of gains: languages lie where the inventory says, triangles point where scores went."""

import numpy as np
import pytest

from search_spaces.inventory import INVENTORY
from search_spaces.languages import Language
from sweep.records.records import TrialRecord
from sweep.reports.gain_maps import gain_map
from sweep.reports.results import SweepResults


def test_points_lie_where_the_languages_are_at_home(records: list[TrialRecord]) -> None:
    """The gains of `test_gains.py`: German loses a point; French, Yoruba and Wolof gain 1, 3 and 12."""
    (plot,) = gain_map(SweepResults(name="tiny", records=records))
    up, down = (drawn for drawn in plot.figure.axes[0].collections if drawn.get_array() is not None)
    assert up.get_array().tolist() == pytest.approx([1.0, 3.0, 12.0]) and down.get_array().tolist() == [
        pytest.approx(-1.0)
    ]
    for drawn, tags in ((up, ("fra_Latn", "yor_Latn", "wol_Latn")), (down, ("deu_Latn",))):
        places = [(INVENTORY[Language(tag)].longitude, INVENTORY[Language(tag)].latitude) for tag in tags]
        assert np.asarray(drawn.get_offsets()) == pytest.approx(np.array(places))
    assert (plot.name, plot.title) == ("tiny-gain-map-sub", "Where sub gains and loses")
    assert "mean over 2 seeds" in plot.caption
