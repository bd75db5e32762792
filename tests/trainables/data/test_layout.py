"""Names in the data layout: every language has one of its own, and files are read gzipped and plain."""

import gzip
import re
from pathlib import Path

import pytest

from search_spaces.languages import TABLE, Language, parse_language
from search_spaces.reading import DataError
from trainables.data.folder import DataFolder
from trainables.data.layout import file_code, not_read
from trainables.parallel_data.corpus import evaluated_sentences, part_file
from trainables.realignment.alignments.base import language_file
from trainables.tasks import TASKS
from trainables.tasks.pos import POS
from trainables.testing.tiny import write_gzip

SWAHILI, SIMPLIFIED, TRADITIONAL = (Language(tag) for tag in ("swh_Latn", "zho_Hans", "zho_Hant"))
ROWS = "0\tA dog\tMbwa mmoja mkubwa sana\n"
WORDS = "".join(f"{i}\t{word}\t_\tNOUN" + "\t_" * 6 + "\n" for i, word in enumerate(["mbwa", "paka"], 1)) + "\n"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())


def test_no_two_languages_have_one_name_and_each_name_is_read_as_its_language() -> None:
    languages = [Language(row["tag"]) for row in TABLE]
    for part in ("bitext", "flores", *TASKS):
        assert len({part_file(part, language, "test") for language in languages}) == len(languages)
    assert all(parse_language(file_code(language)) == language for language in languages)
    assert [file_code(one) for one in (SWAHILI, SIMPLIFIED, TRADITIONAL)] == ["swh", "zho", "zho_Hant"]


def test_both_scripts_of_chinese_are_read_from_one_folder(tmp_path: Path) -> None:
    for language, text in ((SIMPLIFIED, "龙"), (TRADITIONAL, "龍")):
        write_gzip(tmp_path / part_file("bitext", language), f"0\tdragon\t{text}\n")
        write_gzip(tmp_path / part_file("pos", language, "test"), WORDS.replace("mbwa", text))
    data = DataFolder(tmp_path)
    assert data.bitext_languages == data.labelled_languages(POS) == (SIMPLIFIED, TRADITIONAL)
    assert [data.bitext(one) for one in data.bitext_languages] == [[("dragon", "龙")], [("dragon", "龍")]]
    assert data.labelled(POS, TRADITIONAL, "test", halve=False)[0].words == ("龍", "paka")


def test_alignments_of_one_script_are_not_those_of_another(tmp_path: Path) -> None:
    (tmp_path / "zho.pharaoh").write_text("0-0\n")
    assert language_file(str(tmp_path), SIMPLIFIED, ".pharaoh").name == "zho.pharaoh"
    with pytest.raises(DataError, match=r"zho_Hant\.pharaoh\[\.gz\] is missing"):
        language_file(str(tmp_path), TRADITIONAL, ".pharaoh")


def filled(root: Path, end: str) -> DataFolder:
    write(root / f"bitext/swa.tsv{end}", ROWS)
    write(root / f"flores/swh_Latn.tsv{end}", "0\tdev\tx\tMbwa mmoja mkubwa sana\n")
    for name, task in TASKS.items():
        text = WORDS if name == "pos" else task.sample
        write(root / name / f"swh/test{task.suffix.removesuffix('.gz')}{end}", text)
        write(root / name / f"swh/test.second{task.suffix.removesuffix('.gz')}{end}", text)
    return DataFolder(root)


def test_plain_files_are_read_as_gzipped_ones_are(tmp_path: Path) -> None:
    packed, plain = filled(tmp_path / "packed", ".gz"), filled(tmp_path / "plain", "")
    assert plain.bitext(SWAHILI) == packed.bitext(SWAHILI) == [("A dog", "Mbwa mmoja mkubwa sana")]
    assert plain.flores(SWAHILI, "dev") == packed.flores(SWAHILI, "dev") != {}
    for task in TASKS.values():
        assert plain.labelled_languages(task) == (SWAHILI,) and plain.sources(task, SWAHILI) == ("", "second")
        both = [data.labelled(task, SWAHILI, "test", "second", halve=False) for data in (plain, packed)]
        assert both[0] == both[1] != []
    assert len(list(plain.files(TASKS.values()))) == len(list(packed.files(TASKS.values()))) == 2 + 2 * len(TASKS)
    assert evaluated_sentences(plain.root, SWAHILI) == evaluated_sentences(packed.root, SWAHILI) != frozenset()


@pytest.mark.parametrize("file", ["bitext/swa.tsv", "flores/swh_Latn.tsv", "pos/swh/test.conllu", "ner/swh/test.tsv"])
def test_a_plain_file_that_changes_changes_the_fingerprint(tmp_path: Path, file: str) -> None:
    data = filled(tmp_path, "")
    before = data.fingerprint("bitext", "flores", *TASKS.values())
    with (tmp_path / file).open("a") as more:
        more.write("\n")
    assert data.fingerprint("bitext", "flores", *TASKS.values()) != before


@pytest.mark.parametrize("file", ["bitext/swa.tsv", "flores/swh_Latn.tsv", "pos/swh/test.conllu", "ner/swh/test.tsv"])
def test_a_file_that_is_there_gzipped_and_plain_is_refused(tmp_path: Path, file: str) -> None:
    data = filled(tmp_path, "")
    write(tmp_path / f"{file}.gz", (tmp_path / file).read_text())
    message = rf"not both: .*{file} and .*\.gz\. Take one of them away"
    with pytest.raises(DataError, match=message):
        data.bitext_languages, data.flores_languages, [data.labelled_languages(task) for task in TASKS.values()]
    found = list(filled(tmp_path, "").files(TASKS.values()))
    (refused,) = [one for one in found if one.problem]
    assert re.search(message, refused.problem) and len(found) == 3 + 2 * len(TASKS)


def test_one_language_under_two_names_is_refused_with_both(tmp_path: Path) -> None:
    for name in ("zh", "zho"):
        write(tmp_path / f"bitext/{name}.tsv", "0\tdragon\t龙\n")
    with pytest.raises(DataError, match=r"zho_Hans has .*zh\.tsv and .*zho\.tsv\. Merge them, or take one away"):
        _ = DataFolder(tmp_path).bitext_languages


def test_files_that_nothing_reads_are_named(tmp_path: Path) -> None:
    filled(tmp_path, "")
    other_names = ["bitext/yor.txt", "pos/deu/test.conll.gz"]
    elsewhere = ["NER/hau/test.tsv", "bitext/more/yor.tsv.gz", "ner/hau.tsv", "ner/swh/sub/test.tsv"]
    hidden = ["ner/swh/.hidden", "ner/swh/.git/test.tsv", ".Trash/ner/swh/test.tsv"]
    for name in [*other_names, *elsewhere, *hidden, "README.md", "corpus.json", "languages.tsv", "NER/yor/dev.tsv"]:
        write(tmp_path / name, "x")
    found = not_read(tmp_path, {name: task.suffix for name, task in TASKS.items()})
    assert [[str(path.relative_to(tmp_path)) for path in paths] for paths in found] == [
        other_names, ["NER", *elsewhere[1:]]
    ]  # fmt: skip


def test_hidden_files_are_no_data(tmp_path: Path) -> None:
    """macOS writes `._test.tsv.gz` beside every file of a disk that it did not format."""
    before = filled(tmp_path, ".gz")
    parts = ("bitext", "flores", *TASKS.values())
    expected = before.fingerprint(*parts), list(before.files(TASKS.values()))
    for path in list(tmp_path.rglob("*.gz")):
        path.with_name(f"._{path.name}").write_bytes(b"\x00\x05\x16\x07")
    write(tmp_path / "ner/.ipynb_checkpoints/test.tsv.gz", "x")
    after = DataFolder(tmp_path)
    assert (after.fingerprint(*parts), list(after.files(TASKS.values()))) == expected
    assert after.labelled(TASKS["ner"], SWAHILI, "test", halve=False) and after.flores_languages == (SWAHILI,)
    assert after.left_out == [] and not any(not_read(tmp_path, {name: task.suffix for name, task in TASKS.items()}))
    assert evaluated_sentences(tmp_path, SWAHILI)


@pytest.mark.parametrize(
    ("file", "problem"),
    [
        ("ner/swh/validation.tsv", "ner/swh/validation.tsv is not. Rename it"),
        ("ner/swc/dev.tsv", ""),
        ("ner/swahili/test.tsv", "swh_Latn has .*/ner/swahili and .*/ner/swh. Merge them"),
        ("bitext/swh.tsv", "swh_Latn has .*/swa.tsv and .*/swh.tsv. Merge them"),
    ],
)
def test_all_files_are_listed_whatever_one_is_called(tmp_path: Path, file: str, problem: str) -> None:
    data = filled(tmp_path, "")
    write(tmp_path / file, "x\tO\n")
    found = list(data.files(TASKS.values()))
    problems = [one.problem for one in found if one.problem]
    assert len(problems) == bool(problem) and all(re.search(problem, one) for one in problems)
    assert {one.part if isinstance(one.part, str) else one.part.name for one in found} == {"bitext", "flores", *TASKS}
    assert all(data.examples_of(part, lang, path) for part, lang, path, problem in found if lang and not problem)
