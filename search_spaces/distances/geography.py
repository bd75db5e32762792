"""Geographic distance: great circles between the points that `data/languages.csv` gives the languages.

One point stands for a language however widely it is spoken; which point, and where from, is in `data/PROVENANCE.md`.
"""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from search_spaces.distances.matrix import DistanceMatrix
from search_spaces.inventory import INVENTORY
from search_spaces.languages import Language


def great_circle(languages: Iterable[Language]) -> DistanceMatrix:
    """Great-circle distances in units of half the circumference: 0 the same point, 1 the antipode (20,015 km).

    On the sphere, as URIEL's `geo` distances (Littell et al. 2017), but between the two points themselves, where URIEL
    compares vectors of distances to 299 fixed points. The angle is taken from the chord, 2 arcsin(|u - v| / 2), which
    keeps its precision for neighbours, where arccos of the product loses it.

    Args:
        languages: of the inventory; repetitions are dropped.

    Raises:
        ValueError: no language is given.
    """
    tags = tuple(sorted(set(languages)))
    if not tags:
        raise ValueError("At least one language is needed, but none is given. Name some.")
    points_L3 = unit_vectors(
        np.array([INVENTORY[tag].latitude for tag in tags]), np.array([INVENTORY[tag].longitude for tag in tags])
    )
    chord_LL = np.sqrt(((points_L3[:, None, :] - points_L3[None, :, :]) ** 2).sum(axis=-1))
    return DistanceMatrix(tags, 2 / np.pi * np.arcsin(np.clip(chord_LL / 2, 0.0, 1.0)))


def unit_vectors(latitude: npt.NDArray[np.float64], longitude: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Points on the unit sphere, [..., 3], of latitudes and longitudes [...] in degrees."""
    north, east = np.radians(latitude), np.radians(longitude)
    return np.stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)], axis=-1)
