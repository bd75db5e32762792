"""A report is made again when anything changes that it rests on, and only then."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sweep.folders import SweepFolder, write_atomically
from sweep.records.records import RecordStore, TrialRecord
from sweep.reports.stamp import is_current, report_digest, write_stamp


@pytest.fixture
def sweep(folder: SweepFolder, record_of: Callable[..., TrialRecord]) -> SweepFolder:
    write_atomically(folder.config, "name: tiny\n")
    RecordStore(folder.records).write(record_of("none", 0))
    return folder


def test_what_changes_the_digest(sweep: SweepFolder, record_of: Callable[..., TrialRecord], tmp_path: Path) -> None:
    table = tmp_path / "costs.csv"
    table.write_text("language,cost\n")

    def now(**options: str) -> str:
        return report_digest([sweep], [table], options)

    seen = [now()]
    assert now() == seen[0]
    seen.append(now(distance="geographic"))
    table.write_text("language,cost\nwol_Latn,1\n")
    seen.append(now())
    RecordStore(sweep.records).write(record_of("none", 1))
    seen.append(now())
    write_atomically(sweep.config, "name: tiny\ndescription: other\n")
    seen.append(now())
    confirmed = SweepFolder(sweep.mlruns, "tiny-confirm")
    RecordStore(confirmed.records).write(record_of("none", 0, sweep="tiny-confirm"))
    seen.append(now())
    assert len(set(seen)) == 6


def test_a_report_that_lacks_a_file_or_figures_is_not_current(tmp_path: Path) -> None:
    assert not is_current(tmp_path, "d", figures=False)
    write_atomically(tmp_path / "report.md", "x")
    write_stamp(tmp_path, "d", figures=False)
    assert is_current(tmp_path, "d", figures=False) and not is_current(tmp_path, "d", figures=True)
    write_atomically(tmp_path / "figures" / "size.png", b"x")
    write_stamp(tmp_path, "d", figures=True)
    assert is_current(tmp_path, "d", figures=True) and is_current(tmp_path, "d", figures=False)
    assert not is_current(tmp_path, "e", figures=False)
    (tmp_path / "figures" / "size.png").unlink()
    assert not is_current(tmp_path, "d", figures=False)
    (tmp_path / "report.stamp.json").write_text("{")
    assert not is_current(tmp_path, "d", figures=False)
