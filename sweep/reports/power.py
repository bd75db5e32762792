"""How small a difference a sweep could have shown: what "no difference was shown" is worth."""

import math
from statistics import median

from sweep.reports.document import Table
from sweep.reports.families import Findings, SweepComparison
from sweep.scores.titles import TITLES

POWER = 0.8
FACTOR = 1.43
"""(z_0.975 + z_0.8) / z_0.975: how many times half a 95 % interval a true difference must be, to be told from 0 in 80 %
of such sweeps. With few degrees of freedom it is less: 1.25 for two (Student's t in place of z)."""


def power_table(findings: Findings, *, groups: bool = True) -> list[Table]:
    """A row a task and group of languages: the median over arms of what could have been shown; [] without comparisons.

    Of the comparisons against the reference, before any correction for their number.

    Args:
        groups: also groups of languages, whose comparisons take time where nothing else asks for them.
    """
    rows = []
    several = len(findings.sweeps) > 1
    found: dict[tuple[str, str, str], list[SweepComparison]] = {}
    for one in [*findings.claims, *(findings.by_group if groups else ())]:
        found.setdefault((one.results.name, one.comparison.task, one.comparison.group), []).append(one)
    for (name, task, group), compared in found.items():
        own = [one.comparison for one in compared if not math.isnan(one.comparison.these_low)]
        these = [smallest(comparison.these_low, comparison.these_high) for comparison in own]
        sizes = sorted({one.comparison.n_languages for one in compared})
        rows.append(
            [
                *([name] if several else []), TITLES[task].column, group,
                str(sizes[0]) if len(sizes) == 1 else f"{sizes[0]}-{sizes[-1]}", str(len(compared)),
                f"{100 * median(smallest(one.comparison.low, one.comparison.high) for one in compared):.1f}",
                f"{100 * median(these):.1f}" if these else "-",
            ]
        )  # fmt: skip
    if not rows:
        return []
    header = ["score", "languages", "n", "arms", "languages like these", "these languages"]
    return [
        Table(
            title="How small a difference could have been shown, in points",
            header=["sweep", *header] if several else header, rows=rows, n_text=3 if several else 2,
            note="A true difference of this size from the reference is told from 0 (95 % interval, not corrected) in "
            f"{100 * POWER:.0f} % of such sweeps or more: {FACTOR} times half the interval, the median over arms. "
            "Languages like these: as in the intervals above; these languages: over seeds alone. A smaller difference "
            "may well be there, and not be seen.",
        )
    ]  # fmt: skip


def smallest(low: float, high: float) -> float:
    """The difference that an interval of this width would have shown."""
    return FACTOR * (high - low) / 2
