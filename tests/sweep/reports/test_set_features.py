"""Numbers of a set, against values worked out by hand."""

from pathlib import Path

import pytest

from search_spaces.rules import read_costs
from sweep.reports.set_features import SetFeatures

DISTANCES = "language,deu_Latn,wol_Latn,yor_Latn\ndeu_Latn,0,0.2,0.4\nwol_Latn,0.2,0,0.9\nyor_Latn,0.4,0.9,0\n"


def test_features_by_hand(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text(DISTANCES)
    (tmp_path / "c.csv").write_text("language,cost\ndeu_Latn,1\nwol_Latn,2.5\nyor_Latn,4\n")
    features = SetFeatures(f"file:{tmp_path}/d.csv", read_costs(tmp_path / "c.csv"))
    found = features.of(("wol_Latn", "deu_Latn", "yor_Latn"), {"deu_Latn", "eng_Latn"})
    # Wolof and Yoruba are both Atlantic-Congo and at home in Africa; pairs: (0.2 + 0.4 + 0.9) / 3.
    assert found == {
        "size": 3, "n_families": 2, "n_areas": 2, "mean_distance": 0.5, "unseen_frac": pytest.approx(2 / 3, abs=1e-4),
        "cost": 7.5,
    }  # fmt: skip
    assert features.of(("deu_Latn",), None) == {"size": 1, "n_families": 1, "n_areas": 1, "cost": 1}
    assert "mean_distance" not in features.of(("deu_Latn", "jpn_Jpan"), None)  # the table has no Japanese


def test_what_is_no_longer_there_is_left_out(tmp_path: Path) -> None:
    features = SetFeatures(f"file:{tmp_path}/gone.csv", f"{tmp_path}/gone-too.csv")
    assert features.of(("wol_Latn", "deu_Latn"), None) == {"size": 2, "n_families": 2, "n_areas": 2}
