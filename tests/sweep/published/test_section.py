from collections.abc import Callable

import pytest
from scipy import stats

from search_spaces.distances.sources import load_distances
from search_spaces.inventory import REALIGNMENT_LANGUAGES
from sweep.published.section import published_section
from sweep.published.study import published_records, set_table
from sweep.records.records import TrialRecord


@pytest.mark.slow
def test_the_confounding_stands_in_the_report_of_the_published_study(record_of: Callable[..., TrialRecord]) -> None:
    section = published_section(published_records())
    assert section is not None
    (table,) = section.tables
    rows = {tuple(row[:2]): row for row in table.rows}
    assert len(rows) == 4 * 3 and len(section.points) == 2 * 3
    row = rows["PoS accuracy, unseen", "the number of African languages"]
    sets = set_table(load_distances("featural", REALIGNMENT_LANGUAGES).matrix).dropna(subset="pos/unseen")
    assert row[2] == str(len(sets)) == "23"
    assert row[3].startswith(f"{stats.spearmanr(sets['n_african'], sets['pos/unseen'])[0]:+.2f} (p < 0.001)")
    assert row[4].startswith(f"{stats.pearsonr(sets['n_african'], sets['pos/unseen'])[0]:+.2f} (p < 0.001)")
    assert "uncertain by up to 0.01" in table.note
    assert "all 17 unseen PoS test languages are African" in section.paragraphs[0]
    assert published_section([record_of("none", 0)]) is None and published_section([]) is None
