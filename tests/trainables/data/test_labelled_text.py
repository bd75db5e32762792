"""Rows as text: what is written is read again."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from trainables.data.labelled_files import TaggedSentence, read_conllu, read_entities
from trainables.data.labelled_text import clean, conllu_text, row_text, token_text


@given(st.text())
def test_cleaning_leaves_no_tab_or_line_break_and_is_stable(text: str) -> None:
    cleaned = clean(text)
    assert len((cleaned + "x").splitlines()) == 1
    assert "\t" not in cleaned
    assert clean(cleaned) == cleaned


ODD = [(("a\tb", "c"), ("B-PER", "O")), (("e\u0301",), ("O",))]  # a tab in a word; a letter and its accent apart


def test_words_and_tags_are_read_as_they_were_written(tmp_path: Path) -> None:
    assert token_text(ODD) == "a b\tB-PER\nc\tO\n\né\tO\n\n"
    path = tmp_path / "test.tsv"
    path.write_text(token_text([(("Mira", "ging"), ("B-PER", "O"))]))
    assert read_entities(path) == [TaggedSentence(("Mira", "ging"), ("B-PER", "O"))]


def test_conllu_has_ten_columns_and_the_text_of_its_words(tmp_path: Path) -> None:
    text = conllu_text([(("Mira", "geht"), ("PROPN", "VERB"))])
    assert text == ("# text = Mira geht\n1\tMira\t_\tPROPN\t_\t_\t_\t_\t_\t_\n2\tgeht\t_\tVERB\t_\t_\t_\t_\t_\t_\n\n")
    path = tmp_path / "test.conllu"
    path.write_text(text)
    assert read_conllu(path) == [TaggedSentence(("Mira", "geht"), ("PROPN", "VERB"))]


def test_rows_keep_their_fields() -> None:
    assert row_text([("a\nb", " c ", "neutral"), ("d", "", "x")]) == "a b\tc\tneutral\nd\t\tx\n"
