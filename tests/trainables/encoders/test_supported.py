"""Families that do not do what stages ask of an encoder are refused as they are loaded, whatever they are called."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from encoder_layouts import xlmr_tokenizer
from transformers import CONFIG_MAPPING as CONFIGS
from transformers import AutoModel, PreTrainedConfig

from trainables.encoders.base import Encoder, EncoderError
from trainables.encoders.layers import states_below
from trainables.encoders.loading import load_folder
from trainables.encoders.supported import check_supported
from trainables.realignment.pooling import hidden_states

SMALL = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
OF_TEXT = {"vocab_size": len(xlmr_tokenizer()), "pad_token_id": 1}
OTHERS: dict[str, tuple[dict[str, Any], str]] = {
    "clip": ({"text_config": OF_TEXT | SMALL, "vision_config": SMALL | {"image_size": 8, "patch_size": 4}},
             "its configuration gives no `num_hidden_layers` and `hidden_size`"),
    "layoutlm": (SMALL, r"and without a pooler, it stops \(TypeError: 'NoneType' object is not callable\)"),
    "squeezebert": (SMALL | {"embedding_size": 16}, r"and without a pooler, it stops \(TypeError"),
    "bros": (SMALL, r"it stops \(ValueError: You have to specify bbox\)"),
    "reformer": ({"hidden_size": 16, "num_attention_heads": 2, "attention_head_size": 8, "feed_forward_size": 32,
                  "attn_layers": ["local", "local"], "axial_pos_embds": False, "is_decoder": False},
                 r"its `last_hidden_state` has the shape \[6, 6, 32\] instead of \[6, 6, 16\]"),
    "xlnet": ({"d_model": 16, "n_layer": 2, "n_head": 2, "d_inner": 32}, "gives other vectors than `hidden_states"),
    "vit": (SMALL | {"image_size": 8, "patch_size": 4}, "does not take input_ids"),
}  # fmt: skip


def saved(folder: Path, family: str, settings: dict[str, Any]) -> Path:
    torch.manual_seed(0)
    config: PreTrainedConfig = CONFIGS[family](**settings | (OF_TEXT if "text_config" not in settings else {}))
    AutoModel.from_config(config).save_pretrained(folder)
    xlmr_tokenizer().save_pretrained(folder)
    return folder


@pytest.mark.parametrize("family", OTHERS)
def test_what_is_no_text_encoder_is_refused_in_one_sentence(family: str, tmp_path: Path) -> None:
    settings, reason = OTHERS[family]
    folder = saved(tmp_path / family, family, settings)
    with pytest.raises(EncoderError, match=rf"but mine \(\w+\) is not supported: .*{reason}.* Choose another encoder"):
        load_folder(folder, "mine")


def test_blocks_that_work_on_more_than_was_given_are_read_from_a_whole_pass(tmp_path: Path) -> None:
    """Longformer pads to its window: a pass that ended at a block gave vectors of the padding too."""
    folder = saved(tmp_path / "x", "longformer", SMALL | {"attention_window": 8, "max_position_embeddings": 66})
    model, _ = load_folder(folder)
    inputs = {"input_ids": torch.tensor([[0, 7, 8, 9, 2]]), "attention_mask": torch.ones(1, 5, dtype=torch.long)}
    with torch.no_grad():
        whole = model(**inputs, output_hidden_states=True).hidden_states
        assert states_below(model, inputs, 1) is None
        torch.testing.assert_close(hidden_states(model, inputs, 1), whole[1])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda out: SimpleNamespace(hidden_states=out.hidden_states), "its `last_hidden_state` is none"),
        (lambda out: SimpleNamespace(last_hidden_state=out.last_hidden_state), "`hidden_states` are not 3 tensors"),
        (lambda out: turned(out, out.last_hidden_state), "two equal texts of a batch get different vectors"),
        (lambda out: turned(out, torch.rand_like(out.last_hidden_state)), "two equal texts of a batch get different"),
    ],
    ids=["no last state", "no states of blocks", "texts and places changed over", "by chance"],
)
def test_each_obstacle_is_named(
    make_encoder: Callable[..., Encoder], monkeypatch: pytest.MonkeyPatch, change: Callable[[Any], Any], reason: str
) -> None:
    model = make_encoder().model
    forward = model.forward

    def changed(input_ids: Any = None, attention_mask: Any = None, output_hidden_states: bool = False) -> Any:
        return change(forward(input_ids=input_ids, attention_mask=attention_mask, output_hidden_states=True))

    check_supported(model, ["input_ids", "token_type_ids"], "mine")
    monkeypatch.setattr(model, "forward", changed)
    with pytest.raises(EncoderError, match=reason):
        check_supported(model, ["input_ids"], "mine")


def turned(out: Any, last: torch.Tensor) -> Any:
    return SimpleNamespace(last_hidden_state=last.transpose(0, 1), hidden_states=out.hidden_states)
