"""Diversity, nearness, newness or script: `set_slopes` as a section of a report."""

from collections.abc import Sequence

from sweep.findings.set_slopes import PROPERTIES, Slope, set_slopes
from sweep.records.records import TrialRecord
from sweep.reports.document import Section, Table
from sweep.scores.titles import TITLES
from sweep.statistics.p_values import p_sampled, p_text

TITLE = "Diversity, nearness, newness or script"
HEADER = (
    "score", "languages", "property", "1 SD", "slope, 95 % interval", "p", "p, sets", "explained", "two seeds",
)  # fmt: skip


def set_slopes_section(records: Sequence[TrialRecord]) -> Section | None:
    """None where there are too few sets of one size to tell properties apart."""
    slopes = set_slopes(records)
    if not slopes:
        return None
    first = slopes[0]
    names = list(dict.fromkeys(slope.property for slope in slopes))
    return Section(
        title=TITLE,
        lead=_lead(slopes),
        paragraphs=[
            f"{first.n_sets} sets of {first.size} languages that were planned (none that a search chose), each trained "
            f"with the same {first.n_seeds} seeds. Test scores, in points for one standard deviation of the property "
            "over these sets, with the other properties held fixed: " + "; ".join(PROPERTIES[name] for name in names)
            + "."
        ],
        tables=[
            Table(
                title="What goes with the score of a set",
                header=HEADER,
                rows=[_row(slope) for slope in slopes],
                note="Interval and p: these sets, with other seeds and other languages like these (families of "
                "languages are the units). p, sets: other sets like these, by 10,000 permutations (Freedman & Lane "
                "1983), uncertain by up to 0.01. Neither is corrected for the number of rows. explained: share of the "
                "property that the others explain; near 100 % = it cannot be told apart from them. Two seeds: the "
                "rank correlation of these sets between them: how much of a rank is not luck. A slope says what goes "
                "together in these sets; only where a property was varied on purpose is it what changing it does.",
                n_text=3,
            )
        ],
    )  # fmt: skip


def _row(slope: Slope) -> list[str]:
    low, high = slope.confidence.interval()
    return [
        TITLES[slope.task].column,
        f"{slope.group}, n={slope.n_languages}",
        slope.property,
        f"{slope.deviation:.3f}",
        f"{100 * slope.confidence.mean:+.2f} [{100 * low:+.2f}, {100 * high:+.2f}]",
        p_text(slope.confidence.p_value),
        p_sampled(slope.p_sets),
        f"{100 * slope.explained:.0f} %",
        "-" if slope.retest is None else f"{slope.retest:+.2f}",
    ]


def _lead(slopes: Sequence[Slope]) -> str:
    """Which properties both figures bear out, at a level corrected for the number of rows."""
    level = 0.05 / len(slopes)
    clear = [slope for slope in slopes if max(slope.confidence.p_value, slope.p_sets) <= level]
    if not clear:
        return (
            "No property is shown to go with the score of a set, over sets as well as over seeds and languages, in any "
            f"of {len(slopes)} comparisons (corrected for their number)."
        )
    said = [
        f"{slope.property} with {TITLES[slope.task].column} of {slope.group} languages "
        f"({100 * slope.confidence.mean:+.2f} points for one SD)"
        for slope in clear
    ]
    return f"Shown to go together, over sets as well as over seeds and languages: {'; '.join(said)}."
