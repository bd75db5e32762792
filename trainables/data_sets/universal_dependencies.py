"""Universal Dependencies 2.17 as parquet (one configuration a treebank): part-of-speech tags.

One treebank a language, where there are several the one of XTREME-R's tagging task (Ruder et al. 2021, EMNLP) that is
largest; that task joins all treebanks of a language and has a data set of its own here, `xtremer`. Treebanks come, go
and change their names with every release: `data.codes` takes another one of a language. 2.17 is a branch, not a tag.
"""

from search_spaces.languages import parse_language
from trainables.data_sets.base import DataSet, Example, Row, upos_tagged

TREEBANKS = (
    "af_afribooms ar_padt be_hse bg_btb bn_bru br_keb ca_ancora ceb_gja cs_pdtc cy_ccg da_ddt de_gsd el_gdt en_ewt "
    "es_gsd et_edt eu_bdt fa_seraji fi_tdt fo_farpahc fr_gsd ga_idt gd_arcosg gl_ctg gu_gujtb he_htb hi_hdtb hr_set "
    "hu_szeged hy_armtdp id_gsd is_modern it_isdt ja_gsd jv_csui ka_glc kk_ktb kmr_kurmanji ko_gsd lt_alksnis lv_lvtb "
    "ml_ufal mr_ufal mt_mudt nl_alpino no_bokmaal pcm_nsc pl_pdb pt_bosque ro_rrt ru_gsd sk_snk sl_ssj sq_tsa sr_set "
    "sv_talbanken ta_ttb te_mtg th_pud tl_trg tr_imst ug_udt uk_iu ur_udtb vi_vtb wo_wtb yo_ytb zh_gsd am_att az_tuecl "
    "bm_crb"
)


def read(row: Row, code: str) -> Example | None:
    """(words, tags)."""
    del code
    return upos_tagged(row["tokens"], row["upos"])


UNIVERSAL_DEPENDENCIES = DataSet(
    name="ud",
    part="pos",
    repository="universal-dependencies/universal_dependencies",
    revision="2.17",
    licence="by treebank: mostly CC BY-SA 4.0, some CC BY-NC-SA (not for commercial use)",
    languages={treebank: parse_language(treebank.split("_")[0]) for treebank in TREEBANKS.split()},
    splits={"train": "train", "dev": "dev|validation", "test": "test"},
    read=read,
    label_column="upos",
    columns=("tokens", "upos"),
    config="{code}",
)
