"""Names beside points of a map, so that no name covers another name or a marked point.

Every name tries the places on rings around its point and takes the cheapest: near, on no hollow point, its leader line
crossing nothing. Crowded points choose first. Plain and deterministic: the same points get the same places.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

FONT_SIZE = 8
RINGS = (0.0, 3.0, 8.0, 14.0, 22.0, 32.0, 44.0, 58.0, 74.0, 92.0, 112.0)
"""Gaps between a point and its name, in points (1/72 inch)."""
N_ANGLES = 24
MARKER_RADIUS = 5.0
LEADER_FROM = 9.0
"""Names further than this from their point, in points, get a line to it."""

CROSSING, COVERED, FORBIDDEN = 60.0, 25.0, 10_000.0
"""What a crossed line or name, a covered hollow point, and a covered name or marked point count, in points."""


def place_labels(axes: Axes, points: Floats, names: Sequence[str], hollow: Floats) -> None:
    """Writes the names [L] beside the points [L, 2]; prefers not to cover the `hollow` ones [H, 2].

    Everything else must be on the axes already: the layout is frozen. All coordinates are data coordinates. A name
    that finds no free place in reach takes the least bad one.
    """
    canvas = axes.figure.canvas
    assert isinstance(canvas, FigureCanvasAgg)
    canvas.draw()  # the layout decides where data coordinates lie
    canvas.figure.set_layout_engine("none")
    unit = canvas.figure.dpi / 72
    marked, covered = (axes.transData.transform(xy.reshape(-1, 2)) / unit for xy in (points, hollow))
    frame = np.array(axes.get_window_extent().extents) / unit
    boxes, leaders = np.empty((0, 4)), np.empty((0, 4))
    to_data = axes.transData.inverted()
    for i in _crowded_first(marked):
        places = _places(marked[i], _text_size(axes, canvas, names[i]) / unit)
        ends = np.clip(np.tile(marked[i], (len(places), 1)), places[:, :2], places[:, 2:])
        lines = np.column_stack([np.tile(marked[i], (len(places), 1)), ends])
        length = np.hypot(*(ends - marked[i]).T)
        cost = length + FORBIDDEN * _outside(places, frame)
        cost += FORBIDDEN * _overlaps(places, boxes).sum(axis=1)
        cost += FORBIDDEN * _holds(_grown(places, MARKER_RADIUS), np.delete(marked, i, axis=0)).sum(axis=1)
        cost += COVERED * _holds(_grown(places, MARKER_RADIUS / 2), covered).sum(axis=1)
        cost += CROSSING * (_crosses(lines, leaders).sum(axis=1) + _through(lines, boxes).sum(axis=1))
        cost += CROSSING * _through(leaders, places).sum(axis=0)
        best = int(cost.argmin())
        boxes = np.vstack([boxes, places[best]])
        x, y = to_data.transform((places[best, :2] + places[best, 2:]) / 2 * unit)
        axes.text(x, y, names[i], fontsize=FONT_SIZE, ha="center", va="center", zorder=6)
        if length[best] > LEADER_FROM:
            leaders = np.vstack([leaders, lines[best]])
            line = to_data.transform(lines[best].reshape(2, 2) * unit)
            axes.plot(line[:, 0], line[:, 1], color="0.4", linewidth=0.6, zorder=2.5)


def _text_size(axes: Axes, canvas: FigureCanvasAgg, name: str) -> Floats:
    """Width and height in pixels, with a little room around."""
    text = axes.text(0, 0, name, fontsize=FONT_SIZE)
    box = text.get_window_extent(canvas.get_renderer())
    text.remove()
    return np.array([box.width + 4.0, box.height + 2.0])


def _crowded_first(points: Floats) -> list[int]:
    """Numbers of the points [L, 2] by the distance to their third-nearest neighbour (or the last there is)."""
    apart = np.sort(np.hypot(*(points[:, None, :] - points[None, :, :]).transpose(2, 0, 1)), axis=1)
    return [int(i) for i in np.argsort(apart[:, min(3, len(points) - 1)], kind="stable")]


def _places(point: Floats, size: Floats) -> Floats:
    """[R * A, 4] boxes (left, bottom, right, top) around a point: the box touches its ring, nearest ring first."""
    angles = np.arange(N_ANGLES) * 2 * np.pi / N_ANGLES
    direction = np.column_stack([np.cos(angles), np.sin(angles)])
    reach = np.array(RINGS)[:, None, None] + MARKER_RADIUS
    centres = (point + direction[None] * (reach + size[None, None, :] / 2)).reshape(-1, 2)
    return np.column_stack([centres - size / 2, centres + size / 2])


def _grown(boxes: Floats, by: float) -> Floats:
    return boxes + np.array([-by, -by, by, by])


def _outside(boxes: Floats, frame: Floats) -> Bools:
    """[B]: whether a box leaves the frame."""
    return np.asarray((boxes[:, :2] < frame[:2]).any(axis=1) | (boxes[:, 2:] > frame[2:]).any(axis=1))


def _overlaps(boxes: Floats, others: Floats) -> Bools:
    """[B, M]: whether two boxes have a point in common."""
    a, b = boxes[:, None, :], others[None, :, :]
    return np.asarray(((a[..., :2] < b[..., 2:]) & (b[..., :2] < a[..., 2:])).all(axis=-1))


def _holds(boxes: Floats, points: Floats) -> Bools:
    """[B, P]: whether a box holds a point."""
    b, p = boxes[:, None, :], points[None, :, :]
    return np.asarray(((p > b[..., :2]) & (p < b[..., 2:])).all(axis=-1))


def _through(lines: Floats, boxes: Floats) -> Bools:
    """[S, B]: whether a segment (x, y, x, y) runs through a box, looked at in 16 places of the segment."""
    share = np.linspace(0.0, 1.0, 16)[None, :, None]
    on_line = lines[:, None, :2] * (1 - share) + lines[:, None, 2:] * share
    return np.asarray(_holds(boxes, on_line.reshape(-1, 2)).T.reshape(len(lines), 16, len(boxes)).any(axis=1))


def _crosses(lines: Floats, others: Floats) -> Bools:
    """[S, M]: whether two segments (x, y, x, y) cross: each has the ends of the other on its two sides."""

    def side(segments: Floats, points: Floats) -> Floats:
        along = segments[:, None, 2:] - segments[:, None, :2]
        towards = points[None, :, :] - segments[:, None, :2]
        return np.asarray(along[..., 0] * towards[..., 1] - along[..., 1] * towards[..., 0])

    return (side(lines, others[:, :2]) * side(lines, others[:, 2:]) < 0) & (
        side(others, lines[:, :2]) * side(others, lines[:, 2:]) < 0
    ).T
