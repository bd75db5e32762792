"""Rows of data sets as examples, by hand."""

from pathlib import Path

import pytest

from trainables.data.labelled_files import read_inferences
from trainables.data.labelled_text import row_text
from trainables.data_sets.base import RowError, inference, label_name

LABELS = ("entailment", "neutral", "contradiction")


@pytest.mark.parametrize("side", ["", " ", "\u00a0\n", None])
def test_a_pair_with_a_side_of_blanks_is_left_out(side: str | None) -> None:
    """Written out, it would be an empty field, and the whole file would be refused when it is read."""
    assert inference({"p": side, "h": "x", "l": 0}, "p", "h", "l") is None
    assert inference({"p": "x", "h": side, "l": 0}, "p", "h", "l") is None


def test_a_pair_is_read_again_as_it_was_written(tmp_path: Path) -> None:
    pair = inference({"p": "A dog ", "h": "A\tcat", "l": "1"}, "p", "h", "l")
    assert pair == ("A dog ", "A\tcat", "neutral")
    (tmp_path / "a.tsv").write_text(row_text([pair]))
    (read,) = read_inferences(tmp_path / "a.tsv")
    assert (read.premise, read.hypothesis, read.label) == ("A dog", "A cat", "neutral")


@pytest.mark.parametrize(("value", "expected"), [(2, LABELS[2]), ("2", LABELS[2]), (" neutral ", "neutral")])
def test_a_label_is_a_name_or_its_number(value: object, expected: str) -> None:
    assert label_name(value, LABELS) == expected


@pytest.mark.parametrize("value", [3, -1, True, "x", "²", None])
def test_other_labels_are_refused(value: object) -> None:
    with pytest.raises(RowError, match="must be one of entailment, neutral, contradiction"):
        label_name(value, LABELS)
