"""Universal NER (Mayhew et al. 2024, NAACL): named entities by people on Universal Dependencies text.

One repository a treebank, so that no single revision pins it: the newest files are read. Test sets only (the English
training part belongs to WikiANN here). The kind OTH becomes O, so that the labels are those of WikiANN.
"""

from trainables.data_sets.base import DataSet, Example, Row, languages, tagged
from trainables.data_sets.formats import numbered_token_rows

LABELS = tuple("O B-PER I-PER B-ORG I-ORG B-LOC I-LOC B-OTH I-OTH".split())
MERGED = {"B-OTH": "O", "I-OTH": "O"}


def read(row: Row, code: str) -> Example | None:
    """(words, tags)."""
    del code
    return tagged(row["words"], row["tags"], LABELS, MERGED)


UNER = DataSet(
    name="uner",
    part="ner",
    repository="UniversalNER",
    revision=None,
    licence="CC BY-SA 4.0",
    # The code is the path of the file below the organisation, without split: repository / its default branch / file.
    languages=languages(
        "",
        **{
            "UNER_Cebuano-GJA/master/ceb_gja": "ceb",
            "UNER_Chinese-GSDSIMP/master/zh_gsdsimp": "zh",
            "UNER_Croatian-SET/main/hr_set": "hr",
            "UNER_Danish-DDT/main/da_ddt": "da",
            "UNER_English-EWT/master/en_ewt": "en",
            "UNER_Portuguese-Bosque/master/pt_bosque": "pt",
            "UNER_Serbian-SET/main/sr_set": "sr",
            "UNER_Slovak-SNK/master/sk_snk": "sk",
            "UNER_Swedish-Talbanken/master/sv_talbanken": "sv",
        },
    ),
    splits={"test": "test"},
    read=read,
    labels=LABELS,
    address="https://raw.githubusercontent.com/UniversalNER",
    path="{code}-ud-{split}.iob2",
    parse=numbered_token_rows,
)
