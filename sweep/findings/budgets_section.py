"""What a budget buys: `budgets` as a section of a report."""

from collections.abc import Sequence

from sweep.findings.budgets import RANDOM, Budget, budgets
from sweep.records.records import TrialRecord
from sweep.reports.document import Section, Table
from sweep.scores.titles import TITLES
from sweep.statistics.comparisons import Comparison

TITLE = "What a budget buys"


def budgets_section(records: Sequence[TrialRecord]) -> Section | None:
    """None where no size has enough random sets that were planned."""
    found = budgets(records)
    if not found:
        return None
    compared = next(one for budget in found for one in budget.over.values())
    return Section(
        title=TITLE,
        lead=_lead(found),
        paragraphs=[
            "Sets that anybody can have without a training: drawn at random, or chosen by a criterion. Test scores, in "
            "points; a search's sets are judged by `confirm`."
        ],
        tables=[
            Table(
                title="Random sets of each size, and sets that a criterion chose",
                header=["score", "tested languages", "size", "sets", "over none", "over full", "over random", "± sets"],
                rows=[_row(one) for one in found],
                note="Difference with its 95 % interval over seeds and families of tested languages; the noise between "
                "seeds is each arm's, shrunken towards that of all. * = shown, corrected for "
                f"{compared.n_comparisons} comparisons (Holm). ± sets: standard deviation between the random sets, the "
                "luck of their seeds in it: one random set lies about so far from their mean.",
                n_text=2,
            )
        ],
    )  # fmt: skip


def _row(one: Budget) -> list[str]:
    return [
        TITLES[one.task].column, one.group, str(one.size), f"{one.n_sets} random" if one.n_sets > 1 else one.arm,
        *(_shown(one.over.get(reference)) for reference in ("none", "full", RANDOM)),
        f"{100 * one.sd:.1f}" if one.n_sets > 1 else "-",
    ]  # fmt: skip


def _shown(comparison: Comparison | None) -> str:
    if comparison is None:
        return "-"
    star = "*" if comparison.differs else ""
    return f"{100 * comparison.difference:+.1f} [{100 * comparison.low:+.1f}, {100 * comparison.high:+.1f}]{star}"


def _lead(found: Sequence[Budget]) -> str:
    """Random sets over all tested languages, a sentence a score; then which criteria beat them."""
    said = []
    for task in dict.fromkeys(one.task for one in found):
        own = [one for one in found if (one.task, one.group) == (task, "all") and one.n_sets > 1 and "full" in one.over]
        parts = [f"{_shown(one.over['full'])} with {one.size}" for one in own]
        if parts:
            said.append(f"{TITLES[task].column}: {', '.join(parts)}")
    text = f"Random sets beside all languages, in points: {'; '.join(said)}." if said else ""
    against = [one for one in found if RANDOM in one.over]
    if not against:
        return text
    better = sum(one.over[RANDOM].verdict == "better" for one in against)
    worse = sum(one.over[RANDOM].verdict == "worse" for one in against)
    return (
        f"{text} What a criterion chose is shown to be better than random sets of its size in {better} and worse in "
        f"{worse} of {len(against)} comparisons."
    ).strip()
