"""OPUS-100 (Zhang et al. 2020, ACL): up to a million English-centric sentence pairs for each of 99 languages."""

from trainables.data_sets.base import DataSet, Example, Row, languages


def read(row: Row, code: str) -> Example | None:
    """(english, other) of a row `{"translation": {"en": ..., "af": ...}}` of configuration "af-en"."""
    other = next(part for part in code.split("-") if part != "en")
    return row["translation"]["en"], row["translation"][other]


CODES = (
    # "no" (not "nb") is Norwegian Bokmål here, "sr" mixes scripts, "ku" is Kurmanji.
    "af am ar as az be bg bn br ca cs cy da de el es et eu fa fi fr ga gd gl gu ha he hi hr hu hy id ig is it ja ka kk "
    "km kn ko ku ky lt lv mg mk ml mr ms mt my ne nl no pa pl pt ro ru rw si sk sl sq sr sv ta te th tr tt ug uk ur uz "
    "vi xh yo zh zu"
)

OPUS100 = DataSet(
    name="opus100",
    part="bitext",
    repository="Helsinki-NLP/opus-100",
    revision="805090dc28bf78897da9641cdf08b61287580df9",
    licence="not stated (sentences of many OPUS corpora, each under its own licence)",
    languages={"-".join(sorted((code, "en"))): tag for code, tag in languages(CODES).items()},
    splits={"train": "train"},
    read=read,
    config="{code}",
    columns=("translation",),
    corpus="OPUS-100",
)
