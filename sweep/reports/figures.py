"""What the figures about language subsets share: the three roles of a language, their look, and saving.

Colours are of Okabe and Ito (2008), told apart by colour-blind readers; in black and white, filled, hollow and star
remain. Figures are made without pyplot, so that no state is shared and no display is needed. Matplotlib, which takes
half a second, is imported where something is drawn: a report without figures needs none.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal

from search_spaces.languages import Language
from search_spaces.writing import write_atomically

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, VERMILION = "#0072B2", "#D55E00"
PALETTE = (BLUE, VERMILION, "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
MARKERS = ("o", "s", "D", "^", "v", "P")
"""Things drawn together differ by both."""

CHOSEN_STYLE: Mapping[str, Any] = {"s": 34, "color": BLUE, "edgecolors": "white", "linewidths": 0.6, "zorder": 4}
POOL_STYLE: Mapping[str, Any] = {"s": 20, "facecolors": "white", "edgecolors": "0.35", "linewidths": 0.9, "zorder": 3}
ANCHOR_STYLE: Mapping[str, Any] = {
    "s": 120, "marker": "*", "color": VERMILION, "edgecolors": "white", "linewidths": 0.6, "zorder": 5,
}  # fmt: skip

TARGET_STYLE: Mapping[str, Any] = {
    "s": 46, "marker": "D", "color": "#E69F00", "edgecolors": "0.2", "linewidths": 0.7, "zorder": 4,
}  # fmt: skip
STYLES: Mapping[str, Mapping[str, Any]] = {
    "chosen": CHOSEN_STYLE, "pool": POOL_STYLE, "target": TARGET_STYLE, "anchor": ANCHOR_STYLE,
}  # fmt: skip

LEGEND_BELOW: Mapping[str, Any] = {
    "loc": "upper center", "ncols": 4, "frameon": False, "fontsize": 9, "handletextpad": 0.2
}  # fmt: skip

DPI = 200
TITLE_SIZE = 11
ENDINGS = (".png", ".svg")

Roles = dict[str, tuple[Language, ...]]


def split_roles(
    subset: Iterable[Language], pool: Iterable[Language], anchor: Language | None, targets: Iterable[Language] = ()
) -> Roles:
    """Languages by role, sorted: "chosen", "target" (to be served, not chosen), "pool" (the rest) and "anchor" (one or
    none).

    Raises:
        ValueError: nothing is chosen, or a chosen language is not in the pool.
    """
    chosen, everyone = set(subset), set(pool)
    if not chosen:
        raise ValueError("A figure of a subset needs at least one language, but got none. Choose some.")
    if strangers := sorted(chosen - everyone):
        raise ValueError(f"Chosen languages must be in the pool, but {', '.join(strangers)} is not. Widen the pool.")
    aims = set(targets) - chosen - {anchor}
    return {
        "chosen": tuple(sorted(chosen)),
        "pool": tuple(sorted(everyone - chosen - aims)),
        "target": tuple(sorted(aims)),
        "anchor": () if anchor is None or anchor in everyone else (anchor,),
    }


def role_counts(roles: Roles, names: Sequence[str]) -> list[str]:
    """Texts of the legend for the roles named."""
    texts = {
        "chosen": f"chosen ({len(roles['chosen'])})",
        "pool": f"not chosen ({len(roles['pool'])})",
        "target": f"target, not chosen ({len(roles['target'])})",
        "anchor": "anchor, in every set",
    }
    return [texts[name] for name in names]


def new_figure(width_inches: float, height_inches: float) -> "Axes":
    """Empty axes of a figure of its own."""
    return _canvas(width_inches, height_inches).add_subplot()


def new_panels(n_rows: int, n_columns: int, width_inches: float, height_inches: float) -> "tuple[Figure, list[Axes]]":
    """A figure of its own with panels, row by row."""
    figure = _canvas(width_inches, height_inches)
    return figure, list(figure.subplots(n_rows, n_columns, squeeze=False).flat)


def _canvas(width_inches: float, height_inches: float) -> "Figure":
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width_inches, height_inches), dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def tidy(axes: "Axes", grid: Literal["both", "x", "y"]) -> None:
    """The plain look of plots: no frame above and at the right, a faint grid along "x", "y" or "both"."""
    axes.grid(axis=grid, color="0.9", linewidth=0.7)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8)


def save_figure(axes: "Axes", path: Path) -> None:
    """Writes the axes' figure; the same figure gives the same bytes.

    Raises:
        ValueError: the file's ending is neither .png nor .svg.
    """
    check_ending(path)
    save_plot(figure_of(axes), path)


def figure_of(axes: "Axes") -> "Figure":
    """The whole figure that axes are part of."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    return figure


def save_plot(figure: "Figure", path: Path) -> None:
    """As `save_figure`, of a figure with any number of axes."""
    check_ending(path)
    buffer = io.BytesIO()
    write_figure(figure, buffer, path.suffix[1:])
    write_atomically(path, buffer.getvalue())


def write_figure(figure: "Figure", target: IO[bytes], form: str) -> None:
    """Writes "png" or "svg" into a buffer; the same figure gives the same bytes."""
    from matplotlib import rc_context

    metadata = {"Software": None} if form == "png" else {"Date": None}
    with rc_context({"svg.hashsalt": "realign-sweep"}):
        figure.savefig(target, format=form, dpi=DPI, metadata=metadata, bbox_inches="tight", pad_inches=0.1)


def file_name(text: str) -> str:
    """`text` with everything but letters, digits, "-", "_" and "." replaced by "-"."""
    return "".join(character if character.isalnum() or character in "-_." else "-" for character in text)


def check_ending(path: Path) -> None:
    """Raises ValueError when a figure cannot be written under this name; before any work is done for it."""
    if path.suffix not in ENDINGS:
        raise ValueError(f"A figure must end in {' or '.join(ENDINGS)}, but is {path.name!r}. Rename it.")
