"""The parent run: what a sweep has found, as a note that reads as a result, curves by trial count, tables and plots.

Only from records, so that it can be made anew at any time.
"""

import math
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes

from sweep.findings.live_page import page_of
from sweep.findings.phases import SearchPhases
from sweep.records.records import TrialRecord
from sweep.reports.figures import BLUE, VERMILION, new_figure, save_figure
from sweep.reports.page.data import Progress
from sweep.reports.text_forms import csv_text
from sweep.reports.write import report
from sweep.scores.leaderboard import leaderboard
from sweep.scores.titles import TITLES
from sweep.tracking.metrics import Point
from sweep.tracking.names import subset_id

NOTE_LIMIT = 7_500  # characters; MLflow takes 8,000 in a tag
POINTS = 100  # of a score


def by_end(records: Sequence[TrialRecord]) -> list[TrialRecord]:
    """In the order in which the trials ended."""
    return sorted(records, key=lambda record: (record.ended_s, record.trial))


def progress_points(records: Sequence[TrialRecord], last: bool = False) -> list[Point]:
    """How the sweep went: after each trial (the step is the number of trials over) the best dev score so far, trials
    finished, stopped and failed, and hours of computing.

    Args:
        last: only after the last of them.
    """
    points: list[Point] = []
    best, hours, counts = -math.inf, 0.0, {"finished": 0, "stopped": 0, "failed": 0}
    for step, record in enumerate(by_end(records), start=1):
        counts[record.status] += 1
        hours += sum(value for cost, value in record.costs.items() if cost.endswith("_s")) / 3600
        best = max(best, -math.inf if record.score is None else record.score)
        if last and step < len(records):
            continue
        # A chart of nothing but zeros says nothing: a count begins with the first that it counts.
        values = {f"n_{status}": float(n) for status, n in counts.items() if n} | {"compute_hours": round(hours, 4)}
        if math.isfinite(best):
            values["best_so_far"] = best
        points += [Point(name, float(value), record.ended_s, step) for name, value in values.items()]
    return points


class SweepResult:
    """What the records of a sweep say: a note and files for its parent run.

    Args:
        records: all of them, or those there are so far.
        name: of the sweep.
        phases: what its search learned and what confirming it found; None = nothing.
    """

    def __init__(self, records: Sequence[TrialRecord], name: str, phases: SearchPhases | None = None) -> None:
        self.records, self.name, self.phases = records, name, phases or SearchPhases()
        self.has_scores = any(record.finished for record in records)
        self.table = leaderboard(records) if self.has_scores else pd.DataFrame()
        self.has_dev_scores = self.has_scores and bool(self.table["dev_score"].notna().any())  # imported ones have none
        self.report = report(records, name) if self.has_scores else ""

    def note(self, description: str, n_trials: int, n_planned: int | None = None) -> str:
        """The result in Markdown, at most NOTE_LIMIT characters.

        Args:
            description: the user's. n_trials: of the whole sweep.
            n_planned: how many trials were asked for, where that is more than the search could find; None = `n_trials`.
        """
        parts = []  # no title: the page has one, and shows only the first lines unasked
        if len(self.records) < n_trials:
            parts.append(f"**Not complete**: {len(self.records)} of {n_trials} trials are over.")
        elif n_planned is not None and n_planned > n_trials:
            parts.append(
                "**The search has nothing left to try** (it tried all sets that it may propose, or fewer ended than it "
                f"should repeat): the sweep is complete with {n_trials} trials instead of {n_planned}."
            )
        if self.has_scores:
            lead, tables = "", self.report.partition("\n\n")[2]  # its title is ours
            if tables.startswith("**"):
                lead, _, tables = tables.partition("\n\n")
            said = [_headline(self.table), _test_lines(self.table), _caution(self.table)] if self.has_dev_scores else []
            if self.phases.learned or any(record.number is not None for record in self.records):
                # The best arm of all is not what was searched for.
                said = [lead, *self.phases.summary]
            elif self.phases.confirmed:
                said = [*self.phases.summary, lead]
            parts = [*said, *parts, description, tables]
        else:
            parts += ["No trial has finished yet.", description]
        return _cut("\n\n".join(part for part in parts if part))

    def files(self) -> dict[str, str | bytes]:
        """Artifacts by path: tables and plots; none before a trial has finished."""
        if not self.has_scores:
            return {}
        return {
            "leaderboard.md": self.report,
            "leaderboard.csv": csv_text(self.table),
            "trials.csv": trials_table(self.records),
            **(self._plots() if self.has_dev_scores else {}),
            **self.phases.texts,
            **{f"plots/{plot.name}.png": plot.png for plot in self.phases.plots},
        }

    def page(self, progress: Progress) -> dict[str, str | bytes]:
        """The page that one plays with, by its path; none before a trial has finished."""
        if not self.has_scores:
            return {}
        bars = [one for section in self.phases.sections for one in section.bars]
        return {"report.html": page_of(self.name, self.records, progress, bars)}

    def _plots(self) -> dict[str, str | bytes]:
        """Of the scores for choosing."""
        return {
            "plots/best_so_far.png": _best_so_far(self.records),
            "plots/arms.png": _arms(self.records, self.table),
        }


def trials_table(records: Sequence[TrialRecord]) -> str:
    """One line a trial as CSV, in the order in which they ended."""
    rows = [
        {
            "trial": r.trial, "status": r.status, "label": r.label, "seed": r.seed, "criterion": r.criterion,
            "size": len(r.languages), "subset_id": subset_id(list(r.languages)), "languages": " ".join(r.languages),
            "score": r.score, "trial_s": round(r.ended_s - r.started_s, 3), **r.point,
        }
        for r in by_end(records)
    ]  # fmt: skip
    return csv_text(pd.DataFrame(rows))


def _headline(table: pd.DataFrame) -> str:
    best = table.iloc[0]
    realigned = f"realigned on {_count(best['n_languages'], 'language')}" if best["n_languages"] else "no realignment"
    text = f"**Best on development data: {best['label']}** ({realigned}): {_score(best['dev_score'])}"
    text += f", mean over {_count(best['n_seeds'], 'seed')}"
    without = table[(table["n_languages"] == 0) & (table["arm"] != best["arm"])]
    if len(without):
        text += f"; without realignment {_score(without.iloc[0]['dev_score'])}"
    return text + "."


def _test_lines(table: pd.DataFrame) -> str:
    """The best arm's test scores, a line a task."""
    best = table[(table["arm"] == table.iloc[0]["arm"]) & (table["group"] == "all")].set_index("task")
    lines = []
    for task in TITLES:
        if task in best.index and task != "retrieval_before":
            row = best.loc[task]
            line = f"- {TITLES[task].column} on test, {_count(row['n_group_languages'], 'language')} but English: "
            line += f"**{_score(row['mean'])}**"
            if not math.isnan(row["change"]):
                change = f"{POINTS * row['change']:+.1f} points"
                line += f", {change} against no realignment (paired by {_count(row['n_pairs'], 'seed')})"
            lines.append(line)
    return "\n".join(lines)


def _caution(table: pd.DataFrame) -> str:
    n_arms, n_seeds = table["arm"].nunique(), int(table.iloc[0]["n_seeds"])
    if n_arms < 2:
        return ""
    return (
        f"*It was chosen among {n_arms} arms on these very trials ({_count(n_seeds, 'seed')} each): the best of many "
        "looks better than it is. Differences as small as the spread between seeds are not a finding.*"
    )


def _best_so_far(records: Sequence[TrialRecord]) -> bytes:
    finished = [r for r in by_end(records) if r.score is not None]
    scores = pd.Series([r.score for r in finished], dtype=float)
    axes = new_figure(6.4, 3.6)
    steps = range(1, len(scores) + 1)
    axes.scatter(steps, scores, s=16, color="0.6", label="one trial", zorder=2)
    axes.step(steps, scores.cummax(), where="post", color=BLUE, linewidth=2, label="best so far", zorder=3)
    axes.set_xlabel("trials finished")
    axes.set_ylabel("dev score")
    axes.legend(frameon=False)
    return _png(axes)


def _arms(records: Sequence[TrialRecord], table: pd.DataFrame) -> bytes:
    """Dev scores of the best arms, one dot a seed, the mean as a bar."""
    labels = table.drop_duplicates("arm").head(30).set_index("arm")["label"]
    axes = new_figure(6.4, 1.2 + 0.26 * len(labels))
    for place, arm in enumerate(labels.index):
        scores = [r.score for r in records if r.arm == arm and r.score is not None]
        axes.scatter(scores, [place] * len(scores), s=22, facecolors="white", edgecolors="0.35", zorder=3)
        if scores:
            axes.scatter([sum(scores) / len(scores)], [place], marker="|", s=160, color=VERMILION, zorder=4)
    axes.set_yticks(range(len(labels)), list(labels), fontsize=8)
    axes.invert_yaxis()
    axes.grid(axis="x", color="0.9")
    axes.set_xlabel("dev score (circle: one seed, bar: mean)")
    return _png(axes)


def _png(axes: Axes) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "figure.png"
        save_figure(axes, path)
        return path.read_bytes()


def _score(value: float | None) -> str:
    return "no score" if value is None or math.isnan(value) else f"{POINTS * value:.1f}"


def _count(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def _cut(text: str) -> str:
    """`text` up to the limit, at a line's end."""
    if len(text) <= NOTE_LIMIT:
        return text
    return text[: text.rindex("\n", 0, NOTE_LIMIT)] + "\n\n(cut; the whole table is in the artifact leaderboard.md)"
