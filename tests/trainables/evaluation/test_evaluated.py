"""Which test sets are evaluated, as they are listed."""

from pathlib import Path

import pytest

from trainables.data.folder import DataFolder
from trainables.evaluation.evaluated import evaluated_languages, evaluated_sets, parse_listed
from trainables.run_config import EvaluateConfig
from trainables.tasks.ner import NER
from trainables.testing.tiny import write_gzip


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        (["sw"], {"swh_Latn": None}),
        (["sw/panx", "Swahili/"], {"swh_Latn": {"panx", ""}}),
        (["sw/panx", "sw"], {"swh_Latn": None}),  # all of them, in whichever order
        (["sw", "sw/panx"], {"swh_Latn": None}),
        ([], {}),
    ],
)
def test_entries_are_languages_with_or_without_a_source(
    listed: list[str], expected: dict[str, set[str] | None]
) -> None:
    assert parse_listed(listed) == expected


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    (tmp_path / "bitext").mkdir()
    for file in ("eng/train", "eng/test", "swh/test", "swh/test.panx", "yor/test.panx"):
        write_gzip(tmp_path / f"ner/{file}.tsv.gz", f"{file}\tO\n")
    return DataFolder(tmp_path)


def test_all_that_is_held_is_evaluated_where_nothing_is_listed(data: DataFolder) -> None:
    assert evaluated_sets(NER, data, EvaluateConfig()) == (
        ("eng_Latn", ""), ("swh_Latn", ""), ("swh_Latn", "panx"), ("yor_Latn", "panx"),
    )  # fmt: skip


def test_listed_sets_alone_are_evaluated(data: DataFolder) -> None:
    config = EvaluateConfig(languages=("yor", "sw/panx"))
    assert evaluated_sets(NER, data, config) == (("swh_Latn", "panx"), ("yor_Latn", "panx"))
    assert evaluated_languages(NER, data, config) == ("swh_Latn", "yor_Latn")


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("sw/uner", "but swh_Latn/uner is none of swh_Latn/, swh_Latn/panx."),
        ("yor/", "but yor_Latn/ is none of yor_Latn/panx."),
        ("deu", "but deu_Latn is none of them."),
    ],
)
def test_a_set_that_is_not_there_is_refused(entry: str, said: str, data: DataFolder) -> None:
    with pytest.raises(ValueError) as caught:
        evaluated_sets(NER, data, EvaluateConfig(languages=(entry,)))
    assert str(caught.value) == (
        f"`evaluate.languages` must list test sets that `ner` has, {said} Leave it out of the list, or list other ones "
        "for this task in `evaluate.by_task`."
    )
