"""No change to test scores, held-out languages or reported probes changes what a search decides, lists or exports."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sweep.config.load import parse_config
from sweep.config.search_languages import rule_of
from sweep.config.sections import SweepConfig
from sweep.findings.early_signal import early_signals
from sweep.findings.learned import Search
from sweep.records.records import RecordStore, TrialRecord
from sweep.reports.results import SweepResults
from sweep.search.endings import told_of_ending
from sweep.search.languages import search_languages
from sweep.search.tried_sets import best_sets
from sweep.tracking.results import progress_points
from trainables.evaluation.scores import ScoreRow

HIDDEN, TOLD = ("swh_Latn", "yor_Latn"), ("deu_Latn", "fra_Latn", "wol_Latn")
SETS = [("deu_Latn", "wol_Latn"), ("fra_Latn", "wol_Latn"), ("deu_Latn", "fra_Latn"), ("swh_Latn", "wol_Latn")]


@pytest.fixture
def config() -> SweepConfig:
    return parse_config(
        {
            "name": "tiny", "search": {"kind": "random-sets", "size": 2, "n_samples": 4, "hold_out_frac": 0.4},
            "run": {"evaluate": {"no_signal_of": list(HIDDEN)}},
        }
    )  # fmt: skip


def decided(records: list[TrialRecord], config: SweepConfig, root: Path) -> dict[str, Any]:
    """All that is chosen, ordered, listed or exported, read from records as any command reads them."""
    from sweep.tracking.best_model import best_record

    store = RecordStore(root)
    for record in records:
        store.write(record)
    read = store.all()
    results = SweepResults(name="tiny", records=read)
    rule = rule_of(config.search)
    told = [
        told_of_ending(
            config, trial=r.trial, number=r.number, point=r.point, status=r.status, score=r.score, scores=r.scores,
            seen=r.seen_languages, signals=r.signals,
        )
        for r in read
    ]  # fmt: skip
    return {
        "told": told,
        "arms": (results.arms, results.searched, results.listed, results.shown, results.paired_arms),
        "dev": results.board[["arm", "dev_score"]].drop_duplicates().to_dict("list"),
        "confirmed": [one.languages for one in best_sets(read, search_languages(read, rule), 3)],
        "learned": Search.of(read).scores.tolist(),
        "advice": early_signals(read),
        "exported": best_record(read, "tiny").trial,
        "best so far": [p for p in progress_points(read) if p.name == "best_so_far"],
    }


@pytest.mark.slow
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_what_nobody_may_look_at_decides_nothing(
    data: st.DataObject, record_of: Callable[..., TrialRecord], config: SweepConfig, tmp_path_factory: Any
) -> None:
    def row(task: str, language: str, split: str, n: int) -> ScoreRow:
        metric = "accuracy" if task == "pos" else "p_at_1"
        return ScoreRow(
            task=task, metric=metric, language=language, split=split, n_correct=n, n_total=100  # type: ignore[arg-type]
        )  # fmt: skip

    records = []
    for i, languages in enumerate([(), *SETS]):
        rows = [row("pos", language, "dev", 30 + 7 * i + 3 * j) for j, language in enumerate(TOLD)]
        number = None if not i else i - 1
        records.append(record_of(
            "none" if not i else f"search-{number:04d}", 0, languages, number=number, scores=tuple(rows), score=None,
            signals=({"name": "retrieval_so_far", "at": 0.5, "value": 0.1 * i},),
            config={"tasks": ["pos"], "evaluate": {"no_signal_of": list(HIDDEN)}},
        ))  # fmt: skip
    percent = st.integers(0, 100)

    def filled() -> list[TrialRecord]:
        """With test scores, held-out languages, English and reported probes as they may be."""
        found = []
        for record in records:
            free = [row("pos", language, "test", data.draw(percent)) for language in (*TOLD, *HIDDEN, "eng_Latn")]
            free += [row("pos", language, "dev", data.draw(percent)) for language in (*HIDDEN, "eng_Latn")]
            free += [row("retrieval", language, "test", data.draw(percent)) for language in (*TOLD, *HIDDEN)]
            # What an earlier version wrote as the score: the mean over all languages.
            of_dev = [one.value for one in (*record.scores, *free) if one.split == "dev" and one.language != "eng_Latn"]
            found.append(replace(record, scores=(*record.scores, *free), score=sum(of_dev) / len(of_dev)))
        return found

    first = decided(filled(), config, tmp_path_factory.mktemp("a"))
    assert first == decided(filled(), config, tmp_path_factory.mktemp("b"))
