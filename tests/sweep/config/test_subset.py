"""What every choice of languages rests on: canonical targets, files that are there."""

from pathlib import Path

from search_spaces.rules import SubsetRules
from sweep.config.subset import SubsetConfig, checked_subset


def test_targets_become_tags_and_nothing_else_changes(tmp_path: Path) -> None:
    costs = tmp_path / "costs.csv"
    costs.write_text("language,cost\n")
    subset = SubsetConfig(targets=("sw", "German"), costs=str(costs), rules=SubsetRules(budget=3.0))
    problems: list[str] = []
    checked = checked_subset(subset, problems)
    assert problems == [] and sorted(checked.targets) == ["deu_Latn", "swh_Latn"]
    assert (checked.costs, checked.rules, checked.distance) == (str(costs), subset.rules, "featural")


def test_each_problem_is_one_sentence(tmp_path: Path) -> None:
    problems: list[str] = []
    checked_subset(SubsetConfig(rules=SubsetRules(budget=3.0), facts=str(tmp_path)), problems)
    assert problems == [
        f"`subset.facts` must be a CSV file, but {tmp_path} is none. Give another path.",
        "`subset.rules.budget` needs the cost of each language, but `subset.costs` is missing.",
    ]
    problems.clear()
    checked_subset(SubsetConfig(facts="gone.csv"), problems, has_files=False)  # a finished sweep, read elsewhere
    assert problems == []
    checked_subset(SubsetConfig(targets=("klingonese",)), problems)
    assert len(problems) == 1 and "subset.targets" in problems[0] and "klingonese" in problems[0]
