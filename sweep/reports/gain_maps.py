"""The map of gains: what realignment gave each language, where it is at home."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import TwoSlopeNorm

from search_spaces.inventory import find_info, language_info
from sweep.reports.document import Plot, drawn
from sweep.reports.figures import TITLE_SIZE, file_name, new_panels
from sweep.reports.gains import UNPAIRED, language_gains, trial_gains
from sweep.reports.map_labels import place_labels
from sweep.reports.maps import draw_world, short_name
from sweep.reports.results import SweepResults
from sweep.scores.titles import TITLES

WEST, EAST, SOUTH, NORTH = -128.0, 152.0, -45.0, 72.0
N_NAMED = 4
"""Languages named at each end."""


def gain_map(results: SweepResults) -> list[Plot]:
    """For each arm of `results.shown` a map a task.

    Raises:
        ValueError: see `trial_gains`.
    """
    gains = trial_gains(results)
    return [plot for arm in results.shown if (plot := _map_of(results, gains, arm)) is not None]


def _map_of(results: SweepResults, gains: pd.DataFrame, arm: str) -> Plot | None:
    tables = {task: language_gains(gains, arm, task) for task in results.tasks}
    tables = {task: _on_map(table) for task, table in tables.items() if len(table)}
    if not tables:
        return None
    figure, panels = new_panels(len(tables), 1, 10.0, 4.6 * len(tables))
    for axes, (task, table) in zip(panels, tables.items(), strict=True):
        axes.set_title(f"{TITLES[task].column}, {len(table)} languages", fontsize=TITLE_SIZE)
        points = _draw(axes, table)
        bar = figure.colorbar(points, ax=axes, shrink=0.8, pad=0.01, aspect=30)
        bar.set_label("points more than without realignment", fontsize=9)
        bar.ax.tick_params(labelsize=8)
    for axes, table in zip(panels, tables.values(), strict=True):
        _name_extremes(axes, table)
    n_seeds = max(int(table["n_seeds"].max()) for table in tables.values())
    unpaired = "" if gains.loc[gains["arm"] == arm, "paired"].all() else f" {UNPAIRED}"
    label = results.labels[arm]
    return Plot(
        name=f"{file_name(results.name)}-gain-map-{file_name(arm)}",
        title=f"Where {label} gains and loses",
        draw=drawn(figure),
        caption=f"Test score of {label} minus fine-tuning only, mean over {n_seeds} "
        f"{'seed' if n_seeds == 1 else 'seeds'} paired by seed. Triangles up gain, triangles down lose; size and "
        f"colour say how much. The {N_NAMED} largest gains and losses of each map are named.{unpaired}",
    )


def _draw(axes: Axes, table: pd.DataFrame) -> PathCollection:
    draw_world(axes)
    axes.set(xlim=(WEST, EAST), ylim=(SOUTH, NORTH), aspect=1.0 / np.cos(np.radians(20.0)))
    gain = 100 * table["gain"].to_numpy(dtype=float)
    where = _places(table)
    reach = max(float(np.abs(gain).max()), 0.1)
    norm = TwoSlopeNorm(0.0, -reach, reach)
    order = np.argsort(np.abs(gain), kind="stable")
    drawn = []
    for marker, chosen in (("^", order[gain[order] >= 0]), ("v", order[gain[order] < 0])):
        size = 22 + 110 * np.abs(gain[chosen]) / reach
        drawn.append(
            axes.scatter(
                where[chosen, 0], where[chosen, 1], c=gain[chosen], s=size, marker=marker, cmap="PuOr_r", norm=norm,
                edgecolors="0.15", linewidths=0.6, zorder=4,
            )
        )  # fmt: skip
    return drawn[0]


def _name_extremes(axes: Axes, table: pd.DataFrame) -> None:
    """After everything is drawn: naming freezes the layout."""
    losing = table[table["gain"] < 0].head(N_NAMED)
    gaining = table[table["gain"] > 0].tail(N_NAMED)
    named = pd.concat([losing, gaining])
    if len(named):
        others = _places(table[~table["language"].isin(named["language"])])
        place_labels(axes, _places(named), [short_name(tag) for tag in named["language"]], others)


def _on_map(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of languages whose place is known."""
    infos = [find_info(tag) for tag in table["language"]]
    return table[[info is not None and not np.isnan(info.latitude) for info in infos]]


def _places(table: pd.DataFrame) -> np.ndarray:
    """[L, 2] longitude and latitude in degrees, within the map."""
    rows = [(language_info(tag).longitude, language_info(tag).latitude) for tag in table["language"]]
    return np.array(rows, dtype=np.float64).reshape(-1, 2).clip((WEST + 2, SOUTH + 2), (EAST - 2, NORTH - 2))
