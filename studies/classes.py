"""Classes of planned sets beside one another: the mean of NAME-1, NAME-2 ... against that of another class.

    python studies/classes.py SWEEP --mlruns mlruns      # a table for docs/study.md: test scores, points

Intervals are over seeds and families of tested languages; * = differs after Holm's correction for the whole table.
"""

import argparse
from collections.abc import Sequence
from itertools import combinations

import pandas as pd

from sweep.folders import SweepFolder
from sweep.records.records import RecordStore, TrialRecord
from sweep.scores.frame import mean_arm, score_frame
from sweep.scores.groups import GROUPS
from sweep.scores.titles import TITLES
from sweep.statistics.comparisons import Comparison, compare_all, corrected
from sweep.statistics.noise import noise_floor

TESTED = ("all", "seen", "unseen")
TASKS = ("retrieval", "pos")


def compared(records: Sequence[TrialRecord]) -> list[Comparison]:
    """Of each two classes, the later one in the order of names against the earlier one."""
    planned = [record for record in records if record.finished and record.number is None]
    classes: dict[str, list[str]] = {}
    for arm in sorted({record.arm for record in planned}):
        name, _, number = arm.rpartition("-")
        if number.isdigit() and name:
            classes.setdefault(name, []).append(arm)
    frame = score_frame(planned)
    frame = frame[frame["split"] == "test"]
    tasks = {task: TITLES[task].metric for task in TASKS}
    masks = {group: GROUPS[group] for group in TESTED}
    noises = {
        (task, group): noise_floor(frame, task=task, metric=metric, group=mask)
        for task, metric in tasks.items()
        for group, mask in masks.items()
    }
    for name, arms in classes.items():
        frame = pd.concat([frame, mean_arm(frame, arms, name)], ignore_index=True)
        noises = {key: noise.with_mean(name, arms) for key, noise in noises.items()}
    found = []
    for a, b in combinations(sorted(classes), 2):
        found += compare_all(frame, a, tasks, arms=[b], groups=masks, noises=noises, correction="none")
    return corrected(found)


def table(comparisons: Sequence[Comparison]) -> list[str]:
    """Markdown: a row for each two classes."""
    lines = [
        "| | " + " | ".join(f"{task}, {group}" for task in TASKS for group in TESTED) + " |",
        "|---|" + "---:|" * (len(TASKS) * len(TESTED)),
    ]
    for arm, reference in dict.fromkeys((one.arm, one.reference) for one in comparisons):
        cells = []
        for task in TASKS:
            for group in TESTED:
                (one,) = [
                    one for one in comparisons
                    if (one.arm, one.reference, one.task, one.group) == (arm, reference, task, group)
                ]  # fmt: skip
                star = "*" if one.p_adjusted < 0.05 else ""
                cells.append(f"{100 * one.difference:+.1f} [{100 * one.low:.1f}, {100 * one.high:.1f}]{star}")
        lines.append(f"| {arm} over {reference} | {' | '.join(cells)} |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sweep")
    parser.add_argument("--mlruns", default="mlruns")
    options = parser.parse_args()
    records = RecordStore(SweepFolder.below(options.mlruns, options.sweep).records).all()
    print("\n".join(table(compared(records))))


if __name__ == "__main__":
    main()
