"""XNLI (Conneau et al. 2018, EMNLP): MultiNLI training pairs and their human-translated test sets in 15 languages."""

from trainables.data.labelled_files import INFERENCES
from trainables.data_sets.base import DataSet, Example, Row, inference, languages


def read(row: Row, code: str) -> Example | None:
    """(premise, hypothesis, label)."""
    del code
    return inference(row, "premise", "hypothesis", "label")


XNLI = DataSet(
    name="xnli",
    part="nli",
    repository="facebook/xnli",
    revision="b8dd5d7af51114dbda02c0e3f6133f332186418e",
    licence="CC BY-NC 4.0",
    languages=languages("ar bg de el en es fr hi ru sw th tr ur vi zh"),
    splits={"train": "train", "dev": "validation", "test": "test"},
    read=read,
    labels=INFERENCES,
    label_column="label",
    columns=("premise", "hypothesis", "label"),
    config="{code}",
)
