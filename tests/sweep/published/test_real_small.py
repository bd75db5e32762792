"""The published pilot: its records are those that docs/study.md speaks of."""

from pathlib import Path

import pytest

from sweep.findings.set_slopes import NEWNESS, set_slopes
from sweep.folders import SweepFolder
from sweep.published.import_study import import_study
from sweep.records.records import RecordStore
from sweep.scores.groups import group_means

ROOT = Path(__file__).parents[3]


@pytest.mark.slow
def test_the_page_says_what_the_records_say(tmp_path: Path) -> None:
    (folder,) = import_study(ROOT / "studies" / "real-small", tmp_path, lambda text: None)
    assert folder == SweepFolder.below(tmp_path, "real-small")
    records = RecordStore(folder.records).all()
    page = (ROOT / "docs" / "study.md").read_text(encoding="utf-8")
    assert len(records) == 66 and "66 trainings" in page
    key = "pos", "accuracy", "unseen"
    mean = {arm: [group_means(r)[key] for r in records if r.arm == arm] for arm in ("full", "none")}
    gain = 100 * (sum(mean["full"]) - sum(mean["none"])) / 3
    assert f"PoS +{gain:.1f} [-0.6, 4.1] in 22 unseen" in page
    (slope,) = [s for s in set_slopes(records, ["all"]) if (s.task, s.property) == ("retrieval", NEWNESS)]
    low, high = slope.confidence.interval()
    assert f"+{100 * slope.confidence.mean:.1f} [{100 * low:.1f}, {100 * high:.1f}], p over sets < 0.001" in page
    assert slope.p_sets < 0.001 and f"({slope.retest:.2f})" in page
