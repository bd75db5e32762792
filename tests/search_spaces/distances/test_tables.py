import csv
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search_spaces.distances.tables import read_distances, read_features
from search_spaces.inventory import REALIGNMENT_LANGUAGES

THREE = ("deu_Latn", "eus_Latn", "fra_Latn")
SQUARE = ",de,Basque,stan1290\nde,0,0.2,0.3\nBasque,0.2,0,0.4\nstan1290,0.3,0.4,0\n"


@pytest.fixture
def write(tmp_path):
    def to_file(text, encoding="utf-8"):
        path = tmp_path / "table.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return to_file


def test_any_name_of_a_language_and_glottocodes(write):
    table = read_distances(write(SQUARE), THREE)
    assert table.matrix.languages == THREE and table.unread == ()
    assert table.matrix.values.tolist() == [[0, 0.2, 0.3], [0.2, 0, 0.4], [0.3, 0.4, 0]]
    assert table.names == {"deu_Latn": "de", "eus_Latn": "Basque", "fra_Latn": "stan1290"}


def test_columns_may_come_in_another_order_and_a_byte_order_mark_is_no_name(write):
    text = "\ufeffx, fr ,de,eu\nde,0.3,0,0.2\neu,0.4,0.2,0\n\n fr,0,0.3,0.4\n"
    assert read_distances(write(text), THREE).matrix.values.tolist() == [[0, 0.2, 0.3], [0.2, 0, 0.4], [0.3, 0.4, 0]]


def test_rows_that_are_not_asked_for_may_be_anything(write):
    table = read_distances(write(",de,Vulcan,fr\nde,0,?,0.3\nVulcan,-7,,x\nfr,0.3,nan,0\n"), ["fra_Latn", "deu_Latn"])
    assert table.matrix.between("deu_Latn", "fra_Latn") == 0.3 and table.unread == ("Vulcan",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (SQUARE.replace("stan1290,0.3,0.4,0\n", ""), "square, but has 2 rows and 3 columns"),
        (
            SQUARE.replace(",de,", ",")
            .replace("de,0,", "de,")
            .replace("0.2,0,0.4", "0,0.4")
            .replace("0.3,0.4,0", "0.4,0"),
            "square",
        ),
        (SQUARE.replace("\nde,", "\nnl,"), "de, nl is not in both"),
        (SQUARE.replace("de", "fr"), "fra_Latn is named 'fr' and 'stan1290'"),
        (SQUARE.replace("de", "swh"), r"deu_Latn has none\. Add"),
        (SQUARE.replace("de", "Deutsch"), r"deu_Latn has none \(not understood: Deutsch\)"),
        (SQUARE.replace("0.2,0,0.4", "0.2,0,"), "number, but that of eus_Latn and fra_Latn is ''"),
        (SQUARE.replace("0.4", "nan"), "finite, but 2"),
        (SQUARE.replace("0.2,0,0.4", "0.25,0,0.4"), "symmetric, but deu_Latn-eus_Latn"),
        (SQUARE.replace("0.4", "-0.4"), r"\[0, 1\]"),
        (SQUARE.replace("0.4", "4000"), r"\[0, 1\]"),
        (SQUARE.replace("0.3,0.4,0", "0.3,0.4,1"), "to itself"),
        (
            SQUARE.replace("0.2,0,0.4", "0.2,0"),
            r"as many cells as the header \(4\), but line 3 \('Basque'\) has 3",
        ),
        (SQUARE.replace(",", ";"), "deu_Latn.* has none|square"),
        ("", "has 0 lines"),
        (",de\n", "has 1 lines"),
    ],
)
def test_a_malformed_matrix_is_refused_with_its_path(write, text, message):
    path = write(text)
    with pytest.raises(ValueError, match=message) as caught:
        read_distances(path, THREE)
    assert str(caught.value).startswith(f"{path}: ")


def test_files_that_are_no_tables(write, tmp_path):
    with pytest.raises(ValueError, match="none.csv must be a file, but does not exist"):
        read_distances(tmp_path / "none.csv", THREE)
    with pytest.raises(ValueError, match="must be a file, but is a folder"):
        read_distances(tmp_path, THREE)
    with pytest.raises(ValueError, match="UTF-8"):
        read_distances(write(SQUARE, "utf-16"), THREE)
    with pytest.raises(ValueError, match="At least one language"):
        read_distances(write(SQUARE), [])


@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_what_was_written_is_read_and_one_broken_cell_is_one_error(data):
    tags = REALIGNMENT_LANGUAGES[: data.draw(st.integers(2, 6))]
    upper = np.triu(np.array([[data.draw(st.floats(0, 1)) for _ in tags] for _ in tags]), 1)
    cells = [[repr(float(value)) for value in row] for row in upper + upper.T]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"

        def save():
            with path.open("w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows([["", *tags], *([tag, *row] for tag, row in zip(tags, cells, strict=True))])

        save()
        assert np.array_equal(read_distances(path, tags).matrix.values, upper + upper.T)
        a, b = data.draw(st.permutations(range(len(tags))))[:2]
        cells[a][b] = data.draw(st.sampled_from(["nan", "", "x", "-0.5", "1.5", "inf", "1e999"]))
        save()
        with pytest.raises(ValueError) as caught:
            read_distances(path, tags)
        assert (
            type(caught.value) is ValueError
            and str(caught.value).count(str(path)) == 1
            and ", but " in str(caught.value)
        )


FEATURES = "language,GB020,GB021,order\nde,1,?,SVO\nBasque,0,1,SOV\nfr,1,,SVO\n"


def test_features_with_gaps_and_categories(write):
    table = read_features(write(FEATURES), THREE)
    assert table.matrix.features == ("GB020", "GB021", "order") and table.categories == ("order",)
    assert table.matrix.row("deu_Latn") == {"GB020": 1.0, "order": 1.0}  # SOV is 0, SVO is 1
    assert table.matrix.row("eus_Latn") == {"GB020": 0.0, "GB021": 1.0, "order": 0.0}
    assert table.matrix.known.tolist() == [[True, False, True], [True, True, True], [True, False, True]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (FEATURES.replace("GB021", "GB020"), "GB020 occurs again"),
        (FEATURES.replace("fr,", "deu,"), "deu_Latn is named 'de' and 'deu'"),
        (FEATURES.replace("fr,1,,SVO\n", ""), "fra_Latn has none"),
        (FEATURES.replace("fr,1,,SVO", "fr,NA,,?"), "fra_Latn has none"),
        (FEATURES.replace("fr,1", "fr,inf"), "infinite"),
        ("language\nde\neu\nfr\n", "a column per feature"),
    ],
)
def test_a_malformed_feature_table_is_refused_with_its_path(write, text, message):
    path = write(text)
    with pytest.raises(ValueError, match=message) as caught:
        read_features(path, THREE)
    assert str(caught.value).startswith(f"{path}: ")
