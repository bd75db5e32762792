"""The tree of a pool by distance, with a subset marked: which branches a subset reaches, and which it leaves out."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from scipy.cluster.hierarchy import dendrogram as scipy_dendrogram
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import squareform

from search_spaces.distances.matrix import DistanceMatrix
from search_spaces.inventory import language_info
from search_spaces.languages import ENGLISH, Language
from sweep.reports.figures import (
    BLUE,
    LEGEND_BELOW,
    STYLES,
    TITLE_SIZE,
    VERMILION,
    check_ending,
    new_figure,
    role_counts,
    save_figure,
    split_roles,
)

INCHES_A_LEAF = 0.16
SCIPY_LEAF_STEP = 10.0
"""Scipy draws leaf i at 10 i + 5."""

TEXT_COLOURS = {"chosen": BLUE, "pool": "0.25", "target": "#9a6a00", "anchor": VERMILION}


def dendrogram(
    distances: DistanceMatrix,
    subset: Iterable[Language],
    path: Path,
    *,
    pool: Iterable[Language] | None = None,
    anchor: Language | None = ENGLISH,
    targets: Iterable[Language] = (),
    title: str = "",
) -> Axes:
    """Draws the average-linkage tree (UPGMA; Sokal and Michener 1958) of the pool into a PNG or SVG file.

    Two branches join at the mean distance between their languages. Leaves are ordered so that neighbours are near
    (Bar-Joseph et al. 2001); the tree itself does not depend on that.

    Args:
        distances: must cover the pool, and the anchor when there is one.
        subset: the chosen languages, at least one, all of the pool.
        path: ends in .png or .svg; an existing file is replaced.
        pool: None = all languages of the matrix but the anchor.
        anchor: a leaf of its own, where it is not in the pool; None = none.
        targets: leaves of their own, where they are not in the pool.

    Returns:
        The axes drawn on; their point collections are labelled "chosen", "pool", "target" and "anchor"; a leaf is
        a point.

    Raises:
        ValueError: nothing is chosen, a language has no distances, fewer than two leaves, or another ending.
    """
    check_ending(path)
    everyone = [tag for tag in distances.languages if tag != anchor] if pool is None else pool
    roles = split_roles(subset, everyone, anchor, targets)
    role_of = {language: name for name, languages in roles.items() for language in languages}
    if len(role_of) < 2:
        raise ValueError(f"A tree needs at least two languages, but has {len(role_of)}. Widen the pool.")
    leaves = sorted(role_of)
    tree = linkage(squareform(distances.block(leaves), checks=False), method="average", optimal_ordering=True)
    drawing = scipy_dendrogram(tree, no_plot=True)
    ordered = [leaves[i] for i in drawing["leaves"]]

    axes = new_figure(7.0, 1.0 + INCHES_A_LEAF * len(leaves))
    corners = np.stack([np.array(drawing["dcoord"]), np.array(drawing["icoord"])], axis=-1)
    axes.add_collection(LineCollection(list(corners), colors="0.45", linewidths=0.9, zorder=1))
    height_of = {tag: SCIPY_LEAF_STEP * (i + 0.5) for i, tag in enumerate(ordered)}
    for name, style in STYLES.items():
        if roles[name]:
            heights = [height_of[tag] for tag in roles[name]]
            axes.scatter(np.zeros(len(heights)), heights, label=name, clip_on=False, **style)
    _write_names(axes, ordered, role_of)
    axes.set(xlim=(tree[:, 2].max() * 1.03, 0.0), ylim=(0.0, SCIPY_LEAF_STEP * len(leaves)))
    axes.set_title(title, fontsize=TITLE_SIZE)
    axes.set_xlabel("mean distance at which branches join", fontsize=9)
    for side in ("top", "left", "right"):
        axes.spines[side].set_visible(False)
    handles, drawn = axes.get_legend_handles_labels()
    axes.figure.legend(handles, role_counts(roles, drawn), **{**LEGEND_BELOW, "loc": "outside lower center"})
    save_figure(axes, path)
    return axes


def _write_names(axes: Axes, ordered: list[Language], role_of: dict[Language, str]) -> None:
    """Name and family at the right of every leaf; chosen ones and the anchor in bold."""
    axes.yaxis.tick_right()
    axes.set_yticks(
        [SCIPY_LEAF_STEP * (i + 0.5) for i in range(len(ordered))],
        [f"{language_info(tag).name}  ({language_info(tag).family or 'family not known'})" for tag in ordered],
    )
    axes.tick_params(axis="y", length=0, pad=8, labelsize=8)
    axes.tick_params(axis="x", labelsize=8)
    for label, tag in zip(axes.get_yticklabels(), ordered, strict=True):
        label.set_color(TEXT_COLOURS[role_of[tag]])
        label.set_fontweight("normal" if role_of[tag] == "pool" else "bold")
