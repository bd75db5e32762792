"""Groups of languages that scores are averaged over. English, the language of the labels, is in none of them.

"seen" is what the record says that the encoder was pre-trained on; "realigned" is the trial's own subset. Each language
counts once, whatever the number of its sentences.
"""

from collections.abc import Callable, Mapping

import pandas as pd

GROUPS: Mapping[str, Callable[[pd.DataFrame], pd.Series]] = {
    "all": lambda frame: ~frame["english"].astype(bool),
    "seen": lambda frame: ~frame["english"].astype(bool) & frame["seen"].eq(True),
    "unseen": lambda frame: ~frame["english"].astype(bool) & frame["seen"].eq(False),
    "realigned": lambda frame: ~frame["english"].astype(bool) & frame["realigned"].astype(bool),
    "not realigned": lambda frame: ~frame["english"].astype(bool) & ~frame["realigned"].astype(bool),
}


def in_group(frame: pd.DataFrame, group: str) -> pd.DataFrame:
    """The rows of `frame` (see `frame.score_frame`) whose language is in `group`."""
    return frame[GROUPS[group](frame)]


def group_means(frame: pd.DataFrame) -> dict[tuple[str, str, str], float]:
    """(task, metric, group) -> plain mean over languages, of one trial's test scores; empty groups are absent."""
    test = frame[frame["split"] == "test"]
    means = {}
    for group in GROUPS:
        for (task, metric), rows in in_group(test, group).groupby(["task", "metric"]):
            means[str(task), str(metric), group] = float(rows["value"].mean())
    return means
