"""The tables of a report: the leaderboard, scores by group and task, seconds a stage; of one sweep or several."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from sweep.reports.difference_tables import difference, intervals_over
from sweep.reports.document import Rows, Table
from sweep.reports.families import CORRECTION, Findings
from sweep.reports.results import SweepResults
from sweep.scores.groups import ENGLISH_GROUP, group_title
from sweep.scores.leaderboard import stage_times
from sweep.scores.names import language_names
from sweep.scores.titles import PROBES, TITLES
from sweep.statistics.sentences import CORRECTION_TITLES, points

MAX_IN_A_SET = 20
SCORES = (
    "In points (hundredths): mean over languages, then seeds, ± sample standard deviation over seeds; in brackets the "
    "change against fine-tuning only, paired by seed and language; n = languages; dev score: what arms were chosen by."
)
HEAD = ["arm", "realigned on", "seeds", "dev score"]


def leaderboard_table(findings: Findings) -> Table:
    """The main table: arms down; per task the mean with its interval over seeds, and the change by realignment."""
    sweeps = findings.sweeps
    tasks = [task for task in TITLES if any(task in results.tasks for results in sweeps)]
    table = _combined(sweeps)
    table = table[(table["group"] == "all") & table["task"].isin(tasks)]
    changes = {
        (one.results.labels[one.comparison.arm], one.comparison.task): one.comparison for one in findings.changes
    }  # fmt: skip
    changed = [task for task in tasks if any(key[1] == task for key in changes)]
    shared = _shared_sizes(table, "task", tasks)
    rows: Rows = []
    for label, cells in _by_arm(table, "task").items():
        first = next(iter(cells.values()))
        row = _head(first)
        for task in tasks:
            row.append(_interval_cell(cells[task], task in shared) if task in cells else "-")
            if task in changed:
                made = changes.get((label, task))
                row.append("-" if made is None else difference(made, shared.get(task, made.n_languages), first.n_seeds))
        rows.append(row)
    header = list(HEAD)
    for task in tasks:
        header.append(_titled(TITLES[task].column, shared.get(task)))
        header += ["points more than none"] if task in changed else []
    note = (
        "In points (hundredths). Mean over all languages but English (n = their number), each once, with its 95 % "
        "interval over seeds (Student's t: wide where there are few); dev score: what arms were chosen by. "
    )
    if changed:
        note += (
            f"Points more than fine-tuning only, paired; s = seeds of the pair, where the arm has others too. "
            f"{intervals_over(list(changes.values()))} {_stars(findings)}"
        )
    chances = [f"{title.column} {100 * title.chance:.1f}" for title in map(TITLES.get, tasks) if title and title.chance]
    if chances:
        note += f" By chance (guessing among the labels): {', '.join(chances)}."
    for results in sweeps:
        if results.answer and results.answer.searched:
            label = results.labels[results.answer.arm]
            note += f" The search's best set: {label} ({language_names(results.answer.languages)})."
    if left_out := int(table["n_left_out"].max()):
        note += (
            " Means over seeds are of the same languages: those without a score in one of an arm's trials are left "
            f"out, up to {left_out}."
        )
    return Table(title="Leaderboard", header=header, rows=rows, note=note.strip())


def sets_table(sweeps: Sequence[SweepResults]) -> Table | None:
    """The languages of the arms that the other tables show; None where each has too many or none."""
    rows = [
        [results.labels[arm], str(len(results.sets[arm])), language_names(results.sets[arm], MAX_IN_A_SET)]
        for results in sweeps
        for arm in results.listed
        if 0 < len(results.sets.get(arm, ())) <= MAX_IN_A_SET
    ]
    return Table(title="The sets", header=["arm", "size", "languages"], rows=rows, n_text=3) if rows else None


def score_tables(sweeps: Sequence[SweepResults]) -> list[Table]:
    """One task: a table a task (the retrieval probes are others) with a column a group. Several: a table a group with a
    column a task.
    """
    table = _combined(sweeps)
    tasks = [task for task in TITLES if task in set(table["task"])]
    groups = list(dict.fromkeys(group for results in sweeps for group in results.groups))
    present = [group for group in groups if group in set(table["group"])]
    if len(set(tasks) - set(PROBES)) > 1:
        columns = {task: TITLES[task].column for task in tasks}
        shown = [(group_title(group), table[table["group"] == group], "task", columns) for group in present]
    else:
        themselves = {group: group for group in present if group != ENGLISH_GROUP}
        shown = [(TITLES[task].table, table[table["task"] == task], "group", themselves) for task in tasks]
    return [_wide(title, part, across, titles) for title, part, across, titles in shown]


def times_table(sweeps: Sequence[SweepResults]) -> Table | None:
    """Seconds a stage; None where nothing was recorded."""
    parts = [stage_times(r.records).assign(shown=lambda t, r=r: t["arm"].map(r.labels)) for r in sweeps]
    parts = [part[part["arm"].isin(r.listed)] for part, r in zip(parts, sweeps, strict=True)]
    table = pd.concat(parts, ignore_index=True)
    if table.empty:
        return None
    stages = [column for column in table.columns if column.endswith("_s") and column != "total_s"]
    if not stages:
        return None
    rows = [
        [row["shown"], str(row["n_trials"]), *(_seconds(row[stage]) for stage in [*stages, "total_s"])]
        for _, row in table.iterrows()
    ]
    header = ["arm", "trials", *(stage.removesuffix("_s").replace("_", " ") for stage in [*stages, "total_s"])]
    return Table(title="Seconds per stage, mean over trials", header=header, rows=rows)


def _combined(sweeps: Sequence[SweepResults]) -> pd.DataFrame:
    """The leaderboards one below the other, with the label that is `shown`."""
    parts = [
        results.board.assign(
            shown=results.board["arm"].map(results.labels), group=results.board["group"].astype(object)
        ).loc[results.board["arm"].isin(results.listed)]
        for results in sweeps
    ]
    return pd.concat(parts, ignore_index=True)


def _wide(title: str, table: pd.DataFrame, across: str, titles: Mapping[str, str]) -> Table:
    """Arms down, groups or tasks across; the header gives the number of languages where all arms agree on it."""
    columns = [column for column in titles if column in set(table[across])]
    shared = _shared_sizes(table, across, columns)
    rows = []
    for cells in _by_arm(table, across).values():
        shown = [_cell(cells[column], column in shared) if column in cells else "-" for column in columns]
        rows.append([*_head(next(iter(cells.values()))), *shown])
    return Table(
        title=title, header=[*HEAD, *(_titled(titles[c], shared.get(c)) for c in columns)], rows=rows, note=SCORES
    )


def _by_arm(table: pd.DataFrame, across: str) -> dict[str, dict[str, Any]]:
    """Label of an arm -> value of the column `across` -> its row, with an attribute a column; in order."""
    found: dict[str, dict[str, Any]] = {}
    for row in table.itertuples(index=False):
        found.setdefault(row.shown, {})[getattr(row, across)] = row
    return found


def _shared_sizes(table: pd.DataFrame, across: str, columns: Sequence[str]) -> dict[str, int]:
    sizes = {column: set(table.loc[table[across] == column, "n_group_languages"]) for column in columns}
    return {column: int(found.pop()) for column, found in sizes.items() if len(found) == 1}


def _stars(findings: Findings) -> str:
    """What the stars of the changes are corrected for: those that are claims stand in the claims' family."""
    sizes = {"comparisons with fine-tuning only": findings.against_none, "claims": findings.claims}
    named = [
        f"{len(family)} {name}"
        for name, family in sizes.items()
        if family and (name != "claims" or len(findings.changes) > len(findings.against_none))
    ]
    which = " or, for those that are claims, ".join(named)
    return f"* = differs after {CORRECTION_TITLES[CORRECTION]} for {which}."


def _titled(title: str, n_languages: int | None) -> str:
    return title if n_languages is None else f"{title}, n={n_languages}"


def _head(row: Any) -> list[str]:
    return [row.shown, str(row.n_languages), str(row.n_seeds), _number(row.dev_score)]


def _interval_cell(row: Any, size_is_shared: bool) -> str:
    """`61.2 [60.0, 62.4]`, in points."""
    text = _number(row.mean)
    if not math.isnan(row.low):
        text += f" [{100 * row.low:.1f}, {100 * row.high:.1f}]"
    return text if size_is_shared else f"{text}, n={row.n_group_languages}"


def _cell(row: Any, size_is_shared: bool) -> str:
    """`61.2 ± 0.4 (+2.1)`, in points."""
    text = _number(row.mean)
    if not math.isnan(row.std):
        text += f" ± {100 * row.std:.1f}"
    # Before realignment there is nothing that could have changed.
    if not math.isnan(row.change) and not row.task.endswith("_before"):
        text += f" ({points(row.change)})"
    return text if size_is_shared else f"{text}, n={row.n_group_languages}"


def _number(value: float | None) -> str:
    return "-" if value is None or math.isnan(value) else f"{100 * value:.1f}"


def _seconds(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.1f}"
