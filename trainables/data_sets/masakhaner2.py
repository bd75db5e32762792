"""MasakhaNER 2.0 (Adelani et al. 2022, EMNLP): named entities in 20 African languages, by people, on news.

The hub repository `masakhane/masakhaner2` holds a loading script only; it reads these files. DATE becomes O, so that
the labels are those of WikiANN.
"""

from trainables.data_sets.base import DataSet, Example, Row, languages, tagged
from trainables.data_sets.formats import token_rows

LABELS = tuple("O B-PER I-PER B-ORG I-ORG B-LOC I-LOC B-DATE I-DATE".split())
MERGED = {"B-DATE": "O", "I-DATE": "O"}


def read(row: Row, code: str) -> Example | None:
    """(words, tags)."""
    del code
    return tagged(row["words"], row["tags"], LABELS, MERGED)


MASAKHANER2 = DataSet(
    name="masakhaner2",
    part="ner",
    repository="masakhane-io/masakhane-ner",
    revision="ba5843cd08aa491d5f96a5e809e71eb9ec461391",
    licence="CC BY-NC 4.0",
    languages=languages("bam bbj ewe fon hau ibo kin lug luo mos nya pcm sna swa tsn twi wol xho yor zul"),
    splits={"train": "train", "dev": "dev", "test": "test"},
    read=read,
    labels=LABELS,
    address="https://raw.githubusercontent.com/masakhane-io/masakhane-ner/{revision}",
    path="MasakhaNER2.0/data/{code}/{split}.txt",
    parse=token_rows,
)
