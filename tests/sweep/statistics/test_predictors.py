import numpy as np
import pandas as pd
import pytest
from scipy import stats

from sweep.statistics.predictors import predictor_sentences, what_predicts

RNG = np.random.default_rng(0)
N = 30
AFRICAN = RNG.normal(size=N)
DISPERSION = AFRICAN + 0.5 * RNG.normal(size=N)
TABLE = pd.DataFrame(
    {
        "african": AFRICAN,
        "dispersion": DISPERSION,
        "size": RNG.normal(size=N),
        "score": AFRICAN + 0.5 * RNG.normal(size=N),  # dispersion has no effect of its own
    }
)
PROPERTIES = ["african", "dispersion", "size"]


def test_slopes_are_those_of_standardised_least_squares():
    found = what_predicts(TABLE, "score", PROPERTIES).set_index("property")
    z = (TABLE - TABLE.mean()) / TABLE.std(ddof=0)
    X, y = np.column_stack([np.ones(N), z[PROPERTIES]]), z["score"].to_numpy()
    slopes = np.linalg.solve(X.T @ X, X.T @ y)
    np.testing.assert_allclose(found["together"], slopes[1:])
    residuals = y - X @ slopes
    assert found["r2"].iloc[0] == pytest.approx(1 - residuals.var() / y.var())
    variances = np.diag(np.linalg.inv(X.T @ X)) * (residuals @ residuals) / (N - 4)
    p = 2 * stats.t.sf(np.abs(slopes / np.sqrt(variances)), N - 4)
    np.testing.assert_allclose(found["together_p"], p[1:], atol=0.02)  # normal residuals: permutation = t test
    for name in PROPERTIES:
        assert found.loc[name, "spearman"] == pytest.approx(stats.spearmanr(TABLE[name], TABLE["score"])[0])
        correlation = stats.pearsonr(TABLE[name], TABLE["score"])
        assert found.loc[name, "alone"] == pytest.approx(correlation.statistic)
        assert found.loc[name, "alone_p"] == pytest.approx(correlation.pvalue, abs=0.02)
        others = [other for other in PROPERTIES if other != name]
        without = what_predicts(TABLE, "score", others)["r2"].iloc[0]
        assert found.loc[name, "unique_r2"] == pytest.approx(found.loc[name, "r2"] - without)
        assert found.loc[name, "explained_by_others"] == pytest.approx(what_predicts(TABLE, name, others)["r2"].iloc[0])


def test_confounding_is_seen():
    found = what_predicts(TABLE, "score", PROPERTIES).set_index("property")
    assert found.loc["dispersion", "alone_p"] < 0.01 < 0.05 < found.loc["dispersion", "together_p"]
    assert found.loc["african", "together_p"] < 0.01
    assert found.loc["dispersion", "explained_by_others"] > 0.5


def test_p_values_are_uniform_without_an_effect():
    """The share of p <= 0.2 in 150 worlds where a confounded property has no effect of its own."""
    rng = np.random.default_rng(1)
    small = 0
    for world in range(150):
        table = TABLE.assign(score=AFRICAN + rng.standard_t(3, size=N))
        small += what_predicts(table, "score", PROPERTIES[:2], n_permutations=199, seed=world)["together_p"][1] <= 0.2
    assert 15 <= small <= 48  # 30 expected, standard deviation 5


def test_sentences():
    found = what_predicts(TABLE, "score", PROPERTIES)
    titles = {"african": "the number of African languages", "dispersion": "dispersion", "size": "the size"}
    row = found.iloc[1]
    sentences = predictor_sentences(found, "the score", titles)
    assert len(sentences) == 3
    assert sentences[1] == (
        f"dispersion and the score, 30 sets: slope {row.alone:+.2f} by itself (p < 0.001), {row.together:+.2f} beside "
        f"the others (p = {row.together_p:.2f}), which explain {100 * row.explained_by_others:.0f} % of it; "
        f"rank correlation {row.spearman:+.2f}."
    )


def test_gaps_are_left_out_and_nonsense_is_refused():
    gappy = TABLE.assign(score=TABLE["score"].where(TABLE.index > 4))
    assert set(what_predicts(gappy, "score", PROPERTIES)["n_sets"]) == {25}
    with pytest.raises(ValueError, match="need at least 6 sets, but there are 5"):
        what_predicts(TABLE.head(5), "score", PROPERTIES)
    with pytest.raises(ValueError, match="'size' is the same for all"):
        what_predicts(TABLE.assign(size=3), "score", PROPERTIES)
    with pytest.raises(ValueError, match="must not determine each other"):
        what_predicts(TABLE.assign(size=TABLE["african"] - TABLE["dispersion"]), "score", PROPERTIES)
