"""Whatever can change a score is in its fingerprint: change one thing, expect another; change how it is run, the same.

Every field of every section is gone through, so a new one must get a second value here, or a reason why it is none.
"""

import dataclasses
import gzip
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from trainables.data.folder import DataFolder
from trainables.encoders import load as load_module
from trainables.encoders.base import Encoder
from trainables.encoders.load import load_encoder
from trainables.run_config import (
    EncoderConfig,
    EvaluateConfig,
    FinetuneConfig,
    PretrainConfig,
    RealignConfig,
    RunConfig,
)
from trainables.shared_stages import SharedStages
from trainables.store import fingerprint as fingerprints
from trainables.store.fingerprint import canonical, fingerprint, libraries, remembered_sha256
from trainables.store.stage_store import StageStore
from trainables.tasks import TASKS

ENCODER, REALIGNED, FINETUNED, SCORES = STAGES = ("encoder", "realigned", "finetuned", "scores")

# (section, field) -> another value
OTHER: dict[tuple[str, str], Any] = {
    ("evaluate", "told"): "retrieval",
    ("realign", "objective"): "mse", ("realign", "protocol"): "during", ("realign", "budget"): "per_language",
    ("realign", "mixing"): "size", ("realign", "mixing_weights"): {"swa": 2.0}, ("realign", "pooling"): "prefix",
    ("realign", "words"): "regex", ("realign", "alignments"): "dictionary", ("realign", "freeze"): "lower",
    ("realign", "fidelity"): "reference", ("evaluate", "languages"): ("swa",), ("evaluate", "n_sentences"): 3,
    ("realign", "micro_batch"): 1, ("finetune", "micro_batch"): 1,
    ("finetune", "by_task"): {"pos": {"n_steps": 99}}, ("evaluate", "by_task"): {"pos": {"max_length": 31}},
}  # fmt: skip
# Fields that change no score of a task, and why.
NOT_OF_SCORES = {
    ("evaluate", "n_retrieval"): "it is of the probe, whose identity has it",
}
# Fields that stand aside from the configuration's own identity, as they do nothing by most of their values.
BY_THEIR_EFFECT = {("realign", "micro_batch"), ("finetune", "micro_batch")}
SECTIONS: dict[str, tuple[type, str]] = {  # section -> its class, and the first stage that it decides
    "realign": (RealignConfig, REALIGNED),
    "finetune": (FinetuneConfig, FINETUNED),
    "evaluate": (EvaluateConfig, SCORES),
}
FIELDS = [
    (section, field.name, field.metadata.get("identity", True))
    for section, (kind, _) in SECTIONS.items()
    for field in dataclasses.fields(kind)
]


def another(section: str, name: str, value: Any) -> Any:
    if (section, name) in OTHER:
        return OTHER[section, name]
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1 if isinstance(value, int) else value / 2
    if isinstance(value, tuple):
        return (*value, 0.5) if name == "probe_at" else (*value, "yor_Latn")
    return "/elsewhere" if name.endswith("root") else f"no other value of {section}.{name} is known: add one"


@pytest.fixture
def prints(
    run_config: RunConfig, three_task_data: Path, make_encoder: Callable[..., Encoder], tmp_path: Path
) -> Callable[..., dict[str, str]]:
    """(config, data folder) -> fingerprints of the stages of PoS, for one encoder."""
    encoder = make_encoder()

    def of(config: RunConfig = run_config, root: Path = three_task_data) -> dict[str, str]:
        if config.realign.alignments == "dictionary":
            config = dataclasses.replace(
                config, realign=dataclasses.replace(config.realign, alignments_root=str(tmp_path / "dictionaries"))
            )
        stages = SharedStages(config, encoder, DataFolder(root), StageStore(tmp_path / "store"))
        task = TASKS["pos"]
        identities = {REALIGNED: stages._realigned, FINETUNED: stages._finetuned(task), SCORES: stages._scores(task)}
        return {name: fingerprint(identity) for name, identity in identities.items()}

    write_dictionaries(tmp_path / "dictionaries", "dog\teph\n")
    return of


def write_dictionaries(folder: Path, text: str) -> None:
    folder.mkdir(exist_ok=True)
    for code in ("swh", "yor"):
        for suffix in (".tsv", ".txt", ".dict.tsv"):
            (folder / f"{code}{suffix}").write_text(text)


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {name for name in before if before[name] != after[name]}


@pytest.mark.parametrize(("section", "name", "is_identity"), FIELDS, ids=[f"{s}.{n}" for s, n, _ in FIELDS])
def test_every_setting(
    prints: Callable[..., dict[str, str]], run_config: RunConfig, section: str, name: str, is_identity: bool
) -> None:
    settings = getattr(run_config, section)
    value = another(section, name, getattr(settings, name))
    other = dataclasses.replace(run_config, **{section: dataclasses.replace(settings, **{name: value})})
    expected: set[str] = set()
    if (is_identity and (section, name) not in NOT_OF_SCORES) or (section, name) in BY_THEIR_EFFECT:
        expected = set(STAGES[STAGES.index(SECTIONS[section][1]) :])
    assert changed(prints(), prints(other)) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"seed": 1}, {REALIGNED, FINETUNED, SCORES}),
        ({"precision": "bf16"}, {REALIGNED, FINETUNED, SCORES}),
        ({"length_groups": 4}, {REALIGNED, FINETUNED, SCORES}),
        ({"languages": ("swh_Latn",)}, {REALIGNED, FINETUNED, SCORES}),
        ({"languages": ("yor_Latn", "swh_Latn")}, set()),  # the order is no part of a set
        ({"tasks": ("pos", "ner")}, set()),  # another task beside it
        (
            {
                "device": "cpu",
                "deterministic": True,
                "cuda_graphs": True,
                "n_threads": 7,
                "store_limit_gb": 1.0,
                "checkpoint_s": 1.0,
                "keep_models": True,
            },
            set(),
        ),
        ({"device": "cuda"}, {REALIGNED, FINETUNED, SCORES}),
        ({"device": "cuda:1", "languages": ()}, {REALIGNED, FINETUNED, SCORES}),
    ],
    ids=[
        "seed",
        "precision",
        "length groups",
        "languages",
        "order of languages",
        "tasks",
        "execution",
        "a GPU",
        "nothing realigned",
    ],
)
def test_a_run_itself(
    prints: Callable[..., dict[str, str]], run_config: RunConfig, fields: dict[str, Any], expected: set[str]
) -> None:
    assert changed(prints(), prints(dataclasses.replace(run_config, **fields))) == expected


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("bitext/swh.tsv.gz", {REALIGNED, FINETUNED, SCORES}),
        ("bitext/wol.tsv.gz", set()),  # not realigned here
        ("pos/eng/train.conllu.gz", {FINETUNED, SCORES}),
        ("pos/yor/test.conllu.gz", {FINETUNED, SCORES}),
        ("ner/yor/test.tsv.gz", set()),
    ],
)
def test_the_content_of_data(
    prints: Callable[..., dict[str, str]], three_task_data: Path, tmp_path: Path, file: str, expected: set[str]
) -> None:
    root = tmp_path / "copy"
    shutil.copytree(three_task_data, root)
    assert changed(prints(), prints(root=root)) == set()  # the place does not count
    text = gzip.decompress((root / file).read_bytes()).decode()
    (root / file).write_bytes(gzip.compress(text.replace("e", "o", 1).encode()))
    assert changed(prints(), prints(root=root)) == expected


def test_the_content_of_dictionaries(
    prints: Callable[..., dict[str, str]], run_config: RunConfig, tmp_path: Path
) -> None:
    realign = dataclasses.replace(run_config.realign, objective="word_contrastive", alignments="dictionary")
    config = dataclasses.replace(run_config, realign=realign)
    before = prints(config)
    write_dictionaries(tmp_path / "dictionaries", "dog\tdbu\n")
    assert changed(before, prints(config)) == {REALIGNED, FINETUNED, SCORES}


@pytest.fixture
def encoder_print(tiny_data: Path, tiny_checkpoint: Path, tmp_path: Path) -> Iterator[Callable[..., str]]:
    folder = tmp_path / "encoder"
    shutil.copytree(tiny_checkpoint, folder)

    def of(**fields: Any) -> str:
        config = EncoderConfig(provider="hub", name=str(folder), **fields)
        return load_encoder(config, DataFolder(tiny_data), StageStore(tmp_path / "store")).fingerprint

    yield of


@pytest.mark.parametrize("fields", [{"n_layers": 1}, {"trim_vocabulary": True}], ids=str)
def test_settings_of_an_encoder(encoder_print: Callable[..., str], fields: dict[str, Any]) -> None:
    assert encoder_print(**fields) != encoder_print()


def test_settings_that_leave_its_weights_alone(encoder_print: Callable[..., str]) -> None:
    """What is frozen is in the identity of what is trained; what is called seen is in the report."""
    assert encoder_print(freeze_embeddings=True) == encoder_print(seen=("swa",)) == encoder_print()


@pytest.mark.parametrize("file", ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"])
def test_files_of_an_encoder(encoder_print: Callable[..., str], tmp_path: Path, file: str) -> None:
    before = encoder_print()
    path = tmp_path / "encoder" / file
    content = path.read_bytes()
    if file == "model.safetensors":
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    else:
        path.write_bytes(content.replace(b"\n", b"\n ", 1))
    assert encoder_print() != before


@pytest.mark.parametrize("library", [*libraries()])
def test_the_libraries_that_compute(
    encoder_print: Callable[..., str], monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    before = encoder_print()
    monkeypatch.setattr(load_module, "libraries", lambda *_: {**libraries(), library: "0.0"})
    assert encoder_print() != before


def test_a_patch_release_and_a_build_are_the_same_library(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for release in ("2.13.0", "2.13.1+cu130", "2.14.0"):
        monkeypatch.setattr(fingerprints, "_version", lambda _, release=release: release)
        found.append(libraries("torch")["torch"])
    assert found == ["2.13", "2.13", "2.14"]


def test_a_file_that_was_replaced_within_its_time_is_read_again(tmp_path: Path) -> None:
    """`cp -p` and `rsync -t` bring the time of modification along."""
    path = tmp_path / "weights"
    path.write_bytes(b"one")
    times = (path.stat().st_atime_ns, path.stat().st_mtime_ns)
    before = remembered_sha256(path)
    path.write_bytes(b"two")
    os.utime(path, ns=times)
    assert remembered_sha256(path) != before


def test_every_setting_of_pretraining_counts() -> None:
    """Its sections are compared whole, so no field may be marked as mere execution."""
    assert canonical(PretrainConfig()).keys() == {field.name for field in dataclasses.fields(PretrainConfig)}
