"""Groups of languages that scores are averaged over. English, the language of the labels, stands apart from the others.

"seen" is what the record says that the encoder was pre-trained on; "realigned" is the trial's own subset. Each language
counts once, whatever the number of its sentences and of its test sets.
"""

from collections.abc import Callable, Mapping

import pandas as pd

from sweep.reports.frame import language_frame

ENGLISH_GROUP = "English"
GROUPS: Mapping[str, Callable[[pd.DataFrame], pd.Series]] = {
    "all": lambda frame: ~frame["english"].astype(bool),
    "seen": lambda frame: ~frame["english"].astype(bool) & frame["seen"].eq(True),
    "unseen": lambda frame: ~frame["english"].astype(bool) & frame["seen"].eq(False),
    "realigned": lambda frame: ~frame["english"].astype(bool) & frame["realigned"].astype(bool),
    "not realigned": lambda frame: ~frame["english"].astype(bool) & ~frame["realigned"].astype(bool),
    ENGLISH_GROUP: lambda frame: frame["english"].astype(bool),
}
ZERO_SHOT_GROUPS = tuple(group for group in GROUPS if group != ENGLISH_GROUP)


def in_group(frame: pd.DataFrame, group: str) -> pd.DataFrame:
    """The rows of `frame` (see `frame.score_frame`) whose language is in `group`."""
    return frame[GROUPS[group](frame)]


def group_means(frame: pd.DataFrame) -> dict[tuple[str, str, str], float]:
    """(task, main metric, group) -> mean over languages, of one trial's test scores; empty groups are absent.

    Args:
        frame: as `frame.score_frame` makes it.
    """
    by_language = language_frame(frame[frame["split"] == "test"])
    means = {}
    for group in ZERO_SHOT_GROUPS:
        for (task, metric), rows in in_group(by_language, group).groupby(["task", "metric"]):
            means[str(task), str(metric), group] = float(rows["value"].mean())
    return means
