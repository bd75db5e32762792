"""What a search is told of a trial that is over."""

from collections.abc import Callable

import pytest

from sweep.config.load import parse_config
from sweep.records.records import TrialRecord
from sweep.search.endings import told_of_ending

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
            config, trial="a", number=0, point={}, status="finished", score=None, scores=record.scores, seen=None,
            signals=(),
        )  # fmt: skip
        assert told.score == pytest.approx(0.45)
