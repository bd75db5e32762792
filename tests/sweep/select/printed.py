"""What `realign-sweep select` prints, and the languages in it."""

from ruamel.yaml import YAML

from sweep.commands.main import main


def printed(capsys, *arguments):
    assert main(["select", *arguments]) == 0
    return capsys.readouterr().out


def chosen_in(text):
    return tuple(YAML(typ="safe").load(text[text.index("arms:") :])["arms"][0]["languages"])
