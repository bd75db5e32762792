from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from search_spaces.languages import Language
from trainables.data import parsed_files
from trainables.data.columns import Notes
from trainables.data.labelled_files import DataError, InferencePair, TaggedSentence
from trainables.data.parsed_files import FILE, KIND, ParsedFiles
from trainables.store.stage_store import StageStore
from trainables.tasks import TASKS

SWAHILI = Language("swh_Latn")
NER, NLI = TASKS["ner"], TASKS["nli"]


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], ParsedFiles]:
    """Makes readers, as of later processes, of one store; every file counts as large."""
    monkeypatch.setattr(parsed_files, "SMALL_BYTES", 0)
    return lambda: ParsedFiles(StageStore(tmp_path / "store"))


def entities(folder: Path, words: Iterable[str] = ("Mira", "ging")) -> Path:
    path = folder / "test.tsv"
    path.write_text("".join(f"# no token\n{word}\tB-PER\n\n" for word in words), encoding="utf-8")
    return path


def no_parsing(path: Path, *_: Any) -> list[Any]:
    raise AssertionError(f"{path} is parsed again")


def test_what_is_kept_is_what_parsing_gives_with_its_notes(kept: Callable[[], ParsedFiles], tmp_path: Path) -> None:
    path, notes = entities(tmp_path), [Notes(), Notes(), Notes()]
    expected = NER.examples(path, SWAHILI, notes[0])
    assert expected == [TaggedSentence(("Mira",), ("B-PER",)), TaggedSentence(("ging",), ("B-PER",))]
    assert kept().examples(NER, SWAHILI, path, notes[1]) == expected
    assert kept().examples(replace(NER, read=no_parsing), SWAHILI, path, notes[2]) == expected
    assert notes[0] == notes[1] == notes[2]
    assert notes[2]["comment lines left out"] == 2


def test_other_kinds_of_rows(kept: Callable[[], ParsedFiles], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inferences, pairs = tmp_path / "nli.tsv", tmp_path / "swh.tsv"
    inferences.write_text('a "b"\tc\u2028d\tneutral\n', encoding="utf-8")
    pairs.write_text("1\tone dog\tmbwa mmoja\n2\ttwo dogs\tmbwa wawili\n", encoding="utf-8")
    for _ in range(2):
        assert kept().examples(NLI, SWAHILI, inferences, Notes()) == [InferencePair('a "b"', "c\u2028d", "neutral")]
        assert kept().pairs(SWAHILI, pairs, Notes()) == [("one dog", "mbwa mmoja"), ("two dogs", "mbwa wawili")]
        monkeypatch.setattr(parsed_files, "read_pairs", no_parsing)


def test_other_content_other_code_and_other_names_of_languages_are_parsed(
    kept: Callable[[], ParsedFiles], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []

    def noting(path: Path, *rest: Any) -> Sequence[Any]:
        read.append(path)
        return NER.read(path, *rest)

    part, path = replace(NER, read=noting), entities(tmp_path)

    def n_parsed() -> int:
        read.clear()
        kept().examples(part, SWAHILI, path, Notes())
        return len(read)

    assert [n_parsed(), n_parsed()] == [1, 0]
    entities(tmp_path, ("Mira", "kam"))
    assert [n_parsed(), n_parsed()] == [1, 0]
    entities(tmp_path)
    assert n_parsed() == 0
    monkeypatch.setattr(parsed_files, "OWN_ALIASES", {"mira": SWAHILI})
    assert [n_parsed(), n_parsed()] == [1, 0]
    monkeypatch.setattr(parsed_files, "_code", lambda: "another")
    assert [n_parsed(), n_parsed()] == [1, 0]


def test_a_malformed_file_is_refused_every_time_and_leaves_nothing(
    kept: Callable[[], ParsedFiles], tmp_path: Path
) -> None:
    path = tmp_path / "test.tsv"
    path.write_text("Mira\tB-PER\nging\n", encoding="utf-8")
    for _ in range(2):
        with pytest.raises(DataError, match="line 2"):
            kept().examples(NER, SWAHILI, path, Notes())
    assert not [*(tmp_path / "store" / KIND).glob(f"*/{FILE}")]


def test_a_damaged_stage_is_made_again(kept: Callable[[], ParsedFiles], tmp_path: Path) -> None:
    path = entities(tmp_path)
    expected = kept().examples(NER, SWAHILI, path, Notes())
    (stage,) = (tmp_path / "store" / KIND).glob(f"*/{FILE}")
    stage.write_text("[]", encoding="utf-8")
    assert kept().examples(NER, SWAHILI, path, Notes()) == expected


def test_a_part_that_does_not_say_its_class_and_a_small_file_are_parsed(tmp_path: Path) -> None:
    path, files = entities(tmp_path), ParsedFiles(StageStore(tmp_path / "store"))
    files.examples(NER, SWAHILI, path, Notes())
    files.examples(replace(NER, example=None), SWAHILI, path, Notes())
    assert not (tmp_path / "store" / KIND).exists()
