"""NLLB mined bitext as re-mined and published by the Allen Institute for AI (NLLB Team 2022, section 5.3).

The hub holds a loading script only; it reads one gzip file a pair, which is what we read: column 1 and 2 are the
sentences, in the order of the pair's name, column 3 the LASER3 margin score; best-scored pairs come first. The files
have no revisions: their names are all there is to pin. Mined text has broken lines: they are counted and left out.
"""

from collections.abc import Iterator

from search_spaces.languages import parse_language
from trainables.data_sets.base import DataSet, Example, Lines, Row, RowError
from trainables.data_sets.formats import UNDECODED

# FLORES-200 codes of the English-centric pairs of languages that we know.
CODES = (
    "afr_Latn amh_Ethi asm_Beng ayr_Latn azj_Latn bam_Latn bel_Cyrl ben_Beng bho_Deva ceb_Latn cym_Latn ewe_Latn "
    "fao_Latn fon_Latn gaz_Latn gla_Latn gle_Latn grn_Latn guj_Gujr hat_Latn hau_Latn hin_Deva hye_Armn ibo_Latn "
    "jav_Latn kan_Knda kat_Geor kaz_Cyrl khm_Khmr kin_Latn kir_Cyrl kmr_Latn lao_Laoo lin_Latn lug_Latn luo_Latn "
    "mal_Mlym mar_Deva mlt_Latn mos_Latn mya_Mymr npi_Deva nya_Latn pan_Guru plt_Latn quy_Latn sin_Sinh sna_Latn "
    "som_Latn sot_Latn swh_Latn tam_Taml tat_Cyrl tel_Telu tgl_Latn tir_Ethi tsn_Latn twi_Latn wol_Latn xho_Latn "
    "yor_Latn zul_Latn"
)


def parse(lines: Lines, place: str) -> Iterator[Row]:
    """Rows of one file: the fields of each line, in no named columns."""
    del place
    for number, line in lines:
        yield {"fields": line.split("\t"), "line": number}


def read(row: Row, code: str) -> Example | None:
    """(english, other) of a line of the pair `code`, whichever comes first in its name."""
    if len(row["fields"]) < 3:
        raise RowError(f"A line must have two sentences and a score, but has {len(row['fields'])} fields.")
    first, second = row["fields"][:2]
    if UNDECODED.search(first + second):
        raise RowError("A line must be UTF-8, but is not.")
    return (first, second) if code.startswith("eng_Latn-") else (second, first)


NLLB = DataSet(
    name="nllb",
    part="bitext",
    repository="allenai/nllb",
    revision="files of 2022",
    licence="ODC-BY 1.0 (and the terms of use of Common Crawl)",
    languages={"-".join(sorted((code, "eng_Latn"))): parse_language(code) for code in CODES.split()},
    splits={"train": "train"},
    read=read,
    address="https://storage.googleapis.com/allennlp-data-bucket/nllb",
    path="{code}.gz",
    parse=parse,
    corpus="NLLB",
    tolerated_frac=0.01,
)
