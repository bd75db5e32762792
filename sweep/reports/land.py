"""The coasts of the world, for maps.

`land.csv` is Natural Earth's 1:110m countries (naturalearthdata.com, public domain), dissolved into land, clipped to
58 S - 78 N, simplified to 0.6 degrees, islands below one square degree left out: a backdrop, not a source.
"""

import csv
import importlib.resources
from functools import lru_cache

import numpy as np
import numpy.typing as npt


@lru_cache(maxsize=1)
def outlines() -> tuple[tuple[str, npt.NDArray[np.float64]], ...]:
    """(kind, [P, 2] longitude and latitude) of each polygon; "water" (a sea within land) comes after the land."""
    text = (importlib.resources.files("sweep.reports") / "land.csv").read_text(encoding="utf-8")
    return tuple(
        (row["kind"], np.array([[float(number) for number in point.split()] for point in row["outline"].split(";")]))
        for row in csv.DictReader(text.splitlines())
    )
