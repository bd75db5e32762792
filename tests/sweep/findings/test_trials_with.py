"""The trials with a language, and what is said of its worth."""

from collections.abc import Callable

import pytest

import sweep
from sweep.commands.main import main
from sweep.findings.learned import Search, language_effects
from sweep.findings.trials_with import Wanted, trials_document, trials_table
from sweep.folders import SweepFolder, write_atomically
from sweep.records.records import RecordStore, TrialRecord
from sweep.reports.text_forms import markdown
from sweep.statistics.sentences import points
from tests.sweep.known_world import World

Make = Callable[..., TrialRecord]


@pytest.fixture
def records(record_of: Make) -> list[TrialRecord]:
    """None and thirty searched sets of three."""
    world = World(record_of, 7, 0.003)
    found = [world.trial("none", 0, ()), *world.search(30)]
    return [
        record if record.number is None else record_of(
            record.arm, 0, record.languages, number=record.number, scores=record.scores, score=0.5 + i / 1000
        )
        for i, record in enumerate(found)
    ]  # fmt: skip


def test_the_trials_are_those_with_and_without(records: list[TrialRecord]) -> None:
    wanted = Wanted(having=("jpn_Jpan",), lacking=("deu_Latn",))
    table = trials_table(records, wanted)
    meant = [r for r in records if "jpn_Jpan" in r.languages and "deu_Latn" not in r.languages]
    assert set(table["trial"]) == {r.trial for r in meant} and meant
    assert list(table["score"]) == sorted(table["score"], reverse=True)
    first = next(record for record in records if record.trial == table["trial"].iloc[0])
    test = [row.value for row in first.scores if row.split == "test" and row.language != "eng_Latn"]
    assert table["test/pos"].iloc[0] == pytest.approx(sum(test) / len(test))
    assert len(trials_table(records, Wanted())) == len(records)


def test_what_a_language_adds_is_what_learned_says(records: list[TrialRecord]) -> None:
    text = markdown(trials_document(records, "tiny", Wanted(having=("jpn_Jpan",))))
    effects = language_effects(Search.of(records))
    (rank,) = [i for i, one in enumerate(effects, start=1) if one.language == "jpn_Jpan"]
    line = next(line for line in text.splitlines() if line.startswith("| Japanese ") and " of " in line)
    assert points(effects[rank - 1].mean) in line and f"{rank} of {len(effects)}" in line
    assert str(effects[rank - 1].n_with) in line


def test_what_was_gained_is_against_fine_tuning_only(two_arms: list[TrialRecord]) -> None:
    text = markdown(trials_document(two_arms, "tiny", Wanted(having=("wol_Latn",))))
    lines = {line.split("|")[1].strip(): line for line in text.splitlines() if line.startswith("| ")}
    assert "+10.5 | +9.0 to +12.0" in " ".join(lines["Wolof (realigned)"].split())  # 39 - 30 and 44 - 32
    assert "+8.0 | +8.0 to +8.0" in " ".join(lines["Yoruba"].split())  # 29 - 21 and 31 - 23
    assert "Nothing was searched for" in text


def test_a_language_in_no_set_is_refused(two_arms: list[TrialRecord]) -> None:
    with pytest.raises(ValueError, match="Japanese \\(jpn_Jpan\\) is in none of 4 trials. Its sets hold Wolof"):
        trials_document(two_arms, "tiny", Wanted(having=("jpn_Jpan",)))


def test_the_command_and_python_give_the_same(
    two_arms: list[TrialRecord], folder: SweepFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    write_atomically(folder.config, "name: tiny\n")
    for record in two_arms:
        RecordStore(folder.records).write(record)
    where = ["--mlruns", str(folder.mlruns)]
    assert main(["trials", "tiny", "--with", "wo", "--format", "csv", *where]) == 0
    lines = capsys.readouterr().out.splitlines()
    table = sweep.trials_with("tiny", "Wolof", mlruns=folder.mlruns)
    assert [line.split(",")[0] for line in lines[1:]] == list(table["trial"]) == ["sub-seed0", "sub-seed1"]
    assert main(["trials", "tiny", "--without", "wol", *where]) == 0
    assert "2 of 4 trials without Wolof" in capsys.readouterr().out
    assert main(["trials", "tiny", "--with", "nolanguage", *where]) == 2
    assert "A language must be one of" in capsys.readouterr().err


def test_a_language_is_wanted_or_not(folder: SweepFolder, record_of: Make, capsys: pytest.CaptureFixture[str]) -> None:
    """Also where it has two names."""
    RecordStore(folder.records).write(record_of("mine", 0, ("jpn_Jpan", "wol_Latn")))
    for form in ("markdown", "csv"):
        command = ["trials", "tiny", "--with", "wol,jpn", "--without", "Japanese", "--mlruns", str(folder.mlruns)]
        assert main([*command, "--format", form]) == 2
        said = capsys.readouterr()
        assert "either with or without, but Japanese (jpn_Jpan) is given as both" in said.err and not said.out
