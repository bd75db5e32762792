"""Universal NER (Mayhew et al. 2024, NAACL): named entities by people on Universal Dependencies text.

One repository a treebank, each with a commit of its own. Test sets only (the English training part belongs to WikiANN
here). The kind OTH becomes O, so that the labels are those of WikiANN.
"""

from search_spaces.languages import parse_language
from trainables.data_sets.base import DataSet, Example, Row, tagged
from trainables.data_sets.formats import numbered_token_rows

LABELS = tuple("O B-PER I-PER B-ORG I-ORG B-LOC I-LOC B-OTH I-OTH".split())
# Repository / file without split -> commit.
COMMITS = {
    "UNER_Cebuano-GJA/ceb_gja": "336794a031b197e9f928c07a34926ee14f329ffe",
    "UNER_Chinese-GSDSIMP/zh_gsdsimp": "1f0307599dece7b83f4cba90ce9b63ef37a7b162",
    "UNER_Croatian-SET/hr_set": "20dcb2ef6b6bf9d5e03605a74c4d87215a1574c1",
    "UNER_Danish-DDT/da_ddt": "983c4cdc09f8ece6069d2b692b60dc4b3649ec6e",
    "UNER_English-EWT/en_ewt": "8ed072de2fd24022cc62458997fe96a8fe191ea4",
    "UNER_Portuguese-Bosque/pt_bosque": "f2c2ad67aed900385fbe5d655af41f439c9b3333",
    "UNER_Serbian-SET/sr_set": "0d9685f001c10895572d844ef789c53dade0e265",
    "UNER_Slovak-SNK/sk_snk": "886e7c6d7e066e23246af5070d115a036a465c6d",
    "UNER_Swedish-Talbanken/sv_talbanken": "dbb692085267da83a35d1e1d2c111671b3c7c46b",
}
MERGED = {"B-OTH": "O", "I-OTH": "O"}


def read(row: Row, code: str) -> Example | None:
    """(words, tags)."""
    del code
    return tagged(row["words"], row["tags"], LABELS, MERGED)


UNER = DataSet(
    name="uner",
    part="ner",
    repository="UniversalNER",
    revision="a commit a treebank",
    licence="CC BY-SA 4.0",
    languages={code: parse_language(code.rpartition("/")[2].split("_")[0]) for code in COMMITS},
    splits={"test": "test"},
    read=read,
    labels=LABELS,
    revisions=COMMITS,
    address="https://raw.githubusercontent.com/UniversalNER/{folder}/{revision}",
    path="{file}-ud-{split}.iob2",
    parse=numbered_token_rows,
)
