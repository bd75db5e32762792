import csv

import numpy as np
import pytest

from search_spaces.distances.genealogy import genetic
from search_spaces.distances.geography import great_circle
from search_spaces.distances.matrix import angular, differing_share
from search_spaces.distances.scripts import script
from search_spaces.distances.sources import SOURCES, load_distances, load_features
from search_spaces.distances.uriel import load_uriel
from search_spaces.inventory import INVENTORY, REALIGNMENT_LANGUAGES
from search_spaces.languages import ENGLISH, parse_language

POOL = [*REALIGNMENT_LANGUAGES, ENGLISH]
FEW = ["deu_Latn", "eus_Latn", "arb_Arab", "jpn_Jpan"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("featural", lambda: angular(load_uriel(POOL, "featural", "knn"))),
        ("syntactic", lambda: angular(load_uriel(POOL, "syntax", "knn"))),
        ("phonological(missing=knn)", lambda: angular(load_uriel(POOL, "phonology", "knn"))),
        ("inventory(measure=share)", lambda: differing_share(load_uriel(POOL, "inventory", "knn"))),
        ("genetic", lambda: genetic(POOL)),
        ("geographic", lambda: great_circle(POOL)),
        ("script", lambda: script(POOL)),
    ],
)
def test_each_name_is_its_matrix(text, expected):
    loaded = load_distances(text, POOL)
    assert loaded.matrix.languages == tuple(sorted(POOL))
    assert np.array_equal(loaded.matrix.values, expected().values)


def test_weights_sum_to_one():
    loaded = load_distances("2*featural + 6*geographic", FEW)
    first, second = load_distances("featural", FEW).matrix, load_distances("geographic", FEW).matrix
    assert loaded.matrix.values == pytest.approx(0.25 * first.values + 0.75 * second.values)
    assert [(report.source, report.weight) for report in loaded.reports] == [
        ("featural(missing=knn, measure=angular)", 0.25),
        ("geographic", 0.75),
    ]


def test_observed_values_fail_by_name_where_there_are_too_few():
    with pytest.raises(ValueError, match=r"32 pairs have none: afr_Latn-tsn_Latn.*'knn'"):
        load_distances("featural(missing=observed)", POOL)
    with pytest.raises(ValueError, match="4 languages have gaps"):
        load_distances("featural(missing=error)", FEW)
    described = [tag for tag in POOL if tag != "tsn_Latn"]
    loaded = load_distances("featural(missing=observed)", described).matrix
    assert np.array_equal(loaded.values, angular(load_uriel(described, "featural")).values)


def test_report_of_imputed_shares_and_aliases():
    (report,) = load_distances("featural", POOL).reports
    rows = {row.language: row for row in report.rows}
    assert list(rows) == sorted(POOL)
    assert rows["tsn_Latn"].observed_frac == pytest.approx(1 / 289)
    assert rows["tsn_Latn"].imputed_frac == pytest.approx(288 / 289)
    assert (rows["arb_Arab"].row, rows["arb_Arab"].is_alias) == ("ara", True)
    assert (rows["deu_Latn"].row, rows["deu_Latn"].is_alias) == ("deu", False)
    aliases = {tag for tag, row in rows.items() if row.is_alias}
    assert aliases == {
        "arb_Arab",
        "azj_Latn",
        "est_Latn",
        "gaz_Latn",
        "twi_Latn",
        "zsm_Latn",
    }  # the table of PROVENANCE.md
    assert "imputed" in report.policy


def test_nothing_is_imputed_when_observed():
    (report,) = load_distances("featural(missing=observed)", FEW).reports
    assert all(row.imputed_frac == 0.0 and 0 < row.observed_frac < 1 for row in report.rows)


@pytest.mark.parametrize("text", ["featural", "genetic", "geographic", "script", "0.3*syntactic + 0.7*genetic"])
def test_order_and_repetition_of_languages_do_not_matter(text):
    plain, other = load_distances(text, FEW), load_distances(text, [*reversed(FEW), FEW[0]])
    assert np.array_equal(plain.matrix.values, other.matrix.values) and plain.reports == other.reports


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("syntax", "Nearest: 'syntactic'"),
        ("featural + sintax", "but is 'sintax'"),
        ("featural(missing=zero)", "one of knn, observed, error, but is 'zero'"),
        ("featural(source=knn)", "one of missing, measure, but is 'source'"),
        ("script(missing=knn)", "'script' must be left out, but is 'missing'"),
        ("features:x.csv(missing=knn)", "one of observed, error, but is 'knn'"),
        ("file", "written 'file:table.csv'"),
        ("genetic:x.csv", "written 'genetic'"),
        ("file:none.csv", "does not exist"),
    ],
)
def test_impossible_texts_are_refused(text, message):
    with pytest.raises(ValueError, match=message):
        load_distances(text, FEW)


def test_no_language_is_refused():
    for name in SOURCES:
        with pytest.raises(ValueError, match="At least one language"):
            load_distances(name, [])


def test_the_matrix_of_the_reference_loads(shared_file):
    path = shared_file("reference/urielplus_featural_softimpute_distance.csv")
    loaded = load_distances(f"file:{path.name}", POOL, path.parent)
    with path.open(encoding="utf-8") as file:
        header, *lines = csv.reader(file)
    tags = [parse_language(name) for name in header[1:]]
    assert sorted(tags) == sorted(POOL) == list(loaded.matrix.languages)
    assert loaded.matrix.block(tags).tolist() == [[float(cell) for cell in line[1:]] for line in lines]
    rows = {row.language: row for row in loaded.reports[0].rows}
    assert (rows["arb_Arab"].row, rows["arb_Arab"].is_alias, rows["arb_Arab"].imputed_frac) == ("ar", True, None)


@pytest.fixture
def grambank(tmp_path):
    """Five features like Grambank's, one of them multi-state; Klingonese is no language."""
    lines = ["Language_ID,GB1,GB2,GB3,GB4,GB5", "stan1295,1,0,1,?,2", "basq1248,1,1,?,0,1", "stan1318,0,,0,0,2"]
    (tmp_path / "grambank.csv").write_text("\n".join([*lines, "jpn,1,1,1,1,3", "kling,1,,,,", ""]))
    return tmp_path


def test_features_of_a_file_by_hand(grambank):
    loaded = load_distances("features:grambank.csv", FEW, grambank)
    between = loaded.matrix.between
    assert between("deu_Latn", "eus_Latn") == pytest.approx(2 / 3)  # GB1 same; GB2, GB5 differ
    assert between("deu_Latn", "arb_Arab") == pytest.approx(2 / 3)  # GB1, GB3 differ; GB5 same
    assert between("deu_Latn", "jpn_Jpan") == pytest.approx(2 / 4)
    assert between("eus_Latn", "arb_Arab") == pytest.approx(2 / 3)
    (report,) = loaded.reports
    assert report.source == "features:grambank.csv(missing=observed, measure=share)"
    assert [row.observed_frac for row in report.rows] == [0.8, 0.8, 0.8, 1.0]
    assert "1 rows of languages that are not known here" in report.policy and "kling" in report.policy


def test_angles_of_a_file_need_numbers(grambank):
    assert load_distances("features:grambank.csv(measure=angular)", FEW, grambank).matrix.values.max() < 1
    path = grambank / "grambank.csv"
    path.write_text(path.read_text().replace(",2\n", ",two\n"))
    load_distances("features:grambank.csv", FEW, grambank)
    with pytest.raises(ValueError, match="GB5 has texts"):
        load_distances("features:grambank.csv(measure=angular)", FEW, grambank)


def test_a_pair_that_shares_no_feature_is_refused_and_never_near(grambank):
    path = grambank / "grambank.csv"
    path.write_text("id,GB1,GB2\nde,1,\neu,,1\nar,1,1\nja,0,0\n")
    with pytest.raises(ValueError, match="1 pairs have none: deu_Latn-eus_Latn"):
        load_distances("features:grambank.csv", FEW, grambank)


def test_features_behind_a_distance(grambank):
    loaded = load_features("syntactic(missing=observed)", FEW)
    assert loaded.matrix.features[0].startswith("S_") and not loaded.matrix.known.all()
    assert np.array_equal(loaded.matrix.known, ~np.isnan(loaded.matrix.values))
    imputed = load_features("syntactic", FEW)
    assert not np.isnan(imputed.matrix.values).any() and np.array_equal(imputed.matrix.known, loaded.matrix.known)
    assert load_features("features:grambank.csv", FEW, grambank).matrix.features[-1] == "GB5"
    for text in ("genetic", "syntactic + inventory", "file:x.csv"):
        with pytest.raises(ValueError, match="featural, syntactic"):
            load_features(text, FEW)


def test_all_119_languages_have_every_built_in_distance():
    for name, source in SOURCES.items():
        if not source.reads_file:
            assert len(load_distances(name, INVENTORY).matrix.languages) == 119
