"""Predictions on disk, read by the standard library alone."""

import gzip
import json
from pathlib import Path

import pytest

from search_spaces.languages import Language
from trainables.data.labelled_files import TaggedSentence
from trainables.evaluation.predictions import write_predictions

SWAHILI = Language("swh_Latn")
EXAMPLES = [TaggedSentence(("Mira", "\u2028ñ"), ("B-PER", "O")), TaggedSentence(("x",), ("O",))]


@pytest.mark.parametrize(("source", "name"), [("", "swh_Latn.test"), ("panx", "swh_Latn.test.panx")])
def test_each_line_is_an_example_with_both_lists(source: str, name: str, tmp_path: Path) -> None:
    gold, predicted = [["B-PER", "O"], []], [["O", "O"], []]
    path = write_predictions(tmp_path, ("ner", SWAHILI, "test", source), EXAMPLES, gold, predicted)
    assert path == tmp_path / "ner" / f"{name}.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
        lines = [json.loads(line) for line in file]
    assert [line["example"] for line in lines] == [
        {"words": ["Mira", "\u2028ñ"], "tags": ["B-PER", "O"]}, {"words": ["x"], "tags": ["O"]},
    ]  # fmt: skip
    assert [line["gold"] for line in lines] == gold and [line["predicted"] for line in lines] == predicted


def test_the_same_predictions_are_the_same_bytes_and_lists_of_other_lengths_are_refused(tmp_path: Path) -> None:
    name = ("ner", SWAHILI, "test", "")
    paths = [write_predictions(tmp_path / one, name, EXAMPLES, [["O"], []], [["O"], []]) for one in "ab"]
    assert paths[0].read_bytes() == paths[1].read_bytes()
    with pytest.raises(ValueError):
        write_predictions(tmp_path, name, EXAMPLES, [["O"]], [["O"]])
