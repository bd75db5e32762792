import numpy as np
import pytest

from search_spaces.distances.features import FeatureMatrix


def matrix(values, known=None, languages=("deu_Latn", "fra_Latn"), features=("S_A", "S_B")):
    values = np.array(values, dtype=float)
    return FeatureMatrix(languages, features, values, ~np.isnan(values) if known is None else np.array(known))


def test_row_holds_what_was_observed():
    imputed = matrix([[1, 0], [0.5, 1]], known=[[True, False], [True, True]])
    assert imputed.row("deu_Latn") == {"S_A": 1.0}
    assert imputed.row("fra_Latn") == {"S_A": 0.5, "S_B": 1.0}
    with pytest.raises(ValueError, match="swh_Latn"):
        imputed.row("swh_Latn")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"values": [[1, 0, 1], [0, 1, 1]]}, r"shape \(2, 2\).*\(2, 3\)"),
        ({"values": [[1, 0], [0, 1]], "known": [[True], [True]]}, r"`known`.*\(2, 1\)"),
        ({"values": [[1, 0], [0, 1]], "languages": ("deu_Latn", "deu_Latn")}, "deu_Latn occurs again"),
        ({"values": [[1, 0], [0, 1]], "features": ("S_A", "S_A")}, "S_A occurs again"),
        ({"values": [[1, np.inf], [0, 1]]}, "infinite"),
        ({"values": [[1, np.nan], [0, 1]], "known": [[True, True], [True, True]]}, "known feature must have a value"),
    ],
)
def test_inconsistent_matrix_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        matrix(**arguments)
