"""The data behind the interactive page: the leaderboard of every group, family, area, script and single language.

Nothing is averaged here or on the page. Each number is one of `leaderboard`, of a record, of `ranked_sets` or of
`set_features`, and the page only sorts, filters and draws. Scores are fractions, as everywhere.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from search_spaces.inventory import NO_FAMILIES, find_info
from sweep.records.records import TrialRecord
from sweep.reports.document import Bars
from sweep.reports.results import SweepResults
from sweep.reports.set_features import FEATURES, features_of_sets
from sweep.scores.groups import GROUP_TITLES, Group, user_groups
from sweep.scores.language_rows import distinct_kinds
from sweep.scores.leaderboard import leaderboard
from sweep.scores.names import language_name, language_names
from sweep.scores.titles import TITLES

MAX_ARMS = 400
"""Arms on a page: the planned ones by their dev scores, and of a search those whose sets are believed best."""
MAX_IN_HOVER = 30
NUMBERS = ("mean", "low", "high", "change")
COUNTS = ("n_group_languages", "n_seeds", "n_pairs")
OF_LANGUAGE = "language"
State = Literal["running", "interrupted", "complete", "imported"]


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a sweep has come: trials over, of all."""

    n_over: int
    n_trials: int
    state: State


def page_data(sweeps: Sequence[SweepResults], distance: str, bars: Sequence[Bars] = ()) -> dict[str, Any]:
    """Everything that the page shows, as plain data for JSON.

    Args:
        distance: of `set_features`. bars: drawn as they are.

    Returns:
        tasks, groups, languages, features (keys to titles), bars; arms: one an arm, with its place in every list of
        `scores`; scores: task -> group -> column -> one value an arm, None where there is none; courses: one a search.
    """
    listed = {results.name: listed_arms(results) for results in sweeps}
    boards = {
        results.name: leaderboard(
            results.records, wide_groups(results), frame=results.by_language, arms=listed[results.name]
        )
        for results in sweeps
    }
    arms = [one for results in sweeps for one in _arms(results, listed[results.name], distance)]
    place = {(one["sweep"], one["arm"]): i for i, one in enumerate(arms)}
    tested = sorted({str(tag) for results in sweeps for tag in results.test["language"].unique()})
    realigned = {tag for one in arms for tag in one["languages"]}
    present = {task for board in boards.values() for task in board["task"].unique()}
    return {
        "tasks": {task: TITLES[task].column for task in TITLES if task in present and task != "retrieval_before"},
        "groups": _groups(sweeps, boards),
        "languages": {tag: _language(tag) for tag in sorted({*tested, *realigned})},
        "tested": tested,
        "features": FEATURES,
        "arms": arms,
        "scores": _scores(boards, place, len(arms)),
        "courses": [course for results in sweeps if (course := _course(results))],
        "bars": [vars(one) for one in bars],
        "left_out": sum(len(results.arms) - len(listed[results.name]) for results in sweeps),
    }


def listed_arms(results: SweepResults) -> list[str]:
    """By falling dev score. Of too many those searched ones are left out that are believed worst, and of too many
    planned ones those of the lowest dev scores, but for the references and the answer.
    """
    searched = set(results.searched)
    named = {results.full, results.baseline, results.answer.arm if results.answer else None}
    planned = sorted((arm for arm in results.arms if arm not in searched), key=lambda arm: arm not in named)[:MAX_ARMS]
    kept = {*planned, *results.searched[: max(1, MAX_ARMS - len(planned))]}
    return [arm for arm in results.arms if arm in kept]


def wide_groups(results: SweepResults) -> dict[str, Group]:
    """The report's groups, and one for each tested language, and each family, area and script of several of them."""
    tested = sorted(results.test["language"].unique())
    infos = {tag: info for tag in tested if (info := find_info(tag))}
    columns: dict[str, dict[Any, str]] = {
        "family": {tag: info.family for tag, info in infos.items() if info.family not in NO_FAMILIES},
        "area": {tag: info.area for tag, info in infos.items() if info.area},
        "script": {tag: info.script for tag, info in infos.items()},
    }
    several: dict[str, dict[Any, str]] = {}
    for column, values in columns.items():
        counts = pd.Series(list(values.values()), dtype=object).value_counts()
        several[column] = {tag: value for tag, value in values.items() if 1 < counts[value] < len(tested)}
    return {**user_groups({**several, OF_LANGUAGE: {tag: tag for tag in tested}}), **results.groups}


def _groups(sweeps: Sequence[SweepResults], boards: Mapping[str, pd.DataFrame]) -> dict[str, dict[str, Any]]:
    """Group -> its title, its kind ("family"; "" for those of every report) and the tested languages that are in it."""
    found: dict[str, dict[str, Any]] = {}
    for results in sweeps:
        present, kinds = set(boards[results.name]["group"].unique()), distinct_kinds(results.test)
        for group, mask in wide_groups(results).items():
            if group not in present:
                continue
            kind = group.partition(": ")[0] if group not in GROUP_TITLES else ""
            value = group.removeprefix(f"{kind}: ")
            title = language_name(value) if kind == OF_LANGUAGE else value if kind else group
            own = found.setdefault(group, {"title": title, "kind": kind, "languages": []})
            inside = set(kinds.loc[mask(kinds), "language"])
            own["languages"] = sorted({*own["languages"], *map(str, inside)})
    return found


def _language(tag: str) -> dict[str, Any]:
    info = find_info(tag)
    if info is None:
        return {"name": tag, "family": "", "area": "", "script": "", "place": None}
    place = None if math.isnan(info.latitude) else [info.longitude, info.latitude]
    return {"name": info.name, "family": info.family, "area": info.area, "script": info.script, "place": place}


def _arms(results: SweepResults, listed: Sequence[str], distance: str) -> list[dict[str, Any]]:
    dev = results.board.drop_duplicates("arm").set_index("arm")["dev_score"]
    features, believed = features_of_sets(results, distance), results.believed
    trials: dict[str, list[TrialRecord]] = {}
    for record in results.finished:
        trials.setdefault(record.arm, []).append(record)
    answer = results.answer
    rows = []
    for arm in listed:
        own, languages = trials[arm], results.sets.get(arm)
        rows.append(
            {
                "sweep": results.name, "arm": arm, "label": results.labels[arm],
                "languages": list(languages or ()), "varies": languages is None,
                "names": language_names(languages) if languages else "",
                "searched": arm in believed or any(record.number is not None for record in own),
                "answer": answer is not None and answer.arm == arm,
                "chosen_by": all(record.trial in results.choosing for record in own),
                "n_seeds": results.n_seeds[arm], "dev": _number(dev.get(arm)), "believed": believed.get(arm),
                "features": features[arm],
                "reference": "full" if arm == results.full else "none" if arm == results.baseline else "",
            }
        )  # fmt: skip
    return rows


def _scores(boards: Mapping[str, pd.DataFrame], place: Mapping[tuple[str, str], int], n_arms: int) -> dict[str, Any]:
    scores: dict[str, Any] = {}
    for name, board in boards.items():
        for (task, group), rows in board.groupby(["task", "group"], sort=False, observed=True):
            places = [place[name, arm] for arm in rows["arm"]]
            of_group = scores.setdefault(task, {}).setdefault(
                group, {column: [None] * n_arms for column in (*NUMBERS, *COUNTS)}
            )
            for column in (*NUMBERS, *COUNTS):
                for i, value in zip(places, rows[column].tolist(), strict=True):
                    of_group[column][i] = None if math.isnan(value) else value
    return scores


def _course(results: SweepResults) -> dict[str, Any] | None:
    """The trials that a search asked for, in its order; scores are those that it chooses by."""
    asked = sorted(
        (record for record in results.records if record.number is not None),
        key=lambda record: (record.number or 0, record.seed),
    )
    if not asked:
        return None
    return {
        "sweep": results.name,
        "trials": [
            {
                "number": record.number, "arm": record.arm, "label": record.label, "seed": record.seed,
                "status": record.status, "names": language_names(record.languages, MAX_IN_HOVER),
                "size": len(record.languages), "dev": _number(record.score),
                "point": {k: v for k, v in record.point.items() if not k.startswith("subset.")},
            }
            for record in asked
        ],
    }  # fmt: skip


def _number(value: Any) -> float | None:
    return None if value is None or pd.isna(value) else float(value)
