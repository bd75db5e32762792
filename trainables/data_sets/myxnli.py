"""myXNLI (Htet and Dras 2025): XNLI development and test pairs in Burmese, by people. Its labels are names."""

from trainables.data_sets.base import DataSet, Example, Row, inference, languages


def read(row: Row, code: str) -> Example | None:
    """(premise, hypothesis, label), the Burmese side."""
    del code
    return inference(row, "sentence1_my", "sentence2_my", "label")


MYXNLI = DataSet(
    name="myxnli",
    part="nli",
    repository="akhtet/myanmar-xnli",
    revision="e3940b94b8ad365a2deef0b280ae48c0aa18448e",
    licence="CC BY-NC 2.0",
    languages=languages("mya"),
    splits={"dev": "validation", "test": "test"},
    read=read,
    label_column="label",
    columns=("sentence1_my", "sentence2_my", "label"),
)
