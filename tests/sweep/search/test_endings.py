"""What a search is told of a trial that is over."""

from collections.abc import Callable

import pytest

from sweep.config.load import parse_config
from sweep.records.records import TrialRecord
from sweep.search.endings import told_of_ending
from sweep.search.points import Told
from trainables.evaluation.scores import ScoreRow

Make = Callable[..., TrialRecord]


def test_the_languages_put_aside_by_the_plan_count_not_those_that_one_trial_happens_to_score(
    record_of: Make, score: Callable[..., dict[str, object]]
) -> None:
    """A test set with nothing to count (F1 without entities) must not move the draw of the held-out languages."""
    config = parse_config(
        {
            "name": "tiny", "search": {"kind": "random-sets", "size": 2, "n_samples": 4, "hold_out_frac": 0.5},
            "run": {"tasks": ["ner"], "evaluate": {"no_signal_of": ["fra_Latn", "swh_Latn"]}},
        }
    )  # fmt: skip
    percent = {"deu_Latn": 60, "fra_Latn": 50, "swh_Latn": 40, "wol_Latn": 30}
    for empty in (None, "fra_Latn"):
        rows = [score("ner", one, "dev", 0 if one == empty else n, 0 if one == empty else 100)
                for one, n in percent.items()]  # fmt: skip
        record = record_of("a", 0, number=0, scores=tuple(rows))
        told = told_of_ending(
            config, trial="a", number=0, point={}, seed=3, status="finished", scores=record.scores, seen=None,
            signals=(),
        )  # fmt: skip
        assert told.score == pytest.approx(0.45) and told.seed == 3


def ending_of(status: str, **given: object) -> Told:
    config = parse_config(
        {
            "name": "tiny", "search": {"kind": "random-sets", "size": 2, "n_samples": 4},
            "run": {"tasks": ["pos", "ner", "nli"]}, "scheduler": {"kind": "asha", "metric": "score_so_far"},
        }
    )  # fmt: skip
    plain = {"trial": "a", "number": 7, "point": {"x": 1}, "seed": 5, "scores": (), "seen": None, "signals": ()}
    return told_of_ending(config, status=status, **{**plain, **given})  # type: ignore[arg-type]


def test_a_stopped_trial_tells_its_last_signal_and_how_far_it_came() -> None:
    """Three tasks have two rungs between them; with the end there are three steps."""
    signals = [{"name": "score_so_far", "at": 1.0, "value": 0.4}, {"name": "retrieval_so_far", "at": 1.0, "value": 0.9}]
    told = ending_of("stopped", signals=signals)
    assert told == Told(trial="a", number=7, point={"x": 1}, score=0.4, stopped_at=pytest.approx(1 / 3), seed=5)
    assert ending_of("stopped").score is None and ending_of("stopped").stopped_at == 0.0


def test_what_a_failed_trial_scored_before_does_not_count(score: Callable[..., dict[str, object]]) -> None:
    rows = (ScoreRow.from_dict(score("pos", "deu_Latn", "dev", 90)),)
    assert ending_of("failed", scores=rows) == Told(trial="a", number=7, point={"x": 1}, score=None, seed=5)
