"""Plots of arms: differences from the reference, size against score, cost against score, the course of a search."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sweep.reports.difference_tables import intervals_over
from sweep.reports.document import Plot, drawn
from sweep.reports.families import Findings
from sweep.reports.figures import BLUE, MARKERS, PALETTE, TITLE_SIZE, VERMILION, file_name, new_panels, tidy
from sweep.reports.gains import MIN_SEEDS_FOR_INTERVAL
from sweep.reports.map_labels import place_labels
from sweep.reports.results import SweepResults
from sweep.scores.leaderboard import stage_times
from sweep.scores.names import language_names
from sweep.scores.titles import TITLES
from sweep.statistics.comparisons import Comparison

SIDE_BY_SIDE, LARGEST_SHARE = 0.45, 0.7
"""Between arms of one size, in languages; all of a size keep within this share of the way to the next size."""

MAX_NAMED = 12
"""Arms named in a scatter plot; of more, only the planned ones: names would cover each other."""

INTERVALS = f"its line the 95 % interval over seeds where there are {MIN_SEEDS_FOR_INTERVAL} or more"


def differences_plot(findings: Findings) -> list[Plot]:
    """Every claim as a point with its interval, a panel a task.

    Raises:
        ValueError: nothing could be compared.
    """
    compared = findings.claims
    if not compared:
        raise ValueError("No differences can be drawn: no arm could be compared with a reference.")
    made = {(one.results.name, one.comparison.arm) for one in compared}
    rows = [(r.name, arm) for r in findings.sweeps for arm in r.arms if (r.name, arm) in made]
    labels = {(one.results.name, one.comparison.arm): one.results.labels[one.comparison.arm] for one in compared}
    tasks = [task for task in TITLES if any(one.comparison.task == task for one in compared)]
    figure, panels = new_panels(1, len(tasks), 2.4 + 2.7 * len(tasks), 1.2 + 0.24 * len(rows))
    for axes, task in zip(panels, tasks, strict=True):
        own = {(o.results.name, o.comparison.arm): o.comparison for o in compared if o.comparison.task == task}
        _draw_differences(axes, [own.get(row) for row in rows])
        sizes = sorted({comparison.n_languages for comparison in own.values()})
        n = str(sizes[0]) if len(sizes) == 1 else f"{sizes[0]} to {sizes[-1]}"
        axes.set_title(f"{TITLES[task].column}, n={n}", fontsize=TITLE_SIZE - 1)
        axes.set_yticks(range(len(rows)), [labels[row] for row in rows] if axes is panels[0] else [""] * len(rows))
    references = list(dict.fromkeys(one.results.labels[one.comparison.reference] for one in compared))
    against = references[0] if len(references) == 1 else "the reference of the sweep"
    figure.supxlabel(f"points more than {against}", fontsize=9)
    seeds = sorted({one.comparison.n_seeds for one in compared})
    return [
        Plot(
            name="differences",
            title=f"Differences from {against}",
            draw=drawn(figure),
            caption=f"Mean paired difference from {', '.join(references)} on test, all languages but English (n), over "
            f"{_range(seeds)} {'seed' if seeds == [1] else 'seeds'}. "
            f"{intervals_over([one.comparison for one in compared])} Filled: differs after correction for "
            f"{len(compared)} claims; hollow: does not.",
        )
    ]


def size_plot(sweeps: Sequence[SweepResults]) -> list[Plot]:
    """Number of realigned languages against the test score, a panel a task; arms of one size stand side by side."""
    table = _scores(sweeps).sort_values(["shown", "task"], ignore_index=True)  # by score they would seem to climb
    same = table.groupby(["task", "n_languages"])
    n_same = same["mean"].transform("size")
    place = same.cumcount() - (n_same - 1) / 2
    sizes = sorted(set(table["n_languages"]))
    gap = min(np.diff(sizes), default=1)
    table["size"] = table["n_languages"] + place * np.minimum(SIDE_BY_SIDE, LARGEST_SHARE * gap / n_same)
    plot = _scatter(table, "size", "realigned languages", sweeps)
    return [
        Plot(
            name="size", title="Score by the number of realigned languages", draw=drawn(plot),
            caption=f"Test, all languages but English; a point is an arm ({_n_arms(table)}), {INTERVALS}; arms of "
            "equal size are drawn side by side. Horizontal line: fine-tuning only.",
        )
    ]  # fmt: skip


def cost_plot(sweeps: Sequence[SweepResults]) -> list[Plot]:
    """Cost of the arm's languages (where a cost table was given) or seconds of training against the test score.

    Raises:
        ValueError: neither is known.
    """
    table = _scores(sweeps)
    costs: dict[str, float] = {str(tag): cost for tag, cost in sweeps[0].costs.items()}
    if costs:
        sets = {(r.name, record.arm): record.languages for r in sweeps for record in r.finished}
        if lacking := sorted({tag for tags in sets.values() for tag in tags} - set(costs)):
            raise ValueError(f"Cost cannot be shown: the cost table lacks {', '.join(lacking)}.")
        keys = zip(table["sweep"], table["arm"], strict=True)
        table["cost"] = [float(sum(costs[tag] for tag in sets[key])) for key in keys]
        axis, what = "cost of the realigned languages", "Costs are those of the table given"
    else:
        seconds = {
            (results.name, str(row["arm"])): float(row["total_s"])
            for results in sweeps
            for _, row in stage_times(results.records).iterrows()
        }
        table["cost"] = [seconds.get(key, np.nan) for key in zip(table["sweep"], table["arm"], strict=True)]
        table = table[table["cost"] > 0]
        axis, what = "seconds per trial", "Seconds are means over trials; stages taken from the store do not count"
    if table.empty:
        raise ValueError("Cost cannot be shown: the records hold no times, and no table of costs was given.")
    figure = _scatter(table, "cost", axis, sweeps)
    return [
        Plot(
            name="cost", title="Score by cost", draw=drawn(figure),
            caption=f"Test, all languages but English; a point is an arm ({_n_arms(table)}), {INTERVALS}. {what}.",
        )
    ]  # fmt: skip


def course_plots(results: SweepResults) -> list[Plot]:
    """Dev scores in the order of the search, the best so far, and the sizes that were tried.

    Raises:
        ValueError: nothing was searched for.
    """
    searched = sorted((r for r in results.records if r.number is not None), key=lambda r: (r.number or 0, r.trial))
    scored = [record for record in searched if record.finished and record.score is not None]
    if not scored:
        of = f" of {results.name}" if results.beside_others else ""
        raise ValueError(f"There is no course of a search{of}: all arms were planned, none was searched for.")
    varied = len({len(record.languages) for record in searched}) > 1
    figure, panels = new_panels(1 + varied, 1, 7.2, 5.0 if varied else 3.4)
    above = panels[0]
    numbers = [int(record.number or 0) for record in scored]
    scores = np.array([float(record.score or 0.0) for record in scored])
    best = np.maximum.accumulate(scores)
    new = np.r_[True, best[1:] > best[:-1]]
    above.scatter(numbers, scores, s=16, color="0.65", label="one trial", zorder=2)
    above.step(numbers, best, where="post", color=BLUE, linewidth=1.8, label="best so far", zorder=3)
    above.scatter(
        np.array(numbers)[new], scores[new], marker="D", s=26, color=VERMILION, label="new best", zorder=4
    )  # fmt: skip
    others = [int(record.number or 0) for record in searched if record not in scored]
    if others:
        above.scatter(
            others, [scores.min()] * len(others), marker="x", s=24, color="0.25", label="no score", zorder=4
        )  # fmt: skip
    planned = _planned_scores(results)
    for style, (name, score) in zip(("--", ":", "-."), planned.items(), strict=False):
        above.axhline(score, color="0.25", linewidth=1, linestyle=style, label=name, zorder=1)
    above.set_ylabel("dev score", fontsize=9)
    figure.legend(frameon=False, fontsize=8, loc="outside upper center", ncols=4 + len(planned) + bool(others))
    if varied:  # else they would say nothing
        panels[1].scatter(
            [int(record.number or 0) for record in searched], [len(record.languages) for record in searched], s=16,
            color=BLUE,
        )  # fmt: skip
        panels[1].set_ylabel("realigned languages", fontsize=9)
        panels[1].set_ylim(bottom=0)
    panels[-1].set_xlabel("trial of the search", fontsize=9)
    for axes in panels:
        tidy(axes, "y")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    answer = results.answer
    if answer is not None and answer.record.number is not None:
        above.scatter(
            [answer.record.number], [answer.record.score or 0.0], marker="*", s=110, color=BLUE, edgecolors="white",
            label="the search's best set", zorder=5,
        )  # fmt: skip
    without = f", {len(others)} without a score (crosses, at the lowest score)" if others else ""
    return [
        Plot(
            name=f"{file_name(results.name)}-course",
            title=f"The course of the search ({results.name})" if results.beside_others else "The course of the search",
            draw=drawn(figure),
            caption=f"{len(scored)} trials with a dev score{without}.{_answered(results)}",
        )
    ]


def _answered(results: SweepResults) -> str:
    """Which set the search found best, and what its highest score is worth."""
    answer = results.answer
    if answer is None or not answer.searched:
        return ""
    named = language_names(answer.languages)
    return (
        f" The search's best set (star) is {results.labels[answer.arm]} ({named}), trial {answer.record.number}: the "
        "one believed best, not the one with the luckiest score. It was chosen for being high, so another run is "
        "likely to score lower."
    )


def _planned_scores(results: SweepResults) -> dict[str, float]:
    """The dev scores of the full set and of fine-tuning only, which say how much there was to gain."""
    board = results.board.drop_duplicates("arm").set_index("arm")
    scores = {arm: board.loc[arm, "dev_score"] for arm in (results.full, results.baseline) if arm in board.index}
    return {results.labels[arm]: float(score) for arm, score in scores.items() if arm and not pd.isna(score)}


def _draw_differences(axes: Axes, compared: Sequence[Comparison | None]) -> None:
    for place, one in enumerate(compared):
        if one is not None:
            axes.hlines(place, 100 * one.low, 100 * one.high, color=BLUE, linewidth=1.3, zorder=2)
            face = BLUE if one.differs else "white"
            axes.scatter(100 * one.difference, place, s=26, facecolors=face, edgecolors=BLUE, linewidths=1.2, zorder=3)
    axes.axvline(0, color="0.3", linewidth=0.8, zorder=1)
    axes.set_ylim(len(compared) - 0.4, -0.6)
    tidy(axes, "x")
    axes.tick_params(axis="y", length=0)


def _scores(sweeps: Sequence[SweepResults]) -> pd.DataFrame:
    """The leaderboards' rows over all languages but English, with the sweep and the label that is shown."""
    parts = []
    for results in sweeps:
        board = results.board
        rows = board[(board["group"] == "all") & board["task"].isin(results.tasks)]
        searched = rows["arm"].isin(results.searched)
        parts.append(rows.assign(sweep=results.name, shown=rows["arm"].map(results.labels), searched=searched))
    return pd.concat(parts, ignore_index=True)


def _scatter(table: pd.DataFrame, x: str, axis: str, sweeps: Sequence[SweepResults]) -> Figure:
    tasks = [task for task in TITLES if task in set(table["task"])]
    figure, panels = new_panels(1, len(tasks), max(5.4, 3.6 * len(tasks)), 3.7)
    style = {results.name: i for i, results in enumerate(sweeps)}
    for axes, task in zip(panels, tasks, strict=True):
        for name, rows in table[table["task"] == task].groupby("sweep", sort=False):
            _draw_arms(axes, rows, x, style[str(name)], str(name))
        sizes = sorted(set(table.loc[table["task"] == task, "n_group_languages"]))
        axes.set_title(f"{TITLES[task].column}, {_range(sizes)} languages", fontsize=TITLE_SIZE - 1)
        tidy(axes, "both")
    panels[0].set_ylabel("test score", fontsize=9)
    figure.supxlabel(axis, fontsize=9)
    if len(sweeps) > 1:
        handles, names = panels[0].get_legend_handles_labels()
        figure.legend(handles, names, loc="outside upper center", ncols=3, frameon=False, fontsize=8)
    for axes, task in zip(panels, tasks, strict=True):  # after everything is drawn: naming freezes the layout
        rows = table[table["task"] == task]
        named = rows if len(rows) <= MAX_NAMED else rows[~rows["searched"]]
        if 0 < len(named) <= MAX_NAMED:
            others = rows.drop(named.index)[[x, "mean"]].to_numpy(dtype=float)
            place_labels(axes, named[[x, "mean"]].to_numpy(dtype=float), list(named["label"]), others)
    return figure


def _draw_arms(axes: Axes, rows: pd.DataFrame, x: str, style: int, name: str) -> None:
    colour, marker = PALETTE[style % len(PALETTE)], MARKERS[style % len(MARKERS)]
    known = rows["n_seeds"] >= MIN_SEEDS_FOR_INTERVAL
    axes.vlines(rows.loc[known, x], rows.loc[known, "low"], rows.loc[known, "high"], color=colour, linewidth=1)
    axes.scatter(
        rows[x], rows["mean"], s=20, color=colour, marker=marker, label=name, alpha=0.75, linewidths=0, zorder=3
    )
    without = rows[rows["n_languages"] == 0]
    if len(without):
        axes.axhline(float(without["mean"].iloc[0]), color=colour, linewidth=0.8, linestyle="--", zorder=1)


def _n_arms(table: pd.DataFrame) -> str:
    n, seeds = len(table[["sweep", "arm"]].drop_duplicates()), sorted(set(table["n_seeds"]))
    return f"n={n}, {_range(seeds)} {'seed' if seeds == [1] else 'seeds'} each"


def _range(values: Sequence[int]) -> str:
    return str(values[0]) if len(values) == 1 else f"{values[0]} to {values[-1]}"
