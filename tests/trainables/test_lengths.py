"""Sub-words of the tiny tokenizer, counted by hand: one for each letter and word start, and two marks a sentence."""

from pathlib import Path

from trainables.data.folder import DataFolder
from trainables.lengths import Lengths
from trainables.run_config import EvaluateConfig, RealignConfig
from trainables.testing.tiny import tiny_tokenizer, write_gzip


def lengths_of(root: Path, max_length: int = 32) -> Lengths:
    (root / "bitext").mkdir(exist_ok=True)
    return Lengths(tiny_tokenizer(), DataFolder(root), RealignConfig(max_length=max_length))


def test_pairs_have_the_sub_words_of_both_sides(tmp_path: Path) -> None:
    write_gzip(tmp_path / "bitext/swh.tsv.gz", "1\tab\tcde\n2\tab fg\tc\n")
    # (ab: 3 + 2) (cde: 4 + 2) (ab fg: 6 + 2) (c: 2 + 2) = 23 of two pairs
    assert lengths_of(tmp_path).of_pairs(["swh_Latn"]) == {"swh_Latn": 11.5}
    assert lengths_of(tmp_path, max_length=5).of_pairs(["swh_Latn"])["swh_Latn"] == (5 + 5 + 5 + 4) / 2


def test_a_probe_reads_one_half_of_the_english_sentences_and_of_every_language(tmp_path: Path) -> None:
    for tag in ("eng_Latn", "swh_Latn"):
        write_gzip(tmp_path / f"flores/{tag}.tsv.gz", "".join(f"{i}\tdev\tx\tab\n" for i in range(8)))
    lengths = lengths_of(tmp_path)
    languages = [language for language in lengths.data.flores_languages if language != "eng_Latn"]
    assert lengths.of_probe(languages, EvaluateConfig(n_retrieval=99)) == 2 * 4 * 5  # 4 of 8 sentences, 5 sub-words
    assert lengths.of_probe(languages, EvaluateConfig(n_retrieval=3)) == 2 * 3 * 5
    assert lengths.of_probe([], EvaluateConfig()) == 0


def test_test_sets_count_both_splits_and_no_more_sentences_than_asked_for(tmp_path: Path) -> None:
    for i, name in enumerate(("eng/train", "eng/test", "swh/test")):
        words = [f"{first}{'xyz'[i]}" for first in "abdefg"]  # five sub-words each: no "dog", no "cat"
        text = "".join(f"1\t{word}\t_\tNOUN" + "\t_" * 6 + "\n\n" for word in words)
        write_gzip(tmp_path / f"pos/{name}.conllu.gz", text)
    lengths, sub_words = lengths_of(tmp_path), 5
    assert lengths.of_sets("pos", None, EvaluateConfig()) == 2 * 6 * sub_words  # two languages of 3 + 3 sentences
    assert lengths.of_sets("pos", None, EvaluateConfig(n_sentences=1)) == 2 * 2 * sub_words
    assert lengths.of_sets("pos", [("swh_Latn", "")], EvaluateConfig()) == 6 * sub_words  # type: ignore[list-item]
