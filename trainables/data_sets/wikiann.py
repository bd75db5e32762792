"""WikiANN (Pan et al. 2017, ACL) in the splits of Rahimi et al. (2019, ACL): named entities found automatically."""

from trainables.data_sets.base import DataSet, Example, Row, languages, tagged

LABELS = tuple("O B-PER I-PER B-ORG I-ORG B-LOC I-LOC".split())
CODES = (
    "af am ar as ay az be bg bn br ca ceb cs cy da de el en es et eu fa fi fo fr ga gd gl gn gu he hi hr hu hy id ig "
    "is it ja jv ka kk km kn ko ku ky ln lt lv mg mk ml mr ms mt my ne nl no pa pl pt qu ro ru rw si sk sl so sq sr sv "
    "sw ta te th tl tr tt ug uk ur uz vi yo zh"
)


def read(row: Row, code: str) -> Example | None:
    """(words, tags)."""
    del code
    return tagged(row["tokens"], row["ner_tags"], LABELS, {})


WIKIANN = DataSet(
    name="wikiann",
    part="ner",
    repository="unimelb-nlp/wikiann",
    revision="main",
    licence="not stated (text of Wikipedia, CC BY-SA)",
    languages=languages(CODES),
    splits={"train": "train", "dev": "validation", "test": "test"},
    read=read,
    labels=LABELS,
    label_column="ner_tags",
    columns=("tokens", "ner_tags"),
    config="{code}",
)
