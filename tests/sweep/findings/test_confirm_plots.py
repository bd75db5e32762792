"""The figure of a confirm phase shows the numbers of its comparisons."""

import pytest

from sweep.findings.confirm_plots import confirm_plot, order_of_reference, reference_title
from sweep.findings.confirm_results import OTHERS, SEARCHED, confirm_comparisons
from sweep.search.languages import search_languages
from tests.sweep.known_world import HALF, Record, World

MEAN = "the mean of 3 random sets of 3"


def test_references_are_named_for_people_and_the_searchs_own_arms_come_last() -> None:
    references = ["arm-max-sum-5", "none", "full", "the mean of 3 random sets of 5"]
    assert [reference_title(one) for one in references] == [
        "max-sum-5", "no realignment", "the full set", "the mean of 3 random sets of 5",
    ]  # fmt: skip
    assert sorted(references, key=order_of_reference) == ["full", "none", references[3], "arm-max-sum-5"]


def test_every_comparison_is_a_mark_with_its_interval(record_of: Record) -> None:
    world = World(record_of, 7, 0.01)
    search = world.search(12)
    found = confirm_comparisons(world.confirmed(search, n_sets=2, n_seeds=2), search_languages(search, HALF))
    (axes,) = confirm_plot(found).figure.axes
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names[:3] == [f"best-1 against {what}" for what in ("the full set", "no realignment", MEAN)]
    marks = {tuple(mark.get_offsets()[0].tolist()) for mark in axes.collections if len(mark.get_offsets()) == 1}
    for c in found:
        beside = {SEARCHED: -0.17, OTHERS: 0.17}[c.group]
        row = names.index(f"{c.arm} against {reference_title(c.reference)}") + beside
        assert any(x == pytest.approx(100 * c.difference) and y == pytest.approx(row) for x, y in marks)
    assert len(found) == 12  # two sets, three references, two groups of languages
