"""The ten lines of a report that matter, for a terminal: how far, which set, and how good it is on test."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sweep.reports.families import Findings
from sweep.reports.page.data import Progress
from sweep.reports.results import SweepResults
from sweep.reports.text_forms import plain_table
from sweep.scores.names import language_names
from sweep.scores.titles import TITLES
from sweep.statistics.comparisons import Comparison
from sweep.statistics.sentences import points

N_ROWS = 6
WIDE = 110
"""Columns from which on a table has intervals."""
LEAST_NAME = 24


@dataclass(frozen=True, kw_only=True)
class Brief:
    """What is shown of one sweep, before it is fitted to a terminal; plain data, so that it can be kept.

    heading: how far it has come. answer: which set, and by what. rows: name of an arm and its languages, then a cell a
    task: mean, change, interval of the change. late: some scores are of the seed that chose the set.
    """

    heading: str
    answer: str
    tasks: Sequence[str]
    rows: Sequence[Sequence[Any]]
    late: bool

    def text(self, width: int) -> str:
        """At most `width` columns, of 60 or more."""
        width = max(60, width)
        wide = width >= WIDE
        cells = [[_cell(cell, wide) for cell in row[2]] for row in self.rows]
        used = sum(2 + max(map(len, [title, *(row[i] for row in cells)])) for i, title in enumerate(self.tasks))
        names = [_fitted(label, languages, max(LEAST_NAME, width - used)) for label, languages, _ in self.rows]
        table = plain_table(["points on test"], [[name] for name in names]) if not self.tasks else plain_table(
            ["points on test, all but English", *self.tasks], [[n, *c] for n, c in zip(names, cells, strict=True)]
        )  # fmt: skip
        marked = any(cell[1] for row in self.rows for cell in row[2])
        note = "+ more than fine-tuning only, paired; * differs after correction for all comparisons." if marked else ""
        note += " ° on the very seed that chose the set: too high." if self.late else ""
        parts = [*textwrap.wrap(self.heading, width), *textwrap.wrap(self.answer, width, subsequent_indent="  ")]
        return "\n".join([*parts, *table.splitlines(), *textwrap.wrap(note.strip(), width)])


def brief_of(findings: Findings, progress: Mapping[str, Progress]) -> list[Brief]:
    """One a sweep."""
    changes = {(id(one.results), one.comparison.arm, one.comparison.task): one.comparison for one in findings.changes}
    return [_brief(results, progress.get(results.name), changes) for results in findings.sweeps]


def _brief(
    results: SweepResults, progress: Progress | None, changes: Mapping[tuple[int, str, str], Comparison]
) -> Brief:
    n_failed = sum(record.failed for record in results.records)
    over = f"{len(results.records)} trials" if progress is None else f"{progress.n_over} of {progress.n_trials} trials"
    state = "" if progress is None else f", {progress.state}"
    tasks = results.main_tasks
    board = results.board
    means = {(r.arm, r.task): r.mean for r in board[board["group"] == "all"].itertuples(index=False)}
    of_arm: dict[str, set[str]] = {}
    for record in results.finished:
        of_arm.setdefault(record.arm, set()).add(record.trial)
    rows, late = [], False
    for arm in _shown(results):
        languages = results.sets.get(arm)
        chosen_by = of_arm[arm] <= results.choosing
        late |= chosen_by
        cells = []
        for task in tasks:
            made, mean = changes.get((id(results), arm, task)), means.get((arm, task))
            change = None if made is None else points(made.difference) + ("*" if made.differs else "")
            interval = None if made is None else f"[{points(made.low)}, {points(made.high)}]"
            cells.append([None if mean is None else f"{100 * mean:.1f}{'°' if chosen_by else ''}", change, interval])
        named = "another set a seed" if languages is None else language_names(languages, len(languages))
        star = "★ " if results.answer is not None and arm == results.answer.arm else ""
        rows.append([star + results.labels[arm], named, cells])
    return Brief(
        heading=f"{results.name}: {over}{state}" + (f"; {n_failed} failed" if n_failed else ""),
        answer=answer_sentence(results), tasks=[TITLES[task].column for task in tasks], rows=rows, late=late,
    )  # fmt: skip


def answer_sentence(results: SweepResults) -> str:
    """Which set or arm, and by what it was chosen."""
    answer = results.answer
    if answer is None:
        return "No arm has a development score: none is named best."
    what = f"Best set of the search: {answer}" if answer.searched else f"Best arm: {answer}"
    return f"{what}, by {answer.score_is} ({100 * answer.score:.1f} points: what it was chosen by, no result)."


def _shown(results: SweepResults) -> list[str]:
    """The answer, the full set, fine-tuning only, and the best others, in the order of the leaderboard."""
    answer = [results.answer.arm] if results.answer else []
    first = [arm for arm in (*answer, results.full, results.baseline) if arm is not None]
    chosen = list(dict.fromkeys([*first, *(arm for arm in results.arms if arm in results.listed)]))[:N_ROWS]
    return [arm for arm in results.arms if arm in chosen]


def _cell(cell: Sequence[str | None], wide: bool) -> str:
    mean, change, interval = cell
    return " ".join(filter(None, [mean or "-", change, interval if wide else None]))


def _fitted(label: str, languages: str, width: int) -> str:
    """`max-sum k=10 (Wolof, Yoruba, ...)`, cut between two names."""
    whole = f"{label} ({languages})" if languages else label
    if len(whole) <= width:
        return whole
    cut = whole[: width - 4].rpartition(", ")[0]
    return f"{cut}, ...)" if len(cut) > len(label) + 2 else label if len(label) <= width else label[: width - 3] + "..."
