"""Groups of languages that scores are averaged over. English, the language of the labels, stands apart from the others.

"seen" is what the record says that the encoder was pre-trained on; "realigned" is the trial's own subset; "out of
distribution" is neither. Resource classes are those of Joshi et al. (2020), see `is_low_resource`. Each
language counts once, whatever the number of its sentences and of its test sets.
"""

from collections.abc import Callable, Mapping
from functools import partial

import pandas as pd

from search_spaces.inventory import find_info
from search_spaces.languages import ENGLISH, Language
from sweep.records.records import TrialRecord
from sweep.scores.frame import language_frame

Group = Callable[[pd.DataFrame], "pd.Series"]

ENGLISH_GROUP = "English"


def is_low_resource(tag: str) -> bool:
    """Class 2 or less. Languages without a class that neither mBERT nor XLM-R was pre-trained on count as low-resource;
    the others without one belong to neither group.
    """
    info = find_info(tag)
    if info is None or tag == ENGLISH:
        return False
    return info.resource == "<=2" or not (info.resource or info.seen_by_mbert or info.seen_by_xlmr)


def is_high_resource(tag: str) -> bool:
    """Class 3 to 5."""
    info = find_info(tag)
    return info is not None and info.resource in ("3", "4-5")


def _zero_shot(frame: pd.DataFrame) -> "pd.Series":
    return ~frame["english"].astype(bool)


def _among(frame: pd.DataFrame, languages: frozenset[Language]) -> "pd.Series":
    return _zero_shot(frame) & frame["language"].isin(sorted(languages))


def _which(frame: pd.DataFrame, rule: Callable[[str], bool]) -> "pd.Series":
    chosen = {tag for tag in frame["language"].unique() if rule(tag)}
    return _zero_shot(frame) & frame["language"].isin(sorted(chosen))


GROUPS: Mapping[str, Group] = {
    "all": _zero_shot,
    "seen": lambda frame: _zero_shot(frame) & frame["seen"].eq(True),
    "unseen": lambda frame: _zero_shot(frame) & frame["seen"].eq(False),
    "low-resource": partial(_which, rule=is_low_resource),
    "high-resource": partial(_which, rule=is_high_resource),
    "realigned": lambda frame: _zero_shot(frame) & frame["realigned"].astype(bool),
    "not realigned": lambda frame: _zero_shot(frame) & ~frame["realigned"].astype(bool),
    "out of distribution": lambda frame: _zero_shot(frame) & ~frame["realigned"].astype(bool) & frame["seen"].eq(False),
    ENGLISH_GROUP: lambda frame: frame["english"].astype(bool),
}
ZERO_SHOT_GROUPS = tuple(group for group in GROUPS if group != ENGLISH_GROUP)

GROUP_TITLES: Mapping[str, str] = {
    "all": "Test, all languages but English",
    "seen": "Test, languages seen in pre-training",
    "unseen": "Test, languages unseen in pre-training",
    "low-resource": "Test, low-resource languages",
    "high-resource": "Test, high-resource languages",
    "realigned": "Test, languages of the arm's own subset",
    "not realigned": "Test, languages outside the arm's subset",
    "out of distribution": "Test, languages neither realigned nor seen",
    ENGLISH_GROUP: "Test, English",
}


def user_groups(columns: Mapping[str, Mapping[Language, str]]) -> dict[str, Group]:
    """A group "column: value" for each value of each column of facts (see `search_spaces.columns.read_columns`).

    Languages without a value are in no group of that column; English never is.
    """
    groups: dict[str, Group] = {}
    for column, values in columns.items():
        for value in sorted(set(values.values())):
            languages = frozenset(language for language, own in values.items() if own == value)
            groups[f"{column}: {value}"] = partial(_among, languages=languages)
    return groups


def with_user_groups(columns: Mapping[str, Mapping[Language, str]] | None) -> Mapping[str, Group]:
    """`GROUPS` and, before English, the user's own."""
    own = user_groups(columns or {})
    english = {ENGLISH_GROUP: GROUPS[ENGLISH_GROUP]}
    return {**{group: GROUPS[group] for group in ZERO_SHOT_GROUPS}, **own, **english}


def group_title(group: str) -> str:
    """The title of a table about one group."""
    return GROUP_TITLES.get(group, f"Test, {group}")


def in_group(frame: pd.DataFrame, group: str) -> pd.DataFrame:
    """The rows of `frame` (see `frame.score_frame`) whose language is in `group`, one of `GROUPS`."""
    return frame[GROUPS[group](frame)]


def group_means(record: TrialRecord) -> dict[tuple[str, str, str], float]:
    """(task, main metric, group) -> mean over languages, of one trial's test scores; empty groups are absent."""
    by_language = language_frame([record])
    values = by_language["value"].to_numpy(dtype=float)
    of_task = by_language.groupby(["task", "metric"]).indices
    means = {}
    for group in ZERO_SHOT_GROUPS:
        inside = GROUPS[group](by_language).to_numpy(dtype=bool)
        for (task, metric), places in of_task.items():
            if (own := values[places[inside[places]]]).size:
                means[str(task), str(metric), group] = float(own.mean())
    return means
