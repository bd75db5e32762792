"""Plots of replayed searches: what the set handed over is worth, by trials and by simulated time."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from sweep.replay.curves import KEY, Line, interval, line_name
from sweep.reports.figures import PALETTE, TITLE_SIZE, new_panels, save_plot, tidy

DASHES = ("-", "--", "-.", ":")
N_COLUMNS, N_MOMENTS = 3, 60


def plot_lines(found: Mapping[tuple[str, str], Line], path: Path) -> None:
    """A panel a function: medians over seeds by number of trials, with bootstrap intervals."""
    curves = {key: (np.array(line.n), line.median, *interval(line.worth)) for key, line in found.items()}
    _plot(curves, "trials", "median worth of the set handed over", path)


def plot_times(rows: pd.DataFrame, path: Path, pick: str = "recommended") -> None:
    """The same by simulated time: at each moment, what the last trial to end had led to."""
    curves = {}
    for (function, searcher, n_workers, early_stopping), part in rows.groupby(KEY, sort=False):
        runs = [run.sort_values("time") for _, run in part.groupby("seed")]
        moments = np.linspace(max(float(run["time"].min()) for run in runs), float(part["time"].max()), N_MOMENTS)
        worth = np.array(
            [run[pick].to_numpy()[np.searchsorted(run["time"], moments, side="right") - 1] for run in runs]
        )
        name = line_name(str(searcher), int(n_workers), bool(early_stopping))
        curves[str(function), name] = (moments, np.median(worth, axis=0), *interval(worth))
    _plot(curves, "simulated time (s, or durations of a median trial)", "median worth of the set handed over", path)


def _plot(curves: Mapping[tuple[str, str], tuple[np.ndarray, ...]], x: str, y: str, path: Path) -> None:
    functions = list(dict.fromkeys(function for function, _ in curves))
    names = list(dict.fromkeys(name for _, name in curves))
    n_columns = 2 if len(functions) == 4 else min(N_COLUMNS, len(functions))
    n_rows = -(-len(functions) // n_columns)
    figure, panels = new_panels(n_rows, n_columns, max(5.0, 3.4 * n_columns), 0.6 + 2.7 * n_rows)
    for axes, function in zip(panels, functions, strict=False):
        for place, name in enumerate(names):
            if (function, name) not in curves:
                continue
            at, middle, low, high = curves[function, name]
            colour, dash = PALETTE[place % len(PALETTE)], DASHES[place // len(PALETTE) % len(DASHES)]
            axes.fill_between(at, low, high, color=colour, alpha=0.15, linewidth=0)
            axes.plot(at, middle, dash, color=colour, linewidth=1.6, label=name)
        axes.axhline(0, color="0.4", linewidth=0.7)
        axes.set_title(function, fontsize=TITLE_SIZE - 1)
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        tidy(axes, "both")
    for axes in panels[len(functions) :]:
        axes.set_visible(False)
    figure.supxlabel(x, fontsize=9)
    figure.supylabel(y, fontsize=9)
    handles = {name: handle for axes in panels for handle, name in zip(*axes.get_legend_handles_labels(), strict=True)}
    figure.legend(handles.values(), handles.keys(), loc="outside upper center", ncols=4, frameon=False, fontsize=8)
    save_plot(figure, path)
