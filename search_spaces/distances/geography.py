"""Geographic distance: great circles between the points that `data/languages.csv` gives the languages.

One point stands for a language however widely it is spoken; which point, and where from, is in `data/PROVENANCE.md`.
"""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from search_spaces.distances.matrix import DistanceMatrix
from search_spaces.inventory import language_info
from search_spaces.languages import Language


def great_circle(languages: Iterable[Language]) -> DistanceMatrix:
    """Great-circle distances in units of half the circumference: 0 the same point, 1 the antipode (20,015 km).

    On the sphere, as URIEL's `geo` distances (Littell et al. 2017), but between the two points themselves, where URIEL
    compares vectors of distances to 299 fixed points. The angle is taken from the chord, 2 arcsin(|u - v| / 2), which
    keeps its precision for neighbours, where arccos of the product loses it.

    Args:
        languages: repetitions are dropped.

    Raises:
        ValueError: no language is given, or one whose place is not known.
    """
    tags = tuple(sorted(set(languages)))
    if not tags:
        raise ValueError("At least one language is needed, but none is given. Name some.")
    infos = [language_info(tag) for tag in tags]
    if lacking := [info.tag for info in infos if np.isnan(info.latitude + info.longitude)]:
        raise ValueError(
            f"Every language needs a place, but that of {', '.join(lacking[:5])} is not known. Give `latitude` and "
            "`longitude` in a table of languages (`languages`), or leave it out."
        )
    points_L3 = unit_vectors(np.array([info.latitude for info in infos]), np.array([info.longitude for info in infos]))
    squared_LL = np.zeros((len(tags), len(tags)))
    for axis_L in points_L3.T:  # one axis at a time: thousands of languages fit
        squared_LL += (axis_L[:, None] - axis_L[None, :]) ** 2
    return DistanceMatrix(tags, 2 / np.pi * np.arcsin(np.clip(np.sqrt(squared_LL) / 2, 0.0, 1.0)))


def unit_vectors(latitude: npt.NDArray[np.float64], longitude: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Points on the unit sphere, [..., 3], of latitudes and longitudes [...] in degrees."""
    north, east = np.radians(latitude), np.radians(longitude)
    return np.stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)], axis=-1)
