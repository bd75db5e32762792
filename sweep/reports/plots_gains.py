"""Plots of gains: languages sorted by what realignment gave them, and gains by the nearest realigned language."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from search_spaces.languages import UnknownLanguageError
from sweep.reports.document import Plot, drawn
from sweep.reports.figures import BLUE, TITLE_SIZE, VERMILION, file_name, new_panels, tidy
from sweep.reports.gains import (
    MIN_SEEDS_FOR_INTERVAL,
    UNPAIRED,
    binned,
    gains_by_distance,
    language_gains,
    trial_gains,
)
from sweep.reports.maps import short_name
from sweep.reports.results import SweepResults
from sweep.scores.titles import TITLES

MANY_DOTS = 1_500


def gain_bars(results: SweepResults) -> list[Plot]:
    """For each arm of `results.shown` a bar a language, sorted, a panel a task.

    Raises:
        ValueError: see `trial_gains`.
    """
    gains = trial_gains(results)
    return [plot for arm in results.shown if (plot := _bars_of(results, gains, arm)) is not None]


def distance_plot(results: SweepResults, distance: str) -> list[Plot]:
    """Gain against the distance to the nearest realigned language, all arms together, a panel a task.

    Raises:
        ValueError: see `gains_by_distance`.
    """
    table = gains_by_distance(results, distance)
    tasks = [task for task in results.tasks if task in set(table["task"])]
    figure, panels = new_panels(1, len(tasks), max(5.6, 3.5 * len(tasks)), 3.7)
    for axes, task in zip(panels, tasks, strict=True):
        _draw_distances(axes, table[table["task"] == task], task)
    panels[0].set_ylabel("points more than without realignment", fontsize=9)
    figure.supxlabel(f"{distance} distance to the nearest realigned language", fontsize=9)
    n_arms = table["arm"].nunique()
    seeds = sorted(set(table["n_seeds"]))
    n_seeds = f"{seeds[0]}" if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}"
    return [
        Plot(
            name=f"{file_name(results.name)}-distance",
            title=_titled(results, "Gain by distance to the nearest realigned language"),
            draw=drawn(figure),
            caption=f"A dot is a language in one of {n_arms} {'arm' if n_arms == 1 else 'arms'} (mean over {n_seeds} "
            f"{'seed' if seeds == [1] else 'seeds'}); "
            "hollow dots at 0 were realigned themselves. Squares are means of bins with equally many dots, with 95 % "
            "intervals over the languages in them (each counts once per bin; noise between seeds is not included).",
        )
    ]


def _bars_of(results: SweepResults, gains: pd.DataFrame, arm: str) -> Plot | None:
    tables = {task: table for task in results.tasks if len(table := language_gains(gains, arm, task))}
    if not tables:
        return None
    longest = max(map(len, tables.values()))
    figure, panels = new_panels(1, len(tables), max(5.0, 3.3 * len(tables)), 1.1 + 0.145 * longest)
    own = {language for record in results.finished if record.arm == arm for language in record.languages}
    for axes, (task, table) in zip(panels, tables.items(), strict=True):
        _draw_bars(axes, table, own, longest)
        axes.set_title(f"{TITLES[task].column}, n={len(table)}", fontsize=TITLE_SIZE)
    figure.supxlabel("points more than without realignment", fontsize=9)
    n_seeds = max(int(table["n_seeds"].max()) for table in tables.values())
    lines = {1: "One seed: its noise is not known."}.get(
        n_seeds,
        "Lines: 95 % interval over seeds (Student's t)."
        if n_seeds >= MIN_SEEDS_FOR_INTERVAL
        else "Lines: from the lowest to the highest seed.",
    )
    lines += "" if gains.loc[gains["arm"] == arm, "paired"].all() else f" {UNPAIRED}"
    label = results.labels[arm]
    return Plot(
        name=f"{file_name(results.name)}-gains-{file_name(arm)}",
        title=f"What {label} gives each language",
        draw=drawn(figure),
        caption=f"Test score of {label} minus fine-tuning only, mean over {n_seeds} "
        f"{'seed' if n_seeds == 1 else 'seeds'}, paired by seed. Filled: realigned in this arm; hollow: not. {lines}",
    )


def _draw_bars(axes: Axes, table: pd.DataFrame, own: set[str], longest: int) -> None:
    place = np.arange(len(table)) + longest - len(table)  # the largest gains of all panels are on one height
    gain = 100 * table["gain"].to_numpy(dtype=float)
    colours = np.where(gain >= 0, BLUE, VERMILION)
    inside = table["language"].isin(own).to_numpy()
    axes.barh(
        place, gain, height=0.72, edgecolor=colours, linewidth=0.8,
        color=[colour if full else "white" for colour, full in zip(colours, inside, strict=True)],
    )  # fmt: skip
    if table["low"].notna().any():
        axes.hlines(place, 100 * table["low"], 100 * table["high"], color="0.2", linewidth=0.9, zorder=3)
    axes.axvline(0, color="0.3", linewidth=0.8)
    tidy(axes, "x")
    axes.set_yticks(place, [_language_name(tag) for tag in table["language"]])
    axes.tick_params(axis="y", labelsize=6.5, length=0)
    axes.set_ylim(-0.8, longest - 0.2)


def _draw_distances(axes: Axes, table: pd.DataFrame, task: str) -> None:
    apart, itself = table[table["distance"] > 0], table[table["distance"] == 0]
    many = len(apart) > MANY_DOTS  # as an image inside the SVG, which would else be megabytes
    axes.scatter(
        apart["distance"], 100 * apart["gain"], s=5 if many else 11, color="0.55" if many else "0.62", linewidths=0,
        alpha=0.25 if many else 0.7, zorder=2, rasterized=many,
    )  # fmt: skip
    axes.scatter(
        itself["distance"], 100 * itself["gain"], s=11, facecolors="none", edgecolors="0.62", linewidths=0.7, zorder=2,
        rasterized=many,
    )  # fmt: skip
    means = binned(table)
    axes.errorbar(
        means["distance"], 100 * means["gain"],
        yerr=[100 * (means["gain"] - means["low"]), 100 * (means["high"] - means["gain"])],
        color=BLUE, marker="s", markersize=5, linewidth=1.4, capsize=2.5, elinewidth=1.4, zorder=4,
    )  # fmt: skip
    axes.axhline(0, color="0.3", linewidth=0.8, zorder=1)
    n = table["language"].nunique()
    axes.set_title(f"{TITLES[task].column}, n={n} languages", fontsize=TITLE_SIZE - 1)
    tidy(axes, "both")


def _language_name(tag: str) -> str:
    try:
        return short_name(tag)  # type: ignore[arg-type]  # a tag of a record, of which nothing may be known
    except UnknownLanguageError:
        return tag


def _titled(results: SweepResults, title: str) -> str:
    return f"{results.name}: {title[0].lower()}{title[1:]}" if results.beside_others else title
