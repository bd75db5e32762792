"""Which texts decide the pieces that a trimmed vocabulary keeps: those of every task, test set and way of reading."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from trainables.data.folder import DataFolder
from trainables.encoders.base import Encoder
from trainables.encoders.vocabulary import used_ids

FILES = {
    "bitext/swh.tsv.gz": "1\ta\tb\n",
    "pos/swh/test.conllu.gz": "".join(f"1\t{word}\t_\tNOUN" + "\t_" * 6 + "\n\n" for word in "ab"),
    "ner/swh/test.tsv.gz": "a\tO\n\nb\tO\n\n",
    "nli/swh/test.tsv.gz": "a\tab\tneutral\nb\tba\tneutral\n",
}


def pieces(root: Path, encoder: Encoder, **files: str) -> set[str]:
    for name, text in {**FILES, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(text.encode()))
    return set(encoder.tokenizer.convert_ids_to_tokens(used_ids(encoder.tokenizer, DataFolder(root))))


def test_what_the_plain_folder_uses(tmp_path: Path, make_encoder: Callable[..., Encoder]) -> None:
    assert pieces(tmp_path, make_encoder()) == {"▁", "a", "b"}


@pytest.mark.parametrize(
    "changed",
    [
        {"pos/swh/test.masakhapos.conllu.gz": FILES["pos/swh/test.conllu.gz"].replace("\tb\t", "\tq\t")},
        {"ner/swh/test.tsv.gz": "a\tO\n\nb\tO\nq\tB-PER\n\n"},
        {"ner/swh/dev.panx.tsv.gz": "q\tO\n\n", "ner/swh/test.panx.tsv.gz": "b\tO\n\n"},
        {"nli/swh/test.tsv.gz": "a\tab\tneutral\nq\tba\tneutral\n"},
        {"nli/swh/test.tsv.gz": "a\tq\tneutral\nb\tba\tneutral\n"},
        {f"nli/eng/{split}.tsv.gz": f"{word}\t{word}b\tneutral\n" for split, word in
         (("train", "q"), ("dev", "bb"), ("test", "ab"))},
    ],
)  # fmt: skip
def test_every_task_and_test_set_counts(
    tmp_path: Path, make_encoder: Callable[..., Encoder], changed: dict[str, str]
) -> None:
    assert pieces(tmp_path, make_encoder(), **changed) == {"▁", "a", "b", "q"}


def test_the_words_of_the_reference_count_too(tmp_path: Path, make_encoder: Callable[..., Encoder]) -> None:
    """As text, `a(cat` is one word of letters; as words of the regular expression, its last one is the piece `▁cat`."""
    found = pieces(tmp_path, make_encoder(), **{"bitext/swh.tsv.gz": "1\ta(cat\tb\n"})
    assert {"c", "t", "▁cat"} <= found
