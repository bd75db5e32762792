"""`realign-sweep select`, `criteria`, `standing`: what a person without any data or encoder sees."""

import json

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


def test_a_budget_that_is_too_small_names_the_cheapest_set(capsys, tmp_path):
    table = tmp_path / "mine.csv"
    table.write_text("language,pool,target,cost\nde,yes,,3\nnl,yes,,2\nfi,yes,,2.5\nManx,,2,\n")
    one_file = ["--pool", str(table), "--targets", str(table), "--costs", str(table), "--criterion", "target-coverage"]
    assert main(["select", "--budget", "4", "--min-size", "2", *one_file]) == 2
    assert "costs 4.5: fin_Latn, nld_Latn" in capsys.readouterr().err
    text = printed(capsys, "--budget", "4.5", "--min-size", "2", *one_file)
    assert chosen_in(text) == ("fin_Latn", "nld_Latn") and "cost 4.5 of 4.5" in text and "Manx (Indo-European)" in text


def test_targets_are_explained(capsys):
    text = printed(capsys, "--size", "5", "--criterion", "target-coverage", "--targets", "quy,aym,grn")
    rows = {line.split()[0]: line for line in text.splitlines() if line.startswith(("quy", "ayr", "grn"))}
    assert "Quechua (Quechuan)" in rows["quy_Latn"] and "imputed" in text and rows.keys() == {
        "quy_Latn", "ayr_Latn", "grn_Latn"
    }  # fmt: skip
    assert "afr_Latn, arb_Arab are closest to no target" in text  # three targets need no more than three languages
    assert "Without afr_Latn or arb_Arab the value is the same" in text and "next-best sets" in text
    assert text.count("proven") == 2  # of the set, once; of the next-best ones, that they are not


def test_the_answer_for_programs(capsys):
    given = ["--size", "3", "--pool", "sw,yo,de,fi,ja,ta", "--criterion", "facility-location", "--targets", "zu"]
    answer = json.loads(printed(capsys, *given, "--format", "json"))
    text = printed(capsys, *given)
    assert tuple(answer["arm"]["languages"]) == chosen_in(text) and answer["optimal"] is True
    assert f"{answer['value']:.4f}" in text and answer["targets"][0]["target"] == "zul_Latn"
    assert {"serves", "dropped", "replaced", "family"} <= answer["languages"][0].keys()
    for one in answer["languages"]:
        (line,) = (row for row in text.splitlines() if row.startswith(one["language"]) and row.count("seen") > 1)
        assert line.endswith(f"{one['nearest']} {one['nearest_distance']:.3f}")


def test_the_answer_for_programs_says_of_targets_what_the_text_says(capsys, tmp_path):
    table = tmp_path / "targets.csv"
    table.write_text("language,target\nquy,3\nzu,yes\n")
    given = ["--size", "2", "--pool", "sw,yo,de", "--criterion", "target-coverage", "--targets", str(table)]
    quechua, zulu = json.loads(printed(capsys, *given, "--format", "json"))["targets"]
    assert (quechua["name"], quechua["family"], quechua["weight"]) == ("Quechua", "Quechuan", 3.0)
    assert (zulu["name"], zulu["weight"]) == ("Zulu", 1.0)
    lines = printed(capsys, *given).splitlines()
    for one in (quechua, zulu):
        (row,) = (line for line in lines if line.startswith(one["target"]) and line.endswith("%"))
        assert row.endswith(f" {100 * one['imputed_frac']:.0f} %") and one["imputed_frac"] > 0
    (zulu,) = json.loads(printed(capsys, *given[:-1], "zu", "--distance", "script", "--format", "json"))["targets"]
    assert zulu["imputed_frac"] is None  # scripts are no features


def test_a_table_of_own_languages(capsys, tmp_path):
    table = tmp_path / "languages.csv"
    table.write_text("iso,script,name,class,uriel\nqac,Latn,Gutnish Cant,1,swe\nglv,,,,\n")
    text = printed(
        capsys, "--size", "1", "--pool", "de,cy,fi", "--languages", str(table), "--targets", "qac,glv", "--criterion",
        "target-coverage",
    )  # fmt: skip
    assert "Gutnish Cant" in text
    assert main(["languages", "--languages", str(table), "--where", str(table)]) == 0
    listed = capsys.readouterr().out
    assert "qac_Latn" in listed and "| Manx" in listed


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
