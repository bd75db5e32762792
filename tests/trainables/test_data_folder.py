"""The folder reader: what it reads, and that every kind of damage is refused by file and line."""

import gzip
from pathlib import Path

import pytest

from search_spaces.languages import ENGLISH, parse_language
from trainables.data_folder import DataError, DataFolder

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
    assert data.pos_languages == (ENGLISH, SWAHILI)
    data.check(bitext=data.bitext_languages, pos=data.pos_languages)


def test_english_splits_are_its_files(root: Path) -> None:
    data = DataFolder(root)
    assert [data.pos(ENGLISH, split)[0].words for split in ("train", "dev", "test")] == [
        ("train",),
        ("dev",),
        ("test",),
    ]


def test_dev_and_test_of_a_test_only_language_share_no_sentence(root: Path) -> None:
    data = DataFolder(root)
    assert [s.words[0] for s in data.pos(SWAHILI, "dev")] == ["w0", "w2", "w4"]
    assert [s.words[0] for s in data.pos(SWAHILI, "test")] == ["w1", "w3"]


def test_multiword_ranges_and_empty_nodes_are_no_words(root: Path) -> None:
    lines = [token("1-2", "du", "_"), token(1, "de", "ADP"), token(2, "le", "DET"), token("2.1", "x", "_")]
    write(root / "pos/fra/test.conllu.gz", "\n".join(lines) + "\n\n" + conllu([("a", "X")]))
    (dev,) = DataFolder(root).pos(parse_language("fra"), "dev")
    assert (dev.words, dev.tags) == (("de", "le"), ("ADP", "DET"))


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("bitext/swh.tsv.gz", "", "must hold at least one line"),
        ("bitext/swh.tsv.gz", "a\tb\tc\na\tb\n", r"3 tab-separated fields, but .*swh.tsv.gz, line 2 has 2"),
        ("bitext/swh.tsv.gz", "a\tb\t \n", "Both sides .* line 1"),
        ("flores/swh_Latn.tsv.gz", "0\tdev\tx\tA\n0\tdev\tx\tB\n", "may occur once.*line 2"),
        ("flores/swh_Latn.tsv.gz", "0\ttest\tx\tA\n", "'train' or 'dev', but is 'test'.*line 1"),
        ("pos/swh/test.conllu.gz", token(1, "a", "NOUNS") + "\n\n", "'NOUNS' in .*test.conllu.gz, line 1"),
        ("pos/swh/test.conllu.gz", "1\ta\tNOUN\n\n", "10 fields, but .*line 1 has 3"),
        ("pos/swh/test.conllu.gz", "# nothing\n\n", "at least one sentence"),
    ],
)
def test_a_malformed_file_is_refused_by_name_and_line(root: Path, file: str, content: str, message: str) -> None:
    write(root / file, content)
    data = DataFolder(root)
    with pytest.raises(DataError, match=message):
        data.check(bitext=data.bitext_languages, pos=data.pos_languages)
        data.flores(SWAHILI, "dev")


def test_a_truncated_gzip_is_refused(root: Path) -> None:
    path = root / "bitext/swh.tsv.gz"
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(DataError, match=r"swh.tsv.gz must be a whole gzip file, but breaks off after line \d"):
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
    write(root / "bitext/qqqqq.tsv.gz", "a\tb\tc\n")
    with pytest.raises(DataError, match="must be named after a known language"):
        _ = DataFolder(root).bitext_languages


def test_the_fingerprint_follows_content_not_place(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    before = DataFolder(root).fingerprint("bitext")
    moved = tmp_path_factory.mktemp("moved")
    for path in root.rglob("*.gz"):
        (moved / path.relative_to(root)).parent.mkdir(parents=True, exist_ok=True)
        (moved / path.relative_to(root)).write_bytes(path.read_bytes())
    assert DataFolder(moved).fingerprint("bitext") == before
    write(moved / "bitext/swh.tsv.gz", "a.1\tA dog\tMbwa\n")
    assert DataFolder(moved).fingerprint("bitext") != before


def test_the_real_pack_reads() -> None:
    pack = Path(__file__).parents[2] / "../shared/data"
    if not pack.is_dir():
        pytest.skip("no ../shared/data beside this clone")
    data = DataFolder(pack)
    assert len(data.bitext_languages) == 65
    assert len(data.pos_languages) == 78
    assert len(data.bitext(parse_language("jav"))) == 1500
    assert len(data.pos(ENGLISH, "train")) == 12_544
