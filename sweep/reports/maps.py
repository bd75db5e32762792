"""The map of a subset: where its languages are at home, among those it was chosen from.

Points are those of the inventory (one a language); the coasts are in `land.py`.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from search_spaces.inventory import language_info
from search_spaces.languages import ENGLISH, Language
from sweep.reports.figures import (
    LEGEND_BELOW,
    STYLES,
    TITLE_SIZE,
    check_ending,
    new_figure,
    role_counts,
    save_figure,
    split_roles,
)
from sweep.reports.land import outlines
from sweep.reports.map_labels import place_labels

MARGIN_DEGREES = 8.0
MIN_SPAN_DEGREES = 40.0
WIDTH_INCHES, LARGEST_HEIGHT = 10.0, 0.75
"""The height is relative to the width: a pool that stretches further north and south gets more room at the sides."""


def subset_map(
    subset: Iterable[Language],
    pool: Iterable[Language],
    path: Path,
    *,
    anchor: Language | None = ENGLISH,
    targets: Iterable[Language] = (),
    title: str = "",
) -> Axes:
    """Draws the map into a PNG or SVG file, cropped to the pool.

    Chosen languages are filled and named, targets that are not chosen are named diamonds, the rest of the pool is
    hollow, the anchor is a star. Languages without a known place are not on the map. Equirectangular, with
    the scale of both axes equal at the middle latitude.

    Args:
        subset: the chosen languages, at least one, all of the pool.
        pool: what they were chosen from.
        path: ends in .png or .svg; an existing file is replaced.
        anchor: marked where it is neither chosen nor in the pool; None = none.
        targets: languages that the choice is to serve.

    Returns:
        The axes drawn on; their point collections are labelled "chosen", "pool", "target" and "anchor".

    Raises:
        ValueError: nothing is chosen, a chosen language is not in the pool, or another ending of the file.
    """
    check_ending(path)
    roles = {name: _placed(tags) for name, tags in split_roles(subset, pool, anchor, targets).items()}
    points = {name: _points(languages) for name, languages in roles.items()}
    west, east, south, north, stretch = _extent(np.concatenate(list(points.values())))
    axes = new_figure(WIDTH_INCHES, WIDTH_INCHES * (north - south) * stretch / (east - west) + 0.9)
    draw_world(axes)
    axes.set(xlim=(west, east), ylim=(south, north), aspect=stretch)
    axes.set_title(title, fontsize=TITLE_SIZE)
    for name, style in STYLES.items():
        if roles[name]:
            axes.scatter(points[name][:, 0], points[name][:, 1], label=name, **style)
    handles, drawn = axes.get_legend_handles_labels()
    axes.legend(handles, role_counts(roles, drawn), **LEGEND_BELOW, bbox_to_anchor=(0.5, -0.04))
    named = (*roles["chosen"], *roles["target"], *roles["anchor"])
    places = np.concatenate([points["chosen"], points["target"], points["anchor"]])
    place_labels(axes, places, [short_name(language) for language in named], points["pool"])
    save_figure(axes, path)
    return axes


def short_name(language: Language) -> str:
    """The English name without what stands in brackets: "Chinese" for "Chinese (Mandarin)"."""
    return language_info(language).name.partition(" (")[0]


def _placed(languages: Sequence[Language]) -> tuple[Language, ...]:
    return tuple(language for language in languages if not np.isnan(language_info(language).latitude))


def _points(languages: Sequence[Language]) -> npt.NDArray[np.float64]:
    """[L, 2] longitude and latitude in degrees."""
    rows = [(language_info(tag).longitude, language_info(tag).latitude) for tag in languages]
    return np.array(rows, dtype=np.float64).reshape(-1, 2)


def _extent(points: npt.NDArray[np.float64]) -> tuple[float, float, float, float, float]:
    """West, east, south, north of the drawn part of the world, and how much longer a degree of latitude is drawn."""
    low, high = points.min(axis=0) - MARGIN_DEGREES, points.max(axis=0) + MARGIN_DEGREES
    south, north = max(low[1], -58.0), min(high[1], 78.0)
    stretch = 1.0 / np.cos(np.radians((south + north) / 2))
    width = max(MIN_SPAN_DEGREES, high[0] - low[0], (north - south) * stretch / LARGEST_HEIGHT)
    middle = (low[0] + high[0]) / 2
    return max(middle - width / 2, -180.0), min(middle + width / 2, 180.0), south, north, stretch


def draw_world(axes: Axes) -> None:
    """Land and graticule behind everything else; the caller sets the limits."""
    for kind, outline in outlines():
        axes.fill(outline[:, 0], outline[:, 1], facecolor="0.9" if kind == "land" else "white", linewidth=0, zorder=0)
    axes.set_xticks(range(-180, 181, 15))
    axes.set_yticks(range(-60, 91, 15))
    axes.xaxis.set_major_formatter(lambda x, _: _degrees(x, "E", "W"))
    axes.yaxis.set_major_formatter(lambda y, _: _degrees(y, "N", "S"))
    axes.grid(color="0.8", linewidth=0.5, zorder=0.5)
    axes.tick_params(labelsize=7, colors="0.4", length=0)
    axes.set_axisbelow(True)
    for spine in axes.spines.values():
        spine.set_color("0.7")


def _degrees(value: float, positive: str, negative: str) -> str:
    return f"{abs(value):.0f}°{positive if value > 0 else negative if value < 0 else ''}"
