import numpy as np
import pytest
from scipy import optimize, special, stats

from sweep.statistics.confidence import Part
from sweep.statistics.noise import bartlett_p, floor_of, noise_floor, variance_prior

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


def test_equality_is_tested_as_scipy_does():
    rng = np.random.default_rng(3)
    samples = [sd * rng.normal(size=n) for sd, n in ((1.0, 4), (2.0, 4), (0.5, 5), (1.0, 3))]
    squares, dfs = np.array([x.var(ddof=1) for x in samples]), np.array([len(x) - 1 for x in samples])
    assert bartlett_p(squares, dfs) == pytest.approx(stats.bartlett(*samples).pvalue)
    assert np.isnan(bartlett_p(squares[:1], dfs[:1]))


def test_runs_that_tie_do_not_make_arms_unequal():
    """Means of counts tie by chance, most of all over two seeds: such an arm is left out of the test."""
    squares, dfs = np.array([0.04, 0.0, 0.03, 1e-34, 0.05]), np.array([1, 1, 1, 1, 3])
    varies = squares > 0.01
    assert bartlett_p(squares, dfs) == bartlett_p(squares[varies], dfs[varies]) > 0.5
    assert np.isnan(bartlett_p(np.array([0.04, 0.0]), np.array([1, 1])))
    rng = np.random.default_rng(5)
    counts = rng.binomial(100, 0.5, size=(300, 10, 2))  # arms are equally noisy in all of these worlds
    p = [bartlett_p(world.var(axis=1, ddof=1), np.ones(10)) for world in counts]
    assert np.mean(np.array(p) <= 0.05) < 0.1


def test_the_prior_is_what_the_variances_were_drawn_from():
    """Scaled inverse chi-squared variances, 6 degrees of freedom around 0.04, seen with 3 each."""
    rng = np.random.default_rng(0)
    true = 0.04 * 6 / rng.chisquare(6, size=5_000)
    prior = variance_prior(true * rng.chisquare(3, size=true.size) / 3, np.full(true.size, 3))
    assert prior.square == pytest.approx(0.04, rel=0.03) and prior.df == pytest.approx(6, rel=0.1)


def test_the_prior_is_averaged_over_what_the_variances_leave_possible():
    """The same posterior by scipy: variances over the scale are F, on a grid ten times as fine."""
    squares, dfs = np.array([0.2, 1.0, 0.5, 3.0]), np.array([1, 1, 3, 2])
    most = np.sqrt(special.polygamma(1, 0.5))
    unlike, logs = (np.arange(300) + 0.5) / 300 * most, np.linspace(-8, 8, 500)
    halves = [optimize.brentq(lambda x, v=u**2: special.polygamma(1, x) - v, 1e-3, 1e6) for u in unlike]
    density = np.array([
        np.exp(sum(stats.f.logpdf(s / np.exp(logs), d, 2 * half) - logs for s, d in zip(squares, dfs, strict=True)))
        for half in halves
    ])  # fmt: skip
    density /= density.sum()
    prior = variance_prior(squares, dfs)
    assert special.polygamma(1, prior.df / 2) == pytest.approx(density.sum(axis=1) @ unlike**2, rel=0.02)
    assert np.log(prior.square) == pytest.approx(density.sum(axis=0) @ logs, abs=0.02)


def test_few_seeds_cannot_show_that_arms_are_alike():
    """The fault: by moments the arms of most sweeps of two seeds were alike by chance, infinitely sure."""
    rng = np.random.default_rng(0)
    found = [variance_prior(rng.chisquare(1, size=20), np.full(20, 1)).df for _ in range(20)]
    assert max(found) < 20
    surer = [variance_prior(rng.chisquare(7, size=20) / 7, np.full(20, 7)).df for _ in range(20)]
    assert np.median(surer) > 2 * np.median(found)  # more seeds tell more
    one = variance_prior(np.array([0.04]), np.array([3]))
    assert one.df < 3  # one arm says little about another


def test_each_arm_has_its_own_variance_shrunken_towards_all():
    variances = {f"a{i}": (square, 3) for i, square in enumerate([1.0, 1.3, 0.7, 0.9, 30.0, 0.02])}
    floor = floor_of(variances)
    for arm, (square, df) in variances.items():
        expected = (floor.prior.df * floor.prior.square + df * square) / (floor.prior.df + df)
        assert floor.of(arm).square == pytest.approx(expected) and floor.of(arm).df == floor.prior.df + df
    assert floor.of("another") == floor.prior and floor.prior.df < 3
    pair = floor.difference("a0", "a4", 4)
    assert pair == Part((floor.of("a0").square + floor.of("a4").square) / 4, floor.prior.df + 3)
    mean = floor.with_mean("mean", ["a0", "a1"])
    assert mean.of("mean").square == pytest.approx((floor.of("a0").square + floor.of("a1").square) / 4)
    # Where arms are alike, all speak for each, and none knows more than all together.
    alike = floor_of({f"a{i}": (1.0 + i / 100, 3) for i in range(4)})
    assert alike.of("a0").square == pytest.approx(1.015, rel=0.02) and 6 < alike.of("a0").df <= 12
    assert alike.prior.df > floor.prior.df


def test_selected_sets_say_nothing_about_others(frame_of):
    scores = {
        ("best", 1): {"wol": 0.9}, ("best", 2): {"wol": 0.5}, ("plan", 1): {"wol": 0.4}, ("plan", 2): {"wol": 0.41}
    }  # fmt: skip
    noise = noise_floor(frame_of(scores), **POS, selected=["best"])
    assert noise.n_arms == 1 and noise.sd == pytest.approx(0.01 / np.sqrt(2))
    alone = frame_of({key: values for key, values in scores.items() if key[0] == "best"})
    with pytest.raises(ValueError, match="that were not selected"):
        noise_floor(alone, **POS, selected=["best"])


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
