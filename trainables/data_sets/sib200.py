"""SIB-200 (Adelani et al. 2024, EACL): sentences of FLORES-200 with topics, the same sentences in every language.

It is where the n-way parallel sentences of `flores/` come from; its test split is left alone. Its hub repository holds
plain files, `data/<code>/<split>.tsv`, with a header.
"""

from trainables.data_sets.base import DataSet, Example, Row, languages

CODES = (
    "afr_Latn als_Latn amh_Ethi arb_Arab asm_Beng ayr_Latn azj_Latn bam_Latn bel_Cyrl ben_Beng bho_Deva bul_Cyrl "
    "cat_Latn ceb_Latn ces_Latn cym_Latn dan_Latn deu_Latn ell_Grek eng_Latn est_Latn eus_Latn ewe_Latn fao_Latn "
    "fin_Latn fon_Latn fra_Latn gaz_Latn gla_Latn gle_Latn glg_Latn grn_Latn guj_Gujr hat_Latn hau_Latn heb_Hebr "
    "hin_Deva hrv_Latn hun_Latn hye_Armn ibo_Latn ind_Latn isl_Latn ita_Latn jav_Latn jpn_Jpan kan_Knda kat_Geor "
    "kaz_Cyrl khm_Khmr kin_Latn kir_Cyrl kmr_Latn kor_Hang lao_Laoo lin_Latn lit_Latn lug_Latn luo_Latn lvs_Latn "
    "mal_Mlym mar_Deva mkd_Cyrl mlt_Latn mos_Latn mya_Mymr nld_Latn nob_Latn npi_Deva nya_Latn pan_Guru pes_Arab "
    "plt_Latn pol_Latn por_Latn quy_Latn ron_Latn rus_Cyrl sin_Sinh slk_Latn slv_Latn sna_Latn som_Latn sot_Latn "
    "spa_Latn srp_Cyrl swe_Latn swh_Latn tam_Taml tat_Cyrl tel_Telu tgl_Latn tha_Thai tir_Ethi tsn_Latn tur_Latn "
    "twi_Latn uig_Arab ukr_Cyrl urd_Arab uzn_Latn vie_Latn wol_Latn xho_Latn yor_Latn zho_Hans zho_Hant zsm_Latn "
    "zul_Latn"
)


def read(row: Row, code: str) -> Example | None:
    """(id, topic, text)."""
    del code
    return str(row["index_id"]), row["category"], row["text"]


SIB200 = DataSet(
    name="sib200",
    part="flores",
    repository="Davlan/sib200",
    revision="38977a667f6fc264d5c26ec57a01e16db040b358",
    licence="CC BY-SA 4.0",
    languages=languages(CODES),
    splits={"train": "train", "dev": "validation|dev"},
    read=read,
    config="{code}",
    columns=("index_id", "category", "text"),
)
