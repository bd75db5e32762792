"""Names on a map."""

import pytest

from search_spaces.inventory import INVENTORY
from search_spaces.languages import ENGLISH
from search_spaces.published.subsets import PUBLISHED
from sweep.reports.maps import short_name, subset_map


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
