"""Draws `overview.png`, the picture of the README: ten chosen languages on the map, and how near they are to all 65.

python docs/make_overview.py
"""

import tempfile
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import imread

from search_spaces.choose import Choice, choose
from search_spaces.languages import ENGLISH
from search_spaces.objectives.base import Floats
from sweep.reports.figures import BLUE, VERMILION
from sweep.reports.maps import subset_map

SIZE = 10


def nearest(choice: Choice) -> Floats:
    """[55] distance of each language that was not chosen to the nearest chosen one or English, sorted."""
    subset, distances = choice.selection.subset.languages, choice.distances.matrix
    others = [language for language in choice.problem.candidates if language not in subset]
    return np.sort([distances.block([language, ENGLISH, *subset])[0, 1:].min() for language in others])


def main() -> None:
    cover, spread = choose(SIZE, "facility-location"), choose(SIZE, "max-sum")
    random = np.array([nearest(choose(SIZE, "random", seed=seed)) for seed in range(200)])
    figure = Figure(figsize=(12.5, 5), dpi=130, layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2, width_ratios=(1.4, 1))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "map.png"
        subset_map(cover.selection.subset, cover.problem.space.pool, path)
        left.imshow(imread(path), interpolation="antialiased")
    left.set_title("The ten of 65 languages that are nearest to all of them (facility-location)", fontsize=11)
    left.axis("off")
    rank = np.arange(1, random.shape[1] + 1)
    low, high = np.quantile(random, [0.05, 0.95], axis=0)
    right.fill_between(rank, low, high, color="0.85", label="random ten, 90 % of 200", linewidth=0)
    right.plot(
        rank, nearest(spread), color=VERMILION, linestyle="--", linewidth=1.8, label="most dispersed ten (max-sum)"
    )
    right.plot(rank, nearest(cover), color=BLUE, linewidth=1.8, label="facility-location")
    right.set(xlim=(0, rank[-1] + 1), ylim=(0, None), xlabel="the 55 languages not chosen, nearest first")
    right.set_title("Typological distance to the nearest chosen language", fontsize=11)
    right.legend(frameon=False, loc="lower right", fontsize=9)
    for side in ("top", "right"):
        right.spines[side].set_visible(False)
    figure.savefig(Path(__file__).with_name("overview.png"), metadata={"Software": None})


if __name__ == "__main__":
    main()
