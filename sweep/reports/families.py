"""The comparisons of a report: which arms, against what, with which noise, and corrected together with which others.

Each comparison stands in one of three families, each corrected by itself: the claims (against the reference, all
languages but English), the comparisons with fine-tuning only that are not among them, and those on groups of languages.
The comparisons of all sweeps of a report belong to one family.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from sweep.reports.results import SweepResults
from sweep.scores.groups import ENGLISH_GROUP
from sweep.scores.titles import TITLES
from sweep.statistics.comparisons import Comparison, compare_all, corrected, mirrored
from sweep.statistics.noise import NoiseFloor, noise_floor

MARGIN = 0.01
"""Differences up to one point count as equivalent, where the data can show that they are no larger."""

MAX_ARMS = 40
"""Arms compared where some were searched: of these the best by dev score. What was planned is compared, all of it."""

CORRECTION = "holm"

OWN_GROUPS = ("realigned", "not realigned", "out of distribution")
"""Other languages in each arm: their noise is not that of other arms."""


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
        return compare_sweeps(self.sweeps, reference_of, lambda results: results.main_tasks, margin=MARGIN)

    @cached_property
    def against_none(self) -> list[SweepComparison]:
        """Against fine-tuning only, all languages but English; without what is among the claims."""
        claimed = {_pair(one) for one in self.claims}
        return compare_sweeps(
            self.sweeps, lambda results: results.baseline, lambda results: results.tasks,
            without=lambda one: _pair(one) in claimed,
        )  # fmt: skip

    @cached_property
    def by_group(self) -> list[SweepComparison]:
        """Against the reference, on every group but English and all."""
        return compare_sweeps(self.sweeps, reference_of, lambda results: results.main_tasks, every_group=True)

    @cached_property
    def families(self) -> dict[str, list[SweepComparison]]:
        """All comparisons, by the name of their family."""
        return {"claims": self.claims, "against none": self.against_none, "groups": self.by_group}

    @cached_property
    def changes(self) -> list[SweepComparison]:
        """Every arm against fine-tuning only, from whichever family it is in."""
        return [
            *self.against_none,
            *(one for one in self.claims if one.comparison.reference == one.results.baseline),
            *(
                replace(one, comparison=mirrored(one.comparison))
                for one in self.claims
                if one.comparison.arm == one.results.baseline
            ),
        ]


def compare_sweeps(
    sweeps: Sequence[SweepResults],
    reference: Callable[[SweepResults], str | None],
    tasks: Callable[[SweepResults], Sequence[str]],
    *,
    every_group: bool = False,
    margin: float | None = None,
    without: Callable[[SweepComparison], bool] = lambda one: False,
) -> list[SweepComparison]:
    """Every listed arm (see `compared_arms`) against its sweep's reference, as one family.

    Args:
        reference: of a sweep; one without is left out.
        tasks: of a sweep.
        every_group: on each group of the sweep but English and all, not on all languages.
        margin: see `compare`.
        without: comparisons of another family, left out.
    """
    found: list[SweepComparison] = []
    for results in sweeps:
        name = reference(results)
        if name is None or name not in results.paired_arms:
            continue
        wanted = [group for group in results.groups if group not in (ENGLISH_GROUP, "all")] if every_group else ["all"]
        made = compare_all(
            results.listed_test, name, {task: TITLES[task].metric for task in tasks(results)},
            arms=compared_arms(results, name),
            groups={group: results.groups[group] for group in wanted}, margin=margin, correction="none",
            noises={(task, group): noise for task in tasks(results) for group in wanted
                    if group not in OWN_GROUPS and (noise := measured_noise(results, task, group))},
            own_noise=[arm for arm in results.listed if arm not in results.repeated],
        )  # fmt: skip
        found += [SweepComparison(results=results, comparison=comparison) for comparison in made]
    found = [one for one in found if not without(one)]
    family = corrected([one.comparison for one in found], CORRECTION)
    return [replace(one, comparison=comparison) for one, comparison in zip(found, family, strict=True)]


def measured_noise(results: SweepResults, task: str, group: str = "all") -> NoiseFloor | None:
    """Of the arms that realign one set with several seeds, what a search selected aside; None where there is no such
    arm, or none that varies.
    """
    if (task, group) not in results.noise_floors:
        results.noise_floors[task, group] = _noise(results, task, group)
    return results.noise_floors[task, group]


def compared_arms(results: SweepResults, reference: str) -> list[str]:
    """What is compared with the reference: all listed arms that were planned, or have no dev score, and of the searched
    ones the best by dev score, up to `MAX_ARMS` together.
    """
    listed, scored = set(results.listed), {record.arm for record in results.finished if record.score is not None}
    arms = [arm for arm in results.paired_arms if arm != reference and arm in listed]
    searched = [arm for arm in arms if arm in scored and arm in results.searched]
    left_out = searched[max(0, MAX_ARMS - (len(arms) - len(searched))) :]
    return [arm for arm in arms if arm not in left_out]


def reference_of(results: SweepResults) -> str | None:
    """What the sweep's arms are compared with."""
    return results.reference


def _pair(one: SweepComparison) -> tuple[int, str, frozenset[str]]:
    return id(one.results), one.comparison.task, frozenset([one.comparison.arm, one.comparison.reference])


def _noise(results: SweepResults, task: str, group: str) -> NoiseFloor | None:
    arms = [arm for arm in results.repeated if arm in results.paired_arms and results.n_seeds[arm] > 1]
    if not arms:
        return None
    try:
        return noise_floor(  # of all arms, also those that are not listed
            results.paired_scores, task=task, metric=TITLES[task].metric, arms=arms, selected=results.searched,
            group=results.groups[group],
        )  # fmt: skip
    except ValueError:
        return None
