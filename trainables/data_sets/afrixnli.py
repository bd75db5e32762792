"""AfriXNLI (Adelani et al. 2024, IrokoBench): 450 + 600 pairs of XNLI in 16 African languages, English and French.

Its hub repository holds plain files, `data/<code>/<split>.tsv`, with a header.
"""

from trainables.data.labelled_files import INFERENCES
from trainables.data_sets.base import DataSet, Example, Row, inference, languages


def read(row: Row, code: str) -> Example | None:
    """(premise, hypothesis, label)."""
    del code
    return inference(row, "premise", "hypothesis", "label")


AFRIXNLI = DataSet(
    name="afrixnli",
    part="nli",
    repository="masakhane/afrixnli",
    revision="e3ca06b30f3e7af2a86f6c8609ea76fee326bc56",
    licence="Apache-2.0 (translations), CC BY-NC 4.0 (XNLI)",
    languages=languages("amh eng ewe fra hau ibo kin lin lug orm sna sot swa twi wol xho yor zul"),
    splits={"dev": "dev", "test": "test"},
    read=read,
    labels=INFERENCES,
    columns=("premise", "hypothesis", "label"),
    config="{code}",
)
