"""Trees of distances, against scipy and values by hand."""

import numpy as np
import pytest
from scipy.cluster.hierarchy import cophenet, linkage
from scipy.spatial.distance import squareform

from search_spaces.distances.matrix import DistanceMatrix
from search_spaces.inventory import INVENTORY
from search_spaces.languages import ENGLISH
from sweep.reports.dendrograms import dendrogram
from tests.sweep.reports.drawn_languages import CHOSEN, POOL, drawn


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


def test_one_leaf_is_no_tree(distances, tmp_path):
    with pytest.raises(ValueError, match="at least two"):
        dendrogram(distances, CHOSEN[:1], tmp_path / "x.png", pool=CHOSEN[:1], anchor=None)
