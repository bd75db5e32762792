"""AmericasNLI (Ebrahimi et al. 2022, ACL): XNLI pairs in ten languages of the Americas, translated from Spanish."""

from trainables.data.labelled_files import INFERENCES
from trainables.data_sets.base import DataSet, Example, Row, inference, languages


def read(row: Row, code: str) -> Example | None:
    """(premise, hypothesis, label)."""
    del code
    return inference(row, "premise", "hypothesis", "label")


AMERICAS_NLI = DataSet(
    name="americasnli",
    part="nli",
    repository="nala-cub/americas_nli",
    revision="main",
    licence="CC BY-SA 4.0",
    languages=languages("aym bzd cni gn hch nah oto quy shp tar"),
    splits={"dev": "validation", "test": "test"},
    read=read,
    labels=INFERENCES,
    label_column="label",
    columns=("premise", "hypothesis", "label"),
    config="{code}",
)
