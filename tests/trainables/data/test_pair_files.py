"""Pair files as people have them: which columns are taken for the two sentences, by hand; or how they are refused."""

from pathlib import Path

import pytest

from search_spaces.languages import parse_language
from trainables.data.columns import Notes
from trainables.data.labelled_files import DataError
from trainables.data.pair_files import read_pairs

GERMAN, INDONESIAN = parse_language("deu"), parse_language("ind")
PAIRS = [("Go home.", "Geh heim."), ("It rains.", "Es regnet.")]
LICENCE = "CC-BY 2.0 (France) Attribution: tatoeba.org #27 (ano) & #28 (bresk)"


@pytest.mark.parametrize(
    ("rows", "note"),
    [
        (["{0}\t{1}"] * 2, ""),
        (["a.1\t{0}\t{1}", "a.2\t{0}\t{1}"], ""),
        (["1.21\t{0}\t{1}", "1.07\t{0}\t{1}"], ""),  # the score of mined bitext stands in front, as an id may
        (["{0}\t{1}\t1.21", "{0}\t{1}\t-7e-1"], "scores in column 3 left out"),
        (["{0}\t{1}\t" + LICENCE] * 2, "attributions in column 3 left out"),
        (["{0}\t{1}\tCC-BY 2.0 x #1 (a)", "{0}\t{1}\tCC0 #2 (b)"], "attributions in column 3 left out"),
        (["27\t{0}\t28\t{1}", "29\t{0}\t30\t{1}"], "ids in columns 1 and 3"),
        (["english\tGerman", "{0}\t{1}", "{0}\t{1}"], "rows with the names of columns left out"),
        (["id\ten\tde", "1\t{0}\t{1}", "2\t{0}\t{1}"], "rows with the names of columns left out"),
        (["src\ttgt\tscore", "{0}\t{1}\t1.2", "{0}\t{1}\t1.3"], "rows with the names of columns left out"),
    ],
)
def test_the_two_sentences_are_found(tmp_path: Path, rows: list[str], note: str) -> None:
    path = tmp_path / "pairs.tsv"
    pairs = [("", ""), *PAIRS][-len(rows) :]
    path.write_text("\ufeff" + "".join(row.format(*pair) + "\r\n" for row, pair in zip(rows, pairs, strict=True)))
    notes = Notes()
    assert [row[2:] for row in read_pairs(path, GERMAN, notes)] == PAIRS
    assert set(notes) >= ({note} if note else set()) and bool(note) == bool(+notes)


def test_ids_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text("ntrex.1\tGo home.\t1984\nntrex.2\tIt rains.\tEs regnet.\n")
    assert list(read_pairs(path)) == [(1, "ntrex.1", "Go home.", "1984"), (2, "ntrex.2", "It rains.", "Es regnet.")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("one\n", "2 .* or 3 .* fields, but .*line 1 has 1"),
        ("a\tb\nc\td\te\n", "2 tab-separated fields, but .*line 2 has 3"),
        ("A b\tC d\tE f\n", r"clear which of the 3 columns .* \(line 1\).*cut -f"),
        ("A b\tC d\tE f\tG\n", "clear which of the 4 columns"),
        ("1\tGo home.\n2\tIt rains.\n", "clear which of the 2 columns"),
        ("a\tb\tc\td\te\n", "line 1 has 5"),
        ("German\tEnglish\nGeh heim.\tGo home.\n", "English must come first.*Swap"),
        ("English\tSwahili\na b\tc\n", "must hold pairs of deu_Latn, but its first line says"),
        ("english\tGerman\n", "names of columns only"),
        ("a b\tc\t1.2\na c\tb\t1\n" * 750 + "a b\tc\tmore\n", "line 1501 is not like the ones before it .scores"),
        ("dog\tmbwa\tnoun\nto go\tkwenda\tverb\n", "clear which of the 3 columns"),
        ("dog\tmbwa\tnoun\ncat\tpaka\tnoun\n", "clear which of the 3 columns"),
        ("你好吗\tHow are you?\tTED\n再见\tBye.\tTED\n", "clear which of the 3 columns"),
        ("1276\teng\tLet us try.\n", "sentences, but 'eng' is a code of a language, as in every line of column 2"),
        ("1276\teng\tLet us try.\n1277\tdeu\tIch muss.\n", "but 'eng' is a code"),
        ("1\tGo home.\tdeu_Latn\n2\tIt rains.\tdeu_Latn\n", "'deu_Latn' is a code .* of column 3"),
        ("1\tGo home.\tTED\n2\tIt rains.\tTED\n3\tBye.\tTED\n", "'TED' is in every line of column 3"),
        ("TED\tGo.\nTED\tIt rains.\nTED\tBye.\n", "'TED' is in every line of column 1"),
        (
            "你好吗\tHow are you?\n再见\tBye.\n",
            r"English must come first, but column 1 .* Latin letters \('你好吗'\). Swap",
        ),
        ("7\t你好吗\tHow are you?\n8\t再见\tBye.\n", "English must come first, but column 2"),
    ],
)
def test_columns_that_are_not_plain_are_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text(text)
    with pytest.raises(DataError, match=message) as caught:
        list(read_pairs(path, GERMAN))
    assert str(path) in str(caught.value)


def test_sentences_that_only_look_like_names_of_columns_are_pairs(tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text("Hausa\tHausa\nid\tid\nGo\tPergi\n12 °C?\t12 °C?\n")
    assert [row[2:] for row in read_pairs(path, INDONESIAN)] == [
        ("Hausa", "Hausa"),
        ("id", "id"),
        ("Go", "Pergi"),
        ("12 °C?",) * 2,
    ]
