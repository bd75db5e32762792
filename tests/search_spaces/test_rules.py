"""Rules as people write them: groups, costs, and what is refused."""

from pathlib import Path

import pytest

from search_spaces.inventory import REALIGNMENT_LANGUAGES
from search_spaces.reading import DataError
from search_spaces.rules import SubsetRules, build_space, read_costs


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("language,cost\nswh,nan\n", "finite number of at least 0, but is 'nan' in .*line 2"),
        ("language,cost\nswh,inf\n", "but is 'inf' in .*line 2"),
        ("language,cost\n\nswh,-5\n", "but is '-5' in .*line 3"),
        ("language,cost\nswh,\n", "but is '' in .*line 2"),
        ("language,cost\nswh,1,2\n", r"as many cells as the header \(2\), but .*line 2 has 3"),
        ("language,cost\nswh\n", "line 2 has 1"),
        ("language,cost,cost\nswh,1,2\n", "a name of its own, but .* has 'cost'"),
        ("language,cost,\nswh,1,2\n", "has one without a name"),
        ("language;cost\nswh;1\n", "has language;cost. Add it, with commas"),
        ('language,cost\nswh,"1\n', "must be a CSV file, but line 2 is not"),
        ("", "has none"),
    ],
)
def test_costs_that_are_none_are_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "costs.csv"
    path.write_bytes(text.encode())
    with pytest.raises(DataError, match=message) as caught:
        read_costs(path)
    assert str(path) in str(caught.value)


def test_groups_are_written_as_columns_values_and_published_subsets():
    rules = SubsetRules(at_most={"family": 1, "area=Africa": 3, "afri_only": 2}, at_least={"script=Latn": 2})
    space = build_space(REALIGNMENT_LANGUAGES, 10, rules)
    by_name = {rule.name: rule for rule in space.rules}
    assert by_name["family=Uralic"].members == {"est_Latn", "fin_Latn", "hun_Latn"}
    assert by_name["family=Uralic"].at_most == 1 and by_name["script=Latn"].at_least == 2
    assert len(by_name["afri_only"].members) == 21 and "afr_Latn" in by_name["area=Africa"].members
    assert {"family=Basque", "family=isolate"}.isdisjoint(by_name)  # a language alone is a family of its own


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"at_most": {"famly": 1}}, "Nearest: 'family'"),
        ({"at_most": {"area=Afrika": 1}}, "must be one of Africa"),
        ({"require": ("klingonese",)}, "must be one of ISO 639-3"),
    ],
)
def test_unknown_groups_and_languages_are_refused(rules, message):
    with pytest.raises(ValueError, match=message):
        build_space(REALIGNMENT_LANGUAGES, 10, SubsetRules(**rules))


def test_costs_are_read_by_any_name(tmp_path):
    path = tmp_path / "costs.csv"
    path.write_text("language,cost\nsw,1.5\nGerman,2\n")
    assert read_costs(path) == {"swh_Latn": 1.5, "deu_Latn": 2.0}
    path.write_text("language,cost\nsw,1.5\nswa,2\n")
    with pytest.raises(ValueError, match="swh_Latn occurs again in .*line 3"):
        read_costs(path)
    path.write_text("language,cost\nsw,much\n")
    with pytest.raises(ValueError, match="line 2"):
        read_costs(path)
    path.write_text("code,cost\nsw,1\n")
    with pytest.raises(ValueError, match="header `language,cost`"):
        read_costs(path)
