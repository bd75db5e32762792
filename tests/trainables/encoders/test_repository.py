"""Encoders of the hub, from a stand-in on a local port: revisions, renames, gating, pickles, remote code, no hub."""

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hub_stand_in import HubStandIn
from huggingface_hub import constants, hf_hub_download
from safetensors.torch import load_file, save_file

from trainables.data.folder import DataFolder
from trainables.encoders.base import Encoder, EncoderError
from trainables.encoders.hub import pinned
from trainables.encoders.load import load_encoder
from trainables.run import Run
from trainables.run_config import EncoderConfig, RunConfig
from trainables.shared_stages import REALIGNED
from trainables.store.stage_store import StageStore

NAME = "team/encoder"
Make = Callable[..., Encoder]


def files_of(folder: Path, encoder: Encoder) -> dict[str, bytes]:
    """What `save_pretrained` writes, as a repository holds it, beside files that no encoder is read from."""
    encoder.model.save_pretrained(folder)
    encoder.tokenizer.save_pretrained(folder)
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    return {**files, "README.md": b"# card", "onnx/model.onnx": b"onnx", "tf_model.h5": b"h5"}


@pytest.fixture
def revisions(hub: HubStandIn, tmp_path: Path, make_encoder: Make) -> tuple[str, str]:
    """The commits of two revisions with different weights: the tag v1 and, later, the branch main."""
    first = hub.add(NAME, files_of(tmp_path / "one", make_encoder(seed=1)), branch="v1")
    return first, hub.add(NAME, files_of(tmp_path / "two", make_encoder(seed=2)))


@pytest.fixture
def load(tiny_data: Path, tmp_path: Path) -> Callable[..., Encoder]:
    """(name, fields of EncoderConfig) -> the loaded encoder."""

    def loaded(name: str = NAME, **fields: object) -> Encoder:
        config = EncoderConfig(provider="hub", name=name, **fields)  # type: ignore[arg-type]
        return load_encoder(config, DataFolder(tiny_data), StageStore(tmp_path / "store"))

    return loaded


def test_two_revisions_are_two_encoders(load: Make, revisions: tuple[str, str], make_encoder: Make) -> None:
    by_tag, newest = load(revision="v1"), load()
    assert by_tag.fingerprint != newest.fingerprint
    assert [dict(one.origin) for one in (by_tag, newest)] == [{"name": NAME, "commit": commit} for commit in revisions]
    for encoder, seed in ((by_tag, 1), (newest, 2)):
        expected = make_encoder(seed=seed).model.state_dict()
        assert all(torch.equal(tensor, expected[name]) for name, tensor in encoder.model.state_dict().items())
    assert load(revision=revisions[0]).fingerprint == by_tag.fingerprint
    assert load(revision="main").fingerprint == newest.fingerprint


def test_two_revisions_are_realigned_apart_and_named(revisions: tuple[str, str], run_config: RunConfig) -> None:
    """With the revision left out of the identity, the second run took the first one's realignment and scores."""
    found = []
    for revision in ("v1", "main"):
        encoder = EncoderConfig(provider="hub", name=NAME, revision=revision)
        run = Run(dataclasses.replace(run_config, encoder=encoder))
        while not run.done:
            run.advance()
        assert "realign_reused" not in run.costs
        found.append(run.so_far["encoder"]["commit"])
    assert tuple(found) == revisions
    assert len(list(Path(run_config.store, REALIGNED).glob("*/stage.json"))) == 2


def test_a_pin_holds_while_the_branch_moves(
    load: Make, revisions: tuple[str, str], hub: HubStandIn, tmp_path: Path, make_encoder: Make
) -> None:
    config = pinned(EncoderConfig(provider="hub", name=NAME))
    assert config.revision == revisions[1]
    hub.add(NAME, files_of(tmp_path / "three", make_encoder(seed=3)))
    assert load(revision=config.revision).origin["commit"] == revisions[1]
    assert load().origin["commit"] not in revisions


def test_only_what_an_encoder_is_read_from_is_fetched(load: Make, hub: HubStandIn, revisions: tuple[str, str]) -> None:
    load()
    fetched = {path.rpartition("/")[2] for path in hub.paths() if "/resolve/" in path}
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= fetched
    assert not fetched & {"README.md", "model.onnx", "tf_model.h5"}
    assert all(revisions[1] in path for path in hub.paths() if "/resolve/" in path)


def test_an_old_name_reads_the_renamed_repository(load: Make, hub: HubStandIn, revisions: tuple[str, str]) -> None:
    before = load().fingerprint
    hub.rename(NAME, "other/encoder")
    assert load().fingerprint == load("other/encoder").fingerprint == before


@pytest.mark.parametrize("is_said", [False, True])
def test_a_warm_cache_serves_without_the_hub(
    load: Make, hub: HubStandIn, revisions: tuple[str, str], monkeypatch: pytest.MonkeyPatch, is_said: bool
) -> None:
    expected = load().fingerprint
    n_before = len(hub.requests)
    if is_said:
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    else:
        hub.stop()
    assert load().fingerprint == expected and load().origin["commit"] == revisions[1]
    assert len(hub.requests) == n_before
    with pytest.raises(EncoderError, match="does not answer and the cache .* has no team/encoder at v1"):
        load(revision="v1")
    with pytest.raises(EncoderError, match="does not answer and the cache .* has no nobody/nothing"):
        load("nobody/nothing")


def test_a_cache_without_weights_says_what_it_lacks(load: Make, hub: HubStandIn, revisions: tuple[str, str]) -> None:
    hf_hub_download(NAME, "config.json")
    hub.stop()
    with pytest.raises(EncoderError, match="lacks model.safetensors, tokenizer.json of .*Connect once"):
        load()


def test_a_hub_in_trouble_is_one_that_does_not_answer(load: Make, hub: HubStandIn, revisions: tuple[str, str]) -> None:
    expected = load().fingerprint
    hub.failing = 503
    assert load().fingerprint == expected


def test_what_the_hub_refuses_is_one_sentence(
    load: Make, hub: HubStandIn, revisions: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(EncoderError, match=r"knows no 'team/nothing' .* Correct `encoder.name`"):
        load("team/nothing")
    with pytest.raises(EncoderError, match="a branch, tag or commit of team/encoder, but 'v9' is not"):
        load(revision="v9")
    hub.gate(NAME, tokens=("hf_good",))
    with pytest.raises(EncoderError, match="gated .* set HF_TOKEN"):
        load()
    monkeypatch.setenv("HF_TOKEN", "hf_other")
    with pytest.raises(EncoderError, match="gated .* set HF_TOKEN"):
        load()
    monkeypatch.setenv("HF_TOKEN", "hf_good")
    assert load().origin["commit"] == revisions[1]


def pickled(files: dict[str, bytes]) -> dict[str, bytes]:
    """As Davlan/afro-xlmr-base and microsoft/mdeberta-v3-base lie there: weights as a pickle only."""
    return {"pytorch_model.bin": b"\x80\x02.", **{k: v for k, v in files.items() if not k.endswith(".safetensors")}}


def test_a_pickle_is_refused_unread(load: Make, hub: HubStandIn, tmp_path: Path, make_encoder: Make) -> None:
    files = files_of(tmp_path / "x", make_encoder())
    hub.add(NAME, pickled(files))
    with pytest.raises(EncoderError, match='has only a pickle .* "Pickled weights"'):
        load()
    assert not any("pytorch_model.bin" in path for path in hub.paths())
    hub.add(NAME, {"notes.txt": "about something else"}, branch="refs/pr/1")
    hub.add(NAME, files, branch="refs/pr/2")
    with pytest.raises(EncoderError, match="the hub's own conversion: `encoder.revision: refs/pr/2`"):
        load()
    assert load(revision="refs/pr/2").origin["commit"]
    for name, content in pickled(files).items():
        if "/" not in name:
            (tmp_path / "folder").mkdir(exist_ok=True)
            (tmp_path / "folder" / name).write_bytes(content)
    with pytest.raises(EncoderError, match="has only a pickle"):
        load(str(tmp_path / "folder"))


def test_code_of_a_repository_is_never_run(
    load: Make, tmp_path: Path, make_encoder: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """transformers would ask at the terminal and, told yes, run it; here there is no question."""
    monkeypatch.setattr("builtins.input", lambda *_: "y")
    folder = tmp_path / "x"
    files_of(folder, make_encoder())
    (folder / "modeling_x.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    config = json.loads((folder / "config.json").read_text())
    auto_map = {"AutoConfig": "modeling_x.C", "AutoModel": "modeling_x.M"}
    (folder / "config.json").write_text(json.dumps({**config, "model_type": "new", "auto_map": auto_map}))
    with pytest.raises(EncoderError, match="must run without code of its own.*never run here"):
        load(str(folder))
    # The family is known, so the library's own code reads it (jina-embeddings and EuroBERT come so).
    (folder / "config.json").write_text(json.dumps({**config, "auto_map": auto_map}))
    assert load(str(folder)).model
    (folder / "config.json").write_text(json.dumps({**config, "model_type": "not-a-family"}))
    with pytest.raises(EncoderError, match="of a family that the installed transformers knows"):
        load(str(folder))
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda w: {f"wrapped.{name}": tensor for name, tensor in w.items()},
            "lacks embeddings.LayerNorm.bias, .* more",
        ),
        (lambda w: {n: t for n, t in w.items() if "layer.1.output.dense.bias" not in n}, r"lacks \S*dense.bias:"),
        (lambda w: w | {"encoder.layer.2.output.dense.bias": torch.zeros(16)}, "has .*layer.2.* no place for"),
        (lambda w: w | {"embeddings.LayerNorm.bias": torch.full((16,), torch.nan)}, "must be finite.*LayerNorm.bias"),
        (
            lambda w: w | {"embeddings.LayerNorm.bias": torch.zeros(8)},
            r"the shapes .* of \S+ embeddings.LayerNorm.bias is \[8\] instead of \[16\]\. They belong",
        ),
    ],
    ids=["every name prefixed", "one missing", "one too many", "not finite", "another shape"],
)
def test_weights_that_do_not_match_are_refused(
    load: Make, tmp_path: Path, make_encoder: Make,
    change: Callable[[dict[str, torch.Tensor]], dict[str, torch.Tensor]], message: str,
) -> None:  # fmt: skip
    """They used to be replaced by random ones without a word."""
    folder = tmp_path / "x"
    files_of(folder, make_encoder())
    weights = load_file(folder / "model.safetensors")
    save_file(change(weights), folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(EncoderError, match=message):
        load(str(folder))


def test_heads_and_poolers_may_be_there_or_not(load: Make, tmp_path: Path, make_encoder: Make) -> None:
    folder = tmp_path / "x"
    files_of(folder, make_encoder())
    before = load(str(folder)).model.state_dict()
    weights = load_file(folder / "model.safetensors")
    heads = {"pooler.dense.weight": torch.ones(16, 16), "cls.predictions.bias": torch.ones(3)}
    save_file({**weights, **heads}, folder / "model.safetensors", {"format": "pt"})
    after = load(str(folder)).model.state_dict()
    assert set(before) == set(after) and all(torch.equal(before[name], after[name]) for name in before)


def test_files_that_no_encoder_is_read_from_do_not_count(load: Make, tmp_path: Path, make_encoder: Make) -> None:
    folder = tmp_path / "x"
    files_of(folder, make_encoder())
    before = load(str(folder)).fingerprint
    (folder / "training_notes.md").write_text("x")
    (folder / "optimizer.pt").write_bytes(b"x")
    assert load(str(folder)).fingerprint == before
