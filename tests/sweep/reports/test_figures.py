from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.image import imread

from search_spaces.distances.matrix import DistanceMatrix
from search_spaces.languages import ENGLISH
from search_spaces.published.subsets import PUBLISHED
from sweep.reports.dendrograms import dendrogram
from sweep.reports.maps import subset_map
from tests.sweep.reports.drawn_languages import CHOSEN, POOL, drawn


def figure(kind, distances, path, subset=CHOSEN, **options):
    if kind == "map":
        return subset_map(subset, options.pop("pool", POOL), path, **options)
    return dendrogram(distances, subset, path, **options)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["map", "dendrogram"])
def test_a_png_is_written_and_every_language_is_one_point(kind, distances, tmp_path):
    path = tmp_path / "new" / "figure.png"
    axes = figure(kind, distances, path, title="ten languages")
    assert drawn(axes) == {"chosen": 10, "pool": 6, "anchor": 1}
    assert axes.get_title() == "ten languages"
    image = imread(path)
    assert image.shape[0] > 500 and image.shape[1] > 1000
    assert image[..., :3].std() > 0.05  # something is on it


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["map", "dendrogram"])
def test_an_svg_is_written_and_is_the_same_twice(kind, distances, tmp_path):
    paths = [tmp_path / "a.svg", tmp_path / "b.svg"]
    for path in paths:
        figure(kind, distances, path, anchor=None, pool=POOL)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert ElementTree.parse(paths[0]).getroot().tag == "{http://www.w3.org/2000/svg}svg"


@pytest.mark.parametrize("kind", ["map", "dendrogram"])
def test_refusals(kind, distances, tmp_path):
    with pytest.raises(ValueError, match=r"\.png or \.svg, but is 'x.pdf'"):
        figure(kind, distances, tmp_path / "x.pdf")
    with pytest.raises(ValueError, match="at least one language"):
        figure(kind, distances, tmp_path / "x.png", subset=())
    with pytest.raises(ValueError, match="tir_Ethi is not"):
        figure(kind, distances, tmp_path / "x.png", subset=("tir_Ethi",))
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_the_whole_pool(tmp_path):
    subset = PUBLISHED["most_uriel_en_10"]
    tags = (*subset.pool, ENGLISH)
    upper = np.triu(np.random.default_rng(2).random((len(tags), len(tags))), 1)
    all_65 = DistanceMatrix(tags, upper + upper.T)
    for kind in ("map", "dendrogram"):
        axes = figure(kind, all_65, tmp_path / "x.png", subset=subset.languages, pool=subset.pool)
        assert drawn(axes) == {"chosen": 10, "pool": 55, "anchor": 1}
