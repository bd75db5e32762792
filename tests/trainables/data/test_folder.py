"""The folder reader: what it reads, and that every kind of damage is refused by file and line."""

import gzip
import os
from pathlib import Path
from typing import Any

import pytest

from search_spaces.languages import ENGLISH, parse_language
from trainables.data.folder import DataFolder
from trainables.data.labelled_files import DataError, TaggedSentence, read_entities
from trainables.data.labelled_text import token_text
from trainables.data.part import Part
from trainables.tasks import TASKS
from trainables.tasks.ner import NER
from trainables.tasks.nli import NLI
from trainables.tasks.pos import POS

SWAHILI = parse_language("swh")


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode()))
    return path


def token(i: int | str, word: str, tag: str) -> str:
    return "\t".join([str(i), word, "_", tag, *["_"] * 6])


def conllu(*sentences: list[tuple[str, str]]) -> str:
    return "".join("\n".join(token(i, w, t) for i, (w, t) in enumerate(s, 1)) + "\n\n" for s in sentences)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(tmp_path / "bitext/swh.tsv.gz", "a.1\tA dog\tMbwa\na.2\tA cat\tPaka\n")
    write(tmp_path / "flores/eng_Latn.tsv.gz", "0\ttrain\tx\tOne\n1\tdev\tx\tTwo\n")
    write(tmp_path / "flores/swh_Latn.tsv.gz", "0\ttrain\tx\tMoja\n1\tdev\tx\tMbili\n")
    for split in ("train", "dev", "test"):
        write(tmp_path / f"pos/eng/{split}.conllu.gz", "# text\n" + conllu([(split, "NOUN")], [(".", "PUNCT")]))
    write(tmp_path / "pos/swh/test.conllu.gz", conllu(*[[(f"w{i}", "VERB")] for i in range(5)]))
    return tmp_path


def test_reads_the_layout(root: Path) -> None:
    data = DataFolder(root)
    assert data.bitext_languages == (SWAHILI,)
    assert data.bitext(SWAHILI) == [("A dog", "Mbwa"), ("A cat", "Paka")]
    assert data.flores(SWAHILI, "dev") == {"1": "Mbili"}
    assert data.flores(ENGLISH, "train") == {"0": "One"}
    assert data.labelled_languages(POS) == (ENGLISH, SWAHILI)
    data.check(data.bitext_languages, {POS: data.labelled_languages(POS)})


def test_english_splits_are_its_files(root: Path) -> None:
    data = DataFolder(root)
    assert [data.labelled(POS, ENGLISH, split)[0].words for split in ("train", "dev", "test")] == [
        ("train",),
        ("dev",),
        ("test",),
    ]


def test_dev_and_test_of_a_test_only_language_share_no_sentence(root: Path) -> None:
    data = DataFolder(root)
    assert [s.words[0] for s in data.labelled(POS, SWAHILI, "dev")] == ["w0", "w2", "w4"]
    assert [s.words[0] for s in data.labelled(POS, SWAHILI, "test")] == ["w1", "w3"]


def test_multiword_ranges_and_empty_nodes_are_no_words(root: Path) -> None:
    lines = [token("1-2", "du", "_"), token(1, "de", "ADP"), token(2, "le", "DET"), token("2.1", "x", "_")]
    write(root / "pos/fra/test.conllu.gz", "\n".join(lines) + "\n\n" + conllu([("a", "X")]))
    (dev,) = DataFolder(root).labelled(POS, parse_language("fra"), "dev")
    assert (dev.words, dev.tags) == (("de", "le"), ("ADP", "DET"))


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("bitext/swh.tsv.gz", "", "must hold at least one line"),
        ("bitext/swh.tsv.gz", "a1\tb\tc\na2\tb\n", r"3 tab-separated fields, but .*swh.tsv.gz, line 2 has 2"),
        ("bitext/swh.tsv.gz", "a1\tb\t \n", "Both sides .* line 1"),
        ("flores/swh_Latn.tsv.gz", "0\tdev\tx\tA\n0\tdev\tx\tB\n", "may occur once.*line 2"),
        ("flores/swh_Latn.tsv.gz", "0\ttest\tx\tA\n", "'train' or 'dev', but is 'test'.*line 1"),
        ("pos/swh/test.conllu.gz", token(1, "a", "NOUNS") + "\n\n", "'NOUNS' in .*test.conllu.gz, line 1"),
        ("pos/swh/test.conllu.gz", "1\ta\n\n", "17 UPOS tags, but is 'a' in .*line 1"),
        ("pos/swh/test.conllu.gz", token(1, "a", "X") + "\n2\tb\n\n", "10 fields, but .*line 2 has 2"),
        ("pos/swh/test.conllu.gz", "# nothing\n\n", "at least one sentence"),
    ],
)
def test_a_malformed_file_is_refused_by_name_and_line(root: Path, file: str, content: str, message: str) -> None:
    write(root / file, content)
    data = DataFolder(root)
    with pytest.raises(DataError, match=message):
        data.check(data.bitext_languages, {POS: data.labelled_languages(POS)})
        data.flores(SWAHILI, "dev")


def entities(*sentences: str) -> str:
    return "".join("".join(f"{word}\tO\n" for word in sentence.split()) + "\n" for sentence in sentences)


def texts(examples: list[Any]) -> list[str]:
    return [example.sentences[0] for example in examples]


def test_a_second_source_stands_beside_the_first(root: Path) -> None:
    for source in ("", ".panx"):
        for split in ("dev", "test"):
            write(root / f"ner/swh/{split}{source}.tsv.gz", entities(f"{split} {source}"))
    write(root / "ner/yor/test.uner.tsv.gz", entities("a", "b"))
    write(root / "ner/zul/dev.tsv.gz", entities("a"))
    data = DataFolder(root)
    yoruba = parse_language("yor")
    assert data.labelled_languages(NER) == (SWAHILI, yoruba)  # Zulu has no test set
    assert data.sources(NER, SWAHILI) == ("", "panx")
    assert data.sources(NER, yoruba) == ("uner",)
    assert texts(data.labelled(NER, SWAHILI, "test")) == ["test"]
    assert texts(data.labelled(NER, SWAHILI, "dev", "panx")) == ["dev .panx"]
    assert texts(data.labelled(NER, yoruba, "dev")) == ["a"]  # its main source is the only one
    with pytest.raises(DataError, match=r"test split must have a file, but .*test.masakha.tsv.gz is missing; there"):
        data.labelled(NER, SWAHILI, "test", "masakha")
    with pytest.raises(DataError, match=r"train split must have a file, but .*swh/train.tsv.gz is missing"):
        data.labelled(NER, SWAHILI, "train")


def test_a_second_training_set_is_read_by_its_name(root: Path) -> None:
    for name in ("train", "train.cadsnli", "test"):
        write(root / f"nli/eng/{name}.tsv.gz", f"{name}\tb\tneutral\n")
    data = DataFolder(root)
    assert texts(data.labelled(NLI, ENGLISH, "train")) == ["train"]
    assert texts(data.labelled(NLI, ENGLISH, "train", "cadsnli")) == ["train.cadsnli"]
    assert data.sources(NLI, ENGLISH) == ("",)


def test_no_dev_sentence_is_in_a_test_set_of_its_language(root: Path) -> None:
    write(root / "ner/swh/dev.tsv.gz", entities("one", "two", "three", "four"))
    write(root / "ner/swh/test.tsv.gz", entities("two", "two", "five"))
    write(root / "ner/swh/test.panx.tsv.gz", entities("six", "four", "seven", "seven", "six"))
    data = DataFolder(root)
    assert texts(data.labelled(NER, SWAHILI, "dev")) == ["one", "three"]
    assert texts(data.labelled(NER, SWAHILI, "test")) == ["two", "two", "five"]  # as it is
    assert texts(data.labelled(NER, SWAHILI, "dev", "panx")) == ["six", "seven", "seven", "six"]
    assert texts(data.labelled(NER, SWAHILI, "test", "panx")) == ["four"]


def test_pairs_with_a_sentence_in_common_are_on_one_side(root: Path) -> None:
    rows = [(premise, f"{premise} {i}") for premise in "abcd" for i in range(3)] + [("e", "b 1"), ("f", "c 1")]
    write(root / "nli/swh/test.tsv.gz", "".join(f"{p}\t{h}\tneutral\n" for p, h in rows))
    data = DataFolder(root)
    dev, test = (data.labelled(NLI, SWAHILI, split) for split in ("dev", "test"))
    # a c e and b d f; "e" and one pair of "c" have a hypothesis that is in the test half too
    assert [texts(dev), texts(test)] == [list("aaacc"), list("bbbdddf")]
    write(root / "nli/swh/dev.tsv.gz", "x\tb 1\tneutral\ny\tb\tneutral\n")
    with pytest.raises(DataError, match="dev split must hold a sentence that no other split has"):
        DataFolder(root).labelled(NLI, SWAHILI, "dev")


def test_no_file_is_parsed_twice_for_dev_and_test(root: Path) -> None:
    for name in ("dev", "test", "test.panx"):
        write(root / f"ner/swh/{name}.tsv.gz", entities(f"{name} a", f"{name} b"))
    parsed: list[str] = []

    def note(path: Path) -> list[TaggedSentence]:
        parsed.append(path.name)
        return read_entities(path)

    part = Part(name="ner", suffix=".tsv.gz", read=note, write=token_text)
    data = DataFolder(root)
    for source in data.sources(part, SWAHILI):
        for split in ("dev", "test"):
            data.labelled(part, SWAHILI, split, source).clear()  # what a caller does to its list stays with it
            assert data.labelled(part, SWAHILI, split, source)
    assert sorted(parsed) == ["dev.tsv.gz", "test.panx.tsv.gz", "test.tsv.gz"]


def test_a_file_that_has_changed_is_read_again(root: Path) -> None:
    data = DataFolder(root)
    assert len(data.labelled(POS, SWAHILI, "test")) == 2
    path = write(root / "pos/swh/test.conllu.gz", conllu(*[[(f"w{i}", "VERB")] for i in range(8)]))
    os.utime(path, ns=(1, 1))
    assert len(data.labelled(POS, SWAHILI, "test")) == 4


def test_odd_file_names_are_refused(root: Path) -> None:
    write(root / "nli/swh/valid.tsv.gz", "a\tb\tneutral\n")
    with pytest.raises(DataError, match="one of train, dev, test, but .*valid.tsv.gz is not"):
        DataFolder(root).labelled_languages(NLI)


def test_every_part_that_is_asked_for_is_checked(root: Path) -> None:
    for split in ("train", "dev", "test"):
        write(root / f"nli/eng/{split}.tsv.gz", f"{split}\tb {split}\tneutral\n")
    write(root / "nli/swh/test.tsv.gz", "a\tb\tneutral\nc\td\tyes\n")
    data = DataFolder(root)
    data.check(labelled={NLI: (ENGLISH,)})
    with pytest.raises(DataError, match="'yes' in .*swh/test.tsv.gz, line 2"):
        data.check(labelled={NLI: data.labelled_languages(NLI)})
    write(root / "ner/swh/test.tsv.gz", entities("a", "b"))
    with pytest.raises(DataError, match="`ner` of .* must hold eng_Latn"):
        DataFolder(root).check(labelled={NER: (SWAHILI,)})


def test_a_truncated_gzip_is_refused(root: Path) -> None:
    path = root / "bitext/swh.tsv.gz"
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(DataError, match=r"swh.tsv.gz must be a whole gzip file, but breaks off after \d+ bytes.*again"):
        DataFolder(root).bitext(SWAHILI)


def test_not_utf8_is_refused(root: Path) -> None:
    (root / "bitext/swh.tsv.gz").write_bytes(gzip.compress(b"a\tb\tc\na\t\xff\tc\n"))
    with pytest.raises(DataError, match="must be UTF-8, but line 2 is not"):
        DataFolder(root).bitext(SWAHILI)


def test_missing_folder_language_and_odd_names_are_refused(root: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="must exist, but .*nowhere does not"):
        DataFolder(tmp_path / "nowhere")
    with pytest.raises(DataError, match="must hold yor_Latn, but holds: swh_Latn"):
        DataFolder(root).bitext(parse_language("yor"))


def test_a_file_of_an_unknown_language_makes_no_folder_unusable(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Folders hold backups, drafts and names of somebody's own."""
    for name in ("bitext/sundanish.tsv.gz", "flores/bosh_Latn.tsv.gz", "pos/backup/test.conllu.gz"):
        write(root / name, "a\tb\tc\n")
    data = DataFolder(root)
    assert (data.bitext_languages, data.labelled_languages(POS)) == ((SWAHILI,), (ENGLISH, SWAHILI))
    assert [path.name for path in data.left_out] == ["sundanish.tsv.gz", "backup"]
    assert "sundanish.tsv.gz is left out" in caplog.text


def test_any_language_of_iso_639_3_is_read(root: Path) -> None:
    """Manx, Alemannic and Upper Sorbian are in no published set of ours."""
    tail = "\t_" * 6 + "\n\n"
    for code in ("glv", "gsw", "hsb"):
        write(root / f"pos/{code}/test.conllu.gz", "".join(f"1\t{word}\t_\tNOUN{tail}" for word in ("moddey", "kayt")))
    data = DataFolder(root)
    assert {"glv_Latn", "gsw_Latn", "hsb_Latn"} <= set(data.labelled_languages(POS)) and not data.left_out
    assert data.labelled(POS, parse_language("Manx"), "test")


def test_bibliographic_and_old_codes_name_the_same_folders(root: Path) -> None:
    """ISO 639-2/B, https://www.loc.gov/standards/iso639-2/php/code_list.php, and codes withdrawn from ISO 639-1."""
    same = {"ger": "deu", "fre": "fra", "chi": "zho", "baq": "eus", "in": "id", "iw": "he", "jw": "jv", "mo": "ro"}
    assert {code: parse_language(code) for code in same} == {c: parse_language(other) for c, other in same.items()}


def test_the_fingerprint_follows_content_not_place(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    before = DataFolder(root).fingerprint("bitext")
    moved = tmp_path_factory.mktemp("moved")
    for path in root.rglob("*.gz"):
        (moved / path.relative_to(root)).parent.mkdir(parents=True, exist_ok=True)
        (moved / path.relative_to(root)).write_bytes(path.read_bytes())
    assert DataFolder(moved).fingerprint("bitext") == before
    write(moved / "bitext/swh.tsv.gz", "a.1\tA dog\tMbwa\n")
    assert DataFolder(moved).fingerprint("bitext") != before


@pytest.mark.slow
def test_the_real_pack_reads() -> None:
    pack = Path(__file__).parents[3] / "../shared/data"
    if not pack.is_dir():
        pytest.skip("no ../shared/data beside this clone")
    data = DataFolder(pack)
    assert len(data.bitext_languages) == 65
    assert [len(data.labelled_languages(task)) for task in (POS, NER, NLI)] == [78, 76, 28]
    assert len(data.bitext(parse_language("jav"))) == 1500
    assert len(data.labelled(POS, ENGLISH, "train")) == 12_544
    assert len(data.labelled(NER, ENGLISH, "train")) == 20_000
    assert len(data.labelled(NLI, ENGLISH, "train", "cadsnli")) == 8_330
    assert data.sources(NER, SWAHILI) == ("", "panx")
    assert len(data.labelled(NLI, parse_language("hrv"), "test")) == 5_010


@pytest.mark.slow
@pytest.mark.parametrize("part", TASKS.values(), ids=lambda task: task.name)
def test_in_the_real_pack_dev_and_test_share_no_sentence(part: Part) -> None:
    pack = Path(__file__).parents[3] / "../shared/data"
    if not pack.is_dir():
        pytest.skip("no ../shared/data beside this clone")
    data = DataFolder(pack)
    languages = data.labelled_languages(part)[::3]  # all of them take two minutes
    data.check(labelled={part: languages})
    for language in languages:
        seen: dict[str, set[str]] = {"dev": set(), "test": set()}
        for split, sentences in seen.items():
            for source in data.sources(part, language):
                for example in data.labelled(part, language, split, source):
                    sentences.update(example.sentences)
        assert seen["dev"] and seen["test"] and not seen["dev"] & seen["test"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("0\ttest\tx\tMoja\n1\tdev\tx\tMbili\n", "'train' or 'dev', but is 'test' in .*swh_Latn"),
        ("0\ttrain\tx\tMoja\n2\tdev\tx\tMbili\n", "swh_Latn must hold the ids of the English .* lacks '1'"),
    ],
)
def test_parallel_sentences_that_a_probe_would_stumble_over_are_refused(root: Path, content: str, message: str) -> None:
    write(root / "flores/swh_Latn.tsv.gz", content)
    DataFolder(root).check()
    with pytest.raises(DataError, match=message):
        DataFolder(root).check(flores=[SWAHILI])
