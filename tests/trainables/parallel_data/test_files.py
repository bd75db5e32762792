"""The source "files": every format of the user's own in, the layout out; malformed input refused by file and line."""

import gzip
from pathlib import Path
from typing import Any

import pytest

from search_spaces.languages import ENGLISH, Language
from trainables.data.labelled_files import DataError
from trainables.mapping import from_mapping, to_mapping
from trainables.parallel_data import SOURCES
from trainables.parallel_data.corpus import corpus_report, corpus_table
from trainables.parallel_data.tmx import read_tmx
from trainables.run_config import DataConfig
from trainables.store.fingerprint import canonical
from trainables.store.stage_store import StageStore
from trainables.tasks import TASKS
from trainables.tasks.ner import NER
from trainables.tasks.pos import POS

SWAHILI, YORUBA, HAUSA = Language("swh_Latn"), Language("yor_Latn"), Language("hau_Latn")
TMX = """<?xml version="1.0"?>
<!DOCTYPE tmx SYSTEM "tmx14.dtd">
<tmx version="1.4"><header srclang="en"/><body>
<tu><tuv xml:lang="en-GB"><seg>A <bpt i="1">&lt;b&gt;</bpt>dog<ept i="1">&lt;/b&gt;</ept> &amp; I</seg></tuv>
<tuv xml:lang="HA"><seg>Kare da ni</seg></tuv><tuv xml:lang="fr"><seg>Un chien</seg></tuv></tu>
<tu><tuv xml:lang="en"><seg>Only English</seg></tuv></tu>
<tu><tuv xml:lang="hau"><seg>Na
gode</seg></tuv><tuv xml:lang="en"><seg><hi>Thank</hi> you</seg></tuv></tu>
</body></tmx>"""
CONLLU = (
    "# a comment\n1-2\tdu\t_\t_\t_\t_\t_\t_\t_\t_\n1\tde\t_\tADP\t_\t_\t_\t_\t_\t_\n2\tle\t_\tDET\t_\t_\t_\t_\t_\t_\n\n"
)
FILES: dict[str, dict[str, Any]] = {
    "bitext": {"swh": ["a.en", "a.sw.gz"], "yo": "b.tsv", "Hausa": "c.tmx"},
    "pos": {"eng/train": "e.conllu", "swh": "e.conllu", "swh/test.news": "e.conllu"},
    "ner": {"swh/test": "n.bio"},
    "nli": {"swh/dev": "i.tsv"},
    "flores": {"swh": "f.tsv"},
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "a.en").write_text("One dog\nTwo  dogs\n\n", encoding="utf-8")
    (folder / "a.sw.gz").write_bytes(gzip.compress(b"Mbwa mmoja\r\nMbwa wawili\nTupu\n"))
    (folder / "b.tsv").write_text("k1\tGood\tDara\nk2\tBad\tBuburu\n", encoding="utf-8")
    (folder / "c.tmx").write_text(TMX, encoding="utf-8")
    (folder / "e.conllu").write_text(CONLLU, encoding="utf-8")
    (folder / "n.bio").write_text("Ada B-PER\nLove\tI-PER\nni O\n\nMei I-DATE\n", encoding="utf-8")
    (folder / "i.tsv").write_text("Mbwa analala\tMnyama analala\tentailment\n", encoding="utf-8")
    (folder / "f.tsv").write_text("0\tdev\tx\tHabari za asubuhi\n", encoding="utf-8")
    return folder


def config(root: Path, filters: tuple[str, ...] = (), **files: Any) -> DataConfig:
    return DataConfig(source="files", root=str(root), files=FILES | files, filters=filters)


def test_all_formats_read_back_through_the_folder(root: Path, tmp_path: Path) -> None:
    data = SOURCES["files"](config(root), StageStore(tmp_path / "store"))
    assert data.bitext_languages == (HAUSA, SWAHILI, YORUBA)
    assert data.bitext(SWAHILI) == [("One dog", "Mbwa mmoja"), ("Two dogs", "Mbwa wawili")]  # the empty side is gone
    assert data.bitext(YORUBA) == [("Good", "Dara"), ("Bad", "Buburu")]
    assert data.bitext(HAUSA) == [("A dog & I", "Kare da ni"), ("Thank you", "Na gode")]
    assert [(s.words, s.tags) for s in data.labelled(POS, ENGLISH, "train")] == [(("de", "le"), ("ADP", "DET"))]
    assert data.sources(POS, SWAHILI) == ("", "news")
    tags = [sentence.tags for split in ("dev", "test") for sentence in data.labelled(NER, SWAHILI, split)]
    assert tags == [("B-PER", "I-PER", "O"), ("O",)]
    assert data.flores(SWAHILI, "dev") == {"0": "Habari za asubuhi"}


def test_the_report_counts_and_the_store_keeps(root: Path, tmp_path: Path) -> None:
    store = StageStore(tmp_path / "store")
    first = SOURCES["files"](config(root, ("too_long=10",)), store)
    entries = {(e.part, e.language): e for e in corpus_report(first.root)}
    swahili = entries["bitext", SWAHILI]
    assert (swahili.n_available, swahili.n_kept, swahili.dropped) == (3, 1, {"empty": 1, "too_long": 1})
    yoruba = entries["bitext", YORUBA]
    assert (yoruba.n_available, yoruba.n_kept, yoruba.dropped) == (2, 2, {"empty": 0, "too_long": 0})
    assert "| bitext | yor_Latn | train | files | not pinned | 2 | 2 |  |  | the user's own files |" in corpus_table(
        corpus_report(first.root)
    )


def test_filters_that_leave_nothing_are_refused(root: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="drop all 2 of hau_Latn .*too_long': 2.* Loosen `data.filters`"):
        SOURCES["files"](config(root, ("too_long=1",)), StageStore(tmp_path / "store"))


def test_content_not_place_is_the_identity(root: Path, tmp_path: Path) -> None:
    store = StageStore(tmp_path / "store")
    first = SOURCES["files"](config(root), store).root
    moved = root.rename(tmp_path / "elsewhere")
    assert SOURCES["files"](config(moved), store).root == first
    (moved / "b.tsv").write_text("k1\tGood\tDara\n", encoding="utf-8")
    assert SOURCES["files"](config(moved), store).root != first
    assert SOURCES["files"](config(moved, ("identical",)), store).root not in (first,)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.en", "One dog\n", "a.en ends before line 2 of .*a.sw.gz"),
        ("b.tsv", "one\n", "2 .*3 .*fields, but .*b.tsv, line 1 has 1"),
        ("b.tsv", "a\tb\nc\td\te\n", "2 tab-separated fields, but .*b.tsv, line 2 has 3"),
        ("n.bio", "Ada B-PER\nalone\n", "n.bio, line 2 is 'alone'"),
        ("n.bio", "Ada B-GOD\n\n", "but is 'B-GOD' in .*n.bio, line 1"),
        ("e.conllu", CONLLU.replace("ADP", "PREP"), "'PREP' in .*e.conllu, line 3"),
        ("i.tsv", "a\tb\tmaybe\n", "'maybe' in .*i.tsv, line 1"),
        ("c.tmx", "<tmx><body><tu></body></tmx>", "c.tmx must be well-formed XML, but line 1"),
        ("c.tmx", '<!DOCTYPE a [<!ENTITY b "cc">]>\n<tmx/>', "c.tmx, line 1 declares 'b'"),
        ("c.tmx", "<tmx><tu>\n<tuv><seg>x</seg></tuv></tu></tmx>", r"xml:lang.*c.tmx, line 2"),
    ],
)
def test_a_malformed_file_is_refused_by_name_and_line(
    root: Path, tmp_path: Path, name: str, content: str, message: str
) -> None:
    (root / name).write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=message):
        SOURCES["files"](config(root), StageStore(tmp_path / "store"))


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"bitext": {}}, "needs sentence pairs"),
        (
            {"bitext": {"swh": "nowhere.tsv"}},
            "data.files.bitext.swh` must be .*nowhere.tsv must be a file, but does not exist",
        ),
        ({"bitext": {"swh": ["a.en"] * 3}}, "one file or a Moses pair of two, but has 3"),
        ({"bitext": {"swh": ["a.en", "./a.en"]}}, "of two files, but `data.files.bitext.swh` names .*a.en twice"),
        ({"bitext": {"swh": "b.tsv", "sw": "b.tsv"}}, "names one again"),
        ({"bitext": {"swh/train": "b.tsv"}}, "a language alone"),
        ({"pos": {"swh/tests": "e.conllu"}}, "train, dev, test, but `data.files.pos` has 'swh/tests'"),
        ({"poss": {"swh": "e.conllu"}}, "Nearest: 'pos'"),
        ({"pos": {"klingonese": "e.conllu"}}, "'klingonese'"),
    ],
)
def test_malformed_maps_are_refused(root: Path, tmp_path: Path, files: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SOURCES["files"](config(root, **files), StageStore(tmp_path / "store"))


def test_files_without_a_root_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="`data.root` is not given"):
        SOURCES["files"](DataConfig(source="files", files=FILES), StageStore(tmp_path))


def test_the_map_can_be_written_in_yaml_and_enters_no_fingerprint(root: Path) -> None:
    plain = {"source": "files", "root": str(root), "files": {"bitext": {"swh": ["a.en", "a.sw.gz"], "yo": "b.tsv"}}}
    read = from_mapping(DataConfig, plain)
    assert read.files == {"bitext": {"swh": ("a.en", "a.sw.gz"), "yo": "b.tsv"}}
    assert from_mapping(DataConfig, to_mapping(read)) == read
    assert canonical(read) == canonical(DataConfig(source="files"))


def test_a_big_memory_streams(tmp_path: Path) -> None:
    unit = '<tu><tuv xml:lang="en"><seg>n {0}</seg></tuv><tuv xml:lang="sw"><seg>m {0}</seg></tuv></tu>\n'
    body = "".join(unit.format(i) for i in range(3000))
    (tmp_path / "big.tmx").write_text(f"<tmx><body>\n{body}</body></tmx>", encoding="utf-8")
    pairs = read_tmx(tmp_path / "big.tmx", SWAHILI)
    assert next(pairs) == ("n 0", "m 0")  # before the file is read to its end
    assert sum(1 for _ in pairs) == 2999


def test_filters_of_a_folder_make_a_filtered_copy(small_world: Path, tmp_path: Path) -> None:
    store = StageStore(tmp_path / "store")
    plain = SOURCES["folder"](DataConfig(source="folder", root=str(small_world)), store)
    filtered = SOURCES["folder"](
        DataConfig(source="folder", root=str(small_world), filters=("too_long=40", "in_evaluation")), store
    )
    assert filtered.root != plain.root == small_world.resolve()
    for language in plain.bitext_languages:
        expected = [pair for pair in plain.bitext(language) if max(map(len, pair)) <= 40]
        assert filtered.bitext(language) == expected
    (entry,) = [entry for entry in corpus_report(filtered.root) if entry.language == SWAHILI]
    assert entry.n_available == len(plain.bitext(SWAHILI)) == entry.n_kept + sum(entry.dropped.values())
    assert filtered.fingerprint(*TASKS.values(), "flores") == plain.fingerprint(*TASKS.values(), "flores")


def test_two_scripts_of_one_iso_code_do_not_overwrite_each_other(root: Path, tmp_path: Path) -> None:
    for name, text in (("hans", "龙"), ("hant", "龍")):
        (root / f"{name}.tsv").write_text(f"1\tdragon\t{text}\n", encoding="utf-8")
        (root / f"{name}.bio").write_text(f"{text} O\n\n", encoding="utf-8")
    settings = config(
        root, bitext={"zh": "hans.tsv", "zho_Hant": "hant.tsv"}, ner={"zh": "hans.bio", "zh-TW": "hant.bio"}
    )
    data = SOURCES["files"](settings, StageStore(tmp_path / "store"))
    hans, hant = Language("zho_Hans"), Language("zho_Hant")
    assert [data.bitext(one) for one in (hans, hant)] == [[("dragon", "龙")], [("dragon", "龍")]]
    assert [data.labelled(NER, one, "test", halve=False)[0].words for one in (hans, hant)] == [("龙",), ("龍",)]
    with pytest.raises(DataError, match="may be named once, but 'zho_Hans' names one again"):
        SOURCES["files"](
            config(root, bitext={"zh": "hans.tsv", "zho_Hans": "hant.tsv"}), StageStore(tmp_path / "store")
        )
