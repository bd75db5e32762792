"""Which sentences pre-training reads."""

import gzip
import shutil
from pathlib import Path

import pytest

from search_spaces.languages import ENGLISH, Language
from trainables.data.folder import DataFolder
from trainables.pretraining.corpus import read_texts, resolve_seen, smoothed_counts, text_languages
from trainables.tasks.pos import POS

SWAHILI, YORUBA = Language("swh_Latn"), Language("yor_Latn")


def letters(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum())


def test_no_sentence_of_an_evaluation_set_is_read(tiny_data: Path) -> None:
    data = DataFolder(tiny_data)
    for language, texts in read_texts(data, text_languages(data)).items():
        held_out = set(data.flores(language, "dev").values())
        for split in ("dev", "test"):
            held_out |= {" ".join(sentence.words) for sentence in data.labelled(POS, language, split)}
        assert texts and not {letters(t) for t in texts} & {letters(t) for t in held_out}


def test_no_test_set_of_any_task_or_source_is_read(tmp_path: Path) -> None:
    def write(name: str, text: str) -> None:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(text.encode()))

    conllu = "1\t{}\t_\tNOUN" + "\t_" * 6 + "\n2\tKaa.\t_\tNOUN" + "\t_" * 6 + "\n\n"
    names = ("free", "pos", "pos two", "ner", "ner two", "premise", "hypothesis", "also free")
    write("bitext/swh.tsv.gz", "".join(f"{i}\tx x\t{name} kaa\n" for i, name in enumerate(names)))
    write("pos/swh/test.conllu.gz", conllu.format("pos") + conllu.format("other"))
    write("pos/swh/test.masakhapos.conllu.gz", conllu.format("pos two") + conllu.format("other"))
    for split, word in (("dev", "ner"), ("test", "nothing")):
        write(f"ner/swh/{split}.tsv.gz", f"{word}\tO\nKaa\tO\n\n")
        write(f"ner/swh/{split}.panx.tsv.gz", f"{word} two\tO\nkaa\tO\n\n")
    write("nli/swh/test.tsv.gz", "Premise kaa!\tzzz\tneutral\nyyy\thypothesis kaa\tneutral\n")
    assert read_texts(DataFolder(tmp_path), [SWAHILI])[SWAHILI] == ["free kaa", "also free kaa"]


def test_languages_with_labels_of_any_task_have_their_sentences_read(tmp_path: Path, tiny_data: Path) -> None:
    root = shutil.copytree(tiny_data, tmp_path / "data")
    shutil.copy(root / "flores/yor_Latn.tsv.gz", root / "flores/deu_Latn.tsv.gz")
    assert text_languages(DataFolder(root)) == (ENGLISH, SWAHILI, YORUBA)
    (root / "nli/deu").mkdir(parents=True)
    (root / "nli/deu/test.tsv.gz").write_bytes(gzip.compress(b"a\tb\tneutral\nc\td\tneutral\n"))
    assert Language("deu_Latn") in text_languages(DataFolder(root))


def test_each_sentence_is_read_once_also_the_english_side_that_bitexts_share(tiny_data: Path) -> None:
    data = DataFolder(tiny_data)
    assert len({english for english, _ in data.bitext(SWAHILI)} & {english for english, _ in data.bitext(YORUBA)}) > 0
    for texts in read_texts(data, text_languages(data)).values():
        assert len(texts) == len(set(texts))


def test_at_most_n_sentences_in_file_order(tiny_data: Path) -> None:
    data = DataFolder(tiny_data)
    everything = read_texts(data, [SWAHILI])[SWAHILI]
    some = read_texts(data, [SWAHILI], n_sentences=7, seed=1)[SWAHILI]
    assert len(some) == 7 and some == [text for text in everything if text in set(some)]
    assert some != read_texts(data, [SWAHILI], n_sentences=7, seed=2)[SWAHILI]


def test_seen_languages(tiny_data: Path) -> None:
    data = DataFolder(tiny_data)
    assert text_languages(data) == (ENGLISH, SWAHILI, YORUBA)
    assert resolve_seen("mbert", data) == (ENGLISH, SWAHILI, YORUBA)
    assert resolve_seen("xlmr", data) == (ENGLISH, SWAHILI)  # XLM-R never saw Yoruba
    assert resolve_seen(("Yoruba",), data) == (ENGLISH, YORUBA)
    assert resolve_seen((), data) == (ENGLISH,)
    with pytest.raises(ValueError, match="must be 'mbert', 'xlmr' or a list"):
        resolve_seen("swh_Latn", data)
    with pytest.raises(ValueError, match="deu_Latn has none"):
        resolve_seen(("deu_Latn", "swh_Latn"), data)


def test_smoothed_counts() -> None:
    sizes = {ENGLISH: 900, SWAHILI: 90, YORUBA: 10}
    assert smoothed_counts(sizes, 1.0) == sizes
    assert set(smoothed_counts(sizes, 0.0).values()) == {333}
    # By hand: square roots 30, 9.4868, 3.1623 of together 42.6491, times 1000.
    assert smoothed_counts(sizes, 0.5) == {ENGLISH: 703, SWAHILI: 222, YORUBA: 74}
