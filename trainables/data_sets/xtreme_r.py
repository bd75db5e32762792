"""Part-of-speech tags of XTREME-R (Ruder et al. 2021, EMNLP): UD 2.7, the treebanks of a language joined.

What the paper's published scores were measured on. The hub repository was made by the authors of mGTE (Zhang et al.
2024) from the official script; it holds one folder a language, `<code>/test.parquet`, and English also `train` and
`validation`.
"""

from trainables.data_sets.base import DataSet, Example, Row, languages, upos_tagged

CODES = (
    "af ar bg de el en es et eu fa fi fr he hi hu id it ja kk ko lt mr nl pl pt ro ru ta te th tl tr uk ur vi wo yo zh"
)


def read(row: Row, code: str) -> Example | None:
    """(words, tags)."""
    del code
    return upos_tagged(row["tokens"], row["pos_tags"])


XTREME_R = DataSet(
    name="xtremer",
    part="pos",
    repository="izhx/xtreme-r-udpos",
    revision="d0863a53a290c35d469310234e97461ea025287a",
    licence="by treebank of UD 2.7: mostly CC BY-SA 4.0, some CC BY-NC-SA (not for commercial use)",
    languages=languages(CODES),
    splits={"train": "train", "dev": "validation|dev", "test": "test"},
    read=read,
    label_column="pos_tags",
    columns=("tokens", "pos_tags"),
    config="{code}",
)
