"""What is said of replayed searches."""

from sweep.replay.curves import lines
from sweep.replay.report import replay_report
from tests.sweep.replay.replayed import rows


def test_the_report_compares_like_with_like() -> None:
    table = rows({("random", 1): [0.0, 0.1, 0.2], ("gp", 1): [0.1, 0.5, 0.9], ("gp", 8): [0.1, 0.3, 0.6]})
    assert set(lines(table)) == {("f", "random"), ("f", "gp"), ("f", "gp, 8 workers")}
    assert lines(table, "observed")["f", "gp"].median[-1] == 0.45
    assert "the best observed score" in replay_report(table, "gp", {"f": "a function"}, "observed")
    text = replay_report(table, "gp", {"f": "a function"})
    assert "| f | random | 0.20 | 10 | [10, 10] | 0.50 |" in text
    assert "| f | gp, 8 workers | 1.33 | [1.33, 1.33] |" in text  # 0.9 + 0.7 + 0.4 over 0.9 + 0.5 + 0.1
    assert "gp needs" in text and "| f | gp, 8 workers | 0.60 |" not in text
