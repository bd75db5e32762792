import dataclasses
import importlib.metadata
import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from search_spaces.distances import uriel
from search_spaces.distances.uriel import UrielError, load_uriel
from search_spaces.inventory import INVENTORY, REALIGNMENT_LANGUAGES
from search_spaces.languages import ENGLISH

DATA = Path(next(iter(importlib.util.find_spec("lang2vec").submodule_search_locations))) / "data"


def raw(file, code, source=0):
    """Name -> value of one row, read feature by feature."""
    with np.load(DATA / file) as archive:
        data = archive["data"][list(archive["langs"]).index(code), :, source]
        return dict(zip(archive["feats"].tolist(), data.tolist(), strict=True))


def test_word_order_of_well_known_languages():
    syntax = load_uriel(["eng_Latn", "jpn_Jpan", "tur_Latn", "gle_Latn"], "syntax")
    order = {
        tag: [name for name in ("S_SVO", "S_SOV", "S_VSO") if syntax.row(tag)[name] == 1.0] for tag in syntax.languages
    }
    assert order == {"eng_Latn": ["S_SVO"], "gle_Latn": ["S_VSO"], "jpn_Jpan": ["S_SOV"], "tur_Latn": ["S_SOV"]}


def test_rows_are_sorted_and_repetitions_dropped():
    assert load_uriel(["tur_Latn", "deu_Latn", "tur_Latn"], "syntax").languages == ("deu_Latn", "tur_Latn")


@pytest.mark.parametrize(
    ("feature_set", "n_features"),
    [("syntax", 103), ("phonology", 28), ("inventory", 158), ("featural", 289), ("family", 3718), ("geography", 299)],
)
def test_sizes_and_range(feature_set, n_features):
    features = load_uriel(["deu_Latn", "tur_Latn"], feature_set)
    observed = features.values[features.known]
    assert features.values.shape == (2, n_features) and observed.min() >= 0 and observed.max() <= 1


def test_average_equals_the_file_and_unobserved_is_nan():
    features = load_uriel(["kor_Hang"], "featural")
    expected = {name: value for name, value in raw("feature_averages.npz", "kor").items() if value != -1}
    assert features.row("kor_Hang") == pytest.approx(expected)
    assert np.array_equal(features.known, ~np.isnan(features.values)) and len(expected) < 289


def test_one_observed_feature_stays_one():
    assert load_uriel(["tsn_Latn"], "featural").known.sum() == 1


def test_knn_has_no_gaps_but_keeps_the_mask():
    average, knn = (load_uriel(REALIGNMENT_LANGUAGES, "featural", source) for source in ("average", "knn"))
    assert not np.isnan(knn.values).any() and set(np.unique(knn.values)) == {0.0, 1.0}
    assert np.array_equal(knn.known, average.known) and not knn.known.all()
    assert knn.values[REALIGNMENT_LANGUAGES.index("kor_Hang")].tolist() == list(
        raw("feature_predictions.npz", "kor").values()
    )


def test_an_original_source():
    with np.load(DATA / "features.npz") as archive:
        column = archive["sources"].tolist().index("SSWL")
    expected = {name: value for name, value in raw("features.npz", "nld", column).items() if value != -1}
    assert load_uriel(["nld_Latn"], "featural", "sswl").row("nld_Latn") == expected and expected


def test_macrolanguage_and_member_have_different_rows_and_the_choice_is_the_table():
    macro, member = raw("feature_averages.npz", "ara"), raw("feature_averages.npz", "arb")
    syntax = [name for name in macro if name.startswith("S_") and -1 not in (macro[name], member[name])]
    assert any(macro[name] != member[name] for name in syntax)
    imputed = [raw("feature_predictions.npz", code) for code in ("ara", "arb")]
    assert sum(imputed[0][name] != imputed[1][name] for name in macro if name.startswith("S_")) == 16
    assert INVENTORY["arb_Arab"].uriel_code == "ara"
    loaded = load_uriel(["arb_Arab"], "syntax").row("arb_Arab")
    assert loaded == pytest.approx({name: v for name, v in macro.items() if name.startswith("S_") and v != -1})


def test_family_of_realignment_languages():
    family = load_uriel(REALIGNMENT_LANGUAGES, "family")
    romance = {tag for tag in family.languages if family.row(tag)["F_Romance"] == 1.0}
    assert romance == {"fra_Latn", "ita_Latn", "por_Latn", "ron_Latn", "spa_Latn"}
    no_relatives = [tag for tag, row in zip(family.languages, family.values, strict=True) if row.sum() == 0]
    assert no_relatives == ["eus_Latn"]


@pytest.mark.parametrize("feature_set", ["syntax", "featural"])
def test_realignment_languages_and_english_are_covered(feature_set):
    assert load_uriel([*REALIGNMENT_LANGUAGES, ENGLISH], feature_set).known.any(axis=1).all()


def test_unobserved_languages_are_named():
    with pytest.raises(UrielError, match=r"pcm_Latn \(row 'pcm'\), slk_Latn \(row 'slk'\).*knn"):
        load_uriel(["slk_Latn", "pcm_Latn", "deu_Latn"], "syntax")
    assert load_uriel(["slk_Latn"], "syntax", "knn").languages == ("slk_Latn",)


def test_absent_row_is_named(monkeypatch):
    lost = dataclasses.replace(INVENTORY["nah_Latn"], uriel_code="nah")
    monkeypatch.setattr(uriel, "language_info", lambda tag: lost)
    with pytest.raises(UrielError, match=r"nah_Latn \(row 'nah'\).*evaluated on.*`uriel`"):
        load_uriel(["nah_Latn"], "syntax")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((["deu_Latn"], "sintax"), "Nearest: 'syntax'"),
        ((["deu_Latn"], "syntax", "wikipedia"), "average, knn, .*wals"),
        ((["deu_Latn"], "family", "knn"), "only one"),
        (([], "syntax"), "At least one language"),
    ],
)
def test_impossible_request_is_refused(arguments, message):
    with pytest.raises(UrielError, match=message):
        load_uriel(*arguments)


def test_missing_package_is_said_plainly(monkeypatch):
    def absent(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "distribution", absent)
    with pytest.raises(UrielError, match="pip install lang2vec"):
        load_uriel(["deu_Latn", "swh_Latn", "zul_Latn"], "geography")


def test_a_script_of_the_same_name_is_not_taken_for_the_package(monkeypatch, tmp_path):
    # pip puts lang2vec's own `lang2vec.py` into the folder of our command, which is the first on the command's path
    (tmp_path / "lang2vec.py").write_text("raise SystemExit")
    monkeypatch.syspath_prepend(tmp_path)
    assert uriel.uriel_folder() == DATA


def test_lang2vec_is_not_imported():
    load_uriel(["deu_Latn"], "syntax")
    assert "lang2vec" not in sys.modules


def test_result_cannot_be_changed_by_a_caller():
    with pytest.raises(ValueError, match="read-only"):
        load_uriel(["deu_Latn"], "syntax").values[0, 0] = 1.0
