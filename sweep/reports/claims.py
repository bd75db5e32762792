"""What may be claimed, in sentences: one for each comparison with the reference, and the noise floor beside them."""

import statistics
from collections.abc import Collection, Sequence

from sweep.reports.document import Section
from sweep.reports.families import MARGIN, Findings, SweepComparison, compared_arms, measured_noise
from sweep.reports.results import SweepResults
from sweep.scores.titles import TITLES
from sweep.statistics.comparisons import Verdict
from sweep.statistics.noise import OWN_SEEDS
from sweep.statistics.sentences import claim, noise_sentence, points

VERDICTS: tuple[Verdict, ...] = ("better", "worse", "equivalent", "inconclusive", "indistinguishable")
"""The order of the sentences: what can be said first."""

MANY_SINGLE = 4
"""Arms of one seed of which nothing can be said that share a sentence."""


def claims_section(findings: Findings) -> Section:
    """One plain sentence a claim, or why there is none, and the noise floor."""
    sweeps, compared = findings.sweeps, findings.claims
    order = {verdict: i for i, verdict in enumerate(VERDICTS)}
    single = [one for one in compared if one.comparison.n_seeds == 1 and one.comparison.verdict in VERDICTS[3:]]
    single = single if len(single) >= MANY_SINGLE else []
    ranked = sorted(compared, key=lambda one: order[one.comparison.verdict])
    sentences = [*(_sentence(one) for one in ranked if one not in single), *_of_one_seed(single)]
    missing = [sentence for results in sweeps for sentence in _missing(results, compared)]
    paragraphs = [CLAIMS.format(margin=100 * MARGIN) + _noise_of(compared)] if sentences else []
    return Section(
        title="What may be claimed",
        paragraphs=[*paragraphs, *missing, *(line for results in sweeps for line in at_chance(results))]
        + noise_lines(sweeps),
        points=sentences,
    )


def at_chance(results: SweepResults) -> list[str]:
    """The arms of each task that do no better than guessing: no difference between them says anything."""
    lines = []
    board = results.board[(results.board["group"] == "all") & results.board["arm"].isin(results.listed)]
    for task in results.main_tasks:
        chance = TITLES[task].chance
        if chance is None:
            continue
        found = board.loc[(board["task"] == task) & (board["mean"] <= chance + MARGIN), "arm"]
        if labels := [results.labels[arm] for arm in found]:
            of = f" of {results.name}" if results.beside_others else ""
            lines.append(
                f"{TITLES[task].column}{of}, no better than guessing ({100 * chance:.1f} points, and up to "
                f"{100 * MARGIN:.0f} more): {', '.join(labels)}. What such arms differ by says nothing about languages."
            )
    return lines


def noise_lines(sweeps: Sequence[SweepResults]) -> list[str]:
    """The noise floor of each task, or why there is none."""
    lines = []
    for results in sweeps:
        prefix = f"{results.name}: " if results.beside_others else ""
        for task in results.main_tasks:
            title, noise = f"{prefix}{TITLES[task].column}. ", measured_noise(results, task)
            if noise is None:
                why = "the scores of repeated runs do not differ"
                why = why if _planned_twice(results, task) else "no arm was run with two seeds"
                lines.append(f"{title}The noise between seeds is not known: {why}.")
                continue
            # What the arms compared have: a search repeats only its best.
            n_seeds = int(statistics.median(results.n_seeds[arm] for arm in results.listed))
            lines.append(f"{title}{noise_sentence(noise, n_seeds)}.")
    return lines


def _planned_twice(results: SweepResults, task: str) -> bool:
    """Whether an arm that no search chose has the task's scores of the same set in two seeds."""
    arms = set(results.repeated) & set(results.paired_arms) - set(results.searched)
    rows = results.test[(results.test["task"] == task) & results.test["arm"].isin(arms)]
    return bool((rows.groupby("arm")["seed"].nunique() > 1).any())


def _noise_of(compared: Sequence[SweepComparison]) -> str:
    """Whose noise between seeds is in the intervals, where it is not that of the two arms alone."""
    text = SHRUNKEN if any(one.comparison.shrunken for one in compared) else ""
    return text + (ONE_RUN if any(one.comparison.one_run for one in compared) else "")


def _sentence(one: SweepComparison) -> str:
    comparison, labels = one.comparison, one.results.labels
    title = TITLES[comparison.task].column
    return f"{title}, {claim(comparison, labels[comparison.reference], labels[comparison.arm])}."


def _of_one_seed(single: Sequence[SweepComparison]) -> list[str]:
    """One sentence a sweep and task about all arms of one seed of which nothing can be said."""
    families: dict[tuple[int, str, bool], list[SweepComparison]] = {}
    for one in single:
        families.setdefault((id(one.results), one.comparison.task, one.comparison.one_run), []).append(one)
    lines = []
    for (_, task, one_run), found in families.items():
        labels, first = found[0].results.labels, found[0].comparison
        arms = ", ".join(f"{labels[one.comparison.arm]} ({points(one.comparison.difference)})" for one in found)
        why = (
            f"not decided against {labels[first.reference]}: with one run per arm, nothing can be claimed beyond "
            "these very trainings"
            if one_run
            else f"not shown to differ from {labels[first.reference]}, given the noise of single runs and "
            f"{first.n_comparisons} comparisons"
        )
        lines.append(f"{TITLES[task].column}, compared in one seed {_of_languages(found)}: {why}; in points: {arms}.")
    return lines


def _of_languages(found: Sequence[SweepComparison]) -> str:
    """`on 17 languages of 6 families`, a range where they differ, and how many are left out."""
    compared = [one.comparison for one in found]
    languages = _range({c.n_languages for c in compared}, "language", "languages")
    text = f"on {languages} of {_range({c.n_families for c in compared}, 'family', 'families')}"
    left_out = {c.n_left_out for c in compared}
    return (
        f"{text} ({_range(left_out, 'language', 'languages')} without all scores left out)" if any(left_out) else text
    )


def _range(counts: Collection[int], one: str, several: str) -> str:
    low, high = min(counts), max(counts)
    return f"{low} {one if low == 1 else several}" if low == high else f"{low} to {high} {several}"


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
    others = compared_arms(results, reference)
    if n_more := len(results.paired_arms) - 1 - len(others):
        lines.append(f"{len(others)} arms{of} are compared; {n_more} searched ones with lower dev scores are not.")
    made = {one.comparison.arm for one in compared if one.results is results}
    fresh = {record.arm for record in results.finished if record.trial not in results.choosing}
    if chosen := [results.labels[arm] for arm in others if arm not in made and arm not in fresh]:
        lines.append(CHOSEN.format(of=of, n=_sets(len(chosen)), named=", ".join(chosen)))
    if lacking := [results.labels[arm] for arm in others if arm not in made and arm in fresh]:
        lines.append(f"Not compared{of}, as no seed or too few languages are shared: {', '.join(lacking)}.")
    for task in results.main_tasks:
        of_task = {one.comparison.arm for one in compared if one.results is results and one.comparison.task == task}
        if lacking := [results.labels[arm] for arm in others if arm in made and arm not in of_task]:
            lines.append(
                f"{TITLES[task].column}, not compared{of}: {', '.join(lacking)}. A claim needs a seed that both arms "
                "have, and languages of at least two families."
            )
    return lines


def _sets(n: int) -> str:
    return "1 searched set" if n == 1 else f"{n} searched sets"


CHOSEN = (
    "Not compared{of}: {n} that were trained only with the seed that they were chosen by, where the best of many looks "
    "better than it is: {named}. Confirming trains them with other seeds, and so does `search.repeats.seeds`."
)
CLAIMS = (
    "On test, over all languages but English; paired by seed and language. Claims are about other seeds and other "
    "languages like these: families of languages are the random units, related languages do not count as independent. "
    "95 % intervals, not corrected; p-values corrected for all sentences together; equivalent = within {margin:.0f} "
    "point."
)
SHRUNKEN = (
    f" With fewer than {OWN_SEEDS} seeds the noise between seeds is that of the two arms, shrunk towards that of all "
    "arms."
)
ONE_RUN = " One run per arm decides nothing: how much another run of the same arm would differ is not known."
