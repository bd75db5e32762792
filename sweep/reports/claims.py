"""What may be claimed: every arm against its sweep's reference, corrected for how many comparisons there are.

Two families, each corrected by itself: the claims (all languages but English, one sentence each), and the table of
groups. The comparisons of all sweeps of a report belong to one family. The noise floor stands beside them.
"""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import stats

from sweep.reports.document import Rows, Section, Table
from sweep.reports.groups import ENGLISH_GROUP
from sweep.reports.results import SweepResults
from sweep.reports.titles import TITLES
from sweep.statistics.comparisons import ALPHA, Comparison, Verdict, compare_all, corrected
from sweep.statistics.noise import NoiseFloor, noise_floor
from sweep.statistics.sentences import CORRECTION_TITLES, claim, noise_sentence

MARGIN = 0.01
"""Differences up to one point count as equivalent, where the data can show that they are no larger."""

MAX_ARMS = 40
"""Arms compared, the best by dev score."""

CORRECTION = "holm"
VERDICTS: tuple[Verdict, ...] = ("better", "worse", "equivalent", "inconclusive", "indistinguishable")
"""The order of the sentences: what can be said first."""

POOL_BELOW = 4
"""Seeds from which an arm's own noise is trusted. With 2 or 3, Student's interval is 3 to 13 standard errors wide, and
the noise of all arms together stands in for it; that takes all arms to be as noisy as each other.
"""
MANY_SINGLE = 4
"""Arms of one seed of which nothing can be said that share a sentence."""

OWN_GROUPS = ("realigned", "not realigned", "out of distribution")


@dataclass(frozen=True, kw_only=True)
class SweepComparison:
    """A comparison and the sweep that it was made in."""

    results: SweepResults
    comparison: Comparison


@dataclass(frozen=True, eq=False)
class Findings:
    """The comparisons of a report, each family made when it is first asked for."""

    sweeps: Sequence[SweepResults]

    @cached_property
    def claims(self) -> list[SweepComparison]:
        """Against the reference, all languages but English."""
        return compare_sweeps(self.sweeps, _reference, lambda results: results.main_tasks, margin=MARGIN)

    @cached_property
    def against_none(self) -> list[SweepComparison]:
        """Against fine-tuning only, all languages but English."""
        return compare_sweeps(self.sweeps, lambda results: results.baseline, lambda results: results.tasks)

    @cached_property
    def by_group(self) -> list[SweepComparison]:
        """Against the reference, on every group but English."""
        return compare_sweeps(self.sweeps, _reference, lambda results: results.main_tasks, every_group=True)


def compare_sweeps(
    sweeps: Sequence[SweepResults],
    reference: Callable[[SweepResults], str | None],
    tasks: Callable[[SweepResults], Sequence[str]],
    *,
    every_group: bool = False,
    margin: float | None = None,
) -> list[SweepComparison]:
    """Every listed arm (of `MAX_ARMS`) against its sweep's reference, as one family.

    An arm of one seed must beat the noise between seeds too, where other arms tell how large it is: its p-value is at
    least that of a difference of two single runs.

    Args:
        reference: of a sweep; one without is left out.
        tasks: of a sweep.
        every_group: on each group of the sweep but English, not on all languages only.
        margin: see `compare`.
    """
    found: list[tuple[SweepResults, Comparison]] = []
    for results in sweeps:
        name = reference(results)
        if name is None or name not in results.paired_arms:
            continue
        wanted = [group for group in results.groups if group != ENGLISH_GROUP] if every_group else ["all"]
        made = compare_all(
            results.listed_test, name, {task: TITLES[task].metric for task in tasks(results)},
            arms=_compared(results, name),
            groups={group: results.groups[group] for group in wanted}, margin=margin, correction="none",
            pooled={(task, group): noise for task in tasks(results) for group in wanted
                    if (noise := pooled_noise(results, task, group))},
        )  # fmt: skip
        found += [(results, _with_noise(results, comparison)) for comparison in made]
    family = corrected([comparison for _, comparison in found], CORRECTION)
    return [
        SweepComparison(results=results, comparison=comparison)
        for (results, _), comparison in zip(found, family, strict=True)
    ]


def pooled_noise(results: SweepResults, task: str, group: str) -> NoiseFloor | None:
    """The noise of all arms together, where seeds are fewer than `POOL_BELOW`; None where each arm speaks for itself.

    Not for groups that are other languages in each arm: their noise is not the same.
    """
    n_seeds = int(results.board["n_seeds"].max())
    if not 1 < n_seeds < POOL_BELOW or group in OWN_GROUPS:
        return None
    noise = _noise(results, task, group)
    return noise if noise is not None and noise.sd > 0 else None


def _noise(results: SweepResults, task: str, group: str = "all") -> NoiseFloor | None:
    """Of the arms that realign one set with several seeds; None where there is no such arm."""
    if (task, group) not in results.noise_floors:
        results.noise_floors[task, group] = _measured_noise(results, task, group)
    return results.noise_floors[task, group]


def _measured_noise(results: SweepResults, task: str, group: str) -> NoiseFloor | None:
    arms = [arm for arm in results.repeated if arm in results.paired_arms and results.n_seeds[arm] > 1]
    if not arms:
        return None
    frame = results.frame[results.frame["arm"].isin(arms)]  # all of them, also those that are not listed
    try:
        return noise_floor(
            frame, task=task, metric=TITLES[task].metric, arms=arms, group=results.groups[group]
        )  # fmt: skip
    except ValueError:
        return None


def _compared(results: SweepResults, reference: str) -> list[str]:
    listed = set(results.listed)
    return [arm for arm in results.paired_arms if arm != reference and arm in listed][:MAX_ARMS]


def _with_noise(results: SweepResults, comparison: Comparison) -> Comparison:
    if comparison.n_seeds > 1 or comparison.group in OWN_GROUPS:
        return comparison
    noise = pooled_noise(results, comparison.task, comparison.group)
    if noise is None:
        return comparison
    p = 2 * float(stats.t.sf(abs(comparison.difference) / (noise.sd * np.sqrt(2)), noise.df))
    return replace(comparison, p=max(comparison.p, p), equivalence_p=1.0)


def claims_section(findings: Findings) -> Section:
    """One plain sentence a claim, or why there is none, and the noise floor."""
    sweeps, compared = findings.sweeps, findings.claims
    order = {verdict: i for i, verdict in enumerate(VERDICTS)}
    single = [one for one in compared if _within_noise(one)]
    single = single if len(single) >= MANY_SINGLE else []
    ranked = sorted(compared, key=lambda one: order[one.comparison.verdict])
    points = [*(_sentence(one) for one in ranked if one not in single), *_of_one_seed(single)]
    missing = [sentence for results in sweeps for sentence in _missing(results, compared)]
    paragraphs = [CLAIMS.format(margin=100 * MARGIN) + (POOLED if _is_pooled(sweeps) else "")] if points else []
    return Section(title="What may be claimed", paragraphs=[*paragraphs, *missing, *noise_lines(sweeps)], points=points)


def noise_lines(sweeps: Sequence[SweepResults]) -> list[str]:
    """The noise floor of each task, or why there is none."""
    lines = []
    for results in sweeps:
        prefix = f"{results.name}: " if results.beside_others else ""
        for task in results.main_tasks:
            title, noise = f"{prefix}{TITLES[task].column}. ", _noise(results, task)
            if noise is None:
                lines.append(title + "The noise between seeds is not known: no arm was run with two seeds.")
                continue
            # What the arms compared have: a search repeats only its best.
            n_seeds = int(statistics.median(results.n_seeds[arm] for arm in results.listed))
            lines.append(f"{title}{noise_sentence(noise, n_seeds)}.")
    return lines


def group_tables(findings: Findings) -> list[Table]:
    """A table a sweep and task: arms down, groups across, differences in points with their intervals."""
    tables = []
    for results in findings.sweeps:
        own = [one.comparison for one in findings.by_group if one.results is results]
        for task in results.tasks:
            if of_task := [comparison for comparison in own if comparison.task == task]:
                tables.append(_group_table(results, task, of_task))
    return tables


def difference(comparison: Comparison, n_languages: int | None = None) -> str:
    """`+0.8 [-0.2, 1.7]*`, in points; a star where it differs after correction; n where it is not `n_languages`."""
    text = f"{_signed(comparison.difference)} [{_plain(comparison.low)}, {_plain(comparison.high)}]"
    text += "*" if comparison.p_adjusted <= ALPHA else ""
    return text if comparison.n_languages == n_languages else f"{text}, n={comparison.n_languages}"


def _group_table(results: SweepResults, task: str, compared: Sequence[Comparison]) -> Table:
    groups = list(dict.fromkeys(comparison.group for comparison in compared))
    cells = {(comparison.arm, comparison.group): comparison for comparison in compared}
    shared: dict[str, int] = {}
    for group in groups:
        sizes = {comparison.n_languages for comparison in compared if comparison.group == group}
        if len(sizes) == 1:
            shared[group] = sizes.pop()
    rows: Rows = []
    for arm in dict.fromkeys(comparison.arm for comparison in compared):
        own = [cells.get((arm, group)) for group in groups]
        seeds = max(comparison.n_seeds for comparison in own if comparison)
        texts = ["-" if c is None else difference(c, shared.get(group)) for group, c in zip(groups, own, strict=True)]
        rows.append([results.labels[arm], str(seeds), *texts])
    reference = results.labels[compared[0].reference]
    header = [f"{group}, n={shared[group]}" if group in shared else group for group in groups]
    return Table(
        title=f"{TITLES[task].column}: points more than {reference}, by group",
        header=["arm", "seeds", *header], rows=rows,
        note=f"95 % intervals over {compared[0].over}, not corrected; * = differs after "
        f"{CORRECTION_TITLES[CORRECTION]} for {compared[0].n_comparisons} comparisons."
        + (POOLED_GROUPS if pooled_noise(results, task, "all") else ""),
    )  # fmt: skip


def _reference(results: SweepResults) -> str | None:
    return results.reference


def _is_pooled(sweeps: Sequence[SweepResults]) -> bool:
    return any(pooled_noise(results, task, "all") for results in sweeps for task in results.main_tasks)


def _sentence(one: SweepComparison) -> str:
    comparison, labels = one.comparison, one.results.labels
    title = TITLES[comparison.task].column
    return f"{title}, {claim(comparison, labels[comparison.reference], labels[comparison.arm])}."


def _within_noise(one: SweepComparison) -> bool:
    """One seed, of which the noise is known and no verdict possible."""
    comparison = one.comparison
    decided = comparison.verdict in ("better", "worse")
    return comparison.n_seeds == 1 and not decided and bool(pooled_noise(one.results, comparison.task, "all"))


def _of_one_seed(single: Sequence[SweepComparison]) -> list[str]:
    """One sentence a sweep and task about all arms of one seed of which nothing can be said."""
    families: dict[tuple[int, str], list[SweepComparison]] = {}
    for one in single:
        families.setdefault((id(one.results), one.comparison.task), []).append(one)
    lines = []
    for found in families.values():
        results, first = found[0].results, found[0].comparison
        arms = ", ".join(
            f"{results.labels[c.arm]} ({_signed(c.difference)})" for c in (one.comparison for one in found)
        )
        lines.append(
            f"{TITLES[first.task].column}, compared in one seed: not shown to differ from "
            f"{results.labels[first.reference]}, given the noise of single runs and {first.n_comparisons} comparisons, "
            f"in points: {arms}."
        )
    return lines


def _missing(results: SweepResults, compared: Sequence[SweepComparison]) -> list[str]:
    """Why arms of this sweep have no claim."""
    of, reference = f" of {results.name}" if results.beside_others else "", results.reference
    if reference is None:
        return [f"No claim{of} can be made: there is neither the full set nor an arm without realignment."]
    if len(results.arms) == 1:
        return [f"No claim{of} can be made: there is one arm only."]
    if reference not in results.paired_arms:
        return [f"No claim{of} can be made: the reference {results.labels[reference]} has two trials of one seed."]
    lines = []
    n_twice = len(results.arms) - len(results.paired_arms)
    if n_twice:
        lines.append(f"{n_twice} arms{of} have two trials of one seed and cannot be paired.")
    others = _compared(results, reference)
    if n_more := len(results.paired_arms) - 1 - len(others):
        lines.append(f"Compared{of} are {len(others)} arms; {n_more} with lower dev scores are not.")
    made = {one.comparison.arm for one in compared if one.results is results}
    if lacking := [results.labels[arm] for arm in others if arm not in made]:
        lines.append(f"Not compared{of}, as no seed or too few languages are shared: {', '.join(lacking)}.")
    return lines


def _signed(value: float) -> str:
    return f"{100 * value:+.1f}".replace("-0.0", "+0.0")


def _plain(value: float) -> str:
    return f"{100 * value:.1f}".replace("-0.0", "0.0")


CLAIMS = (
    "On test, over all languages but English; paired by seed and language; 95 % intervals, not corrected; p-values "
    "corrected for all sentences together; equivalent = within {margin:.0f} point."
)
POOLED = (
    f" With fewer than {POOL_BELOW} seeds the noise between seeds is that of all arms together, taken to be as noisy "
    "as each other; an arm of one seed must beat it too."
)
POOLED_GROUPS = (
    " The noise between seeds is that of all arms together, but for groups that are other languages in each arm "
    f"({', '.join(OWN_GROUPS)}): there the arm's own few seeds give wide intervals."
)
