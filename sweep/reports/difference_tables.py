"""Differences as tables: the claims with all their numbers, and arms by groups of languages."""

import math
from collections.abc import Sequence

from sweep.reports.document import Rows, Table
from sweep.reports.families import CORRECTION, OWN_GROUPS, Findings
from sweep.reports.results import SweepResults
from sweep.scores.titles import TITLES
from sweep.statistics.comparisons import Comparison
from sweep.statistics.noise import OWN_SEEDS
from sweep.statistics.sentences import CORRECTION_TITLES, points


def difference(comparison: Comparison, n_languages: int | None = None, n_seeds: int | None = None) -> str:
    """`+0.8 [-0.2, 1.7]*`, in points; a star where a difference may be claimed.

    Args:
        n_languages, n_seeds: what the table says already; n and s (the seeds that both arms have) stand where they
            differ from it.
    """
    text = f"{points(comparison.difference)} {_interval(comparison)}{'*' if comparison.differs else ''}"
    text += "" if comparison.n_languages == n_languages else f", n={comparison.n_languages}"
    return text if n_seeds in (None, comparison.n_seeds) else f"{text}, s={comparison.n_seeds}"


def claims_tables(findings: Findings) -> list[Table]:
    """Every claim with its tests, a table a task."""
    tables = []
    for task in TITLES:
        claims = [one for one in findings.claims if one.comparison.task == task]
        rows = [
            [
                one.results.labels[c.arm], c.verdict, points(c.difference), _interval(c),
                "-" if math.isnan(c.these_low) else _range(c.these_low, c.these_high), _p(c.p), _p(c.p_adjusted),
                "-" if math.isnan(c.effect_size) else f"{c.effect_size:+.2f}", f"{100 * c.better_frac:.0f} %",
                "-" if c.n_seeds == 1 else _p(c.flip_seeds_p),
                str(c.n_seeds), str(c.n_languages), str(c.n_families),
            ]
            for one in claims
            for c in [one.comparison]
        ]  # fmt: skip
        references = {one.results.labels[one.comparison.reference] for one in claims}
        against = references.pop() if len(references) == 1 else "the reference of its sweep"
        header = [
            "arm", "verdict", "points", "95 %", "these lang.", "p", "p corrected", "g", "gained", "flips, seeds",
            "seeds", "languages", "families",
        ]  # fmt: skip
        title = f"The claims in numbers: {TITLES[task].column}, points more than {against}"
        tables += [Table(title=title, header=header, rows=rows, note=NUMBERS, n_text=2)] if rows else []
    return tables


def group_tables(findings: Findings) -> list[Table]:
    """A table a sweep and task: arms down, groups across, differences in points with their intervals.

    All languages stand beside the groups, with the values of the claims.
    """
    tables = []
    for results in findings.sweeps:
        for task in results.tasks:
            claims, groups = (
                [one.comparison for one in family if one.results is results and one.comparison.task == task]
                for family in (findings.claims, findings.by_group)
            )
            if groups:
                tables.append(_group_table(results, task, claims, groups))
    return tables


def _group_table(
    results: SweepResults, task: str, claims: Sequence[Comparison], by_group: Sequence[Comparison]
) -> Table:
    compared = [*claims, *by_group]
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
        n_seeds = max(comparison.n_seeds for comparison in own if comparison)
        texts = [
            "-" if c is None else difference(c, shared.get(group), n_seeds)
            for group, c in zip(groups, own, strict=True)
        ]
        rows.append([results.labels[arm], str(n_seeds), *texts])
    reference = results.labels[compared[0].reference]
    header = [f"{group}, n={shared[group]}" if group in shared else group for group in groups]
    return Table(
        title=f"{TITLES[task].column}: points more than {reference}, by group",
        header=["arm", "shared seeds", *header], rows=rows,
        note=f"{intervals_over(compared)} * = differs after {CORRECTION_TITLES[CORRECTION]} for "
        f"{by_group[0].n_comparisons} comparisons on groups"
        + (f", in the column of all languages for {claims[0].n_comparisons} claims." if claims else ".")
        + _noise_note(by_group),
    )  # fmt: skip


def intervals_over(compared: Sequence[Comparison]) -> str:
    """What the intervals of these comparisons are over, in a sentence or two."""
    of_one_run = [comparison for comparison in compared if comparison.one_run]
    others = sorted({comparison.over for comparison in compared if not comparison.one_run}, key=len, reverse=True)
    parts = [*others, *(["families only where there is one run per arm"] if of_one_run else [])]
    text = f"95 % intervals over {', or '.join(parts)}, not corrected."
    if counts := sorted({c.n_families for c in compared if "families" in c.over}):
        text += f" Families of languages: {counts[0] if len(counts) == 1 else f'{counts[0]} to {counts[-1]}'}."
    if left_out := max((c.n_left_out for c in compared), default=0):
        text += f" Languages without all scores of a pair are left out, up to {left_out}."
    if of_one_run:
        text += " With one run per arm, nothing can be claimed beyond these very trainings."
    return text


def _noise_note(compared: Sequence[Comparison]) -> str:
    if not any(comparison.shrunken for comparison in compared):
        return ""
    own = [c for c in compared if c.group in OWN_GROUPS and c.n_seeds < OWN_SEEDS]
    text = f" With fewer than {OWN_SEEDS} shared seeds the noise between seeds is shrunk towards that of all arms"
    if not own:
        return f"{text}."
    text += f", but not for groups whose languages differ between arms ({', '.join(OWN_GROUPS)}):"
    several = [" few seeds give wide intervals there"] if any(c.n_seeds > 1 for c in own) else []
    single = [" one seed is one run there"] if any(c.n_seeds == 1 for c in own) else []
    return text + ", and".join([*several, *single]) + "."


def _interval(comparison: Comparison) -> str:
    return _range(comparison.low, comparison.high)


def _range(low: float, high: float) -> str:
    texts = [f"{100 * value:.1f}".replace("-0.0", "0.0") for value in (low, high)]
    return f"[{texts[0]}, {texts[1]}]"


def _p(value: float) -> str:
    return "<0.001" if value < 0.001 else f"{value:.3f}"


NUMBERS = (
    "Points and 95 % intervals as in the sentences; these lang.: the interval for these very languages, over seeds "
    "alone; p before and after Holm's correction for all claims; g: Hedges' g, "
    "the mean difference over its standard deviation between languages; gained: the share of languages with a positive "
    "difference, ties as a half; flips: a sign-flip test over the seeds' means, not corrected "
    "(over four seeds the least p is 0.125). comparisons.csv has every digit, and the other families."
)
