"""The figure of a confirm phase: each confirmed set against the full set, no realignment and random sets."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from sweep.findings.confirm_results import COMPARED, OTHERS, SEARCHED, order_of_arm
from sweep.reports.document import Plot
from sweep.reports.figures import BLUE, TITLE_SIZE, VERMILION, new_panels, tidy
from sweep.scores.titles import TITLES
from sweep.statistics.comparisons import Comparison

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LOOKS = {SEARCHED: (BLUE, "o", -0.17), OTHERS: (VERMILION, "s", 0.17)}
"""Colour, marker and place beside the row's middle of each group of languages."""

SHORT_NAMES = {"full": "the full set", "none": "no realignment"}


def reference_title(reference: str) -> str:
    """What a confirmed set is compared with, for people: `arm-max-sum-5` is the search's own arm max-sum-5."""
    return SHORT_NAMES.get(reference, reference.removeprefix(COMPARED))


def order_of_reference(reference: str) -> tuple[bool, str]:
    """The full set, no realignment, random sets; then the search's own arms."""
    return reference.startswith(COMPARED), reference


def confirm_plot(comparisons: Sequence[Comparison]) -> Plot:
    """Differences with their intervals; a panel a task, a row a set and what it is compared with.

    Args:
        comparisons: at least one, see `confirm_results.confirm_comparisons`.
    """
    return Plot(
        name="confirm",
        title="Confirmed sets against the full set, no realignment and random sets",
        draw=partial(_draw, comparisons),
        caption="Test scores with fresh seeds, paired by seed and language; 95 % intervals over seeds and families "
        "of languages, "
        f"not corrected. Filled: differs after Holm's correction for {len(comparisons)} comparisons; hollow: does not.",
    )


def _draw(comparisons: Sequence[Comparison]) -> "Figure":
    tasks = [task for task in TITLES if any(c.task == task for c in comparisons)]
    pairs = sorted(
        {(c.arm, c.reference) for c in comparisons},
        key=lambda pair: (order_of_arm(pair[0]), order_of_reference(pair[1])),
    )
    figure, panels = new_panels(1, len(tasks), 3.0 + 3.0 * len(tasks), 1.5 + 0.36 * len(pairs))
    for axes, task in zip(panels, tasks, strict=True):
        for c in comparisons:
            if c.task == task:
                colour, marker, beside = LOOKS[c.group]
                place = pairs.index((c.arm, c.reference)) + beside
                axes.hlines(place, 100 * c.low, 100 * c.high, color=colour, linewidth=1.3, zorder=2)
                axes.scatter(
                    100 * c.difference, place, s=26, marker=marker, edgecolors=colour, linewidths=1.2, zorder=3,
                    facecolors=colour if c.differs else "white",
                )  # fmt: skip
        axes.axvline(0, color="0.3", linewidth=0.8, zorder=1)
        axes.set_title(TITLES[task].column, fontsize=TITLE_SIZE - 1)
        tidy(axes, "x")
        axes.tick_params(axis="y", length=0)
        axes.set_ylim(len(pairs) - 0.4, -0.6)
        names = [f"{arm} against {reference_title(reference)}" for arm, reference in pairs]
        axes.set_yticks(range(len(pairs)), names if axes is panels[0] else [""] * len(pairs))
    for group in sorted({c.group for c in comparisons}, key=list(LOOKS).index):
        colour, marker, _ = LOOKS[group]
        panels[0].scatter([], [], s=26, marker=marker, color=colour, label=group)
    figure.legend(loc="outside upper center", ncols=2, frameon=False, fontsize=8)
    figure.supxlabel("points of test score more than the reference", fontsize=9)
    return figure
