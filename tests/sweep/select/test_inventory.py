import csv
import io
from collections import Counter

import pytest

from search_spaces.choose import known_languages
from search_spaces.inventory import INVENTORY
from search_spaces.published.subsets import PUBLISHED
from sweep.select.inventory import TABLE_COLUMNS, inventory_table

URALIC = ("hun_Latn", "fin_Latn", "est_Latn")


def records(languages=tuple(INVENTORY)):
    return list(csv.DictReader(io.StringIO(inventory_table(languages, "csv"))))


def test_every_language_once_sorted():
    assert [row["language"] for row in records()] == sorted(INVENTORY)
    assert [row["language"] for row in records([*URALIC, "fin_Latn"])] == sorted(URALIC)


def test_cells_are_the_inventory_s():
    for row in records():
        info = INVENTORY[row["language"]]
        assert (row["name"], row["family"], row["branch"]) == (info.name, info.family, info.branch)
        assert (row["script"], row["area"], row["resource"]) == (info.script, info.area, info.resource)
        assert (row["corpus"], row["role"]) == (info.corpus, info.role)
        assert (row["seen_by_mbert"] == "seen") == info.seen_by_mbert
        assert (row["seen_by_xlmr"] == "seen") == info.seen_by_xlmr


def test_memberships_are_counted():
    counts = Counter()
    for subset in PUBLISHED.values():
        if subset.aim != "pool":
            counts.update(subset.languages or ())
    assert {row["language"]: int(row["subsets"]) for row in records()} == {tag: counts[tag] for tag in INVENTORY}


def test_text_lines_up_and_counts():
    *table, blank, count = inventory_table(URALIC).splitlines()
    assert len(table) == 2 + 3 and blank == ""
    bars = [[i for i, letter in enumerate(line) if letter == "|"] for line in table]
    assert all(positions == bars[0] and len(positions) == len(TABLE_COLUMNS) + 1 for positions in bars)
    assert count == f"3 of {len(known_languages()):,} languages, 3 of them among the paper's 65."
    finnish = [cell.strip() for cell in table[3].strip("|").split("|")]
    assert finnish[:5] == ["fin_Latn", "Finnish", "Uralic", "-", "Latn"]  # it has no branch


def test_no_language_is_a_header_alone():
    assert inventory_table([]).splitlines()[-1].startswith("0 of ")
    assert records([]) == []


def test_unknown_form_is_refused():
    with pytest.raises(ValueError, match="text or csv, but is 'html'"):
        inventory_table(URALIC, "html")
