import dataclasses
import math

import numpy as np
import pytest
from scipy import stats

from sweep.statistics.comparisons import compare, compare_all, comparison_table, corrected, hedges_g
from sweep.statistics.corrections import holm
from sweep.statistics.paired import zero_shot

LANGUAGES = [f"l{i:02}" for i in range(12)]


@pytest.fixture
def frame(frame_of):
    """Four seeds, twelve languages; "better" gains 5 points, "same" is "full" again with a little noise."""
    rng = np.random.default_rng(0)
    gains = {"full": 0.0, "same": 0.0, "better": 0.05, "worse": -0.05}
    base = rng.uniform(0.3, 0.8, size=12)
    scores = {}
    for arm, gain in gains.items():
        for seed in range(4):
            values = base + gain + 0.002 * rng.normal(size=12)
            scores[arm, seed] = dict(zip(LANGUAGES, values, strict=True))
    return frame_of(scores)


def test_verdicts(frame):
    found = {c.arm: c for c in compare_all(frame, "full", {"pos": "accuracy"}, margin=0.01)}
    assert {arm: c.verdict for arm, c in found.items()} == {
        "better": "better", "worse": "worse", "same": "equivalent"
    }  # fmt: skip
    better = found["better"]
    assert (better.n_seeds, better.n_languages, better.n_left_out, better.over) == (4, 12, 0, "seeds and families")
    assert better.low < better.difference < better.high and better.difference == pytest.approx(0.05, abs=0.003)
    assert (better.better_frac, found["worse"].better_frac) == (1.0, 0.0)
    assert better.flip_seeds_p == 0.125
    assert (better.n_families, better.n_unknown) == (12, 12)  # made-up languages: each its own family, and said so


def test_without_a_margin_no_difference_is_only_indistinguishable(frame):
    same = compare(frame, "same", "full", task="pos", metric="accuracy")
    assert same.verdict == "indistinguishable" and math.isnan(same.equivalence_p)


def test_the_correction_is_over_everything_asked(frame):
    groups = {"all": zero_shot, "half": lambda rows: rows["language"] < "l06"}
    plain = compare_all(frame, "full", {"pos": "accuracy"}, groups=groups, correction="none")
    found = compare_all(frame, "full", {"pos": "accuracy"}, groups=groups)
    assert [(c.group, c.arm) for c in found] == [(g, a) for g in groups for a in ("better", "same", "worse")]
    assert [c.p_adjusted for c in found] == holm([c.p for c in plain])
    assert {c.n_comparisons for c in found} == {6} and {c.n_comparisons for c in plain} == {1}


def test_what_only_the_correction_takes_away_is_inconclusive(frame):
    one = dataclasses.replace(compare(frame, "same", "full", task="pos", metric="accuracy"), p=0.03, p_adjusted=0.03)
    family = corrected([one, one, one])
    assert one.verdict == "better" if one.difference > 0 else "worse"
    assert [c.verdict for c in family] == ["inconclusive"] * 3
    with pytest.raises(ValueError, match="must be 'none' or one of holm, bh"):
        corrected([one], "bonferroni")


def test_one_seed_or_one_language_answer_what_they_can(frame):
    one_seed = compare(frame[frame["seed"] == 0], "better", "full", task="pos", metric="accuracy")
    one_language = compare(frame[frame["language"] == "l03"], "better", "full", task="pos", metric="accuracy")
    assert (one_seed.over, one_language.over) == ("families", "seeds")
    asked = compare_all(frame[frame["seed"] == 0], "full", {"pos": "accuracy"}, over="seeds")
    assert asked == []
    with pytest.raises(ValueError, match="must be an arm with scores, but 'none' is not"):
        compare_all(frame, "none", {"pos": "accuracy"})


def test_effect_size_by_hand():
    """1, 2, 3: mean 2, deviation 1, correction 1 - 3 / 7."""
    assert hedges_g(np.array([1.0, 2.0, 3.0])) == pytest.approx(2 * 4 / 7)
    assert math.isnan(hedges_g(np.array([1.0, 2.0])))  # 0 / 0 for two: the approximate correction would make it 0.00
    assert math.isnan(hedges_g(np.array([1.0]))) and math.isnan(hedges_g(np.array([0.1, 0.1, 0.1])))
    exact = math.gamma(10) / (math.sqrt(10) * math.gamma(9.5))  # the exact correction for 20 degrees of freedom
    values = stats.norm.rvs(size=21, random_state=0)
    assert hedges_g(values) == pytest.approx(values.mean() / values.std(ddof=1) * exact, rel=1e-3)


def test_the_table_has_every_field_and_the_verdict(frame):
    found = compare_all(frame, "full", {"pos": "accuracy"})
    table = comparison_table(found)
    assert list(table["arm"]) == ["better", "same", "worse"]
    assert list(table["verdict"]) == [c.verdict for c in found] and "n_seeds" in table and "n_languages" in table
