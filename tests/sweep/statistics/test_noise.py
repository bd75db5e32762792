import numpy as np
import pytest
from scipy import stats

from sweep.statistics.noise import noise_floor

POS = {"task": "pos", "metric": "accuracy"}


def test_noise_is_pooled_over_arms(frame_of):
    frame = frame_of(
        {
            ("a", 1): {"wol": 0.1, "yor": 0.3},
            ("a", 2): {"wol": 0.3, "yor": 0.5},  # means 0.2, 0.4: squares 0.02
            ("b", 1): {"wol": 0.5, "yor": 0.5},
            ("b", 2): {"wol": 0.6, "yor": 0.6},
            ("b", 3): {"wol": 0.7, "yor": 0.7},  # means 0.5, 0.6, 0.7: squares 0.02
            ("c", 1): {"wol": 0.9, "yor": 0.9},  # one seed says nothing
        }
    )
    noise = noise_floor(frame, **POS)
    assert (noise.df, noise.n_arms) == (3, 2)
    assert noise.sd == pytest.approx(np.sqrt(0.04 / 3))
    assert noise.low < noise.sd < noise.high
    assert noise.smallest_difference(2) == pytest.approx(stats.t.ppf(0.975, 3) * noise.sd)
    assert noise_floor(frame, **POS, arms=["a"]).sd == pytest.approx(np.sqrt(0.02))
    with pytest.raises(ValueError, match="at least 1, but is 0"):
        noise.smallest_difference(0)
    with pytest.raises(ValueError, match="needs an arm with two seeds, but none of 1"):
        noise_floor(frame, **POS, arms=["c"])


@pytest.mark.slow
def test_its_interval_and_smallest_difference_hold_what_they_say(frame_of):
    """60 worlds of 5 arms x 4 seeds, all alike: the interval holds the true noise, two arms rarely seem to differ."""
    rng = np.random.default_rng(0)
    held = apart = 0
    for _ in range(60):
        scores = {(f"arm{i}", s): {"wol": 0.5 + 0.01 * rng.normal()} for i in range(5) for s in range(4)}
        frame = frame_of(scores)
        noise = noise_floor(frame, **POS)
        held += noise.low <= 0.01 <= noise.high
        means = frame.groupby("arm")["value"].mean()
        apart += abs(means["arm0"] - means["arm1"]) > noise.smallest_difference(4)
    assert held >= 52 and apart <= 8  # of 60; expected 57 and 3
