"""`search.objective: retrieval`: trials are chosen by the retrieval of sentences that no report uses."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sweep.config.search_languages import rule_of
from sweep.config.sections import SweepConfig
from sweep.findings.confirm_results import confirm_comparisons, shrinkage_table
from sweep.folders import SweepFolder
from sweep.plan import with_hidden_languages
from sweep.records.records import RecordStore, TrialRecord
from sweep.scores.objective import told_by
from sweep.search.endings import told_of_ending
from sweep.search.languages import search_languages
from trainables.data.folder import DataFolder
from trainables.mapping import ConfigError

SEARCH = {"kind": "subset-gp", "size": 2, "n_samples": 4, "objective": "retrieval"}
TOLD = {"evaluate": {"told": "retrieval", "no_signal_of": ["yor_Latn"]}}


@pytest.fixture
def with_flores(data: Path) -> Path:
    """Four n-way parallel sentences in English and in the eight languages of the pairs, of which two have labels."""
    codes = [path.name.removesuffix(".tsv.gz") for path in (data / "bitext").glob("*.tsv.gz")]
    for code in ["eng_Latn", *(str(tag) for tag in DataFolder(data).bitext_languages)]:
        rows = "".join(f"{i}\tdev\ttopic\t{code} sentence {i}\n" for i in range(4))
        path = data / "flores" / f"{code}.tsv.gz"
        path.parent.mkdir(exist_ok=True)
        with gzip.open(path, "wt", encoding="utf-8") as file:
            file.write(rows)
    assert len(codes) == 8
    return data


def test_languages_without_labels_may_be_put_aside_too(
    with_flores: Path, config_of: Callable[..., SweepConfig]
) -> None:
    config = with_hidden_languages(config_of(search={**SEARCH, "hold_out_frac": 0.25}), DataFolder(with_flores))
    assert config.run.told == ("retrieval",) and len(config.run.evaluate.no_signal_of) == 2  # of eight
    by_tasks = {**SEARCH, "hold_out_frac": 0.25, "objective": "tasks"}
    config = with_hidden_languages(config_of(search=by_tasks), DataFolder(with_flores))
    assert config.run.told == ("pos",) and len(config.run.evaluate.no_signal_of) == 1  # of two with labels


def test_arms_are_chosen_by_it_where_nothing_is_searched(
    with_flores: Path, config_of: Callable[..., SweepConfig]
) -> None:
    config = with_hidden_languages(config_of(search={"objective": "retrieval"}), DataFolder(with_flores))
    assert config.run.told == ("retrieval",)


def test_what_it_needs_is_said_before_a_trial_starts(data: Path, config_of: Callable[..., SweepConfig]) -> None:
    with pytest.raises(ValueError, match=r"needs n-way parallel sentences .* there are 0 such languages, with 0"):
        with_hidden_languages(config_of(search=SEARCH), DataFolder(data))
    for run, said in (
        ({"evaluate": {"n_retrieval": 0}}, "needs the probe, but `run.evaluate.n_retrieval` is 0"),
        ({"realign": {"protocol": "during"}}, "needs a realigned encoder before fine-tuning"),
    ):
        with pytest.raises(ConfigError, match=said):
            config_of(search=SEARCH, run=run)
    scheduler = {"kind": "asha", "metric": "score_so_far"}
    with pytest.raises(ConfigError, match=r"is of tasks, but `search.objective` is 'retrieval'"):
        config_of(search=SEARCH, scheduler=scheduler, run={"tasks": ["pos", "ner"]})


def test_only_the_sentences_that_steer_are_told(
    config_of: Callable[..., SweepConfig], record_of: Callable[..., TrialRecord], score: Callable[..., dict[str, Any]],
    folder: SweepFolder,
) -> None:  # fmt: skip
    scores = [
        score("pos", "deu_Latn", "dev", 90), score("retrieval", "deu_Latn", "test", 80),
        score("retrieval", "deu_Latn", "dev", 40), score("retrieval", "wol_Latn", "dev", 20),
        score("retrieval", "yor_Latn", "dev", 100),
    ]  # fmt: skip
    record = record_of("search-0000", 0, ("deu_Latn", "swh_Latn"), scores=scores, config=TOLD, score=0.3)
    config = config_of(search=SEARCH)
    assert told_by([record]) == ("retrieval",)
    assert search_languages([record], rule_of(config.search)) == ("deu_Latn", "wol_Latn")  # Yoruba was put aside
    RecordStore(folder.records).write(record)
    assert RecordStore(folder.records).all()[0].score == pytest.approx(0.3)  # mean of 0.4 and 0.2
    told = told_of_ending(
        config, trial="t", number=0, point={}, seed=0, status="finished", scores=record.scores, seen=None, signals=()
    )
    assert told.score == pytest.approx((0.4 + 0.2 + 1.0) / 3)  # by the rule alone, which puts none aside


def test_confirming_judges_by_retrieval_as_well_as_by_the_tasks(
    record_of: Callable[..., TrialRecord], score: Callable[..., dict[str, Any]]
) -> None:
    def made(arm: str, seed: int, value: int, languages: tuple[str, ...] = ("deu_Latn",), **fields: Any) -> TrialRecord:
        tags = ("deu_Latn", "wol_Latn", "yor_Latn")
        scores = [
            score(task, tag, split, value + seed + 3 * i)
            for task in ("pos", "retrieval")
            for split in ("dev", "test")
            for i, tag in enumerate(tags)
        ]
        return record_of(arm, seed, languages, scores=scores, config=TOLD, **fields)

    searched = [made("search-0000", 0, 50, number=0)]
    confirmed = [made(arm, seed, value) for arm, value in (("best-1", 60), ("full", 40)) for seed in (1, 2)]
    judged = confirm_comparisons(confirmed, ("deu_Latn", "wol_Latn"), None)
    assert [(c.task, c.reference, round(c.difference, 3)) for c in judged if c.group == "search languages"] == [
        ("retrieval", "full", 0.2), ("pos", "full", 0.2),
    ]  # fmt: skip
    table = shrinkage_table(searched, confirmed, ("deu_Latn", "wol_Latn"))
    assert table.loc[table["arm"] == "best-1", "search"].item() == pytest.approx(0.515)
