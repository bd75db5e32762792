"""The written world: readable, disjoint, reproducible, and each language on its own."""

import gzip
import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from search_spaces.inventory import INVENTORY
from search_spaces.languages import ENGLISH, Language
from trainables.data.folder import DataFolder
from trainables.parallel_data import SOURCES
from trainables.parallel_data.synthetic.write import write_world
from trainables.run_config import DataConfig
from trainables.store.stage_store import StageStore
from trainables.tasks.pos import POS

SMALL = DataConfig(n_pairs=60, n_labelled=36)
GERMAN, SWAHILI, TURKISH = Language("deu_Latn"), Language("swh_Latn"), Language("tur_Latn")


def lines(path: Path) -> list[str]:
    return gzip.decompress(path.read_bytes()).decode("utf-8").splitlines()


def hashes(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_data_folder_reads_every_part(small_data: DataFolder) -> None:
    languages = small_data.labelled_languages(POS)
    assert len(languages) == 12 and ENGLISH in languages
    assert small_data.bitext_languages == tuple(language for language in languages if language != ENGLISH)
    small_data.check(small_data.bitext_languages, {POS: languages})
    for language in small_data.bitext_languages:
        assert len(small_data.bitext(language)) == len(set(small_data.bitext(language))) == 60
        assert len(small_data.labelled(POS, language, "dev")) == len(small_data.labelled(POS, language, "test")) == 18
    assert len(small_data.labelled(POS, ENGLISH, "train")) == 8 * 36


def test_flores_sentences_are_parallel(small_data: DataFolder) -> None:
    english = small_data.flores(ENGLISH, "dev")
    assert len(english) >= 99
    for language in small_data.flores_languages:
        assert small_data.flores(language, "dev").keys() == english.keys()
        assert small_data.flores(language, "train").keys().isdisjoint(english.keys())


def test_bitext_and_evaluated_sentences_do_not_overlap(small_data: DataFolder, small_world: Path) -> None:
    english_read = {english for language in small_data.bitext_languages for english, _ in small_data.bitext(language)}
    for language in small_data.labelled_languages(POS):
        read = {other for _, other in small_data.bitext(language)} if language != ENGLISH else english_read
        read |= set(small_data.flores(language, "train").values())
        evaluated = {" ".join(s.words) for split in ("dev", "test") for s in small_data.labelled(POS, language, split)}
        evaluated |= set(small_data.flores(language, "dev").values())
        code = language[:3]
        for split in ("dev", "test"):
            evaluated |= {
                side for line in lines(small_world / f"nli/{code}/{split}.tsv.gz") for side in line.split("\t")[:2]
            }
            tokens = [line.split("\t")[0] for line in lines(small_world / f"ner/{code}/{split}.tsv.gz")]
            evaluated |= {block.strip() for block in " ".join(token or "\n" for token in tokens).split("\n")}
        assert not read & evaluated, language


def test_english_splits_do_not_overlap(small_data: DataFolder) -> None:
    train, dev, test = (
        {sentence.words for sentence in small_data.labelled(POS, ENGLISH, split)} for split in ("train", "dev", "test")
    )
    assert not train & dev and not train & test and not dev & test


def test_entity_tags_are_iob2(small_world: Path) -> None:
    kinds = set()
    for code in ("eng", "swh", "jpn"):
        before = "O"
        for line in lines(small_world / f"ner/{code}/test.tsv.gz"):
            tag = line.split("\t")[1] if line else "O"
            assert not tag.startswith("I-") or before[2:] == tag[2:], (code, line)
            kinds.add(tag[2:])
            before = tag
    assert kinds == {"", "PER", "ORG", "LOC"}


def test_inference_files_have_three_fields_and_labels(small_world: Path) -> None:
    rows = [line.split("\t") for line in lines(small_world / "nli/swh/test.tsv.gz")]
    assert {len(row) for row in rows} == {3}
    assert {row[2] for row in rows} == {"entailment", "neutral", "contradiction"}
    labels = [line.split("\t")[2] for line in lines(small_world / "nli/eng/test.tsv.gz")]
    assert labels == [row[2] for row in rows]  # the same meanings in every language


def test_a_language_does_not_depend_on_the_others(small_world: Path, tmp_path: Path) -> None:
    write_world(SMALL, tmp_path, [SWAHILI])
    alone = {name: digest for name, digest in hashes(tmp_path).items() if "/" in name}
    together = hashes(small_world)
    assert alone and all(together[name] == digest for name, digest in alone.items())


def test_more_bitext_changes_no_evaluated_sentence(small_world: Path, tmp_path: Path) -> None:
    write_world(DataConfig(n_pairs=90, n_labelled=36), tmp_path, [SWAHILI])
    smaller = hashes(small_world)
    for name, digest in hashes(tmp_path).items():
        if name.split("/")[0] in ("pos", "ner", "nli", "flores"):
            assert smaller[name] == digest


def test_grammar_table_says_where_each_value_is_from(small_world: Path) -> None:
    rows = [line.split("\t") for line in (small_world / "grammar.tsv").read_text().splitlines()]
    assert ["tur_Latn", "adposition", "after", "uriel", "S_ADPOSITION_BEFORE_NOUN S_ADPOSITION_AFTER_NOUN"] in rows
    assert {row[3] for row in rows[1:]} <= {"uriel", "branch", "family", "inventory"}


@pytest.mark.slow
def test_another_process_writes_the_same_bytes(small_world: Path, tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from trainables.parallel_data.synthetic.write import write_world;"
        "from trainables.run_config import DataConfig;"
        "write_world(DataConfig(n_pairs=60, n_labelled=36), Path(sys.argv[1]), ['deu_Latn', 'eng_Latn', 'jpn_Jpan'])"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True, env={"PYTHONHASHSEED": "12345"})
    written = {name: digest for name, digest in hashes(tmp_path).items() if "/" in name}
    here = hashes(small_world)
    assert len(written) > 15
    assert all(here[name] == digest for name, digest in written.items())


@pytest.mark.slow
def test_whole_world_is_generated_once(tmp_path: Path) -> None:
    store = StageStore(tmp_path)
    config = DataConfig(n_pairs=12, n_labelled=12)
    data = SOURCES["synthetic"](config, store)
    written = {path: path.stat().st_mtime_ns for path in data.root.rglob("*.gz")}
    assert SOURCES["synthetic"](config, store).root == data.root
    assert {path: path.stat().st_mtime_ns for path in data.root.rglob("*.gz")} == written
    assert set(data.flores_languages) == set(INVENTORY)
    # a second script of one language (zho_Hant) shares its file name with the first, so it has FLORES sentences only
    assert set(INVENTORY) - set(data.labelled_languages(POS)) == {Language("zho_Hant")}
    assert SOURCES["synthetic"](DataConfig(n_pairs=12, n_labelled=12, world_seed=1), store).root != data.root
