"""Maps of subsets: points lie where the inventory says."""

import numpy as np
import pytest

from search_spaces.inventory import INVENTORY
from search_spaces.published.subsets import PUBLISHED
from sweep.reports.maps import subset_map

POOL = tuple(sorted(PUBLISHED["abla_most_uriel_unseen_xlmr"].pool))


CHOSEN = PUBLISHED["abla_most_uriel_unseen_xlmr"].languages


def drawn(axes):
    """Label -> number of points."""
    return {c.get_label(): len(c.get_offsets()) for c in axes.collections if not c.get_label().startswith("_")}


def test_points_lie_where_the_inventory_says(tmp_path):
    axes = subset_map(CHOSEN, POOL, tmp_path / "map.png", anchor=None)
    chosen = next(c for c in axes.collections if c.get_label() == "chosen")
    expected = [(INVENTORY[tag].longitude, INVENTORY[tag].latitude) for tag in sorted(CHOSEN)]
    assert np.asarray(chosen.get_offsets()) == pytest.approx(np.array(expected))
    assert "anchor" not in drawn(axes)


def test_one_language_alone_has_a_map(tmp_path):
    axes = subset_map(["quy_Latn"], ["quy_Latn"], tmp_path / "map.png", anchor=None)
    assert drawn(axes) == {"chosen": 1}
    west, east = axes.get_xlim()
    assert west < INVENTORY["quy_Latn"].longitude < east and east - west >= 40
