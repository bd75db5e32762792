"""The lines for a terminal: by hand from `conftest.two_arms`, and never wider than the terminal."""

from collections.abc import Callable

import pytest

from sweep.records.records import TrialRecord
from sweep.reports.brief import Brief, brief_of
from sweep.reports.families import Findings
from sweep.reports.page.data import Progress
from sweep.reports.results import SweepResults

MANY = ("amh_Ethi", "deu_Latn", "fra_Latn", "jpn_Jpan", "swh_Latn", "tel_Telu", "tur_Latn", "wol_Latn", "yor_Latn")


def test_how_far_which_and_how_good(two_arms: list[TrialRecord]) -> None:
    progress = {"tiny": Progress(n_over=4, n_trials=33, state="running")}
    (brief,) = brief_of(Findings([SweepResults(name="tiny", records=two_arms)]), progress)
    lines = brief.text(80).splitlines()
    assert lines[0] == "tiny: 4 of 33 trials, running"
    assert " ".join(lines[1:3]).startswith("Best arm: sub (Wolof), by mean dev score over its seeds (40.0 points: what")
    (row,) = (line for line in lines if line.startswith("★ sub (Wolof)"))
    assert row.split()[3:] == ["44.0", "+6.0"]  # test, not the dev score 40.0
    (wide,) = (line for line in brief.text(120).splitlines() if line.startswith("★ sub (Wolof)"))
    assert "44.0 +6.0 [" in wide
    assert len(lines) <= 12


@pytest.mark.parametrize("width", [60, 80, 120])
def test_it_fits_the_terminal(record_of: Callable[..., TrialRecord], width: int) -> None:
    trials = [record_of("x" * 70, 0, MANY), record_of("sub", 0, MANY[:4]), record_of("none", 0)]
    (brief,) = brief_of(Findings([SweepResults(name="tiny", records=trials)]), {})
    text = brief.text(width)
    assert max(map(len, text.splitlines())) <= width
    assert "x" * 20 in text and ("sub (Amharic, German, French, ...)" in text or "sub (Amharic, German" in text)


def test_a_score_of_the_seed_that_chose_the_set_is_marked(record_of: Callable[..., TrialRecord]) -> None:
    chosen = record_of("s0", 0, ("wol_Latn",), number=0, label="gp #0")
    (brief,) = brief_of(Findings([SweepResults(name="tiny", records=[chosen, record_of("none", 0)])]), {})
    (row,) = (line for line in brief.text(80).splitlines() if line.startswith("★ gp #0"))
    assert row.endswith("45.0°") and brief.late and "too high" in brief.text(80)
    assert "no result" in brief.answer


def test_the_legend_is_of_marks_that_are_there(
    two_arms: list[TrialRecord], record_of: Callable[..., TrialRecord]
) -> None:
    """Without fine-tuning only there is no change."""
    marked, bare = (
        brief_of(Findings([SweepResults(name="tiny", records=records)]), {})[0].text(80)
        for records in (two_arms, [record_of("sub", 0, ("wol_Latn",))])
    )
    assert "+ more than fine-tuning only" in marked and "more than" not in bare and not bare.endswith("\n")


def test_a_sweep_without_a_task_or_score_says_so() -> None:
    brief = Brief(heading="tiny: 0 trials", answer="none", tasks=[], rows=[], late=False)
    assert brief.text(80).startswith("tiny: 0 trials\nnone\n")
