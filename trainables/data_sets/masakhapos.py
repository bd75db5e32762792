"""MasakhaPOS (Dione et al. 2023, ACL): part-of-speech tags in 20 African languages.

The hub repository `masakhane/masakhapos` holds a loading script only; it reads these files. A copy that numbers the
tags uses the order below, which is not the alphabetical one of UPOS.
"""

from trainables.data_sets.base import DataSet, Example, Row, languages, tagged
from trainables.data_sets.formats import token_rows

LABELS = tuple("NOUN PUNCT ADP NUM SYM SCONJ ADJ PART DET CCONJ PROPN PRON X ADV INTJ VERB AUX".split())


def read(row: Row, code: str) -> Example | None:
    """(words, tags)."""
    del code
    return tagged(row["words"], row["tags"], LABELS, {})


MASAKHAPOS = DataSet(
    name="masakhapos",
    part="pos",
    repository="masakhane-io/masakhane-pos",
    revision="a42273eb27d37f3dedfc3914bfccb88199e10454",
    licence="CC BY-NC 4.0",
    languages=languages("bam bbj ewe fon hau ibo kin lug luo mos nya pcm sna swa tsn twi wol xho yor zul"),
    splits={"train": "train", "dev": "dev", "test": "test"},
    read=read,
    labels=LABELS,
    address="https://raw.githubusercontent.com/masakhane-io/masakhane-pos/{revision}",
    path="data/{code}/{split}.txt",
    parse=token_rows,
)
