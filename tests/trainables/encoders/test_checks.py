"""Encoders that cannot give a meaningful score are refused before training; the others leave their numbers."""

import copy
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from encoder_layouts import LAYOUTS
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, models, normalizers
from transformers import GPT2Config, GPT2Model, PreTrainedTokenizerFast

from search_spaces.languages import ENGLISH, Language
from trainables.encoders.base import Encoder, EncoderError
from trainables.encoders.checks import check_encoder, coverage
from trainables.encoders.loading import load_folder

TEXTS = {ENGLISH: ["dog sees cat", "a b"]}
Make = Callable[..., Encoder]


def test_a_whole_encoder_passes_with_its_numbers(make_encoder: Make) -> None:
    found = check_encoder(make_encoder(), TEXTS | {Language("amh_Ethi"): ["ውሻ ነው", "dog"]})
    assert found["n_pieces"] == found["n_rows"] == 34 and found["max_positions"] == 64
    # By hand: 5 words; ▁dog, ▁ s e e s, ▁cat, ▁ a, ▁ b are 11 pieces.
    english = {"n_words": 5, "unknown_frac": 0.0, "wordless_frac": 0.0, "pieces_per_word": 2.2}
    assert found["languages"][ENGLISH] == english
    assert found["languages"]["amh_Ethi"]["unknown_frac"] == 0.6667  # two of three words
    assert found["warnings"] == [
        "More than half of the words are unknown to the tokenizer in amh_Ethi (67%): scores there say nothing about "
        "the encoder."
    ]


def test_a_word_without_a_piece_counts_as_unknown(make_encoder: Make) -> None:
    tokenizer = make_encoder().tokenizer
    tokenizer.backend_tokenizer.normalizer = None
    tokenizer.backend_tokenizer.pre_tokenizer = None
    tokenizer.backend_tokenizer.model = models.WordPiece({"<unk>": 3, "a": 9}, unk_token="<unk>")
    tokenizer.backend_tokenizer.normalizer = normalizers.Replace("z", "")
    found = coverage(tokenizer, ["a z q"])
    assert (found["wordless_frac"], found["unknown_frac"]) == (0.3333, 0.6667)


@pytest.mark.parametrize("model", ["wordpiece", "unigram"])
@pytest.mark.parametrize("declared", [None, "<s>"])
def test_the_unknown_piece_is_known_whatever_the_tokenizer_declares(model: str, declared: str | None) -> None:
    made = {
        "wordpiece": models.WordPiece({"<unk>": 0, "a": 1, "<s>": 2}, unk_token="<unk>"),
        "unigram": models.Unigram([("<unk>", 0.0), ("a", -1.0), ("<s>", 0.0), (" ", -1.0)], unk_id=0),
    }[model]
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(made), unk_token=declared)
    assert coverage(tokenizer, ["a q"])["unknown_frac"] == 0.5


@pytest.mark.parametrize("family", LAYOUTS)
def test_no_family_is_refused(family: str, tmp_path: Path) -> None:
    """Neither as causal nor for its padding: whatever attention, positions and position offsets it has."""
    LAYOUTS[family].write(tmp_path)
    model, tokenizer = load_folder(tmp_path)
    assert check_encoder(Encoder(model, tokenizer, None, ""), TEXTS)["warnings"] == []


def test_pieces_without_a_row(make_encoder: Make) -> None:
    encoder = make_encoder()
    encoder.tokenizer.add_tokens(["more", "pieces"])
    with pytest.raises(EncoderError, match="36 pieces and 34 rows"):
        check_encoder(encoder, TEXTS)


def test_no_padding(make_encoder: Make) -> None:
    encoder = make_encoder()
    encoder.tokenizer.pad_token = None
    with pytest.raises(EncoderError, match="must have a padding token"):
        check_encoder(encoder, TEXTS)


def test_padding_that_is_read_as_text(make_encoder: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = make_encoder()
    forward = encoder.model.forward
    monkeypatch.setattr(encoder.model, "forward", lambda input_ids, attention_mask: forward(input_ids=input_ids))
    with pytest.raises(EncoderError, match="Padding must not change the vectors of a text"):
        check_encoder(encoder, TEXTS)


def test_padding_is_on_the_right_whatever_the_files_say(tmp_path: Path) -> None:
    """The head of inference reads the first position, and a table of positions counts from it."""
    LAYOUTS["mBERT"].write(tmp_path)
    file = tmp_path / "tokenizer_config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "padding_side": "left"}))
    _, tokenizer = load_folder(tmp_path)
    assert tokenizer(["dog", "dog dog"], padding=True)["attention_mask"][0] == [1, 1, 1, 0]


def test_a_causal_model(make_encoder: Make) -> None:
    encoder = make_encoder()
    torch.manual_seed(0)
    model = GPT2Model(GPT2Config(vocab_size=34, n_embd=16, n_layer=1, n_head=2, n_positions=64))
    with pytest.raises(EncoderError, match="GPT2Model reads each word without those after it"):
        check_encoder(Encoder(model, encoder.tokenizer, None, ""), TEXTS)


@pytest.mark.parametrize("value", [0.0, float("nan")])
def test_weights_that_say_nothing_are_no_causal_model(make_encoder: Make, value: float) -> None:
    encoder = make_encoder()
    with torch.no_grad():
        for parameter in encoder.model.parameters():
            parameter.fill_(value)
    with pytest.raises(
        EncoderError, match="states of an encoder must depend on its text, .* weights are zero or damaged"
    ):
        check_encoder(encoder, TEXTS)


@pytest.mark.parametrize("dtype", [torch.int8, torch.float8_e4m3fn])
def test_quantised_weights_are_refused(dtype: torch.dtype, tmp_path: Path) -> None:
    """Without their scales they are other numbers, and transformers takes them as they are."""
    LAYOUTS["mBERT"].write(tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    name = next(name for name in weights if name.endswith("query.weight"))
    save_file({**weights, name: weights[name].to(dtype)}, tmp_path / "model.safetensors", {"format": "pt"})
    with pytest.raises(EncoderError, match=rf"must be floats of 16 bits or more, but .*{name} .* are (I8|F8_E4M3)"):
        load_folder(tmp_path)


def test_a_tokenizer_that_knows_no_english(make_encoder: Make) -> None:
    encoder = make_encoder()
    with pytest.raises(EncoderError, match="must know English.*100% of its words"):
        check_encoder(encoder, {ENGLISH: ["ውሻ ነው"]})


def test_an_empty_tokenizer(make_encoder: Make) -> None:
    special = {"<pad>": 0, "<unk>": 1}
    empty = PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer(models.WordLevel(special, unk_token="<unk>")), pad_token="<pad>", unk_token="<unk>"
    )
    with pytest.raises(EncoderError, match="must have pieces beside the special ones, but this one has 0"):
        check_encoder(Encoder(make_encoder().model, empty, None, ""), TEXTS)


def test_far_fewer_pieces_than_rows_are_a_warning(make_encoder: Make) -> None:
    encoder = copy.copy(make_encoder())
    encoder.model.resize_token_embeddings(50)
    assert "50 rows, but the tokenizer has 34 pieces only" in check_encoder(encoder, TEXTS)["warnings"][0]
