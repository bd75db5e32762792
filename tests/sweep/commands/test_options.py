"""The options of `select` and `replay`."""

import argparse

import pytest

from search_spaces.replay.functions import FUNCTIONS
from sweep.commands.main import build_parser
from sweep.commands.options import (
    REPLAY_EPILOG,
    add_replay,
    add_select,
    arm_names,
    keywords_of_select,
    rules_of_select,
)
from sweep.folders import tracking_option


def options_of_select(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_select(parser)
    return parser.parse_args(arguments)


def test_the_help_names_every_function() -> None:
    assert set(FUNCTIONS) <= set(REPLAY_EPILOG.split())


def test_rules_are_read_as_they_are_written() -> None:
    limits = ["--at-least", "3:area=Africa", "--at-least", " 2 : script=Latn", "--at-most", "1:family"]
    assert rules_of_select(options_of_select("--require", "sw, yo,", "--budget", "2.5", *limits)) == {
        "require": ("sw", "yo"), "forbid": (), "budget": 2.5, "at_least": {"area=Africa": 3, "script=Latn": 2},
        "at_most": {"family": 1},
    }  # fmt: skip


@pytest.mark.parametrize("text", ["family", ":family", "1:", "-1:family", "1.5:family", "²:family"])
def test_a_limit_without_number_or_group_is_refused(text: str) -> None:
    with pytest.raises(ValueError) as caught:
        rules_of_select(options_of_select(f"--at-most={text}"))
    assert str(caught.value) == (f"`--at-most` must be given N:GROUP, like 1:family or 3:area=Africa, but is {text!r}.")


@pytest.mark.parametrize(("anchor", "expected"), [("none", None), ("None", None), ("de", "de")])
def test_none_is_no_anchor(anchor: str, expected: str | None) -> None:
    assert keywords_of_select(options_of_select("--anchor", anchor))["anchor"] == expected


def test_commas_within_the_options_of_a_searcher_separate_no_searchers() -> None:
    parser = argparse.ArgumentParser()
    add_replay(parser)
    options = parser.parse_args(["f", "--searchers", "random,subset-gp(acquisition=ucb,typology=False),evolution"])
    assert options.searchers == ["random", "subset-gp(acquisition=ucb,typology=False)", "evolution"]


@pytest.mark.parametrize("command", [["run", "quickstart"], ["resume", "x"], ["confirm", "x"], ["ui"], ["sync", "x"]])
def test_the_tracking_store_is_the_option_else_the_variable(
    command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert build_parser().parse_args(command).tracking_uri is None
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://lab:5000")
    assert build_parser().parse_args(command).tracking_uri == "http://lab:5000"
    assert build_parser().parse_args([*command, "--tracking-uri", "http://x"]).tracking_uri == "http://x"


def test_the_command_that_goes_on_names_the_store_but_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://lab:5000")
    assert tracking_option(None) == tracking_option("http://lab:5000") == ""
    assert tracking_option("http://me:geheim@x") == " --tracking-uri 'http://me:***@x'"


def test_arms_are_named_as_reports_print_them() -> None:
    assert arm_names("given-deu-fra (German, French), most_uriel_en_10,two") == (
        "given-deu-fra",
        "most_uriel_en_10",
        "two",
    )
    with pytest.raises(argparse.ArgumentTypeError, match="holds none"):
        arm_names(",")
