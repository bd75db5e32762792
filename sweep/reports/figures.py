"""What the figures about language subsets share: the three roles of a language, their look, and saving.

Colours are of Okabe and Ito (2008), told apart by colour-blind readers; in black and white, filled, hollow and star
remain. Figures are made without pyplot, so that no state is shared and no display is needed.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from search_spaces.languages import Language

BLUE, VERMILION = "#0072B2", "#D55E00"

CHOSEN_STYLE: Mapping[str, Any] = {"s": 34, "color": BLUE, "edgecolors": "white", "linewidths": 0.6, "zorder": 4}
POOL_STYLE: Mapping[str, Any] = {"s": 20, "facecolors": "white", "edgecolors": "0.35", "linewidths": 0.9, "zorder": 3}
ANCHOR_STYLE: Mapping[str, Any] = {
    "s": 120, "marker": "*", "color": VERMILION, "edgecolors": "white", "linewidths": 0.6, "zorder": 5,
}  # fmt: skip

LEGEND_BELOW: Mapping[str, Any] = {
    "loc": "upper center", "ncols": 3, "frameon": False, "fontsize": 9, "handletextpad": 0.2
}  # fmt: skip

DPI = 200
TITLE_SIZE = 11
ENDINGS = (".png", ".svg")

Roles = dict[str, tuple[Language, ...]]


def split_roles(subset: Iterable[Language], pool: Iterable[Language], anchor: Language | None) -> Roles:
    """Languages by role, sorted: "chosen", "pool" (the ones not chosen) and "anchor" (one or none).

    Raises:
        ValueError: nothing is chosen, or a chosen language is not in the pool.
    """
    chosen, everyone = set(subset), set(pool)
    if not chosen:
        raise ValueError("A figure of a subset needs at least one language, but got none. Choose some.")
    if strangers := sorted(chosen - everyone):
        raise ValueError(f"Chosen languages must be in the pool, but {', '.join(strangers)} is not. Widen the pool.")
    return {
        "chosen": tuple(sorted(chosen)),
        "pool": tuple(sorted(everyone - chosen)),
        "anchor": () if anchor is None or anchor in everyone else (anchor,),
    }


def role_counts(roles: Roles, names: Sequence[str]) -> list[str]:
    """Texts of the legend for the roles named."""
    texts = {
        "chosen": f"chosen ({len(roles['chosen'])})",
        "pool": f"not chosen ({len(roles['pool'])})",
        "anchor": "anchor, in every set",
    }
    return [texts[name] for name in names]


def new_figure(width_inches: float, height_inches: float) -> Axes:
    """Empty axes of a figure of its own."""
    figure = Figure(figsize=(width_inches, height_inches), dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    return figure.add_subplot()


def save_figure(axes: Axes, path: Path) -> None:
    """Writes the axes' figure; the same figure gives the same bytes.

    Raises:
        ValueError: the file's ending is neither .png nor .svg.
    """
    check_ending(path)
    figure = axes.get_figure()
    assert isinstance(figure, Figure)
    metadata = {"Software": None} if path.suffix == ".png" else {"Date": None}
    path.parent.mkdir(parents=True, exist_ok=True)
    with rc_context({"svg.hashsalt": "realign-sweep"}):
        figure.savefig(path, dpi=DPI, metadata=metadata, bbox_inches="tight", pad_inches=0.1)


def check_ending(path: Path) -> None:
    """Raises ValueError when a figure cannot be written under this name; before any work is done for it."""
    if path.suffix not in ENDINGS:
        raise ValueError(f"A figure must end in {' or '.join(ENDINGS)}, but is {path.name!r}. Rename it.")
