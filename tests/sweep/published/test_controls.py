"""The controls of docs/study.md: what the page says of them is what their records say."""

import dataclasses
import runpy
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from search_spaces.inventory import seen_by
from sweep.config.load import saved_config
from sweep.findings.effects_table import singles_table
from sweep.findings.set_slopes import NEWNESS, Slope, set_slopes
from sweep.folders import SweepFolder
from sweep.published.import_study import import_study
from sweep.records.records import RecordStore, TrialRecord
from sweep.scores.leaderboard import leaderboard
from sweep.statistics.rank_correlation import spearman_interval

ROOT = Path(__file__).parents[3]
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


def test_classes_of_sets_of_one_source(study: Study) -> None:
    script = runpy.run_path(str(ROOT / "studies" / "classes.py"))
    rows = script["table"](script["compared"](study("one-source")[1]))
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


def shown(slopes: Sequence[Slope], group: str) -> str:
    (one,) = [one for one in slopes if (one.property, one.task, one.group) == (NEWNESS, "retrieval", group)]
    low, high = one.confidence.interval()
    return f"{100 * one.confidence.mean:+.1f} [{100 * low:.1f}, {100 * high:.1f}]"


def test_it_is_not_newness(study: Study) -> None:
    """The share of a set that the encoder has not read, and the share that mBERT has not read."""
    records = study("newness")[1]
    mbert = tuple(sorted(seen_by("mbert")))
    other = [dataclasses.replace(record, seen_languages=mbert) for record in records]
    own, of_mbert = set_slopes(records), set_slopes(other)
    lines = [line for line in PAGE.splitlines() if line.startswith(("| this encoder has not read", "| mBERT has not"))]
    assert shown(own, "all") in lines[0] and shown(own, "unseen") in lines[0]
    assert shown(of_mbert, "all") in lines[1] and shown(of_mbert, "unseen") in lines[1]


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
    """By both texts, over the same 56 languages."""
    line = next(line for line in PAGE.splitlines() if line.startswith("* **Text** is much of the rest."))
    after = PAGE[PAGE.index(line) :]
    gains = {}
    for name in ("one-source", "real-small"):
        records = study(name)[1]
        alone, (none,) = retrieval(records, 1), retrieval(records, 0).values()
        gains[name] = {language: value - none for language, value in alone.items()}
    news = gains["one-source"]
    latin = [gain for language, gain in news.items() if language.endswith("_Latn")]
    others = [gain for language, gain in news.items() if not language.endswith("_Latn")]
    both = (
        f"by {np.mean(list(news.values())):.1f} points on average (33 of Latin script {np.mean(latin):.1f}, the others"
    )
    assert len(news) == 56 and len(latin) == 33 and both in after and f"{np.mean(others):.1f}), where" in after
    assert f"lift it by {np.mean([gains['real-small'][language] for language in news]):.1f}." in after


def test_the_encoder_that_was_aligned_beforehand(study: Study) -> None:
    rows = leaderboard(study("real-packaged")[1]).set_index(["arm", "task", "group"])
    for arm, title in (("none", "nothing"), ("full", "full"), ("least_uriel_en_10", "`least_uriel_en_10`")):
        pos, found = (100 * rows.loc[(arm, task, "all")]["mean"] for task in ("pos", "retrieval"))
        (row,) = [line for line in PAGE.splitlines() if line.startswith(f"| {title} | {pos:.1f} |")]
        assert f"| {found:.1f} |" in row
