import importlib.util
from math import asin, cos, pi, radians, sin, sqrt
from pathlib import Path

import numpy as np
import pytest

from search_spaces.distances.geography import great_circle, unit_vectors
from search_spaces.distances.uriel import load_uriel
from search_spaces.inventory import INVENTORY

ALL = list(INVENTORY)
EARTH_RADIUS_KM = 6371.0


def haversine_km(a, b):
    north_a, east_a, north_b, east_b = map(radians, (a.latitude, a.longitude, b.latitude, b.longitude))
    half = sin((north_b - north_a) / 2) ** 2 + cos(north_a) * cos(north_b) * sin((east_b - east_a) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(sqrt(half))


def test_equals_the_haversine_formula():
    distances = great_circle(ALL)
    for a in ALL[::7]:
        for b in ALL[::5]:
            expected = haversine_km(INVENTORY[a], INVENTORY[b]) / (pi * EARTH_RADIUS_KM)
            assert distances.between(a, b) == pytest.approx(expected, abs=1e-12)


def test_counted_by_hand():
    """English lies at 53 N 1 W, French at 48 N 2 E, Japanese at 35 N 135 E; a degree is 111.19 km.

    cos = sin 53 sin 48 + cos 53 cos 48 cos 3 = 0.9956: 5.36 degrees.
    cos = sin 53 sin 35 + cos 53 cos 35 cos 136 = 0.1035: 84.06 degrees.
    """
    kilometres = great_circle(["eng_Latn", "fra_Latn", "jpn_Jpan"]).values * pi * EARTH_RADIUS_KM
    assert kilometres[0, 1] == pytest.approx(5.36 * 111.19, abs=2)
    assert kilometres[0, 2] == pytest.approx(84.06 * 111.19, abs=2)


def test_units():
    points = unit_vectors(np.array([90.0, 0.0, 0.0]), np.array([0.0, 0.0, 90.0]))
    assert points == pytest.approx(np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0]]), abs=1e-15)


def test_one_language_in_two_scripts_is_at_one_place():
    assert great_circle(["zho_Hans", "zho_Hant"]).between("zho_Hans", "zho_Hant") == 0.0


def test_order_and_repetition_do_not_matter():
    given = great_circle(["zul_Latn", "deu_Latn", "zul_Latn", "amh_Ethi"])
    assert given.languages == ("amh_Ethi", "deu_Latn", "zul_Latn")
    assert np.array_equal(given.values, great_circle(given.languages).values)
    with pytest.raises(ValueError, match="none is given"):
        great_circle([])


def lattice():
    """URIEL's 299 fixed points, a Fibonacci lattice on the sphere; the names of its features are rounded to degrees."""
    number = np.arange(1, 300)
    latitude = np.degrees(np.arcsin(2 * number / 299 - 1))
    longitude = (180 - number * 180 * (3 - sqrt(5)) + 180) % 360 - 180
    return latitude, longitude


def test_the_lattice_is_uriels():
    names = load_uriel(["deu_Latn"], "geography").features
    latitude, longitude = lattice()
    assert names == tuple(f"GC_{round(y)}_{round(x)}" for y, x in zip(latitude, longitude, strict=True))


def test_distances_to_uriels_points_are_its_numbers():
    """What URIEL stores for the row of each language's own code, or of its alias where URIEL has no other."""
    folder = Path(next(iter(importlib.util.find_spec("lang2vec").submodule_search_locations))) / "data"
    with np.load(folder / "geocoord_features.npz") as archive:
        codes, stored = archive["langs"].tolist(), archive["data"][:, :, 0].astype(float)
    points = unit_vectors(*lattice())
    for info in INVENTORY.values():
        code = info.iso639_3 if info.iso639_3 in codes else info.uriel_code
        assert (code == info.iso639_3) == (info.tag not in ("nah_Latn", "oto_Latn"))
        home = unit_vectors(np.array(info.latitude), np.array(info.longitude))
        ours = np.arccos(np.clip(points @ home, -1, 1)) / pi
        # 0.00005: URIEL has four digits; 0.00004: half of our last digit, 0.005 degrees, both ways
        assert np.abs(ours - stored[codes.index(code)]).max() < 0.0001
