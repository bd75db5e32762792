from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.image import imread
from scipy.cluster.hierarchy import cophenet, linkage
from scipy.spatial.distance import squareform

from search_spaces.distances.matrix import DistanceMatrix
from search_spaces.inventory import INVENTORY
from search_spaces.languages import ENGLISH
from search_spaces.published.subsets import PUBLISHED
from sweep.reports.dendrograms import dendrogram
from sweep.reports.maps import short_name, subset_map

POOL = tuple(sorted(PUBLISHED["abla_most_uriel_unseen_xlmr"].pool))
CHOSEN = PUBLISHED["abla_most_uriel_unseen_xlmr"].languages


@pytest.fixture(scope="module")
def distances():
    """Random distances of the pool and English."""
    upper = np.triu(np.random.default_rng(0).uniform(0.2, 0.8, (len(POOL) + 1, len(POOL) + 1)), 1)
    return DistanceMatrix((*POOL, ENGLISH), upper + upper.T)


def drawn(axes):
    """Label -> number of points."""
    return {c.get_label(): len(c.get_offsets()) for c in axes.collections if not c.get_label().startswith("_")}


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


def test_points_lie_where_the_inventory_says(tmp_path):
    axes = subset_map(CHOSEN, POOL, tmp_path / "map.png", anchor=None)
    chosen = next(c for c in axes.collections if c.get_label() == "chosen")
    expected = [(INVENTORY[tag].longitude, INVENTORY[tag].latitude) for tag in sorted(CHOSEN)]
    assert np.asarray(chosen.get_offsets()) == pytest.approx(np.array(expected))
    assert "anchor" not in drawn(axes)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["most_uriel_en_10", "least_uriel_en_20", "most_uriel_en_40", "least_uriel_en_40"])
def test_names_cover_neither_names_nor_marked_points(tmp_path, name):
    subset = PUBLISHED[name]
    axes = subset_map(subset.languages, subset.pool, tmp_path / "map.png")
    renderer = axes.figure.canvas.get_renderer()
    boxes = {text.get_text(): text.get_window_extent(renderer) for text in axes.texts}
    assert set(boxes) == {short_name(tag) for tag in (*subset.languages, ENGLISH)}
    placed = list(boxes.values())
    for i, box in enumerate(placed):
        assert not any(box.overlaps(other) for other in placed[:i])
        frame = axes.get_window_extent()
        assert frame.contains(box.x0, box.y0) and frame.contains(box.x1, box.y1)
    for tag in (*subset.languages, ENGLISH):
        x, y = axes.transData.transform((INVENTORY[tag].longitude, INVENTORY[tag].latitude))
        assert not any(box.contains(x, y) for box in placed)


def test_one_language_alone_has_a_map(tmp_path):
    axes = subset_map(["quy_Latn"], ["quy_Latn"], tmp_path / "map.png", anchor=None)
    assert drawn(axes) == {"chosen": 1}
    west, east = axes.get_xlim()
    assert west < INVENTORY["quy_Latn"].longitude < east and east - west >= 40


def test_the_tree_is_upgma(tmp_path):
    """Hand-computed: a and b join at 0.2; c joins them at the mean of 0.4 and 0.6."""
    matrix = np.array([[0.0, 0.2, 0.4], [0.2, 0.0, 0.6], [0.4, 0.6, 0.0]])
    three = DistanceMatrix(("deu_Latn", "fra_Latn", "yor_Latn"), matrix)
    axes = dendrogram(three, ["yor_Latn"], tmp_path / "tree.png", anchor=None)
    (lines,) = [c for c in axes.collections if c.get_label().startswith("_")]
    tops = sorted(path.vertices[:, 0].max() for path in lines.get_paths())
    assert tops == pytest.approx([0.2, 0.5])
    assert drawn(axes) == {"chosen": 1, "pool": 2}


def test_leaves_stand_beside_their_names(distances, tmp_path):
    axes = dendrogram(distances, CHOSEN, tmp_path / "tree.png")
    names = {label.get_position()[1]: label for label in axes.get_yticklabels()}
    chosen = next(c for c in axes.collections if c.get_label() == "chosen")
    at_points = [names[y].get_text().partition("  ")[0] for _, y in chosen.get_offsets()]
    assert at_points == [INVENTORY[tag].name for tag in sorted(CHOSEN)]
    bold = [label.get_text() for label in names.values() if label.get_fontweight() == "bold"]
    assert len(bold) == 11  # chosen and English


def test_the_order_of_the_matrix_does_not_matter(distances, tmp_path):
    shuffled = np.random.default_rng(1).permutation(len(distances.languages))
    tags = tuple(distances.languages[i] for i in shuffled)
    again = DistanceMatrix(tags, distances.values[np.ix_(shuffled, shuffled)])
    dendrogram(distances, CHOSEN, tmp_path / "a.svg")
    dendrogram(again, CHOSEN[::-1], tmp_path / "b.svg")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_branches_join_where_scipy_says(distances, tmp_path):
    axes = dendrogram(distances, CHOSEN, tmp_path / "tree.png")
    (lines,) = [c for c in axes.collections if c.get_label().startswith("_")]
    tops = sorted({round(path.vertices[:, 0].max(), 9) for path in lines.get_paths()})
    merged = cophenet(linkage(squareform(distances.block([*POOL, ENGLISH])), "average"))
    assert tops == pytest.approx(sorted(set(np.round(merged, 9))))


@pytest.mark.slow
def test_the_whole_pool(tmp_path):
    subset = PUBLISHED["most_uriel_en_10"]
    tags = (*subset.pool, ENGLISH)
    upper = np.triu(np.random.default_rng(2).random((len(tags), len(tags))), 1)
    all_65 = DistanceMatrix(tags, upper + upper.T)
    for kind in ("map", "dendrogram"):
        axes = figure(kind, all_65, tmp_path / "x.png", subset=subset.languages, pool=subset.pool)
        assert drawn(axes) == {"chosen": 10, "pool": 55, "anchor": 1}


def test_one_leaf_is_no_tree(distances, tmp_path):
    with pytest.raises(ValueError, match="at least two"):
        dendrogram(distances, CHOSEN[:1], tmp_path / "x.png", pool=CHOSEN[:1], anchor=None)
