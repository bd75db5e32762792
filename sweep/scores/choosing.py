"""The trials by which a search chose among its sets; they judge nothing."""

from collections.abc import Sequence

from sweep.records.records import TrialRecord


def choosing_trials(records: Sequence[TrialRecord]) -> frozenset[str]:
    """The trials by whose scores a search chose among its sets: the first of each searched arm.

    The best of many is above all lucky on them, so they enter no comparison; trials that repeat a set with other seeds,
    and arms, do.
    """
    first: dict[str, TrialRecord] = {}
    for record in records:
        if record.number is not None and record.number <= (first.get(record.arm, record).number or 0):
            first[record.arm] = record
    return frozenset(record.trial for record in first.values())
