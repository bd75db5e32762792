"""What confirming found: differences to full, none and random sets, corrected, and the shrinkage since the search.

Test scores with fresh seeds, apart for the languages whose dev scores the search was told and for all others.
"""

from collections.abc import Collection, Sequence
from statistics import fmean

import pandas as pd

from search_spaces.languages import ENGLISH
from sweep.records.records import TrialRecord
from sweep.scores.frame import mean_arm, score_frame
from sweep.scores.objective import objective, scored_languages, tasks_of, told_by
from sweep.scores.titles import TITLES
from sweep.search.tried_sets import best_sets
from sweep.statistics.comparisons import Comparison, compare_all, corrected
from sweep.statistics.noise import NoiseFloor, noise_floor
from sweep.statistics.paired import Group

BEST, COMPARED, CONTROL = "best-", "arm-", "random-"
"""How arms of the confirm phase begin: sets that the search found, arms it was compared with, random controls."""


SEARCHED, OTHERS = "search languages", "languages the search never saw"


def confirm_comparisons(
    records: Sequence[TrialRecord], languages: Collection[str], margin: float | None = None
) -> list[Comparison]:
    """Every confirmed set against the full set, none, the search's own arms and the mean of its size's random controls,
    on test scores.

    By task, and by retrieval where the search was told that; apart for search languages and the others. All are one
    family under Holm's correction. The noise between seeds is that of each arm, shrunken towards that of the arms that
    were not selected, as in any report.
    """
    frame = score_frame(records)
    judged = dict.fromkeys((*told_by(records), *tasks_of(records)))  # what was searched for first, the tasks always
    frame = frame[(frame["split"] == "test") & frame["task"].isin(judged)]
    sizes = {record.arm: len(record.languages) for record in records if record.finished}
    best = sorted((arm for arm in sizes if arm.startswith(BEST)), key=lambda arm: int(arm.removeprefix(BEST)))
    groups: dict[str, Group] = {
        SEARCHED: lambda rows: rows["language"].isin(languages),
        OTHERS: lambda rows: ~rows["language"].isin(languages) & ~rows["english"].astype(bool),
    }
    tasks = {task: TITLES[task].metric for task in judged}
    noises = {
        (task, group): noise
        for task, metric in tasks.items()
        for group, belongs in groups.items()
        if (noise := _noise(frame, task, metric, belongs, best)) is not None
    }
    compared = sorted(arm for arm in sizes if arm.startswith(COMPARED))
    references: dict[str, list[str]] = {name: best for name in ("full", "none", *compared) if name in sizes}
    for size in sorted({sizes[arm] for arm in best}):
        controls = [arm for arm in sizes if arm.startswith(f"{CONTROL}{size}-")]
        name = _control_name(size, len(controls))
        mean = mean_arm(frame, controls, name)
        if len(mean):
            frame = pd.concat([frame, mean], ignore_index=True)
            references[name] = [arm for arm in best if sizes[arm] == size]
            noises = {key: noise.with_mean(name, controls) for key, noise in noises.items()}
    found: list[Comparison] = []
    for reference, arms in references.items():
        found += compare_all(
            frame, reference, tasks, arms=arms, groups=groups, noises=noises, margin=margin, correction="none"
        )
    return corrected(found)


def _noise(frame: pd.DataFrame, task: str, metric: str, group: Group, selected: Sequence[str]) -> NoiseFloor | None:
    try:
        return noise_floor(frame, task=task, metric=metric, selected=selected, group=group)
    except ValueError:  # one seed, or nothing but selected sets
        return None


def _control_name(size: int, n: int) -> str:
    return f"the mean of {n} random {'set' if n == 1 else 'sets'} of {size}"


def shrinkage_table(
    search_records: Sequence[TrialRecord], confirm_records: Sequence[TrialRecord], languages: Collection[str]
) -> pd.DataFrame:
    """One row an arm of the confirm phase, best sets first.

    Returns:
        arm, languages, n_languages; `search` = mean of what the search was told of this set over n_trials (NaN where it
        was not run), `believed` = posterior mean; `dev` = the same score with fresh seeds, `shrinkage` = search - dev;
        `test` and `test_others` = test scores on search languages and on the others (tasks without any left out).
    """
    tasks, all_sets = told_by(confirm_records), best_sets(search_records, languages, len(search_records))
    believed = {found.languages: found.believed for found in all_sets}
    told: dict[tuple[str, ...], list[float]] = {}
    for record in search_records:
        if record.finished:
            told.setdefault(tuple(sorted(record.languages)), []).append(objective(record.scores, tasks, languages))
    by_arm: dict[str, list[TrialRecord]] = {}
    for record in confirm_records:
        if record.finished:
            by_arm.setdefault(record.arm, []).append(record)
    rows = []
    for arm in sorted(by_arm, key=order_of_arm):
        found = by_arm[arm]
        key = tuple(sorted(found[0].languages))
        search = fmean(told[key]) if key in told else float("nan")
        dev = fmean(objective(record.scores, tasks, languages) for record in found)
        rows.append(
            (
                arm, " ".join(key), len(key), len(told.get(key, ())), search, believed.get(key, float("nan")), dev,
                search - dev, fmean(objective(record.scores, tasks, languages, "test") for record in found),
                fmean(_test_others(record, tasks, languages) for record in found), len(found),
            )
        )  # fmt: skip
    columns = [
        "arm", "languages", "n_languages", "n_trials", "search", "believed", "dev", "shrinkage", "test", "test_others",
        "n_seeds",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _test_others(record: TrialRecord, tasks: Sequence[str], languages: Collection[str]) -> float:
    others = {row.language for row in record.scores} - {*languages, ENGLISH}
    covered = [task for task, scored in scored_languages(record.scores, tasks, "test").items() if scored & others]
    return objective(record.scores, covered, others, "test") if covered else float("nan")


def order_of_arm(arm: str) -> tuple[int, int, str]:
    """best-1, best-2 ..., full, none and the search's own arms, controls."""
    if arm.startswith(BEST):
        return 0, int(arm.removeprefix(BEST)), arm
    return (1, 0, arm) if not arm.startswith(CONTROL) else (2, 0, arm)
