"""IndoNLI (Mahendra et al. 2021, EMNLP): Indonesian pairs written by people; the test set written by experts.

The hub repository `afaji/indonli` holds a loading script only; it reads these files. Labels are letters there.
"""

from trainables.data.labelled_files import INFERENCES
from trainables.data_sets.base import DataSet, Example, Row, inference, languages
from trainables.data_sets.formats import json_rows

LETTERS = {name[0]: name for name in INFERENCES}  # e, n, c


def read(row: Row, code: str) -> Example | None:
    """(premise, hypothesis, label)."""
    del code
    label = row["label"]
    return inference({**row, "label": LETTERS.get(label, label)}, "premise", "hypothesis", "label")


INDONLI = DataSet(
    name="indonli",
    part="nli",
    repository="ir-nlp-csui/indonli",
    revision="d3778b474b8cf0b034d51f76dfcb4b686ea9c8c5",
    licence="CC BY-SA 4.0 (as the card of its hub repository says)",
    languages=languages("ind"),
    splits={"dev": "val", "test": "test_expert"},
    read=read,
    labels=INFERENCES,
    address="https://raw.githubusercontent.com/ir-nlp-csui/indonli/{revision}",
    path="data/indonli/{split}.jsonl",
    parse=json_rows,
)
