"""The beginning of a report: what was run, what was searched for, and what came out best, in a few sentences."""

from collections import Counter
from collections.abc import Sequence

from sweep.records.records import TrialRecord
from sweep.reports.difference_tables import difference
from sweep.reports.document import Section
from sweep.reports.families import Findings, SweepComparison
from sweep.reports.results import N_LISTED, SweepResults
from sweep.scores.names import language_names
from sweep.scores.objective import told_words
from sweep.scores.titles import TITLES


def summaries(findings: Findings) -> list[Section]:
    """A section a sweep, without a heading."""
    return [
        Section(title="", lead=_best(findings, results), paragraphs=_counted(results)) for results in findings.sweeps
    ]


def _counted(results: SweepResults) -> list[str]:
    finished = results.finished
    seeds = ", ".join(map(str, sorted({record.seed for record in finished})))
    text = f"{results.name}: " if results.beside_others else ""
    text += f"{_counts(results.records)}; {len(results.arms)} arms, training seeds {seeds}"
    minutes = (max(record.ended_s for record in finished) - min(record.started_s for record in finished)) / 60
    text += f"; {minutes:.1f} minutes from first start to last end." if minutes > 0 else "."
    n_reused = sum("realign_reused" in record.costs for record in finished)
    text += f" Realignments taken from the store: {n_reused}." if n_reused else ""
    return [text, *_searched(results)]


def _searched(results: SweepResults) -> list[str]:
    """What the search tried, and what of it the tables show; nothing where nothing was searched for."""
    asked = [record for record in results.finished if record.number is not None]
    if not asked:
        return []
    sizes = sorted({len(record.languages) for record in asked})
    of = str(sizes[0]) if len(sizes) == 1 else f"{sizes[0]} to {sizes[-1]}"
    tried = {language for record in asked for language in record.languages}
    planned = [results.labels[arm] for arm in results.arms if arm not in results.searched]
    text = (
        f"Searched: {len(asked)} trials of {len({record.languages for record in asked})} different sets of {of} "
        f"languages, {len(tried)} languages tried, by {told_words(asked)}"
    )
    text += f"; planned beside them: {', '.join(planned)}." if planned else "."
    if len(results.searched) > N_LISTED:
        text += (
            f" Tables show the planned arms and the {N_LISTED} of {len(results.searched)} searched ones that are "
            "believed best; report.csv has all."
        )
    return [text]


def _best(findings: Findings, results: SweepResults) -> str:
    """What was best on development data, how good it is on test, and how much better than the others that matter."""
    if results.answer is None:
        return ""
    best, ranked = results.answer.arm, results.searched or results.arms
    test = results.fairest(results.test)
    scored = {record.arm for record in results.finished if record.score is not None}
    languages = results.sets.get(best, ())
    named = f" ({language_names(languages)})" if languages else ""
    what = "Best set of the search" if results.searched else "Best arm"
    prefix = f"{results.name}: " if results.beside_others else ""
    texts = []
    for task in results.main_tasks:
        of_seed = test[(test["arm"] == best) & (test["task"] == task)].groupby("seed")["value"].agg(["mean", "size"])
        if of_seed.empty:
            continue
        n_seeds, n = len(of_seed), int(of_seed["size"].min())
        text = (
            f"{TITLES[task].column} {100 * of_seed['mean'].mean():.1f} on test ({n} "
            f"{'language' if n == 1 else 'languages'} but English, {n_seeds} {'seed' if n_seeds == 1 else 'seeds'})"
        )
        found = [*_about(findings.claims, results, best, task), *_about(findings.changes, results, best, task)]
        shown = {one.comparison.reference: difference(one.comparison, n, n_seeds) for one in found}
        texts.append(text + "".join(f", {d} points against {results.labels[name]}" for name, d in shown.items()))
    if not texts:
        return ""
    head = f"{prefix}{what} on development data: {results.labels[best]}{named}."
    return f"{head} {'; '.join(texts)}.{_selected(results, best, sum(arm in scored for arm in ranked))}"


def _selected(results: SweepResults, best: str, n_ranked: int) -> str:
    """That the best of many is no ordinary figure; nothing for one or two planned arms.

    Scores on development and test data share the noise of the run, so the best of planned arms is too high as well.
    """
    if not results.searched:
        if n_ranked <= 2:
            return ""
        return (
            f" A selected figure: the best of {n_ranked} arms by development scores of the same trainings, and so "
            "likely too high."
        )
    trials = [record.trial for record in results.finished if record.arm == best]
    fresh = [trial for trial in trials if trial not in results.choosing]
    n = len(results.searched)
    text = f" A selected figure: the best of {n} that were tried" if n > 1 else " A selected figure"
    if fresh:
        return f"{text}, on seeds that it was not chosen for."
    return f"{text}, on the very seed that it was chosen for, and so too high; it is not compared with anything."


def _about(compared: Sequence[SweepComparison], results: SweepResults, arm: str, task: str) -> list[SweepComparison]:
    return [
        one for one in compared
        if one.results is results and one.comparison.arm == arm and one.comparison.task == task
    ]  # fmt: skip


def _counts(records: Sequence[TrialRecord]) -> str:
    """`4 trials finished, 1 failed`, and any other status there is."""
    count = Counter(record.status for record in records)
    others = [f"{n} {status}" for status, n in sorted(count.items()) if status not in ("finished", "failed")]
    return ", ".join([f"{count['finished']} trials finished", f"{count['failed']} failed", *others])
