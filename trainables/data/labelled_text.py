"""Rows of labelled text as the files of the layout hold them: the counterparts of the readers in `labelled_files`."""

import unicodedata
from collections.abc import Iterable, Sequence

from trainables.data.part import Row


def clean(text: str) -> str:
    """NFC, with every run of white space (tabs and line breaks too) made one space."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def conllu_text(rows: Iterable[Row]) -> str:
    """(words, tags) as CoNLL-U: ID, FORM and UPOS filled, `_` elsewhere."""
    return "".join(_conllu(words, tags) for words, tags in rows)


def token_text(rows: Iterable[Row]) -> str:
    """(words, tags) as a word and its tag a line, a blank line after each sentence."""
    return "".join(
        "".join(f"{clean(word)}\t{tag}\n" for word, tag in zip(words, tags, strict=True)) + "\n" for words, tags in rows
    )


def row_text(rows: Iterable[Row]) -> str:
    """Tab-separated fields, a line a row."""
    return "".join("\t".join(map(clean, fields)) + "\n" for fields in rows)


def _conllu(words: Sequence[str], tags: Sequence[str]) -> str:
    cleaned = [clean(word) for word in words]
    lines = [f"{n}\t{word}\t_\t{tag}" + "\t_" * 6 for n, (word, tag) in enumerate(zip(cleaned, tags, strict=True), 1)]
    return "\n".join([f"# text = {' '.join(cleaned)}", *lines]) + "\n\n"
