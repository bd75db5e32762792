"""The published studies on real languages: the tables of docs/study.md are those of their records."""

import runpy
from collections.abc import Sequence
from pathlib import Path

import pytest

from search_spaces.study_effects import packaged_table
from sweep.config.load import saved_config
from sweep.findings.budgets import RANDOM, budgets
from sweep.findings.effects_table import singles_table
from sweep.findings.set_slopes import PROPERTIES, set_slopes
from sweep.findings.transfer import RELATIONS, transfers
from sweep.folders import SweepFolder
from sweep.published.import_study import import_study
from sweep.records.records import RecordStore, TrialRecord
from sweep.statistics.confidence import Confidence
from sweep.statistics.p_values import p_sampled

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "study.md").read_text(encoding="utf-8")
COLUMNS = [("retrieval", "all"), ("retrieval", "seen"), ("retrieval", "unseen"), ("pos", "all"), ("pos", "unseen")]

NOTE = "script and source of a language's text explain most of it (docs/study.md)"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module", params=["real-small"])
def folder(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> SweepFolder:
    mlruns = tmp_path_factory.mktemp("mlruns")
    return import_study(ROOT / "studies" / str(request.param), mlruns, lambda text: None)[0]


@pytest.fixture(scope="module")
def records(folder: SweepFolder) -> Sequence[TrialRecord]:
    return RecordStore(folder.records).all()


def shown(value: float, low: float, high: float, n_digits: int = 1) -> str:
    return f"{100 * value:+.{n_digits}f} [{100 * low:.{n_digits}f}, {100 * high:.{n_digits}f}]"


def believed(confidence: Confidence, n_digits: int = 1) -> str:
    return shown(confidence.mean, *confidence.interval(), n_digits)


def slope_rows(records: Sequence[TrialRecord]) -> list[str]:
    """A row a property, without its title."""
    slopes = {(one.property, one.task, one.group): one for one in set_slopes(records)}
    rows = []
    for name in PROPERTIES:
        cells = []
        for task, group in COLUMNS:
            one = slopes[name, task, group]
            p = f", over sets {p_sampled(one.p_sets)}" if one.p_sets < 0.05 else ""
            cells.append(believed(one.confidence, 1 if task == "retrieval" else 2) + p)
        rows.append(f" | {' | '.join(cells)} |")
    return rows


def budget_rows(records: Sequence[TrialRecord]) -> list[str]:
    """A row a size and way of choosing."""
    found = {(one.size, one.arm, one.task): one for one in budgets(records, ["all"])}
    rows = []
    for size, arm in dict.fromkeys((size, arm) for size, arm, _ in found):
        cells = []
        for task in ("retrieval", "pos"):
            over = found[size, arm, task].over
            for reference in ("full", RANDOM):
                one = over.get(reference)
                cells.append(shown(one.difference, one.low, one.high) if one else "-")
        name = "random" if arm.startswith(RANDOM) else f"`{arm.rpartition('-')[0]}`"
        rows.append(f"| {size} | {name} | {' | '.join(cells)} |")
    return rows


def transfer_rows(records: Sequence[TrialRecord]) -> list[str]:
    """A row a relation, without its title."""
    found = {(one.relation, one.task, one.group): one for one in transfers(records)}
    return [
        f" | {' | '.join(believed(found[relation, *column].confidence) for column in COLUMNS)} |"
        for relation in RELATIONS
    ]


@pytest.mark.parametrize("rows", [slope_rows, budget_rows, transfer_rows])
def test_the_page_has_the_table_of_the_records(rows, records: Sequence[TrialRecord]) -> None:
    for row in rows(records):
        assert row in PAGE, row


def test_packaged_effects_are_those_of_single_languages(folder: SweepFolder, records: Sequence[TrialRecord]) -> None:
    table = packaged_table()
    assert table is not None
    assert table.read_text(encoding="utf-8") == singles_table(saved_config(folder.config), records, NOTE)


def test_packaged_scores_of_sets_are_those_of_the_records(folder: SweepFolder, records: Sequence[TrialRecord]) -> None:
    rows = runpy.run_path(str(ROOT / "studies" / "set_scores.py"))["rows"]
    text = (ROOT / "search_spaces" / "data" / "study_scores.csv").read_text(encoding="utf-8")
    packaged = [line.split(",") for line in text.splitlines()[1:]]
    confirmed = RecordStore(SweepFolder(folder.mlruns, "real-small-confirm").records).all()
    assert rows([*records, *confirmed]) == packaged
