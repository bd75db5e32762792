"""A sweep goes on with the data, languages and encoder that its trials that are over had, or says what has changed."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sweep.execution.same_inputs import check_inputs, say_libraries
from sweep.folders import SweepFolder
from sweep.plan import Plan, make_plan
from sweep.records.records import TrialRecord
from trainables.data.folder import DataFolder
from trainables.encoders.load import encoder_origin
from trainables.inputs import digests_of, way_of_reading
from trainables.mapping import ConfigError, to_mapping
from trainables.shared_stages import open_store

Check = Callable[[list[TrialRecord]], list[str]]


@pytest.fixture
def keys(tmp_path: Path, data: Path) -> dict[str, Any]:
    encoder = tmp_path / "encoder"
    encoder.mkdir()
    for name in ("config.json", "model.safetensors", "tokenizer.json"):
        (encoder / name).write_text("{}")
    return {
        "run": {"encoder": {"provider": "hub", "name": str(encoder)}, "tasks": ["pos"]},
        "arms": ["none", "full", {"languages": ["swh"]}], "seeds": [0],
    }  # fmt: skip


@pytest.fixture
def records(
    plan_of: Callable[..., Plan], record_of: Callable[..., TrialRecord], keys: dict[str, Any], data: Path
) -> list[TrialRecord]:
    """One of each arm, as a trial would have recorded its inputs."""
    made = []
    for trial in plan_of(**keys).trials:
        run = trial.run
        fields = {"data": digests_of(run, DataFolder(data)), "way_of_reading": way_of_reading()}
        encoder = encoder_origin(run.encoder, DataFolder(data), open_store(run))
        made.append(record_of(trial.arm, 0, run.languages, config=to_mapping(run), encoder=encoder, **fields))
    return made


@pytest.fixture
def check(config_of: Callable[..., Any], keys: dict[str, Any], folder: SweepFolder) -> Check:
    """Plans anew and compares; returns what was said."""

    def compare(records: list[TrialRecord]) -> list[str]:
        said: list[str] = []
        check_inputs(make_plan(config_of(**keys), folder), records, folder, said.append)
        return said

    return compare


def append(path: Path, text: str) -> None:
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()) + text.encode()))


def test_what_has_not_changed_goes_on_wherever_it_lies(
    records: list[TrialRecord], check: Check, data: Path, keys: dict[str, Any]
) -> None:
    assert check(records) == []
    (data / "notes.txt").write_text("mine")  # nothing reads it
    keys["run"]["data"] = {"source": "folder", "root": str(data.rename(data.with_name("moved")))}
    assert check(records) == []


@pytest.mark.parametrize(
    ("file", "text", "what", "n"),
    [
        (
            "pos/wol/test.conllu.gz",
            "1\tmore\t_\tNOUN" + "\t_" * 6 + "\n\n",
            "The development and test sets of `pos`",
            3,
        ),
        ("pos/eng/train.conllu.gz", "1\tmore\t_\tNOUN" + "\t_" * 6 + "\n\n", "The English training set of `pos`", 3),
        ("bitext/swh.tsv.gz", "x.3\tit rains\tmvua\n", "The sentence pairs", 2),
        ("bitext/yor.tsv.gz", "x.3\tit rains\tojo\n", "The sentence pairs", 1),
    ],
)
def test_changed_data_is_refused(
    records: list[TrialRecord], check: Check, data: Path, file: str, text: str, what: str, n: int
) -> None:
    append(data / file, text)
    with pytest.raises(ConfigError) as caught:
        check(records)
    assert caught.value.problems == [
        f"{what} must be as for the {n} trials that are over, but changed since. Bring back what was there, or give "
        "another `--name` to run all with what is there now."
    ]
    assert check([]) == []  # nothing is over


def test_data_that_no_trial_reads_may_change(records: list[TrialRecord], check: Check, data: Path) -> None:
    append(data / "ner" / "wol" / "test.tsv.gz", "more\tO\n\n")
    append(data / "bitext" / "yor.tsv.gz", "x.3\tit rains\tojo\n")
    assert check([record for record in records if record.arm != "full"]) == []


def test_another_pool_is_another_arm(records: list[TrialRecord], check: Check, data: Path) -> None:
    (data / "bitext" / "hau.tsv.gz").write_bytes((data / "bitext" / "swh.tsv.gz").read_bytes())
    with pytest.raises(ConfigError, match="The languages of the arm `full` must be as for the 1 trials") as caught:
        check(records)
    assert len(caught.value.problems) == 1


def test_changed_weights_are_refused(records: list[TrialRecord], check: Check, tmp_path: Path) -> None:
    (tmp_path / "encoder" / "README.md").write_text("mine")
    assert check(records) == []
    (tmp_path / "encoder" / "model.safetensors").write_text("other")
    with pytest.raises(ConfigError, match=r"The encoder's files .*encoder \(\w{12}, now \w{12}\) must be as for the 3"):
        check(records)


def test_digests_of_another_way_of_reading_say_nothing(
    record_of: Callable[..., TrialRecord], check: Check, records: list[TrialRecord]
) -> None:
    """An upgrade that reads files in another way, and records of before, must lock nobody out."""
    for way in ("", "another"):
        early = record_of(
            "none", 0, config=records[0].config, data={"finetune/pos": "a"}, encoder={"name": "x", "digest": "b"},
            way_of_reading=way,
        )  # fmt: skip
        (said,) = check([early])
        assert said.startswith("tiny: 1 trials that are over are of a version that read files in another way")
    assert check([record_of("none", 0, status="failed", score=None, scores=(), data={"finetune/pos": "a"})]) == []


def test_a_commit_says_it_whoever_wrote_it(
    record_of: Callable[..., TrialRecord], check: Check, records: list[TrialRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sweep.execution.same_inputs.encoder_origin", lambda *_: {"name": "a/b", "commit": "b" * 40})
    early = record_of("none", 0, config=records[0].config, encoder={"name": "a/b", "commit": "a" * 40})
    with pytest.raises(ConfigError, match=r"The commit of the encoder a/b \(a{12}, now b{12}\) must be"):
        check([early])


def test_the_encoder_made_from_texts_is_another_with_other_texts(
    plan_of: Callable[..., Plan], record_of: Callable[..., TrialRecord], config_of: Callable[..., Any], data: Path,
    folder: SweepFolder,
) -> None:  # fmt: skip
    run = plan_of(run={"tasks": ["pos"]}).trials[0].run
    assert run.encoder.provider == "pretrained"
    record = record_of(
        "none", 0, config=to_mapping(run), data=digests_of(run, DataFolder(data)), way_of_reading=way_of_reading(),
        encoder=encoder_origin(run.encoder, DataFolder(data), open_store(run)),
    )  # fmt: skip
    append(data / "bitext" / "yor.tsv.gz", "x.3\tit rains\tojo\n")
    with pytest.raises(ConfigError, match="The texts that the encoder is made from pretrained"):
        check_inputs(make_plan(config_of(run={"tasks": ["pos"]}), folder), [record], folder, lambda text: None)


def test_another_release_of_a_library_is_said(record_of: Callable[..., TrialRecord], folder: SweepFolder) -> None:
    said: list[str] = []
    records = [record_of("none", seed, versions={"torch": f"2.{seed}.1", "numpy": "2.1.0"}) for seed in (1, 2)]
    say_libraries(records, {"torch": "2.2.9+cpu", "numpy": "2.1.7", "ray": "3"}, folder, said.append)
    assert said == ["tiny: goes on with torch 2.2.9+cpu, but trials that are over ran with 2.1.1"]
