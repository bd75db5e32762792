"""The confirm phase as a section of a report: verdict, differences, shrinkage, the sets."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from statistics import fmean

import numpy as np
import pandas as pd
from scipy import special

from search_spaces.languages import ENGLISH
from sweep.config.search_languages import SearchLanguages
from sweep.findings.confirm_plots import confirm_plot, order_of_reference, reference_title
from sweep.findings.confirm_results import (
    BEST,
    COMPARED,
    OTHERS,
    SEARCHED,
    confirm_comparisons,
    order_of_arm,
    shrinkage_table,
)
from sweep.records.records import TrialRecord
from sweep.reports.document import Document, Section, Table
from sweep.reports.text_forms import markdown
from sweep.scores.frame import score_frame
from sweep.scores.names import language_names
from sweep.scores.objective import objective, tasks_of, told_by, told_words
from sweep.scores.titles import TITLES
from sweep.search.languages import search_languages
from sweep.statistics.comparisons import Comparison
from sweep.statistics.sentences import claim, points

TITLE = "Confirmed with fresh seeds"
MAX_LISTED = 20


def confirm_section(
    search_records: Sequence[TrialRecord],
    confirm_records: Sequence[TrialRecord],
    rule: SearchLanguages,
    margin: float | None = None,
) -> Section:
    """The confirm phase: verdict, differences, shrinkage, the sets.

    Args:
        rule: what the search looked at.
        margin: differences that do not matter, a fraction; None = equivalence is not tested.

    Raises:
        ValueError: no trial has finished in one of the two.
    """
    if not any(record.finished for record in confirm_records):
        raise ValueError("A report needs a finished trial, but none was confirmed. Run `realign-sweep confirm`.")
    languages = search_languages(search_records, rule)
    comparisons = confirm_comparisons(confirm_records, languages, margin)
    table = shrinkage_table(search_records, confirm_records, languages)
    judged = (*told_by(confirm_records), *tasks_of(confirm_records))
    others = sorted(other_languages(score_frame(confirm_records), languages, judged))
    failed = [record.trial for record in confirm_records if not record.finished]
    points_of_first = first_choice(comparisons)
    return Section(
        title=TITLE,
        lead=headline(comparisons),
        paragraphs=[
            *verdicts(comparisons, table["arm"].tolist()),
            shrinkage_sentence(table, confirm_records, search_records, languages),
            _what_ran(search_records, confirm_records, languages, others),
            *([f"Failed, and missing: {', '.join(failed)}."] if failed else []),
            *([f"The search's best set, {BEST}1{_named(table, f'{BEST}1')}:"] if points_of_first else []),
        ],
        points=points_of_first,
        tables=[_difference_table(comparisons), _shrinkage_rows(table), _sets(table)],
        plots=[confirm_plot(comparisons)] if comparisons else [],
    )


def confirm_report(
    search_records: Sequence[TrialRecord],
    confirm_records: Sequence[TrialRecord],
    rule: SearchLanguages,
    name: str = "the search",
    margin: float | None = None,
) -> str:
    """`confirm_section` as Markdown, without its figure. name: of the search. Other args: see there."""
    return confirm_markdown(confirm_section(search_records, confirm_records, rule, margin), name)


def confirm_markdown(section: Section, name: str) -> str:
    """A text of its own. name: of the search."""
    return markdown(Document(title=f"{name}: confirmed with fresh seeds", sections=[replace(section, title="")]))


def verdicts(comparisons: Sequence[Comparison], arms: Sequence[str]) -> list[str]:
    """How many of the confirmed sets are shown to be better or worse, in one sentence for each group of languages."""
    n_best = sum(arm.startswith(BEST) for arm in arms)
    sentences = []
    for group in (SEARCHED, OTHERS):
        of_group = [c for c in comparisons if c.group == group]
        if not of_group:
            sentences.append(f"On {group}, nothing can be said: there are no test scores of such languages to compare.")
            continue
        counts = []
        for title, references in _rivals(of_group).items():
            against = [c for c in of_group if c.reference in references]
            if against:
                worse = {c.arm for c in against if c.verdict == "worse"}
                better = {c.arm for c in against if c.verdict == "better"} - worse
                counts.append(f"{len(better)} better and {len(worse)} worse than {title}")
        n_tasks = len({c.task for c in of_group})
        scope = f" in at least one of {n_tasks} tasks" if n_tasks > 1 else ""
        sentences.append(f"On {group}, shown of {n_best} confirmed sets{scope}: {'; '.join(counts)}.")
    return sentences


def first_choice(comparisons: Sequence[Comparison]) -> list[str]:
    """What may be claimed of the set that the search liked best, a sentence a comparison: where the search did not
    look, or where it did if there is nothing else.
    """
    groups = {c.group for c in comparisons}
    judged = OTHERS if OTHERS in groups else SEARCHED
    first = [c for c in comparisons if c.arm == f"{BEST}1" and c.group == judged]
    return [f"{TITLES[c.task].column}, {c.group}: {claim(c, reference_title(c.reference))}." for c in first]


def headline(comparisons: Sequence[Comparison]) -> str:
    """Which sets beat what costs nothing to choose (the full set, the search's own arms) and luck (random sets of their
    size).

    In languages that the search never saw, where there are any; in some task, and worse in none.
    """
    groups = {c.group for c in comparisons}
    group = OTHERS if OTHERS in groups else SEARCHED
    judged = [c for c in comparisons if c.group == group and c.reference != "none"]
    arms = sorted({c.arm for c in judged}, key=order_of_arm)
    references = {arm: {c.reference for c in judged if c.arm == arm} for arm in arms}
    winners = []
    for arm in arms:
        better = {c.reference for c in judged if c.arm == arm and c.verdict == "better"}
        if better == references[arm] and not any(c.arm == arm and c.verdict == "worse" for c in judged):
            winners.append(arm)
    if not judged:
        return "Nothing can be said yet: no confirmed set can be compared with the full set or with random sets."
    which = f"{', '.join(winners)} {'is' if len(winners) == 1 else 'are'}" if winners else "No confirmed set is"
    *others, last = _rivals(judged)
    rivals = f"{', '.join(others)} and {last}" if others else last
    return f"{which} shown to be better than {rivals}, on {group}."


def _rivals(comparisons: Sequence[Comparison]) -> dict[str, list[str]]:
    """What the confirmed sets are compared with: its name in a sentence -> references."""
    rivals: dict[str, list[str]] = {}
    for reference in sorted({c.reference for c in comparisons}, key=order_of_reference):
        title = "random sets of its size" if reference.startswith("the ") else reference_title(reference)
        rivals.setdefault(title, []).append(reference)
    return rivals


def shrinkage_sentence(
    table: pd.DataFrame,
    confirm_records: Sequence[TrialRecord],
    search_records: Sequence[TrialRecord],
    languages: Collection[str],
) -> str:
    """How much of the search's scores the fresh seeds left, with a 95 % interval (Student's t over the fresh seeds).

    And how much more than the arms that were not selected lost: only that part is the luck of selection.
    """
    best = table[table["arm"].str.startswith(BEST)]
    if best.empty:
        return "None of the best sets has finished."
    tasks, search = told_by(confirm_records), dict(zip(best["arm"], best["search"], strict=True))
    drops: dict[int, list[float]] = {}
    for record in confirm_records:
        if record.finished and record.arm in search:
            drop = search[record.arm] - objective(record.scores, tasks, languages)
            drops.setdefault(record.seed, []).append(drop)
    of_seeds = np.array([fmean(found) for seed, found in sorted(drops.items()) if len(found) == len(search)])
    mean = float(best["shrinkage"].mean())
    sets = "The confirmed set" if len(best) == 1 else f"On average the {len(best)} confirmed sets"
    text = f"{sets} scored {points(-mean)} points"
    if len(of_seeds) > 1:
        reach = float(special.stdtrit(len(of_seeds) - 1, 0.975)) * float(of_seeds.std(ddof=1)) / np.sqrt(len(of_seeds))
        low, high = -float(of_seeds.mean()) - reach, -float(of_seeds.mean()) + reach
        text += f" [{points(low)}, {points(high)}]"
    text += f" with {_count(len(of_seeds), 'fresh seed')} on the same development data, relative to the search's score."
    return f"{text} {_beyond_unselected(table, confirm_records, languages)}"


def _beyond_unselected(table: pd.DataFrame, confirm_records: Sequence[TrialRecord], languages: Collection[str]) -> str:
    """The drop of the confirmed sets less that of the arms that were not selected, with a 95 % interval.

    Both were searched with few seeds, whose noise is in the interval: that of single runs, pooled over all arms.
    """
    searched = table[table["search"].notna()]
    best = searched[searched["arm"].str.startswith(BEST)]
    unselected = searched[searched["arm"].isin(["full", "none"]) | searched["arm"].str.startswith(COMPARED)]
    if best.empty or unselected.empty:
        return "How much of it was luck is not known: no arm that was not selected was run in both."
    moved = ", ".join(f"{reference_title(row.arm)} {points(-row.shrinkage)}" for row in unselected.itertuples())
    text = f"Arms that were not selected moved by: {moved}"
    tasks, runs = told_by(confirm_records), dict[str, list[float]]()
    for record in confirm_records:
        if record.finished:
            runs.setdefault(record.arm, []).append(objective(record.scores, tasks, languages))
    df = sum(len(found) - 1 for found in runs.values())
    if not df:
        return f"{text}."
    noise = sum(float(np.var(found)) * len(found) for found in runs.values()) / df
    beyond = float(best["shrinkage"].mean() - unselected["shrinkage"].mean())
    square = sum(float((1 / s["n_trials"] + 1 / s["n_seeds"]).sum()) / len(s) ** 2 for s in (best, unselected))
    reach = float(special.stdtrit(df, 0.975)) * float(np.sqrt(noise * square))
    text += f"; beyond that the drop is {points(beyond)} points [{points(beyond - reach)}, {points(beyond + reach)}]"
    return f"{text}: that much of what it saw was luck." if beyond > reach else f"{text}: not shown to be luck."


_DIFFERENCES_EXPLAINED = (
    "Set minus reference in points, paired by seed and language, with a 95 % interval over seeds and families of "
    "languages (noise between seeds of each arm, shrunk towards that of the arms that were not selected); p after "
    "Holm's correction for all rows together. A random reference is the mean of exactly these controls: how much other "
    "random sets would differ is not in the interval; the table below lists their scores."
)


_SHRINKAGE_EXPLAINED = (
    "Means over tasks of means over languages, in percent. `search` is what the search was told (development data, "
    "search languages), `believed` its model's estimate, `dev` the same with fresh seeds, `shrinkage` their "
    "difference. `test` cannot be compared with `dev` by itself, as the data differ: compare its drop with that of the "
    "random sets, which were not selected."
)


def _what_ran(
    search: Sequence[TrialRecord], confirmed: Sequence[TrialRecord], languages: Sequence[str], others: Sequence[str]
) -> str:
    n_searched = sum(record.finished and record.number is not None for record in search)
    finished = [record for record in confirmed if record.finished]
    seeds = ", ".join(map(str, sorted({record.seed for record in finished})))
    named = f": {' '.join(languages)}" if len(languages) <= MAX_LISTED else ""
    return (
        f"Searched: {_count(n_searched, 'trial')}, by {told_words(search)} in {_count(len(languages), 'language')}"
        f"{named}. Confirmed by {_count(len(finished), 'trial')} with seeds the search never used ({seeds}). "
        f"Never looked at: {_count(len(others), 'language')}{': ' + ' '.join(others) if others else ''}."
    )


def _difference_table(comparisons: Sequence[Comparison]) -> Table:
    rows = [
        [
            c.arm, TITLES[c.task].column, c.group, reference_title(c.reference), points(c.difference),
            f"[{points(c.low)}, {points(c.high)}]", _p(c.p_adjusted), c.verdict,
            str(c.n_seeds), str(c.n_languages),
        ]
        for c in _ordered(comparisons)
    ]  # fmt: skip
    header = ["set", "task", "scored in", "against", "points", "95 %", "p", "verdict", "seeds", "languages"]
    note = _DIFFERENCES_EXPLAINED if rows else "Too few seeds or languages to compare anything."
    if any(c.one_run for c in comparisons):
        note += (
            " With one run per arm the interval is over families of languages only, and nothing can be claimed: run "
            "more seeds."
        )
    return Table(title="Differences on test data", header=header, rows=rows, note=note, n_text=4)


def _ordered(comparisons: Sequence[Comparison]) -> list[Comparison]:
    return sorted(comparisons, key=lambda c: (order_of_arm(c.arm), c.task, c.group != SEARCHED))


def _shrinkage_rows(table: pd.DataFrame) -> Table:
    figures = ["search", "believed", "dev", "shrinkage", "test", "test_others"]
    rows = [
        [row["arm"], str(row["n_languages"]), str(row["n_trials"]), str(row["n_seeds"]),
         *("-" if np.isnan(row[name]) else f"{100 * row[name]:.1f}" for name in figures)]
        for _, row in table.iterrows()
    ]  # fmt: skip
    header = ["arm", "size", "trials", "fresh seeds", *figures[:-2], "test, search lang.", "test, others"]
    return Table(title="From search to confirmation", header=header, rows=rows, note=_SHRINKAGE_EXPLAINED)


def _named(table: pd.DataFrame, arm: str) -> str:
    """` (Wolof, Yoruba)`: the languages of an arm."""
    found = table.loc[table["arm"] == arm, "languages"]
    return f" ({language_names(found.iloc[0].split())})" if len(found) else ""


def _sets(table: pd.DataFrame) -> Table:
    rows = [
        [
            row.arm,
            str(row.n_languages),
            language_names(row.languages.split(), MAX_LISTED) if row.n_languages <= MAX_LISTED else "all of the pool",
        ]
        for row in table.itertuples()
        if row.n_languages
    ]
    return Table(title="The sets", header=["arm", "size", "languages"], rows=rows, n_text=3)


def other_languages(frame: pd.DataFrame, languages: Collection[str], tasks: Collection[str]) -> set[str]:
    """Languages with a test score of one of `tasks` that the search was not told of."""
    tested = frame[(frame["split"] == "test") & frame["task"].isin(tasks)]
    return set(tested["language"]) - {*languages, ENGLISH}


def _p(value: float) -> str:
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
