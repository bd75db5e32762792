import pytest

from search_spaces.distances.scripts import script
from search_spaces.inventory import INVENTORY


def test_same_different_and_mixed():
    distances = script(INVENTORY)
    assert distances.between("deu_Latn", "zul_Latn") == 0.0
    assert distances.between("deu_Latn", "rus_Cyrl") == 1.0
    assert distances.between("zho_Hans", "zho_Hant") == 0.0
    assert distances.between("jpn_Jpan", "zho_Hans") == pytest.approx(2 / 3)
    assert distances.between("jpn_Jpan", "kor_Hang") == distances.between("kor_Hang", "zho_Hans") == 1.0


def test_between_zero_and_one_only_with_japanese():
    distances = script(INVENTORY)
    for a, row in zip(distances.languages, distances.values, strict=True):
        assert set(row) <= {0.0, 1.0} or "jpn_Jpan" in (a, *distances.languages) and a[4:] in ("Jpan", "Hans", "Hant")


def test_no_language_is_refused():
    with pytest.raises(ValueError, match="none is given"):
        script([])
