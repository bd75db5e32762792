"""Which set? Every place that names one names the same, and it is not the one with the luckiest score."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sweep.catalogue.listing import entry_of, listing_text
from sweep.config.search_languages import SearchLanguages
from sweep.confirm import confirm_config
from sweep.execution.progress_callback import ProgressCallback
from sweep.folders import SweepFolder
from sweep.records.records import RecordStore, TrialRecord
from sweep.reports.families import Findings
from sweep.reports.plots_arms import course_plots
from sweep.reports.results import SweepResults
from sweep.reports.summary import summaries
from sweep.reports.tables import leaderboard_table
from sweep.scores.names import language_names
from sweep.search.answer import answer_of
from sweep.search.tried_sets import best_sets
from sweep.tracking.results import SweepResult
from tests.sweep.known_world import POOL, SCORED, World

Make = Callable[..., TrialRecord]
LUCKY = ("hau_Latn", "jpn_Jpan", "tur_Latn")


@pytest.fixture
def records(record_of: Make) -> list[TrialRecord]:
    """None, full and thirty sets of three, noise of two points; the luckiest is one of those without a gain.

    Every set with Amharic and German gains six points, so a model believes in these.
    """
    world = World(record_of, 5, 0.0)
    good = {(*POOL[:2], third): 0.06 for third in POOL[2:]}
    world.gains = {**good, LUCKY: 0.075}
    tried = [*good, LUCKY, *(tuple(sorted((POOL[i], POOL[j], POOL[8]))) for i in range(2, 5) for j in range(5, 8))]
    searched = [world.trial(f"search-{i:04d}", 0, languages, i) for i, languages in enumerate(tried)]
    told = [sum(row.value for row in r.scores if row.split == "dev" and row.language != "eng_Latn") for r in searched]
    searched = [
        record_of(
            r.arm, 0, r.languages, number=r.number, label=f"gp #{r.number}", scores=r.scores, score=total / len(SCORED)
        )
        for r, total in zip(searched, told, strict=True)
    ]  # fmt: skip
    return [world.trial("none", 0, ()), world.trial("full", 0, POOL), *searched]


def test_the_answer_is_what_the_model_believes_in(records: list[TrialRecord]) -> None:
    answer = answer_of(records)
    assert answer is not None and answer.searched
    highest = max((r for r in records if r.number is not None), key=lambda r: r.score or 0)
    assert highest.languages == LUCKY and set(POOL[:2]) < set(answer.languages)
    assert str(answer) == f"{answer.label} ({language_names(answer.languages)})"


def test_what_is_believed_is_not_called_the_mean(records: list[TrialRecord], folder: SweepFolder) -> None:
    for record in records:
        RecordStore(folder.records).write(record)
    answer, entry = answer_of(records), entry_of(folder)
    assert answer is not None and (entry.best_score, entry.best_score_is) == (answer.score, "believed")
    assert entry.best_score != answer.record.score  # one trial: the plain mean of the set
    assert listing_text([entry]).endswith(f"tiny: {answer}, development score believed\n")


def test_everything_names_the_same_set(records: list[TrialRecord], tmp_path: Path, monkeypatch: Any) -> None:
    answer = answer_of(records)
    assert answer is not None
    named = language_names(answer.languages)
    results = SweepResults(name="tiny", records=records)
    findings = Findings([results])
    assert f"{answer.label} ({named})" in summaries(findings)[0].lead
    assert f"The search's best set: {answer.label} ({named})" in leaderboard_table(findings).note
    (course,) = course_plots(results)
    assert f"{answer.label} ({named}), trial {answer.record.number}" in course.caption
    note = SweepResult(records, "tiny").note("", len(records))
    assert f"{answer.label} ({named})" in note.partition("\n")[0]
    store = RecordStore(tmp_path / "records")
    for record in records:
        store.write(record)
    progress = ProgressCallback("tiny", len(records), store)
    progress.setup()
    assert progress.best() == f"best so far: {answer}, {answer.score:.3f} = {answer.score_is}"
    assert best_sets(records, SCORED, 1)[0].languages == answer.languages
    from sweep.models.kept import best_record

    assert best_record(records, "tiny").trial == answer.record.trial


def test_confirm_begins_with_the_answer(records: list[TrialRecord], plan_of: Callable[..., Any]) -> None:
    plan = plan_of(search={"kind": "random-sets", "n_samples": 3, "size": 3})
    answer = answer_of(records)
    confirmed = confirm_config(
        plan.config, records, plan.chooser, SearchLanguages(languages="all"), n_sets=1, n_random=0, n_seeds=1
    )  # fmt: skip
    assert answer and {arm.name: arm.languages for arm in confirmed.arms}["best-1"] == answer.languages


def test_of_planned_arms_the_highest_mean_counts_not_the_highest_trial(record_of: Make) -> None:
    records = [record_of("even", s, score=0.5) for s in (0, 1)]
    records += [record_of("uneven", 0, score=0.6), record_of("uneven", 1, score=0.3)]
    answer = answer_of(records)
    assert answer is not None and (answer.arm, answer.score, answer.searched) == ("even", 0.5, False)
    assert answer_of([record_of("a", 0, score=None)]) is None
