"""The controls of docs/study.md: what the page says of them is what their records say."""

import runpy
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sweep.config.load import saved_config
from sweep.findings.effects_table import singles_table
from sweep.findings.set_slopes import DISPERSION, NEARNESS, NEWNESS, SCRIPT, Slope
from sweep.folders import SweepFolder
from sweep.published.import_study import import_study
from sweep.records.records import RecordStore, TrialRecord
from sweep.scores.leaderboard import leaderboard
from sweep.statistics.rank_correlation import spearman_interval

ROOT = Path(__file__).parents[3]
DATA = ROOT.parent / "shared" / "data"
PAGE = (ROOT / "docs" / "study.md").read_text(encoding="utf-8")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

Study = Callable[[str], tuple[SweepFolder, Sequence[TrialRecord]]]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A study's name -> its sweep, imported once, and its records."""

    @cache
    def imported(name: str) -> tuple[SweepFolder, Sequence[TrialRecord]]:
        folder = import_study(ROOT / "studies" / name, tmp_path_factory.mktemp(name), lambda text: None)[0]
        return folder, RecordStore(folder.records).all()

    return imported


def test_classes_of_sets_of_one_source(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    classes = script("classes", monkeypatch)
    rows = classes["table"](classes["compared"](study("one-source")[1]))
    assert len(rows) == 2 + 3
    for row in rows[2:]:
        assert row in PAGE, row


def test_single_languages_of_one_source_and_of_the_study(study: Study) -> None:
    effects = {}
    for name in ("real-small", "one-source"):
        folder, records = study(name)
        table = singles_table(saved_config(folder.config), records).splitlines()[1:]
        effects[name] = {row.split(",")[0]: float(row.split(",")[3]) for row in table}
    both = sorted(set(effects["real-small"]) & set(effects["one-source"]))
    for kept, n in ((both, 56), ([one for one in both if one.endswith("_Latn")], 33)):
        found = spearman_interval(*(np.array([of[language] for language in kept]) for of in effects.values()))
        assert len(kept) == n
        assert f"{found.value:.2f} [{found.low:.2f}, {found.high:.2f}]" in PAGE


def script(name: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A script of `studies`, where scripts import each other."""
    monkeypatch.syspath_prepend(str(ROOT / "studies"))
    return runpy.run_path(str(ROOT / "studies" / f"{name}.py"))


def cell(found: Sequence[Slope], name: str, group: str) -> str:
    """Of retrieval, as the page has it."""
    (one,) = [one for one in found if (one.property, one.task, one.group) == (name, "retrieval", group)]
    low, high = one.confidence.interval()
    return f"{100 * one.confidence.mean:+.1f} [{100 * low:.1f}, {100 * high:.1f}]"


def test_no_property_goes_with_scores_where_the_encoder_has_read_others(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    slopes = script("slopes", monkeypatch)["slopes"]
    own, of_mbert = (slopes(study("newness")[1], None, read_by) for read_by in ("", "mbert"))
    for name in (DISPERSION, NEARNESS, NEWNESS, SCRIPT):  # some with p-values beside
        (row,) = [line for line in PAGE.splitlines() if line.startswith(f"| {name} | {cell(own, name, 'all')}")]
        assert cell(own, name, "unseen") in row
    assert f"as before: {cell(of_mbert, NEWNESS, 'all')}, and {cell(of_mbert, NEWNESS, 'unseen')}" in PAGE


@pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data, which is not here")
def test_text_takes_the_place_of_newness(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    """The scripts' own cells, of the main study and of the control side by side."""
    found = script("slopes", monkeypatch)
    tables = [found["table"](found["slopes"](study(name)[1], DATA)) for name in ("real-small", "newness")]
    for main, control in zip(*(table[2:] for table in tables), strict=True):
        assert f"{'|'.join(main.split('|')[:5])}|{'|'.join(control.split('|')[2:5])}|" in PAGE
    lifts = script("lifts", monkeypatch)
    for row in lifts["table"](DATA, study("real-small")[1], study("one-source")[1]):
        assert row in PAGE, row


def test_tens_come_out_alike_with_both_encoders(study: Study) -> None:
    means = []
    for name in ("real-small", "newness"):
        of_set: dict[frozenset[str], list[float]] = {}
        for record in study(name)[1]:
            if record.number is None and len(record.languages) == 10:
                scores = [row.value for row in record.scores if (row.task, row.split) == ("retrieval", "test")]
                of_set.setdefault(frozenset(record.languages), []).append(float(np.mean(scores)))
        means.append({languages: float(np.mean(values)) for languages, values in of_set.items()})
    both = sorted(set(means[0]) & set(means[1]), key=sorted)
    found = spearman_interval(*(np.array([of[languages] for languages in both]) for of in means))
    assert len(both) == 10 and f"{found.value:.2f} [{found.low:.2f}, {found.high:.2f}]" in PAGE


def retrieval(records: Sequence[TrialRecord], size: int) -> dict[str, float]:
    """Arm -> mean test P@1 in points, over all languages and its trials."""
    found: dict[str, list[float]] = {}
    for record in records:
        if record.finished and len(record.languages) == size:
            scores = [row.value for row in record.scores if (row.task, row.split) == ("retrieval", "test")]
            found.setdefault(record.languages[0] if size == 1 else record.arm, []).append(100 * float(np.mean(scores)))
    return {name: float(np.mean(values)) for name, values in found.items()}


def test_what_one_language_lifts_retrieval_by(study: Study) -> None:
    records = study("one-source")[1]
    alone, (none,) = retrieval(records, 1), retrieval(records, 0).values()
    news = {language: value - none for language, value in alone.items()}
    latin = [gain for language, gain in news.items() if language.endswith("_Latn")]
    others = [gain for language, gain in news.items() if not language.endswith("_Latn")]
    mean = np.mean(list(news.values()))
    assert len(news) == 56 and len(latin) == 33 and f"{np.mean(others):.1f}), where" in PAGE
    assert f"by {mean:.1f} points on average (33 of Latin script {np.mean(latin):.1f}, the others" in PAGE


def test_the_encoder_that_was_aligned_beforehand(study: Study) -> None:
    rows = leaderboard(study("real-packaged")[1]).set_index(["arm", "task", "group"])
    for arm, title in (("none", "nothing"), ("full", "full"), ("least_uriel_en_10", "`least_uriel_en_10`")):
        pos, found = (100 * rows.loc[(arm, task, "all")]["mean"] for task in ("pos", "retrieval"))
        (row,) = [line for line in PAGE.splitlines() if line.startswith(f"| {title} | {pos:.1f} |")]
        assert f"| {found:.1f} |" in row
