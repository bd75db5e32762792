"""Time to go, by hand."""

import pickle

import pytest

from sweep.prediction.time_to_go import TimeToGo


def test_it_starts_as_predicted_and_runs_down() -> None:
    to_go = TimeToGo({"a": 100.0, "b": 200.0, "": 50.0}, n_left=4, n_at_a_time=2)  # and two others
    assert to_go.seconds(0.0) == 200.0
    assert to_go.seconds(40.0) == 180.0
    assert to_go.seconds(1e6) == 0.0


def test_it_follows_what_is_seen() -> None:
    to_go = TimeToGo({"a": 100.0, "b": 200.0}, n_left=2, n_at_a_time=1)
    to_go.end("a", 260.0)
    assert to_go.seconds(0.0) == pytest.approx(200 * (260 + 60) / (100 + 60))
    much = TimeToGo({"": 100.0}, n_left=1000, n_at_a_time=1)
    for _ in range(900):
        much.end("x", 200.0)
    assert much.seconds(0.0) == pytest.approx(100 * 200, rel=0.01)


def test_a_failed_trial_says_nothing_of_others() -> None:
    to_go = TimeToGo({"a": 100.0, "b": 200.0}, n_left=2, n_at_a_time=1)
    to_go.end("a", None)
    assert to_go.seconds(0.0) == 200.0
    assert pickle.loads(pickle.dumps(to_go)).seconds(0.0) == 200.0
