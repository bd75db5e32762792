"""What `select` and `criteria` print."""

import json
import re
from pathlib import Path

from ruamel.yaml import YAML

from search_spaces.choose import choose
from search_spaces.criteria import CRITERIA
from search_spaces.inventory import INVENTORY
from sweep.commands.main import main
from sweep.config.load import parse_config
from tests.sweep.select.printed import chosen_in, printed

EFFECTS = Path(__file__).parents[2] / "search_spaces" / "effects.csv"


def test_the_answer_is_readable_and_its_yaml_is_an_arm(capsys):
    text = printed(capsys, "--size", "4", "--solver", "local", "--criterion", "facility-location")
    languages = chosen_in(text)
    arms = YAML(typ="safe").load(text[text.index("arms:") :])["arms"]
    arm = parse_config({"name": "x", "arms": arms}).arms[0]
    assert (
        arm.languages
        == languages
        == choose(4, "facility-location", solver="local", n_random=0).selection.subset.languages
    )
    for language in languages:
        row = next(line for line in text.splitlines() if line.startswith(language))
        assert INVENTORY[language].name in row and INVENTORY[language].family in row
    assert re.search(r"above [0-9.]+ % of them", text) and "imputed among the chosen" in text


def test_two_pasted_answers_do_not_clash(capsys):
    texts = [printed(capsys, "--size", "3", "--criterion", "min-sum", "--pool", pool) for pool in ("all", "afri_only")]
    first, second = (text[text.index("arms:") :].splitlines()[:2] for text in texts)
    arms = YAML(typ="safe").load("\n".join([*first, second[1]]))["arms"]
    names = [arm.name for arm in parse_config({"name": "x", "arms": arms}).arms]
    assert len(set(names)) == 2 and all(re.fullmatch(r"min-sum-3-[0-9a-f]{4}", name) for name in names)


def test_criteria_are_listed(capsys):
    assert main(["criteria"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [re.split(r"[ (]", line)[0] for line in lines] == list(CRITERIA)


def test_estimates_are_named_with_their_intervals(capsys):
    criterion = f"study(table={EFFECTS})"
    text = printed(capsys, "--size", "2", "--criterion", criterion, "--pool", "swh,zul,eus,fra")
    assert chosen_in(text) == ("swh_Latn", "zul_Latn") and "proven optimal" in text
    assert "rests on    estimates of encoder made-up, task pos+ner; numbers of no study, for tests" in text
    assert "zul_Latn +1.10 [+0.70, +1.50] (12 trials)" in text
    answer = json.loads(
        printed(capsys, "--size", "2", "--criterion", criterion, "--pool", "swh,zul,eus,fra", "--format", "json")
    )
    assert len(answer["basis"]) == 4 and answer["optimal"]
