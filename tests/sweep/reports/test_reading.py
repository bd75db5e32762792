"""What a report says of the encoder: the commit, warnings, and the words that were not scored, by language."""

from dataclasses import replace
from typing import Any

from sweep.records.records import TrialRecord
from sweep.reports.reading import reading_section, words_cut
from sweep.reports.results import SweepResults
from trainables.evaluation.scores import ScoreRow


def row(language: str, n_cut: int | None, **fields: Any) -> ScoreRow:
    return ScoreRow(**{"task": "ner", "metric": "f1", "language": language, "split": "test", "n_correct": 1,
                       "n_total": 2, "n_cut": n_cut} | fields)  # fmt: skip


RECORD = TrialRecord(
    sweep="s", trial="t", arm="none", label="none", criterion="none", languages=(), seed=0, status="finished",
    encoder={"name": "team/encoder", "commit": "abc"}, checks={"warnings": ["A warning."]},
    scores=(
        row("mya_Mymr", 3), row("mya_Mymr", 3, metric="recall"), row("mya_Mymr", 4, source="panx"),
        row("tha_Thai", 9), row("deu_Latn", 0), row("tha_Thai", 5, split="dev"), row("fra_Latn", None),
        row("zho_Hans", 2, task="pos", metric="accuracy"),
    ),
)  # fmt: skip


def test_words_are_summed_over_test_sets_once_whatever_the_metrics() -> None:
    assert words_cut(RECORD, "ner") == {"tha_Thai": 9, "mya_Mymr": 7}


def test_the_section_says_each_thing_once() -> None:
    results = SweepResults(name="s", records=[RECORD, replace(RECORD, trial="u")])
    (section,) = reading_section([results])
    assert list(section.points) == [
        "team/encoder at commit abc",
        "A warning.",
        "ner, test words beyond `max_length` or without a sub-word, not scored: tha_Thai 9, mya_Mymr 7",
        "pos, test words beyond `max_length` or without a sub-word, not scored: zho_Hans 2",
    ]


def test_a_local_folder_is_named_by_the_digest_of_its_files() -> None:
    record = replace(RECORD, encoder={"name": "mine", "digest": "0123456789abcdef0123"}, checks={}, scores=())
    (section,) = reading_section([SweepResults(name="s", records=[record])])
    assert list(section.points) == ["mine, local files 0123456789abcdef0123"]


def test_records_of_earlier_versions_say_nothing() -> None:
    old = replace(RECORD, encoder={}, checks={}, scores=tuple(replace(r, n_cut=None) for r in RECORD.scores))
    assert reading_section([SweepResults(name="s", records=[old])]) == []
