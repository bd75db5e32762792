"""`realign-sweep select`, `criteria`, `standing`: what a person without any data or encoder sees."""

import pytest

from search_spaces.inventory import INVENTORY, REALIGNMENT_LANGUAGES
from sweep.commands.main import main
from tests.sweep.select.printed import chosen_in, printed


def test_the_best_is_proven(capsys):
    text = printed(capsys, "--size", "3", "--pool", "area=Africa", "--criterion", "max-min")
    assert "proven optimal" in text


def test_rules_budget_and_another_set(capsys, tmp_path):
    costs = tmp_path / "costs.csv"
    costs.write_text("language,cost\n" + "\n".join(f"{tag},{1 + i % 3}" for i, tag in enumerate(REALIGNMENT_LANGUAGES)))
    text = printed(
        capsys, "--budget", "12", "--costs", str(costs), "--at-most", "1:family", "--require", "sw", "--solver", "local"
    )
    languages = chosen_in(text)
    assert "swh_Latn" in languages and len({INVENTORY[tag].family for tag in languages}) == len(languages)
    assert sum(1 + REALIGNMENT_LANGUAGES.index(tag) % 3 for tag in languages) <= 12
    another = printed(capsys, "--size", "5", "--solver", "local", "--seed", "1", "--tolerance", "0.2")
    assert "drawn within 0.2" in another


def test_a_front_of_two_criteria(capsys):
    text = printed(capsys, "--size", "3", "--pool", "sw,yo,de,fi,ru,uk", "--pareto", "least-script-coverage")
    assert "no other subset found beats" in text and "fin_Latn" in text


def test_figures_are_written(capsys, tmp_path):
    printed(capsys, "--size", "3", "--pool", "sw,yo,de,fi,ja,ta", "--figures", str(tmp_path / "out"))
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"map.png", "tree.png"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--size", "3", "--criterion", "maxsum"], "Nearest: 'max-sum'"),
        (["--size", "3", "--seed", "1"], "a seed would change nothing"),
        (["--size", "99"], "at most 65"),
        ([], "needs a size or a budget"),
        (["--size", "3", "--at-most", "family"], "N:GROUP"),
        (["--size", "3", "--pool", "colour=red"], "column must be one of"),
        (["--size", "3", "--distance", "colour"], "colour"),
        (["--size", "3", "--at-least", "3:script=Latn", "--at-least", "3:script=Arab"], "script="),
    ],
)
def test_mistakes_are_one_sentence(capsys, arguments, message):
    assert main(["select", *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error and "Traceback" not in error and error.count("realign-sweep:") == 1
